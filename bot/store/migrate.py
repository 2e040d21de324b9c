"""Brings the database to the schema of this code by the migrations; refuses a schema from newer code."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from bot.errors import BadSettings
from bot.paths import data_folder
from bot.store.database import Database
from bot.store.schema import newer


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(data_folder("migrations")))
    config.set_main_option("path_separator", "os")
    return config


async def upgrade(database: Database, revision: str = "head") -> None:
    """Run the missing migrations in one transaction.

    Raises BadSettings when the schema is newer than the code, Unsaved when the database is away or locked.
    """
    async with database.connection_for_migrations() as connection:
        await connection.run_sync(_upgrade, revision)


def upgrade_within(connection: Connection) -> None:
    """Run the missing migrations inside the transaction that is open; raises BadSettings as `upgrade` does."""
    require_known(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def downgrade(database: Database, revision: str = "base") -> None:
    """Run migrations backwards, in one transaction."""
    async with database.connection_for_migrations() as connection:
        await connection.run_sync(_downgrade, revision)


async def draft(database: Database, name: str) -> None:
    """Write a migration file with what the tables in the code have and the database has not."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_draft, name)


async def current(database: Database) -> str | None:
    """Return the schema's revision; None for an empty database."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_current)


def head() -> str:
    """Return the newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None  # noqa: S101 - the folder is never empty
    return revision


def _current(connection: Connection) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    return found


def _upgrade(connection: Connection, revision: str) -> None:
    _refuse_newer(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _draft(connection: Connection, name: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.revision(config, message=name, autogenerate=True, rev_id=f"{int(head()) + 1:04d}")


def _downgrade(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.downgrade(config, revision)


def _refuse_newer(connection: Connection) -> None:
    # The tables first: they come in one commit with the stamp, and another process may just be making them.
    tables = set(inspect(connection).get_table_names())
    connection.rollback()
    _require_known(tables, _current(connection))


def require_known(connection: Connection) -> None:
    """Raise BadSettings when the schema is newer than the code, or no migration made it; ends no transaction."""
    tables = set(inspect(connection).get_table_names())
    _require_known(tables, MigrationContext.configure(connection).get_current_revision())


def _require_known(tables: set[str], found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is None and tables & {"incident", "job"}:
        raise BadSettings("The database has tables of these names that no migration made.", "Name another database.")
    if found is not None and found not in known:
        raise newer(found)
