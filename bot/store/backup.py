"""Backup, restore and copy: the records of one moment in a file, back again, and in another database."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import func, literal, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import BadInput, BadSettings
from bot.store.database import Database, Verbatim
from bot.store.filling import fill, fill_file, require_alone
from bot.store.migrate import upgrade
from bot.store.pages import copy_pages, require_whole
from bot.store.rows import Told
from bot.store.schema import require_current, stamped
from bot.store.sealed import seal, unpack
from bot.store.tables import UtcDateTime, job

_SKEW: Final = timedelta(minutes=1)  # the clocks of this machine, its replicas and Slack may differ


async def back_up(url: str, file: Path, now: datetime, told: Told) -> None:
    """Write the records as they are now (UTC) into a new file that its owner alone can read; the bot may run on.

    Raises BadInput when the file is there, BadSettings when there is no database of ours, Unsaved or Unavailable when
    it is away, OSError when the file cannot be written. Then there is no file.
    """
    _refuse_existing(file)
    with TemporaryDirectory(prefix=".anth-triage-", dir=file.parent) as folder:
        part = Path(folder) / "backup.db"
        await _write(url, part, told)
        require_whole(part)
        seal(part, now)
        _refuse_existing(file)
        part.rename(file)
    _sync(file.parent)


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise BadInput(f"{file} is there already.", "Name another file: a backup replaces none.")


async def _write(url: str, part: Path, told: Told) -> None:
    database = Verbatim(url)
    try:
        if database.is_sqlite:  # of whatever schema: before an upgrade it is wanted most
            await _require_ours(database)
            await asyncio.to_thread(copy_pages, database.file, part, told)
            return
        await require_current(database)
        async with database.snapshot() as source:
            await fill_file(source, part, told)
    finally:
        await database.close()


async def restore(file: Path, url: str, told: Told, *, replace: bool) -> tuple[int, datetime]:
    """Let the database hold what the backup holds; return how many rows, and of which moment (UTC) they are.

    The file is checked first; the database is as it was unless all went well. Raises BadInput for a bad file and for
    a database with rows that are not to be replaced; BadSettings for a newer schema and where others are connected.
    """
    with TemporaryDirectory(prefix="anth-triage-") as folder:
        copy = Path(folder) / "backup.db"
        moment = await asyncio.to_thread(unpack, file, copy)
        require_whole(copy)
        await _brought_up(copy, told)

        async def adapt(connection: AsyncConnection) -> None:
            await _look_first(connection, moment - _SKEW)

        async with _open(f"sqlite+aiosqlite:///{copy}") as source, source.snapshot() as rows, _open(url) as target:
            return await fill(rows, target, told, replace=replace, adapt=adapt), moment


async def copy(source_url: str, target_url: str, told: Told) -> int:
    """Copy the records into an empty database, of the other kind or the same; return how many rows.

    Raises as `restore` does; also BadSettings while others are connected to the source, for what they write
    after this moment would be missing.
    """
    async with _open(source_url) as source, _open(target_url) as target:
        await require_current(source)
        async with source.snapshot() as rows:
            await require_alone(rows)
            return await fill(rows, target, told)


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[Verbatim]:
    database = Verbatim(url)
    try:
        yield database
    finally:
        await database.close()


async def _brought_up(copy: Path, told: Told) -> None:
    """Run the migrations that the backup's schema lacks, on a copy of it."""
    database = Database(f"sqlite+aiosqlite:///{copy}")
    try:
        found = await _require_ours(database)
        await upgrade(database)
        told(f"the backup is whole; its schema is {found}")
    finally:
        await database.close()


async def _require_ours(database: Database) -> str:
    """Return the schema's revision; raises BadSettings when no migration of ours made it."""
    async with database.connection(write=False) as connection:
        found = await connection.run_sync(stamped)
    if found is None:
        raise BadSettings(f"{database.file} holds no records of anth-triage.", "Name another file.")
    return found


async def _look_first(connection: AsyncConnection, since: datetime) -> None:
    """Let each job look for what it, or one that it puts, may have posted between the backup (`since`) and now.

    Whoever held a lease is gone. Timers act on the database alone: it is what they put that looks.
    """
    await connection.execute(update(job).values(lease_until=None, lease_token=None))
    restored = ~job.c.dead & ~job.c.kind.startswith("cron.", autoescape=True)
    await connection.execute(update(job).where(restored).values(restored_from=since))
    untried = restored & (job.c.attempts == 0) & job.c.incident_id.is_(None)
    tried = func.coalesce(job.c.first_tried_at, literal(since, UtcDateTime))
    await connection.execute(update(job).where(untried).values(attempts=1, first_tried_at=tried))


def _sync(folder: Path) -> None:
    """See to it that the file's name is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
