"""What a finished job most often writes down: one event of an incident."""

from collections.abc import Callable
from datetime import datetime

from bot.incidents.events import Event
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.worker import Finish


def recording(incident_id: int, event_at: Callable[[datetime], Event]) -> Finish:
    """Return the finish that locks the incident and records the event; `event_at` gets the moment of it (UTC)."""

    async def finish(unit: UnitOfWork) -> None:
        incident = await unit.incidents.get(incident_id, lock=True)
        await unit.record(incident, event_at(unit.now))

    return finish
