"""What the doctor found, in lines: problems first, what is well only counted."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.rules.finding import Finding, Status, counted
from bot.slack.cards.blocks import safe

LOOKING: Final = "Looking at tokens, scopes, database, provider and clock: you alone read in some seconds what I find."
_SIGNS: Final[Mapping[Status, str]] = {
    "problem": ":x: *problem*",
    "note": ":warning: note",
    "not_looked_at": ":question: not looked at",
}
_LONGEST: Final = 500  # characters of a finding
_MOST: Final = 20  # findings that are shown


def findings_text(findings: Sequence[Finding]) -> str:
    """Return the findings, and how many there are of each kind."""
    told = [one for one in findings if one.status in _SIGNS]
    lines = [f"{_SIGNS[one.status]} {safe(_words(one), _LONGEST)}" for one in told[:_MOST]]
    more = [f"… and {len(told) - _MOST} more: `anth-triage doctor` shows all."] if len(told) > _MOST else []
    return "\n".join([*lines, *more, f"*{counted(findings)}*"])


def _words(one: Finding) -> str:
    return f"{one.check}: {one.what.removeprefix('not looked at ')}" + (f" → {one.mend}" if one.mend else "")
