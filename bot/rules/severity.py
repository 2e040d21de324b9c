"""How bad it is: the first row of the published severity table that the counts satisfy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from bot.errors import BadInput
from bot.rules.evidence import Fault, Severity, StatusPage
from bot.rules.page import api_trouble
from bot.rules.rows import RawRow, field_problems, is_a, read_rows, refuse, template_problems
from bot.rules.statistics import error_rate_bound, percent, share_reached, wilson
from bot.rules.tally import Tally

RANK: Final[Mapping[Severity, int]] = {
    Severity.UNKNOWN: -1,
    Severity.NONE: 0,
    Severity.P4: 1,
    Severity.P3: 2,
    Severity.P2: 3,
    Severity.P1: 4,
}
"""Higher is worse; unknown stands outside the order and yields to anything measured."""


Steps = Literal["usual", "compromise", "ask", "prevent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanReport:
    """What a person said of production. `failed` of `total` requests, if they know; `branch` of the error they saw.

    `status` is the HTTP status that the error's text names. `since` is when it began (UTC). A compromise is a key that
    is, or may be, in the wrong hands.
    Raises BadInput for impossible counts.
    """

    kind: Literal["errors", "quality", "compromise", "none"]
    failed: int | None = None
    total: int | None = None
    branch: str | None = None
    since: datetime | None = None
    status: int | None = None

    def __post_init__(self) -> None:
        failed, total = self.failed or 0, self.total
        if failed < 0 or (total is not None and not 0 <= failed <= total):
            raise BadInput(f"{self.failed} failed of {total} cannot be.", "Give the failed requests and all of them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the severity table; `number` is its published number, `when` its conditions.

    `fault` is set where the row itself settles whose fault it is, so that the truth table is not asked, and `branch`
    where it settles the kind of failure. `steps` says what to do next: the usual, the procedure for a compromised key,
    ask what production sees, or only what prevents the failure.
    """

    number: int
    id: str
    severity: Severity
    when: Mapping[str, Any]
    because: str
    source: Literal["runbook", "ours"]
    provisional_below: int = 0
    provisional: bool = False
    fault: Fault | None = None
    branch: str | None = None
    steps: Steps = "usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The row that fired, its reason with the numbers filled in, and whether it is provisional."""

    row: Row
    because: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class _Facts:
    tally: Tally
    page: str | None
    report: str
    deadlines: Sequence[str]


def _share(hits: int, total: int) -> float:
    return hits / total if total else 0.0


def _limited_share(facts: _Facts, share: float) -> bool:
    # Taken of the attempts that did not fail otherwise: one more 500 must not thin the 429s out.
    others = facts.tally.failed + facts.tally.refused
    return _share(facts.tally.limited, facts.tally.attempts - others) >= share


def _proven(hits: int, facts: _Facts, share: float) -> bool:
    seen = facts.tally.attempts + facts.tally.left_out
    return share_reached(hits, facts.tally.attempts, share, seen=seen)


def _left_out_proven(facts: _Facts, share: float) -> bool:
    # Taken of the requests that did not fail otherwise, as with 429.
    counts = facts.tally
    sent = counts.attempts + counts.left_out
    return share_reached(counts.left_out, sent - counts.failing, share, seen=sent)


_CONDITIONS: Final[Mapping[str, tuple[type, Callable[[_Facts, Any], bool]]]] = {
    "attempts_min": (int, lambda facts, least: facts.tally.attempts >= least),
    "attempts_max": (int, lambda facts, most: facts.tally.attempts <= most),
    "failing_min": (int, lambda facts, least: facts.tally.failing >= least),
    "failing_share_min": (float, lambda facts, share: _share(facts.tally.failing, facts.tally.attempts) >= share),
    "failing_share_proven": (float, lambda facts, share: _proven(facts.tally.failing, facts, share)),
    "only_500_529": (bool, lambda facts, wanted: facts.tally.all_500_529 is wanted),
    "only_rate_limited": (bool, lambda facts, wanted: (facts.tally.limited == facts.tally.failing) is wanted),
    "limited_share_min": (float, _limited_share),
    "poor_share_proven": (float, lambda facts, share: _proven(facts.tally.poor, facts, share)),
    "part_down": (bool, lambda facts, wanted: bool(facts.tally.down) is wanted),
    "p99_s_above": (float, lambda facts, limit: facts.tally.p99_s is not None and facts.tally.p99_s > limit),
    "late_min": (int, lambda facts, least: facts.tally.late >= least),
    "timed_max": (int, lambda facts, most: facts.tally.timed <= most),
    "left_out_min": (int, lambda facts, least: facts.tally.left_out >= least),
    "left_out_share_proven": (float, _left_out_proven),
    "bots_key_min": (int, lambda facts, least: facts.tally.bots_key >= least),
    "bots_key_max": (int, lambda facts, most: facts.tally.bots_key <= most),
    "page_trouble": (bool, lambda facts, wanted: (facts.page is not None) is wanted),
    "report": (list, lambda facts, kinds: facts.report in kinds),
    "deadlines_min": (int, lambda facts, least: len(facts.deadlines) >= least),
}

_FIELDS: Final[Mapping[str, type]] = {
    "number": int,
    "id": str,
    "severity": str,
    "when": dict,
    "because": str,
    "source": str,
    "provisional_below": int,
    "provisional": bool,
    "fault": str,
    "branch": str,
    "steps": str,
}
_OPTIONAL = frozenset({"provisional_below", "provisional", "fault", "branch", "steps"})
_REPORTS = frozenset({"errors", "quality", "compromise", "none"})
_WORDS = {
    "severity": frozenset(Severity),
    "source": frozenset({"runbook", "ours"}),
    "fault": frozenset(Fault),
    "steps": frozenset(get_args(Steps)),
}
_FILE = "severity.toml"


