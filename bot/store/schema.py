"""Which schema this code was written for, and whether a database has it; loads no migration tool."""

from sqlalchemy import Connection, inspect, text

from bot.errors import BadSettings
from bot.store.database import Database

REVISION = "0010"
"""The newest migration; revisions are numbered, and compare as text."""


def require_file(database: Database) -> None:
    """Raise BadSettings when there is no SQLite file yet, of which looking would make an empty one."""
    if database.is_sqlite and not database.file.is_file():
        raise BadSettings(
            "There is no database yet.", "Start the bot once, or set DATABASE_URL or ANTH_TRIAGE_DATA_DIR."
        )


async def require_current(database: Database) -> None:
    """Raise BadSettings unless the schema is the one that this code was written for."""
    async with database.connection(write=False) as connection:
        found = await connection.run_sync(stamped)
    if found is not None and found > REVISION:
        raise newer(found)
    if found != REVISION:
        raise BadSettings(
            f"The database's schema is {found or 'empty'}, not {REVISION}.", "Run `anth-triage db upgrade`."
        )


def newer(found: str) -> BadSettings:
    """Return the refusal of a schema that newer code has made."""
    return BadSettings(
        f"The database's schema ({found}) is newer than this version of anth-triage.",
        "Start the newer version, or restore a backup made before the upgrade.",
    )


def stamped(connection: Connection) -> str | None:
    """Return the schema's revision; None where no migration has run."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)
