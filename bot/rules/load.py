"""Reads errors.toml and mitigations.toml into rules: closed vocabulary, no eval, every problem named with its line."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import BadRules
from bot.rules.classify import UNKNOWN, MatchRow, Rules, ToldRow
from bot.rules.evidence import Fault
from bot.rules.rows import header_lines, line_of_name, read_toml
from bot.rules.taxonomy import Leaf, Mitigation, Taxonomy
from bot.rules.unwrap import ERROR_TYPES

FAMILIES: Final = frozenset({
    "auth", "permission", "billing", "quota_or_plan", "rate_limit", "invalid_request", "model_not_found",
    "request_too_large", "server_error", "overloaded", "timeout", "network", "streaming_error", "quality", "unknown",
})  # fmt: skip
ACTIONS: Final = frozenset({
    "add_credits", "backoff_check_status", "backoff_fallback", "change_model", "change_plan", "contact_support",
    "cut_concurrency", "fix_auth_header", "fix_base_url", "fix_dns_network", "fix_egress", "fix_key", "fix_request",
    "fix_status_source", "fix_tls_proxy", "gather_data", "grant_access", "lower_max_tokens", "pin_and_report",
    "raise_spend_limit", "ramp_slowly", "refresh_oauth", "request_quota", "retry_stream", "shrink_input",
    "stream_or_timeout", "treat_as_normal", "wait_retry_after",
})  # fmt: skip
_LITERAL: Final = re.compile(r"\\.|\[\^?\]?[^\]]*\]")  # what an escape or a set of characters spells out
_ENDLESS: Final = re.compile(r"[*+]|\{\d*,\}")
_THEIRS: Final = 500  # HTTP's border
_REPEATS: Final = "; it takes regular expressions whose repeats end: .{0,40} instead of .* or .+"
_Table = dict[str, Any]
_Placed = tuple[str, _Table]  # where a table stands ("errors.toml:12 [[leaf]]") and what it holds
_Check = Callable[[object], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _may_be_empty(value: object) -> bool:
    return value == [] or _are_texts(value)


@dataclass(frozen=True)
class _OneOf:
    """A check for one word of a closed vocabulary."""

    words: frozenset[str]

    def __call__(self, value: object) -> bool:
        return isinstance(value, str) and value in self.words


def _one_of(words: Iterable[str]) -> _OneOf:
    return _OneOf(frozenset(words))


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_types(value: object) -> bool:
    return _are_texts(value) and isinstance(value, list) and ERROR_TYPES.issuperset(value)


def _are_links(value: object) -> bool:
    return value == [] or (_are_texts(value) and isinstance(value, list) and all(map(_is_link, value)))


def _is_link(value: str) -> bool:
    return value.startswith("https://") and not re.search(r"[\s<>\"|]", value)


def _are_statuses(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, int) for one in value)


def _are_patterns(value: object) -> bool:
    return _are_texts(value) and all(map(_is_pattern, value if isinstance(value, list) else []))


_HINTS: Final[Mapping[_Check, str]] = {
    _are_patterns: _REPEATS,
    _are_links: "; links begin with https:// and hold no blank, quote, < > or |",
    _are_types: f"; the provider's types are {', '.join(sorted(ERROR_TYPES))}",
}

_LEAF: Final[Mapping[str, _Check]] = {
    "id": _is_text, "title": _is_text, "fault": _one_of(Fault), "class": _one_of(("F", "A", "R", "Q", "none")),
    "because": _is_text, "check": _may_be_empty, "mitigations": _may_be_empty, "action": _one_of(ACTIONS),
    "retry": _one_of(("no", "after", "backoff")), "links": _are_links, "source": _one_of(("runbook", "ours")),
}  # fmt: skip
_MITIGATION: Final[Mapping[str, _Check]] = {
    "id": _is_text, "title": _is_text, "steps": _are_texts, "source": _one_of(("runbook", "ours")),
    "snippet": _is_text, "corrects": _is_text, "look": _one_of(("key", "money")), "prevents": _is_flag,
    "verify": _one_of(("probe", "production")),
}  # fmt: skip
_MATCH: Final[Mapping[str, _Check]] = {
    "branch": _is_text, "status_any": _are_statuses, "status_min": _is_number, "status_max": _is_number,
    "has_status": _is_flag, "type_any": _are_types, "has_type": _is_flag, "code_any": _are_texts, "own_body": _is_flag,
    "has_request_id": _is_flag,
    "stop_reason_any": _are_texts, "exception_any": _are_patterns, "text_any": _are_patterns,
    "text_all": _are_patterns, "text_none": _are_patterns, "header_present": _are_texts,
    "header_absent": _are_texts, "headers_seen": _is_flag, "latency_min": _is_number, "via_any": _are_texts,
    "via_like": _are_patterns,
}  # fmt: skip
_TOLD: Final[Mapping[str, _Check]] = {
    "branch": _is_text, "was": _are_texts, "told_any": _are_patterns, "told_none": _are_patterns,
    "page_any": _are_patterns, "api_down": _is_flag, "rate_max": _is_number, "in_part": _is_flag,
}  # fmt: skip
_OPTIONAL: Final = frozenset({"snippet", "corrects", "look", "prevents", "verify"})
_ALTERNATIVES: Final = frozenset(
    {"exception_any", "text_any", "text_none", "told_any", "told_none", "page_any", "via_like"}
)
_SETS: Final = frozenset({"status_any", "type_any", "code_any", "stop_reason_any", "via_any", "was"})


def load_taxonomy(errors_toml: str, mitigations_toml: str) -> Rules:
    """Return the leaves, mitigations and rows that the texts of the two files hold.

    Raises `BadRules` that names every problem with its file, line and table: unknown words, leaves or mitigations,
    unused mitigations, bad regular expressions, leaves and rows that nothing reaches, no last row that catches all.
    """
    problems: list[str] = []
    errors = _tables(errors_toml, "errors.toml", ("leaf", "match", "told"), problems)
    cures = _tables(mitigations_toml, "mitigations.toml", ("mitigation",), problems)["mitigation"]
    for tables, words in (
        (errors["leaf"], _LEAF),
        (cures, _MITIGATION),
        (errors["match"], _MATCH),
        (errors["told"], _TOLD),
    ):
        problems += [problem for placed in tables for problem in _wrong_words(placed, words)]
    problems += _loose_ends(errors, cures)
    if problems:
        raise BadRules("\n".join(problems), "Mend each line named.")
    taxonomy = Taxonomy(
        leaves={table["id"]: _leaf(table) for _, table in errors["leaf"]},
        mitigations={table["id"]: _mitigation(table) for _, table in cures},
    )
    return Rules(
        taxonomy=taxonomy,
        matches=tuple(MatchRow(**_row(table)) for _, table in errors["match"]),
        told=tuple(ToldRow(**_row(table)) for _, table in errors["told"]),
    )


def _tables(text: str, file: str, names: tuple[str, ...], problems: list[str]) -> dict[str, list[_Placed]]:
    """Return the tables of each name in a file with their places; what cannot be read is a problem."""
    try:
        data = read_toml(text, file)
    except BadRules as error:
        problems.append(error.user_message)
        return {name: [] for name in names}
    problems += [f"{file}:{line_of_name(text, name)} unknown table '{name}'" for name in data if name not in names]
    found: dict[str, list[_Placed]] = {}
    for name in names:
        tables = data.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            problems.append(f"{file}:{line_of_name(text, name)} '{name}' must be written as [[{name}]] tables")
            tables = []
        lines = header_lines(text, name, len(tables))
        found[name] = [(f"{file}:{line} [[{name}]]", table) for line, table in zip(lines, tables, strict=False)]
    return found


def _wrong_words(placed: _Placed, words: Mapping[str, _Check]) -> list[str]:
    """Return what a table says that the vocabulary does not allow, or leaves out."""
    place, table = placed
    required = [word for word in words if word not in _OPTIONAL] if "title" in words else ["branch"]
    wrong = [f"{place}: unknown key '{key}'" for key in table if key not in words]
    wrong += [f"{place}: '{key}' is missing" for key in required if key not in table]
    return wrong + [
        f"{place}: '{key}' cannot be {repr(value)[:80]}{_instead(words[key])}"
        for key, value in table.items()
        if key in words and not words[key](value)
    ]


def _instead(check: _Check) -> str:
    """Return what to write instead, where the check alone can say it."""
    if isinstance(check, _OneOf):
        return f"; it is one of {', '.join(sorted(check.words))}"
    return _HINTS.get(check, "")


def _loose_ends(errors: Mapping[str, list[_Placed]], cures: list[_Placed]) -> list[str]:
    """Return references that lead nowhere and definitions that nothing refers to."""
    leaves = {_word(table, "id") for _, table in errors["leaf"]}
    named = {cure for _, table in errors["leaf"] for cure in _words(table, "mitigations")}
    rows = [*errors["match"], *errors["told"]]
    problems = _doubles(errors["leaf"]) + _doubles(cures) + _catch_all(errors["match"]) + _answered(errors["match"])
    problems += [f"errors.toml: family '{family}' needs a leaf of its own name" for family in sorted(FAMILIES - leaves)]
    for placed in errors["leaf"]:
        problems += _loose_leaf(
            placed, {_word(table, "branch") for _, table in rows}, {_word(c, "id") for _, c in cures}
        )
    for place, table in rows:
        nowhere = [branch for branch in [_word(table, "branch")] if branch not in leaves]
        problems += [f"{place}: no leaf '{branch}'" for branch in nowhere]
        was = [one for one in _words(table, "was") if one not in leaves | {"none"}]
        problems += [f"{place}: no leaf or family '{one}'" for one in was]
    return problems + [
        f"{place}: no leaf uses '{_word(table, 'id')}'" for place, table in cures if _word(table, "id") not in named
    ]


def _loose_leaf(placed: _Placed, reached: set[str], known: set[str]) -> list[str]:
    """Return what a leaf lacks: a known family, a row that leads to it, mitigations that exist."""
    place, table = placed
    leaf, wanted = _word(table, "id"), _words(table, "mitigations")
    family = leaf.partition(".")[0]
    problems = [f"{place}: no mitigation '{one}'" for one in wanted if one not in known]
    if family not in FAMILIES:
        problems.append(f"{place}: no family '{family}'")
    if leaf not in reached:
        problems.append(f"{place}: no row leads to '{leaf}'")
    if not wanted and table.get("class") != "none":
        problems.append(f"{place}: '{leaf}' needs a mitigation")
    return problems


def _doubles(tables: list[_Placed]) -> list[str]:
    ids = [_word(table, "id") for _, table in tables]
    return [
        f"{place}: '{one}' is defined twice" for (place, _), one in zip(tables, ids, strict=True) if ids.count(one) > 1
    ]


def _catch_all(tables: list[_Placed]) -> list[str]:
    """Return what is wrong with the order: exactly the last row has no condition, and it says `unknown`."""
    bare = [place for place, table in tables if set(table) <= {"branch"}]
    problems = [f"{place}: rows after this one are never reached" for place in bare if place != tables[-1][0]]
    if not tables or set(tables[-1][1]) != {"branch"} or tables[-1][1]["branch"] != UNKNOWN:
        problems.append(f"errors.toml: the last [[match]] must be branch = '{UNKNOWN}' without conditions")
    return problems


def _answered(tables: list[_Placed]) -> list[str]:
    """Return the rows by which a server's 5xx could be taken for a failure of our own connection.

    A gateway's page may name DNS, TLS or a pool of its own: whoever got a status was connected.
    """
    return [
        f"{place}: '{table['branch']}' is of the connection: say has_status = false, or name no status above 499"
        for place, table in tables
        if _is_transport(table.get("branch")) and not _excludes_answers(table)
    ]


def _is_transport(branch: object) -> bool:
    return isinstance(branch, str) and (branch.partition(".")[0] == "network" or branch == "timeout.local")


def _excludes_answers(table: _Table) -> bool:
    statuses, most = table.get("status_any"), table.get("status_max")
    below = _are_statuses(statuses) and isinstance(statuses, list) and max(statuses) < _THEIRS
    return table.get("has_status") is False or below or (isinstance(most, int) and most < _THEIRS)


def _leaf(table: _Table) -> Leaf:
    rest: _Table = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Leaf(severity_class=rest.pop("class"), fault=Fault(rest.pop("fault")), **rest)


def _mitigation(table: _Table) -> Mitigation:
    rest = {"snippet": None, **table, "steps": tuple(table["steps"])}
    return Mitigation(**rest)


def _row(table: _Table) -> _Table:
    """Return a row's conditions in the types that matching needs."""
    made: _Table = {}
    for key, value in table.items():
        if key in _ALTERNATIVES:
            made[key] = re.compile("|".join(f"(?:{one})" for one in value), re.IGNORECASE)
        elif key == "text_all":
            made[key] = tuple(re.compile(one, re.IGNORECASE) for one in value)
        elif key in _SETS:
            made[key] = frozenset(value)
        else:
            made[key] = tuple(value) if isinstance(value, list) else value
    return made


def _word(table: _Table, key: str) -> str:
    return str(table.get(key))


def _words(table: _Table, key: str) -> list[str]:
    value = table.get(key)
    return [str(one) for one in value] if isinstance(value, list) else []


def _is_pattern(pattern: str) -> bool:
    """Tell whether this is a regular expression whose every repeat has an end.

    A `.*` in front of something that does not come makes hostile text cost the square of its length.
    """
    try:
        re.compile(pattern)
    except re.error:
        return False
    return _ENDLESS.search(_LITERAL.sub("", pattern)) is None
