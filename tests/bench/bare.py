"""The floor: the platform as it comes, without a line of the bot: a bare Bolt listener with statements given as a file.

`python -m tests.bench.bare PORT DATABASE_URL STATEMENTS`: each command runs the statements in one transaction, then it
is acknowledged. Bolt's own adapter on uvicorn, SQLAlchemy's own driver, one writer at a time, and SQLite as durable as
under the bot.
"""

import asyncio
import itertools
import json
import sys
import uuid
from pathlib import Path
from typing import Any

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from starlette.applications import Starlette
from starlette.routing import Route

Statements = list[tuple[str, list[Any]]]
SECRET = "0" * 32
ANSWER = "Noted on the timeline of INC-1."
FRESH, COUNTED = "\0fresh", "\0counted:"
"""Stand for what differs from one command to the next: a new id, and a number that grows."""
_PRAGMAS = ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")


def bare_app() -> AsyncApp:
    """Return Bolt's application without any listener."""
    return AsyncApp(signing_secret=SECRET, process_before_response=True, authorize=_authorized)


async def carry_out(connection: AsyncConnection, statements: Statements, number: int) -> None:
    """Tell the database the statements, for the command with this number, and commit."""
    for statement, values in statements:
        await connection.exec_driver_sql(statement, tuple(_filled(value, number) for value in values))
    await connection.commit()


async def main(port: int, url: str, statements: Statements) -> None:
    """Serve until the process is ended."""
    engine, turn = _engine(url), asyncio.Lock()
    app, numbers = bare_app(), itertools.count(1)

    @app.command("/anth-triage")
    async def listen(ack: AsyncAck) -> None:
        number = next(numbers)
        async with turn, engine.connect() as connection:
            await connection.begin()
            await carry_out(connection, statements, number)
        await ack(ANSWER)

    routes = [Route("/slack/events", AsyncSlackRequestHandler(app).handle, methods=["POST"])]
    config = uvicorn.Config(
        Starlette(routes=routes), port=port, log_config=None, access_log=False, lifespan="off", http="h11"
    )
    await uvicorn.Server(config).serve()


def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url)
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


async def _authorized() -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T0STANDIN1", bot_token="none", bot_id="B1", bot_user_id="U1")


def _filled(value: Any, count: int) -> Any:
    if value == FRESH:
        return uuid.uuid4().hex
    if isinstance(value, str) and value.startswith(COUNTED):
        return int(value.removeprefix(COUNTED)) + count
    return value


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], json.loads(Path(sys.argv[3]).read_text("utf-8"))))
