"""The truth table of whose fault it is, in words."""

from collections.abc import Collection, Iterator, Mapping
from math import prod
from typing import Final

from bot.cli.pages.markdown import any_of
from bot.rules.book import Book
from bot.rules.fault import DIMENSIONS, FaultRow

_SIDE: Final = {
    "clean": "get through",
    "slow": "get through slowly",
    "failing_theirs": "fail through the provider",
    "failing_ours": "are refused because of us",
    "failing_network": "get nothing back at all",
    "failing_unknown": "fail without saying whose fault it is",
    "failing_both": "fail on both sides",
}
_SAID: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "probes": ("our probes", {**_SIDE, "none": "were not made"}),
    "production": (
        "production's requests",
        {**_SIDE, "refused_in_part": "are refused in part for key or permission", "none": "are not known"},
    ),
    "control": (
        "the control endpoint",
        {
            "ok": "answers our host",
            "failed": "does not answer our host either",
            "off": "is not set up",
            "silent": "is not set up, and no host of the status page can be reached",
        },
    ),
    "page": (
        "the status page",
        {
            "ok": "reports nothing of the kind",
            "incident_api": "has an open incident of the API",
            "auth_or_billing_incident": "has an open incident about just such refusals",
            "unreadable": "cannot be read",
            "not_asked": "was not asked",
        },
    ),
    "scope": (
        "of the attempts",
        {"all": "every one failed", "partial_model": "one model failed and another did not", "some": "a part failed"},
    ),
}
"""Whom each dimension of the table speaks of, and what each of its values says; a test holds that none is missing."""


def fault_page(book: Book) -> str:
    """Return the truth table: first match wins, from top to bottom."""
    return "\n".join(_lines(book.fault)) + "\n"


def _lines(rows: tuple[FaultRow, ...]) -> Iterator[str]:
    yield "# Whose fault\n\nThe first row that holds decides; what a row does not name may be anything."
    yield f"Each of the {prod(map(len, DIMENSIONS.values())):,} combinations meets a row, and each row is met.\n"
    yield "- Whether a failure speaks of the provider, of us (key, limits, request) or of the network is said by its"
    yield "  [kind](errors.md)."
    yield "- A status page alone never makes it theirs; a green one never makes it ours for certain, because it lags."
    yield "- With a single failure the confidence is low, whatever the row says.\n\n## The rows\n"
    for number, row in enumerate(rows, 1):
        yield f"{number}. **{row.fault}**, confidence {row.confidence} (`{row.id}`)"
        yield f"    - when {_when(row)}"
        yield f"    - because: {row.because}"


def _when(row: FaultRow) -> str:
    said = (_clause(name, row.when[name]) for name in DIMENSIONS if name in row.when)
    return ", and ".join(said) or "none of these"


def _clause(dimension: str, values: Collection[str]) -> str:
    subject, words = _SAID[dimension]
    return f"{subject} {any_of([words[value] for value in DIMENSIONS[dimension] if value in values])}"
