"""When a failure counts as over: how many clean measurements in a row, over how long; and what measuring may cost."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_SOONEST: Final = timedelta(minutes=1)
_AFTERWARDS: Final = 4  # measurements at least, in the hour after the end
RELAPSE: Final = timedelta(hours=1)
"""So long after the end a failure counts as the same one come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """A team's rule: `checks` clean measurements in a row that span at least `lasting`.

    While one watches, the bot measures at most `most` times by itself, each time for `cost_usd` dollars at most.
    """

    checks: int = 3
    lasting: timedelta = timedelta(minutes=10)
    most: int = 36
    cost_usd: float = 0.10

    @property
    def every(self) -> timedelta:
        """Return the time between two measurements: the last of `checks` ends the span."""
        return max(self.lasting / max(self.checks - 1, 1), _SOONEST)

    @property
    def every_afterwards(self) -> timedelta:
        """Return the time between two measurements after the end: short enough to see a relapse within its hour."""
        return min(self.every, RELAPSE / _AFTERWARDS)

    @property
    def most_afterwards(self) -> int:
        """Return how often the bot measures after the end by itself, at most."""
        return RELAPSE // self.every_afterwards
