"""After each connection to Slack: the channels of open incidents are read anew, for what came while nobody listened."""

import asyncio
from typing import Final

import structlog

from bot.clock import Clock
from bot.errors import Unsaved
from bot.incidents.effects import backfill
from bot.store.unit_of_work import Store

_SETTLE_S: Final = 1.0  # what Slack brings by itself comes first
_AGAIN_S: Final = 2.0
log = structlog.get_logger()


class CatchingUp:
    """Wishes for the reading, once for all connections that open at about the same time."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._connected = asyncio.Event()
        self._stopping = False

    def connected(self) -> None:
        """Say that Slack reaches us (again)."""
        self._connected.set()

    def stop(self) -> None:
        """End after what is under way: a transaction is not to be torn."""
        self._stopping = True
        self._connected.set()

    async def run(self) -> None:
        """Wish after each connection, until `stop()`."""
        while True:
            await self._connected.wait()
            if self._stopping:
                return
            self._connected.clear()
            try:
                await self._wish()
            except Unsaved:
                log.warning("database_away", during="catching up")
                await self._clock.sleep(_AGAIN_S)
                self._connected.set()

    async def _wish(self) -> None:
        async with self._store.begin() as unit:
            for incident in await unit.incidents.open():
                if incident.channel_id is not None:
                    await unit.wish(backfill(incident.id), after_s=_SETTLE_S)
