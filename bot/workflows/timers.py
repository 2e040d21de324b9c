"""What an incident's timers do when they ring: a reminder, or another triage; each inside one transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.incidents.effects import show_step, tell_given
from bot.incidents.ending import is_watched
from bot.incidents.events import BOT, Reminded
from bot.incidents.model import Incident
from bot.incidents.timers import ACK, DUE, RECHECK, TICK, TICK_EVERY, UPDATE, Put, key_of, next_due, wants_updates
from bot.rules.response import Response
from bot.store.jobs import Due
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Delivery
from bot.workflows.triage import start_in
from bot.workflows.worker import TxHandler

_SAME_DAY = timedelta(hours=12)
_LATER = timedelta(seconds=30)  # a run ends within so many


async def measure_later(unit: UnitOfWork, incident: Incident) -> None:
    """Measure for the incident once the run that is under way has ended, or when that is due sooner."""
    key, at = key_of(RECHECK, incident.id), unit.now + _LATER
    due = await unit.jobs.due_at(key)
    await unit.set_timer(incident, Put(kind=RECHECK, key=key, at=at if due is None else min(at, due)))


class Timers:
    """The handlers of the timers; whatever rings, it asks the incident first whether it still matters."""

    def __init__(self, response: Response, team_id: str) -> None:
        self._response = response
        self._team_id = team_id

    def handlers(self) -> Mapping[str, TxHandler]:
        """Return the handler of each kind of timer."""
        return {ACK: self.acknowledge, UPDATE: self.update, RECHECK: self.recheck, TICK: self.tick, DUE: self.due}

    async def acknowledge(self, unit: UnitOfWork, due: Due) -> datetime | None:
        """Remind that nobody has acknowledged, tell the next level, and come again."""
        incident = await _incident(unit, due)
        if not incident.is_open or incident.silent or incident.acknowledged_at is not None:
            return None
        level = incident.unanswered
        told = self._response.escalation(level)
        await unit.record(incident, Reminded(actor=BOT, happened_at=unit.now, about="ack", level=level, told=told))
        return self._response.again(incident.severity, unit.now)

    async def update(self, unit: UnitOfWork, due: Due) -> datetime | None:
        """Remind that nobody has said anything for long, and come again."""
        incident = await _incident(unit, due)
        if not wants_updates(incident):
            return None
        await unit.record(incident, Reminded(actor=BOT, happened_at=unit.now, about="update", level=0, told=None))
        return unit.now + self._response.update_every

    async def recheck(self, unit: UnitOfWork, due: Due) -> datetime | None:
        """Measure again in the incident's channel, whether it really works; later, while another run is under way."""
        incident = await _incident(unit, due)
        if not is_watched(incident, unit.now):
            return None
        if incident.channel_id is None:
            return unit.now + _LATER
        key = f"recheck:{incident.id}:{unit.now.isoformat()}"
        delivery = Delivery(key=key, team_id=self._team_id, channel_id=incident.channel_id, actor=BOT)
        started = await start_in(unit, delivery)
        return unit.now + _LATER if started.joined else None

    async def tick(self, unit: UnitOfWork, due: Due) -> datetime | None:
        """Draw the question that waits for a limit anew, until it is measured again."""
        incident = await _incident(unit, due)
        ends = await unit.jobs.due_at(key_of(RECHECK, incident.id))
        if not incident.awaits_limit or ends is None or ends <= unit.now:
            return None
        await unit.wish(show_step(incident.id, incident.answers))
        return unit.now + TICK_EVERY

    async def due(self, unit: UnitOfWork, due: Due) -> datetime | None:
        """Tell who has a task that is due today, or the lead of one that nobody has; and come again."""
        incident = await _incident(unit, due)
        for task in incident.tasks:
            if task.due is not None and not task.done:
                begins = self._response.beginning_of(task.due)
                if due.run_at - _SAME_DAY < begins <= unit.now:
                    await unit.wish(tell_given(incident.id, (task.owner or incident.lead).id, f"task {task.number}"))
        return next_due(incident, self._response, unit.now)


async def _incident(unit: UnitOfWork, due: Due) -> Incident:
    assert due.incident_id is not None  # noqa: S101 - a timer belongs to an incident
    return await unit.incidents.get(due.incident_id, lock=True)
