"""Whether the bot can work, in words: its database, its line to Slack, its records, its own tasks."""

from collections.abc import Collection
from typing import Final

from bot.clock import Clock
from bot.errors import Unavailable, Unsaved
from bot.metrics import show_queue
from bot.slack.client import OutgoingClient
from bot.slack.refusals import HINTS
from bot.slack.transport import SocketMode
from bot.store.unit_of_work import Store
from bot.vitals import Vitals
from bot.workflows.auditor import last_audit

_AWAY: Final = "The database does not answer."
STUCK_S: Final = 30.0
"""A worker that has not looked for work for so long is stuck; a database that hangs is given up sooner."""
DEAD_S: Final = 120.0
"""One that has not for so long does not come back by itself."""


class Health:
    """Asks everything anew each time; `problems` is empty when all is well."""

    def __init__(
        self, store: Store, clock: Clock, sockets: SocketMode | None, vitals: Vitals, client: OutgoingClient
    ) -> None:
        self._store = store
        self._clock = clock
        self._sockets = sockets
        self._vitals = vitals
        self._client = client
        self._since = clock.now()

    async def problems(self) -> list[str]:
        """Return what is wrong; no text of others."""
        stopping = ["The process is stopping."] if self._vitals.is_stopping else []
        records, line = await self._of_the_records(), await self._of_the_line()
        return [*stopping, *records, *line, *self._of_the_process()]

    def faults(self) -> list[str]:
        """Return what only a restart mends: parts that ended, a worker that does not turn. A stop is none."""
        if self._vitals.is_stopping:
            return []
        stuck = [f"The worker has not turned for {DEAD_S:.0f} s. Restart it." for _ in self._vitals.silent(DEAD_S)]
        return [*_dead(self._vitals.ended()), *stuck]

    async def _of_the_records(self) -> list[str]:
        try:
            await self._store.database.ping()
            async with self._store.read() as unit:
                report = await last_audit(unit)
        except Unavailable as error:
            return [error.user_message]
        except Unsaved:
            return [_AWAY]
        return report.problems(self._clock.now(), self._since)

    async def _of_the_line(self) -> list[str]:
        code = self._client.shut_out
        away = [f"Slack turns the bot away ({code}). {HINTS.get(code, '')}".strip()] if code else []
        if self._sockets is None:
            return away
        closed = [] if await self._sockets.is_connected() else ["No Socket Mode connection is open."]
        return [*away, *closed, *_dead(self._sockets.ended())]

    def _of_the_process(self) -> list[str]:
        if self._vitals.is_stopping:
            return []  # its parts end, as they should
        stuck = [f"The worker has not looked for work for {STUCK_S:.0f} s." for _ in self._vitals.silent(STUCK_S)]
        return [*_dead(self._vitals.ended()), *stuck]


async def measure_queue(store: Store, clock: Clock, kinds: Collection[str]) -> None:
    """Bring the metrics of the queue up to date; while the database is away they stay as they were."""
    try:
        async with store.read() as unit:
            show_queue(await unit.jobs.queue(clock.now()), kinds)
    except Unsaved:
        return


def _dead(names: list[str]) -> list[str]:
    return [f"A part of the process has ended: {name}. Restart it." for name in names]
