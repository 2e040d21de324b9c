"""From a message's name to what it shows now: the one place that knows which card a name stands for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.errors import BadInput
from bot.incidents.decisions import suggested_by
from bot.incidents.events import BOT, Recovered, Relapsed, Reminded, StepAnswered
from bot.incidents.model import Incident
from bot.incidents.timers import ACK, RECHECK, UPDATE, key_of
from bot.incidents.walk import walk_of
from bot.slack.cards import blocks as kit
from bot.slack.cards.checklist import Own
from bot.slack.cards.ending import recovered_card, relapsed_card
from bot.slack.cards.incident import incident_card
from bot.slack.cards.leaked_key import procedure_card
from bot.slack.cards.reminder import reminder_card
from bot.slack.cards.tree import answered_step, open_step
from bot.slack.cards.triage import triage_card
from bot.slack.cards.update import announcement
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context

_SOON: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A message and where it belongs; `instead` is the person who gets it when the bot may not post there."""

    channel_id: str
    message: kit.Message
    instead: str | None = None


class Drawing:
    """Draws messages from the database as it stands at the moment of sending."""

    def __init__(self, context: Context, check_names: tuple[str, ...], announce_in: str = "") -> None:
        """Prepare; `announce_in` is the channel for those outside, empty for none."""
        self._context = context
        self._announce_in = announce_in
        self._check_names = check_names
        self._parts: dict[str, Callable[..., Awaitable[Drawn | None]]] = {
            "card": self._card,
            "announcement": self._announcement,
            "reminder": self._reminder,
            "key": self._procedure,
            "news": self._news,
            "step": self._step,
        }

    async def draw(self, unit: UnitOfWork, name: str) -> Drawn | None:
        """Return the message with this name; None when there is nothing to show (yet).

        Names: `triage:3`; `incident:7:` with `card`, `announcement`, `key`, `step:0`, `reminder:0` or `news:0`. Raises
        BadInput for any other.
        """
        match name.split(":"):
            case ["triage", number]:
                return await self._triage(unit, int(number))
            case ["incident", number, part, *index] if part in self._parts:
                incident = await unit.incidents.get(int(number))
                return await self._parts[part](unit, incident, *map(int, index))
            case _:
                raise BadInput(f"No card is called {name}.")

    async def _triage(self, unit: UnitOfWork, number: int) -> Drawn | None:
        triage = await unit.triages.get(number)
        incident = None if triage.incident_id is None else await unit.incidents.get(triage.incident_id)
        whom = triage.requested_by
        if whom == BOT:  # measured for an incident: its card and the step at hand show the result
            return None
        message = triage_card(triage, incident, self._check_names)
        return Drawn(channel_id=triage.channel_id, message=message, instead=whom.id)

    async def _card(self, unit: UnitOfWork, incident: Incident) -> Drawn | None:
        if incident.channel_id is None:
            return None
        step = self._context.tree.at(incident.step)
        due = {kind: await unit.jobs.due_at(key_of(kind, incident.id)) for kind in (ACK, UPDATE)}
        message = incident_card(
            incident,
            step_question=step.question,
            recovery=self._context.recovery,
            acknowledge_by=due[ACK],
            update_by=due[UPDATE],
        )
        return Drawn(channel_id=incident.channel_id, message=message)

    async def _announcement(self, _unit: UnitOfWork, incident: Incident) -> Drawn | None:
        if not self._announce_in or incident.private or not incident.updates:
            return None
        return Drawn(channel_id=self._announce_in, message=announcement(incident))

    async def _reminder(self, unit: UnitOfWork, incident: Incident, index: int) -> Drawn:
        story = await unit.incidents.story(incident.id)
        reminders = [item.event for item in story if isinstance(item.event, Reminded)]
        message = reminder_card(incident, reminders[index], newest=index == incident.reminders - 1)
        # Without a channel the lead is reminded in private.
        return Drawn(channel_id=incident.channel_id or incident.lead.id, message=message, instead=incident.lead.id)

    async def _procedure(self, _unit: UnitOfWork, incident: Incident) -> Drawn | None:
        if incident.key_case is None or incident.channel_id is None:
            return None
        message = procedure_card(incident, incident.key_case, self._context.keys)
        return Drawn(channel_id=incident.channel_id, message=message)

    async def _news(self, unit: UnitOfWork, incident: Incident, index: int) -> Drawn:
        story = await unit.incidents.story(incident.id)
        event = [item.event for item in story if isinstance(item.event, Recovered | Relapsed)][index]
        message = recovered_card(incident, event) if isinstance(event, Recovered) else relapsed_card(incident, event)
        return Drawn(channel_id=incident.channel_id or incident.lead.id, message=message, instead=incident.lead.id)

    async def _measuring(self, unit: UnitOfWork, incident: Incident) -> bool:
        """Tell whether a measurement for this incident is under way, or about to be."""
        due = await unit.jobs.due_at(key_of(RECHECK, incident.id))
        soon = due is not None and due <= unit.now + _SOON
        return soon or await unit.triages.is_running_in(str(incident.channel_id))

    async def _step(self, unit: UnitOfWork, incident: Incident, index: int) -> Drawn | None:
        if incident.channel_id is None or index > incident.answers:
            return None
        if index < incident.answers:
            story = await unit.incidents.story(incident.id)
            answers = [item.event for item in story if isinstance(item.event, StepAnswered)]
            return Drawn(channel_id=incident.channel_id, message=answered_step(index, answers[index]))
        tree = self._context.tree
        step = tree.at(incident.step)
        walk = walk_of(item.event for item in await unit.incidents.story(incident.id))
        branch = walk.measured.branch if walk.measured else None
        message = open_step(
            incident,
            step,
            advice=tree.advice(step, self._context.taxonomy, branch),
            suggested=suggested_by(walk, tree, step.id),
            measured=walk.measured,
            measuring=not step.end and not walk.is_fresh and await self._measuring(unit, incident),
            beside=tree.beside(step, walk.path),
            own=Own(levers=self._context.levers, recovery=self._context.recovery),
            now=unit.now,
        )
        return Drawn(channel_id=incident.channel_id, message=message)
