"""What a triage is handed, as types: how the world is asked, and how what came back is judged."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from bot.rules.evidence import Evidence, Verdict
from bot.rules.severity import HumanReport

OVERDUE: Final = "overdue"
"""The fact of a check that is still open at the moment at which a verdict is due, provisional as it is."""

OnEvidence = Callable[[Evidence], Awaitable[None]]
AskWorld = Callable[[OnEvidence], Awaitable[tuple[Evidence, ...]]]


class Judge(Protocol):
    """Turns evidence into a verdict; `report` is what a person said of production."""

    def __call__(
        self, evidence: Sequence[Evidence], *, report: HumanReport | None = None, provisional_deadline: bool = False
    ) -> Verdict:
        """Return the verdict; `provisional_deadline` says that checks are still open."""
