"""Whether the bot can work, in words: its database, its line to Slack, its records, its own tasks."""

from bot.clock import Clock
from bot.errors import Unavailable
from bot.slack.client import OutgoingClient
from bot.slack.refusals import HINTS
from bot.slack.transport import SocketMode
from bot.store.unit_of_work import Store
from bot.vitals import Vitals
from bot.workflows.auditor import last_audit


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
        """Return what is wrong; no text of others, for in HTTP mode anybody may ask."""
        return [*await self._of_the_records(), *await self._of_the_line(), *self._of_the_process()]

    async def _of_the_records(self) -> list[str]:
        try:
            await self._store.database.ping()
        except Unavailable as error:
            return [error.user_message]
        async with self._store.read() as unit:
            report = await last_audit(unit)
        return report.problems(self._clock.now(), self._since)

    async def _of_the_line(self) -> list[str]:
        code = self._client.shut_out
        away = [f"Slack turns the bot away ({code}). {HINTS.get(code, '')}".strip()] if code else []
        if self._sockets is None:
            return away
        closed = [] if await self._sockets.is_connected() else ["No Socket Mode connection is open."]
        return [*away, *closed, *_dead(self._sockets.ended())]

    def _of_the_process(self) -> list[str]:
        return _dead(self._vitals.ended())


def _dead(names: list[str]) -> list[str]:
    return [f"A part of the process has ended: {name}. Restart it." for name in names]
