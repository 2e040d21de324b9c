"""Which events are handed to which outside service: as effects, in the order in which they happened."""

from collections.abc import Collection, Iterator
from typing import Final

from bot.incidents import events
from bot.incidents.effects import Effect
from bot.incidents.events import Event
from bot.incidents.model import Incident

PAGERDUTY: Final = "pagerduty"
WEBHOOK: Final = "webhook"
_PAGED: Final = events.Opened | events.Acknowledged | events.Resolved | events.Reopened
_TOLD: Final = _PAGED | events.SeverityChanged | events.StageSet | events.UpdateSent | events.Closed


def handoffs(incident: Incident, event: Event, targets: Collection[str]) -> Iterator[Effect]:
    """Yield what these services must be told of an event; `incident` is the state after it."""
    wanted = {PAGERDUTY: _PAGED, WEBHOOK: _TOLD}
    for target in targets:
        if isinstance(event, wanted[target]):
            payload: dict[str, str | int] = {"incident_id": incident.id, "what": event.kind}
            yield Effect(kind=kind_of(target), lane=f"handoff:{target}:{incident.id}", payload=payload)


def kind_of(target: str) -> str:
    """Return the kind of the jobs for this service."""
    return f"handoff.{target}"
