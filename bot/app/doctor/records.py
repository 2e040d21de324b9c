"""Opens the records on behalf of the doctor's checks, once, without making or changing anything."""

import asyncio
from typing import Final, Self

from bot.app.doctor.finding import Asked, NotLooked
from bot.clock import Clock
from bot.errors import BotError
from bot.settings import Examined
from bot.store.database import Database
from bot.store.schema import require_current
from bot.store.unit_of_work import Store

LIMIT_S: Final = 3.0
_BUSY_MS: Final = 1_000


class NoRecords(NotLooked):
    """The records cannot be opened; `error` says why, `is_new` that there are none yet."""

    def __init__(self, error: BotError, *, is_new: bool = False) -> None:
        super().__init__("there is no database yet" if is_new else "the database cannot be used")
        self.error = error
        self.is_new = is_new


class Records:
    """The database, inside `async with`."""

    def __init__(self, found: Examined, clock: Clock) -> None:
        self._found = found
        self._clock = clock
        self._opened: Database | None = None
        self._open = Asked(self._opening)
        self._schema = Asked(self._checking)

    async def __aenter__(self) -> Self:
        """Begin nothing: what nobody asks is not opened."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the database."""
        await self._schema.forget()
        await self._open.forget()
        if self._opened is not None:
            await self._opened.close()

    async def database(self) -> Database:
        """Return the database, which answers; raises NoRecords."""
        return await self._open.get()

    async def store(self) -> Store:
        """Return the store over a schema that is this code's; raises NoRecords, or NotLooked for another schema."""
        try:
            return await self._schema.get()
        except BotError:
            raise NotLooked("the database's schema is not this version's") from None

    async def require_schema(self) -> None:
        """Raise BadSettings for another schema than this code's, NoRecords when there is no database to look at."""
        await self._schema.get()

    async def _opening(self) -> Database:
        if self._found.spoils("DATABASE_URL"):
            raise NotLooked("DATABASE_URL cannot be used as it is")
        file = self._found.settings.sqlite_file
        try:
            if file is not None and not await asyncio.to_thread(file.exists):
                raise NoRecords(BotError(f"There is no {file} yet."), is_new=True)
        except PermissionError:
            raise NoRecords(BotError(f"{file} cannot be looked at.", "Mend its folder's rights.")) from None
        try:
            database = Database(self._found.settings.database_url, busy_ms=_BUSY_MS)
            self._opened = database
            async with asyncio.timeout(LIMIT_S):
                await database.ping()
        except BotError as error:
            raise NoRecords(error) from None
        except TimeoutError:
            hint = "Check DATABASE_URL, the server and the network."
            raise NoRecords(BotError(f"The database does not answer within {LIMIT_S:g} s.", hint)) from None
        return database

    async def _checking(self) -> Store:
        database = await self.database()
        await require_current(database)
        return Store(database, self._clock, lambda data: data)
