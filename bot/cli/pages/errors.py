"""Every kind of failure, and how a failure is told, in words."""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.cli.pages.markdown import SOURCE, anchor, any_of, leaf_heading, link_to_cure
from bot.rules.book import Book
from bot.rules.classify import MatchRow, Rules, ToldRow
from bot.rules.taxonomy import Leaf, Mitigation

_CLASS: Final = {
    "F": "a failed attempt",
    "A": "a refused attempt",
    "R": "a rate-limited attempt",
    "Q": "a poor answer",
    "none": "no failure",
}
_RETRY: Final = {
    "no": "do not retry",
    "after": "retry after the time that the provider names",
    "backoff": "retry with backoff and jitter",
}
_FAULT: Final = {"theirs": "theirs", "ours": "ours", "mixed": "mixed", "unknown": "not known by itself"}
_ORDER: Final = """
## How a failure is told

First it is unwrapped: JSON in JSON, Python's way of printing, event streams, gateways' envelopes, HTML, bodies that
were cut off. Then the rows below are tried from top to bottom, and the first that holds decides. In short: the
provider's stable error codes, and the error types that no message can change; how an answer ended; what the client
raised; causes of the transport that name themselves; streams that broke; messages, where type and status say too
little; sizes and models; the provider's other error types; the HTTP status; words and exception classes when nothing
else is known.

*Fits* means one of the row's patterns; `anth-triage rules show errors --json` prints them.
"""
_TOLD: Final = """
### What people and the status page add

After that, what people wrote and what the status page says may refine it, again by the first row that holds.
"""


def errors_page(book: Book) -> str:
    """Return every kind of failure: whose fault, what to check, what to do, whether to retry, links."""
    return "\n".join(_lines(book.rules)) + "\n"


def _lines(rules: Rules) -> Iterator[str]:
    families: dict[str, list[Leaf]] = {}
    for leaf in rules.taxonomy.leaves.values():
        families.setdefault(leaf.family, []).append(leaf)
    yield f"# Kinds of failure\n\n{len(rules.taxonomy.leaves)} kinds in {len(families)} families; at the end, [how a"
    yield "failure is told](#how-a-failure-is-told).\n"
    for family, leaves in families.items():
        links = (f"[{leaf.title}](#{anchor(leaf_heading(leaf))})" for leaf in leaves)
        yield f"- **[{family}](#{anchor(family)})**: {' · '.join(links)}"
    for family, leaves in families.items():
        yield f"\n## {family}"
        for leaf in leaves:
            yield from _leaf(leaf, rules.taxonomy.mitigations)
    yield _ORDER
    yield from (f"{number}. `{row.branch}`: {_match(row)}" for number, row in enumerate(rules.matches, 1))
    yield _TOLD
    yield from (f"{number}. `{row.branch}`: {_told(row)}" for number, row in enumerate(rules.told, 1))


def _leaf(leaf: Leaf, cures: Mapping[str, Mitigation]) -> Iterator[str]:
    yield f"\n### {leaf_heading(leaf)}\n\n{leaf.because}\n"
    yield f"- Usually **{_FAULT[leaf.fault]}**; counts as {_CLASS[leaf.severity_class]}; {_RETRY[leaf.retry]}"
    if leaf.check:
        yield "- Check:"
        yield from (f"  - {check}" for check in leaf.check)
    if leaf.mitigations:
        yield "- Do, the most useful first:"
        yield from (f"  - {link_to_cure(cures[name])}" for name in leaf.mitigations)
    yield from (f"- See <{link}>" for link in leaf.links)
    yield f"- Source: {SOURCE[leaf.source]}"


def _match(row: MatchRow) -> str:
    """Return what a row asks for; the last one asks for nothing."""
    status = _status(row)
    said = (
        (f"HTTP {status}", bool(status)),
        ("an HTTP status" if row.has_status else "no HTTP status", row.has_status is not None),
        (f"error type {_quoted(row.type_any)}", row.type_any is not None),
        (f"{'a' if row.has_type else 'no'} documented error type", row.has_type is not None),
        (f"error code {_quoted(row.code_any)}", row.code_any is not None),
        (f"{'it is' if row.own_body else 'it is not'} in the provider's own envelope", row.own_body is not None),
        (f"{'a' if row.has_request_id else 'no'} request id of the provider's", row.has_request_id is not None),
        (f"the answer ended with {_quoted(row.stop_reason_any)}", row.stop_reason_any is not None),
        ("the exception's class fits", row.exception_any is not None),
        ("the text fits", row.text_any is not None),
        ("the text fits each pattern", row.text_all is not None),
        ("nothing in it speaks against it", row.text_none is not None),
        (f"headers were {'seen' if row.headers_seen else 'not seen'}", row.headers_seen is not None),
        (f"header {_quoted(row.header_present)} is there", row.header_present is not None),
        (f"no header {_quoted(row.header_absent)}", row.header_absent is not None),
        (f"it took {row.latency_min or 0:g} s or longer", row.latency_min is not None),
        (f"it came through {_quoted(row.via_any)}", row.via_any is not None),
        ("what it came through fits", row.via_like is not None),
    )
    return "; ".join(words for words, named in said if named) or "anything else"


def _status(row: MatchRow) -> str:
    if row.status_any is not None:
        return any_of([str(status) for status in sorted(row.status_any)])
    if row.status_min is not None and row.status_max is not None:
        return f"{row.status_min} to {row.status_max}"
    if row.status_max is not None:
        return f"{row.status_max} or below, or none"
    return f"{row.status_min} or above" if row.status_min is not None else ""


def _told(row: ToldRow) -> str:
    said = (
        (f"so far it is {_quoted(row.was)}", row.was is not None),
        ("people's words fit", row.told_any is not None),
        ("nothing in them speaks against it", row.told_none is not None),
        ("the status page's words fit", row.page_any is not None),
        (f"the status page shows the API as {'troubled' if row.api_down else 'well'}", row.api_down is not None),
        (f"at most {row.rate_max or 0:.0%} of the requests fail", row.rate_max is not None),
        (f"others {'' if row.in_part else 'do not '}get through", row.in_part is not None),
    )
    return "; ".join(words for words, named in said if named)


def _quoted(values: frozenset[str] | tuple[str, ...] | None) -> str:
    return any_of([f"`{value}`" for value in sorted(values or ())])
