"""The provider's own view of an incident: what its status page said, and whether we saw it first."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.incidents.events import Measured
from bot.postmortem.shape import ProviderIncident, ProviderUpdate, ProviderView
from bot.rules.evidence import PageIncident

_BEFORE: Final = timedelta(hours=1)
"""What the page told of longer before our first failure is taken for something else."""


def provider_view(measured: Sequence[Measured], first_failure_at: datetime | None, fault: str) -> ProviderView:
    """Return what the page said in these measurements (in order).

    Whoever saw it first is told only where the fault is the provider's: else the page speaks of something else. So do
    incidents that stood there long before our first failure.
    """
    readings = [event for event in measured if event.provider is not None]
    ids = dict.fromkeys(incident.id for event in readings for incident in event.page)
    incidents = tuple(_told(name, readings) for name in ids)
    ahead = _ahead(incidents, first_failure_at) if fault in {"theirs", "mixed"} else None
    return ProviderView(asked=len(measured), readable=len(readings), incidents=incidents, ahead_s=ahead)


def _ahead(incidents: Iterable[ProviderIncident], first_failure_at: datetime | None) -> int | None:
    """Return the seconds from our first failure to the page's first word of it."""
    if first_failure_at is None:
        return None
    known = (one.posted_at for one in incidents if one.posted_at is not None)
    posted = min((at for at in known if at >= first_failure_at - _BEFORE), default=None)
    return None if posted is None else round((posted - first_failure_at).total_seconds())


def _told(name: str, readings: Sequence[Measured]) -> ProviderIncident:
    shown = [(event, one) for event in readings for one in event.page if one.id == name]
    newest = shown[-1][1]
    after = (event.happened_at for event in readings if event.happened_at > shown[-1][0].happened_at)
    updates = _updates(one for _, one in shown)
    return ProviderIncident(
        name=newest.name,
        impact=newest.impact,
        url=newest.url or "",
        started_at=newest.started_at,
        posted_at=min((update.at for update in updates), default=newest.started_at),
        seen_at=shown[0][0].happened_at,
        gone_by=next(after, None),
        updates=updates,
    )


def _updates(shown: Iterable[PageIncident]) -> tuple[ProviderUpdate, ...]:
    """Return every update that was read at any time, each once, the oldest first."""
    read = {(update.at, update.status): update for one in shown for update in one.updates}
    ordered = sorted(read.values(), key=lambda update: update.at)
    return tuple(ProviderUpdate(at=one.at, status=one.status, text=one.text) for one in ordered)
