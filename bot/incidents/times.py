"""How quickly the team reacts: the mean times to acknowledge and to resolve, from what was recorded at the time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.incidents.model import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Mean times over `count` incidents; None where none was acknowledged or resolved."""

    count: int
    acknowledge: timedelta | None
    resolve: timedelta | None


def times(incidents: Iterable[Incident], since: datetime) -> Times:
    """Return the times of the incidents that were opened since this moment (UTC).

    The first acknowledgement counts from the opening as it was recorded; an incident that was reopened was open in
    between not at all. Later words and corrections change neither.
    """
    recent = [one for one in incidents if one.opened_at >= since]
    acknowledged = [first.at - one.opened_at for one in recent if (first := one.first_acknowledged) is not None]
    resolved = [lasted for one in recent if (lasted := one.lasted) is not None]
    return Times(count=len(recent), acknowledge=_mean(acknowledged), resolve=_mean(resolved))


def _mean(spans: Sequence[timedelta]) -> timedelta | None:
    return sum(spans, timedelta(0)) / len(spans) if spans else None
