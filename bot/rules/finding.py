"""What the doctor finds: one thing that was looked at, how it is, and what to do about it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Status = Literal["ok", "problem", "note", "not_looked_at"]
STATUSES: Final[tuple[Status, ...]] = ("problem", "note", "not_looked_at", "ok")
"""In the order in which people read them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what is, and what to mend, in our own words; `check` is set by the visit."""

    status: Status
    what: str
    mend: str = ""
    check: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the finding as `doctor --json` prints it."""
        return {"check": self.check, "status": self.status, "what": self.what, "mend": self.mend}


def counted(findings: Iterable[Finding]) -> str:
    """Return how many there are of each: `1 problem, 3 notes, 2 not looked at, 20 ok`."""
    counts = Counter(one.status for one in findings)
    return ", ".join(f"{counts[status]} {_words(status, counts[status])}" for status in STATUSES)


def _words(status: Status, count: int) -> str:
    return status.replace("_", " ") + ("s" if status in {"problem", "note"} and count != 1 else "")
