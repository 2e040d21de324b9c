"""Where a walk through the decision tree stands: the way so far, and what was measured last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.incidents.events import Event, Measured, Opened, Reopened, StepAnswered
from bot.rules.tree import BACK

FRESH: Final = timedelta(seconds=60)
"""A measurement older than this is taken again before it advises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An answer as somebody gave it: to the n-th question (`index`, from 0) of an incident."""

    incident_id: int
    index: int
    step: str
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The steps behind the present one, the newest last; when that one was reached (UTC); the last measurement."""

    path: tuple[str, ...] = ()
    reached_at: datetime
    measured: Measured | None = None

    @property
    def is_fresh(self) -> bool:
        """Tell whether the last measurement was young enough when the present step was reached, or came since."""
        return self.measured is not None and self.measured.happened_at >= self.reached_at - FRESH


def walk_of(story: Iterable[Event]) -> Walk:
    """Return where the walk stands after these events, of which the first is Opened; raises ValueError without one."""
    walk: Walk | None = None
    for event in story:
        match event:
            case Opened():
                walk = Walk(reached_at=event.happened_at)
            case StepAnswered() if walk is not None:
                path = walk.path[:-1] if event.option == BACK else (*walk.path, event.step)
                walk = replace(walk, path=path, reached_at=event.happened_at)
            case Reopened() if walk is not None:
                path = () if event.step is not None else walk.path
                walk = replace(walk, path=path, reached_at=event.happened_at)
            case Measured() if walk is not None:
                walk = replace(walk, measured=event)
            case _:
                pass
    if walk is None:
        raise ValueError("an incident begins with Opened")
    return walk
