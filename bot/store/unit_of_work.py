"""One transaction: delivery key, state, timeline and effects together, or nothing. The only place that commits."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import BotError
from bot.incidents.effects import Effect, reactions
from bot.incidents.events import Event, Opened
from bot.incidents.handoff import handoffs
from bot.incidents.model import Incident
from bot.incidents.timers import Cancel, Put, changes
from bot.rules.recovery import Recovery
from bot.rules.response import Response
from bot.store.audit import Audit
from bot.store.budgets import Budgets
from bot.store.database import Database
from bot.store.deliveries import Deliveries
from bot.store.incidents import Incidents, redacted
from bot.store.jobs import Jobs
from bot.store.messages import Messages
from bot.store.reports import Reports
from bot.store.samples import Samples
from bot.store.tombstones import Tombstones
from bot.store.triages import Triages

_HOUSED_S: Final = 3.0  # by then it is mostly known whether the incident's house is private, and its title may be told
RedactData = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """What decides on the effects of an event beside the event: the team's times, and who else is told."""

    response: Response = field(default_factory=Response)
    recovery: Recovery = field(default_factory=Recovery)
    targets: Collection[str] = ()


class UnitOfWork:
    """What a use case may do to the database inside its one transaction. `now` is its moment, UTC.

    `due` are the kinds of the jobs that can be done once it is committed, and not before.
    """

    def __init__(self, connection: AsyncConnection, now: datetime, redact_data: RedactData, rules: Reactions) -> None:
        self.now = now
        self._rules = rules
        self.incidents = Incidents(connection)
        self.triages = Triages(connection, redact_data)
        self.samples = Samples(connection, redact_data)
        self.reports = Reports(connection, redact_data)
        self.deliveries = Deliveries(connection)
        self.messages = Messages(connection, redact_data)
        self.jobs = Jobs(connection, redact_data)
        self.budgets = Budgets(connection)
        self.tombstones = Tombstones(connection)
        self.audit = Audit(connection)
        self._redact_data = redact_data
        self.due: set[str] = set()

    def after(self, seconds: float) -> datetime:
        """Return the moment so many seconds from now."""
        return self.now + timedelta(seconds=seconds)

    async def open(self, opened: Opened) -> Incident:
        """Record a new incident with its first event and the effects of that."""
        event = redacted(opened, self._redact_data)
        assert isinstance(event, Opened)  # noqa: S101 - redaction keeps the kind; this tells the type checker
        incident = await self.incidents.create(event, self.now)
        await self._react(incident, event)
        return incident

    async def record(self, incident: Incident, event: Event) -> Incident:
        """Append an event to the incident (locked by `get(lock=True)`) with its effects; return the state after it."""
        event = redacted(event, self._redact_data)
        incident = await self.incidents.append(incident, event, self.now)
        await self._react(incident, event)
        return incident

    async def wish(self, effect: Effect, after_s: float = 0) -> None:
        """Queue an effect, due in `after_s` seconds."""
        payload = self._redact_data(effect.payload)
        if payload != effect.payload:
            effect = replace(effect, payload=payload)
        await self._put(effect, self.after(after_s))

    async def _react(self, incident: Incident, event: Event) -> None:
        for effect in reactions(incident, event):
            await self.wish(effect)
        for effect in handoffs(incident, event, self._rules.targets):
            await self.wish(effect, after_s=_HOUSED_S if incident.unsure else 0)
        for change in changes(incident, event, self._rules.response, self._rules.recovery, self.now):
            if isinstance(change, Cancel):
                await self.jobs.cancel(prefix=change.prefix)
            else:
                await self.set_timer(incident, change)

    async def set_timer(self, incident: Incident, timer: Put) -> None:
        """Let a timer of the incident ring at its moment, wherever it stood before."""
        lane = f"timers:{incident.id}"
        effect = Effect(kind=timer.kind, lane=lane, key=timer.key, incident_id=incident.id, moves=True)
        await self._put(effect, timer.at)

    async def _put(self, effect: Effect, run_at: datetime) -> None:
        if await self.jobs.put(effect, run_at) <= self.now:
            self.due.add(effect.kind)


_PATIENCE_S = 1.5  # a person waits three seconds for an answer


class Repeated(BotError):
    """This delivery was carried out before: Slack sent it again, or somebody replays it."""


class Store:
    """The database as use cases see it: `begin()` for a transaction that commits, `read()` for one that cannot."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        redact_data: RedactData,
        rules: Reactions | None = None,
    ) -> None:
        """Prepare."""
        self.database = database
        self._rules = rules or Reactions()
        self._clock = clock
        self._redact_data = redact_data
        self._bells: list[Callable[[Collection[str]], None]] = []

    def on_due(self, ring: Callable[[Collection[str]], None]) -> None:
        """Call this after each commit that made jobs due, with their kinds."""
        self._bells.append(ring)

    @asynccontextmanager
    async def begin(self, *, once: str | None = None) -> AsyncIterator[UnitOfWork]:
        """Yield a unit of work; commit when the block ends well, roll everything back when it raises.

        `once` is the key of a delivery from Slack; raises Repeated when a transaction with that key was committed.
        Raises Unsaved when the database is away; a delivery, whose sender waits, has a second and a half for its turn.
        """
        patience_s = None if once is None else _PATIENCE_S
        async with self.database.connection(write=True, patience_s=patience_s) as connection:
            unit = UnitOfWork(connection, self._clock.now(), self._redact_data, self._rules)
            if once is not None and not await unit.deliveries.first_time(once, unit.now):
                raise Repeated("This was done already.")
            yield unit
            await connection.commit()
        if unit.due:
            for ring in self._bells:
                ring(unit.due)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """Yield a unit of work whose transaction is never committed."""
        async with self.database.connection(write=False) as connection:
            yield UnitOfWork(connection, self._clock.now(), self._redact_data, self._rules)
