"""Runs the migrations on the connection that the bot hands over, all in one transaction."""

from alembic import context
from sqlalchemy import text

from bot.store.tables import metadata

_LOCK = 7_261_408_113  # any number that nothing else on the server uses for an advisory lock

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by rebuilding it
    transactional_ddl=True,
    compare_server_default=True,
)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        # Replicas that start together migrate one after the other; on SQLite BEGIN IMMEDIATE does the same.
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    context.run_migrations()