def load_severity(text: str) -> tuple[Row, ...]:
    """Read the severity table. Raises BadRules naming every problem with its line."""
    raws = read_rows(text, _FILE)
    problems = [problem for raw in raws for problem in _row_problems(raw)]
    ids = [raw.fields.get("id") for raw in raws]
    problems += [raw.problem("this id is used twice") for raw in raws if ids.count(raw.fields.get("id")) > 1]
    problems += [raw.problem("no condition: only the last row may catch all") for raw in raws[:-1] if _is_open(raw)]
    if raws and not _is_open(raws[-1]):
        problems.append(raws[-1].problem("the last row must catch all: when = {}"))
    if not raws:
        problems.append("there is no row")
    if problems:
        refuse(_FILE, problems)
    rows = tuple(_row(raw.fields) for raw in raws)
    unmeasured = decide(Tally(), None, None, rows).row
    if unmeasured.severity is not Severity.UNKNOWN:
        at = next(raw for raw, row in zip(raws, rows, strict=True) if row is unmeasured)
        refuse(_FILE, [at.problem("it holds when nothing was measured; a row before it must say 'unknown' then")])
    return rows


def decide(
    tally: Tally,
    page: StatusPage | None,
    human: HumanReport | None,
    rows: Sequence[Row],
    *,
    deadlines: Sequence[str] = (),
) -> Decision:
    """Return the first row that holds; `deadlines` are clauses about what will fail unless somebody acts."""
    facts = _Facts(tally, api_trouble(page), "none" if human is None else human.kind, deadlines)
    row = next(row for row in rows if _holds(row, facts))
    provisional = row.provisional or tally.attempts < row.provisional_below
    return Decision(row=row, because=row.because.format_map(_numbers(facts)), provisional=provisional)


def _holds(row: Row, facts: _Facts) -> bool:
    return all(_CONDITIONS[name][1](facts, value) for name, value in row.when.items())


def _numbers(facts: _Facts) -> dict[str, str]:
    counts = facts.tally
    low, high = wilson(counts.failing, counts.attempts)
    return {
        "who": counts.who,
        "attempts": str(counts.attempts),
        "failing": str(counts.failing),
        "kinds": _kinds(counts),
        "limited": str(counts.limited),
        "poor": str(counts.poor),
        "late": str(counts.late),
        "timed": str(counts.timed),
        "slowest_s": _seconds(counts.slowest_s),
        "p99_s": _seconds(counts.p99_s),
        "low": percent(low),
        "high": percent(high),
        "bound": percent(error_rate_bound(counts.attempts)),
        "down": " and ".join(counts.down),
        "left_out": str(counts.left_out),
        "sent": str(counts.attempts + counts.left_out),
        "bots_key": str(counts.bots_key),
        "request_ids": f"{counts.request_ids or 'no'} request id{'s' if counts.request_ids != 1 else ''}",
        "page": facts.page or "nothing",
        "deadlines": "; ".join(facts.deadlines),
    }


def _kinds(counts: Tally) -> str:
    named = (
        (counts.failed, "without an answer of use"),
        (counts.refused, "refused"),
        (counts.limited, "rate-limited"),
    )
    return ", ".join(f"{count} {word}" for count, word in named if count)


def _seconds(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f}"


_PLACEHOLDERS = frozenset(_numbers(_Facts(Tally(), None, "none", ())))


def _is_open(raw: RawRow) -> bool:
    return raw.fields.get("when") == {}


def _row_problems(raw: RawRow) -> list[str]:
    problems = field_problems(raw, _FIELDS, frozenset(_FIELDS) - _OPTIONAL)
    for name, words in _WORDS.items():
        value = raw.fields.get(name)
        if isinstance(value, str) and value not in words:
            problems.append(raw.problem(f"{name} {value!r} is not one of {', '.join(sorted(words))}"))
    when = raw.fields.get("when")
    for name, value in when.items() if isinstance(when, dict) else ():
        problems += _condition_problems(raw, name, value)
    problems += template_problems(raw, _PLACEHOLDERS)
    if "p99" in str(raw.fields.get("because")) and "p99_s_above" not in (when if isinstance(when, dict) else {}):
        problems.append(raw.problem("because names p99, which only the condition p99_s_above makes sure of"))
    return problems


def _condition_problems(raw: RawRow, name: str, value: object) -> list[str]:
    if name not in _CONDITIONS:
        return [raw.problem(f"{name} is not a condition; there are {', '.join(sorted(_CONDITIONS))}")]
    if not is_a(value, _CONDITIONS[name][0]):
        return [raw.problem(f"{name} must be {_CONDITIONS[name][0].__name__}")]
    if "_share_" in name and isinstance(value, int | float) and not 0 < value <= 1:
        return [raw.problem(f"{name} must be a share above 0 and up to 1, not {value}")]
    if isinstance(value, list) and not _REPORTS.issuperset(map(str, value)):
        return [raw.problem(f"{name} knows {', '.join(sorted(_REPORTS))}")]
    return []


def _row(fields: Mapping[str, Any]) -> Row:
    fault = Fault(fields["fault"]) if "fault" in fields else None
    return Row(**{**fields, "severity": Severity(fields["severity"]), "fault": fault})
