"""What a terminal triage reads from the bot's records and leaves there; loaded only where there are records."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import click

from bot.clock import Clock
from bot.errors import BotError
from bot.rules.evidence import Sample
from bot.rules.redact import Redactor
from bot.settings import Settings
from bot.store.database import Database
from bot.store.schema import require_current
from bot.store.unit_of_work import Store
from bot.workflows.recollect import Recollection, recollect


class Memory:
    """The records; without a store nothing is known and nothing is kept, for a triage never depends on them."""

    def __init__(self, store: Store | None) -> None:
        self._store = store

    async def recall(self) -> Recollection:
        """Return what is known of the time before now."""
        if self._store is None:
            return Recollection()
        async with self._store.read() as unit:
            return await recollect(unit, unit.now)

    async def keep(self, samples: Sequence[Sample], key: str) -> None:
        """Store the samples of a run that used this kind of key."""
        if self._store is not None:
            async with self._store.begin() as unit:
                await unit.samples.add(samples, key, unit.now)


@asynccontextmanager
async def memory(settings: Settings, clock: Clock, redactor: Redactor) -> AsyncIterator[Memory]:
    """Yield the records; a word on standard error says when they are left aside."""
    database = Database(settings.database_url)
    try:
        await database.ping()
        await require_current(database)
        store: Store | None = Store(database, clock, redactor.deep)
    except BotError as error:
        click.echo(f"The records are left aside: {error.user_message} {error.hint}", err=True)
        store = None
    try:
        yield Memory(store)
    finally:
        await database.close()
