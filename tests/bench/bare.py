"""The floor: a bare Bolt listener on the bot's own HTTP stack and database settings, with statements given as a file.

`python -m tests.bench.bare PORT DATABASE_URL STATEMENTS`: each command runs the statements in one transaction, then it
is acknowledged. Nothing else: no rules, no cards, no worker.
"""

import asyncio
import itertools
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack.http import slack_route
from bot.store.database import Database
from bot.web import Steady, Watch, WebServer, web_app

SECRET = "0" * 32
ANSWER = "Noted on the timeline of INC-1."
FRESH, COUNTED = "\0fresh", "\0counted:"
"""Stand for what differs from one command to the next: a new id, and a number that grows."""


async def main(port: int, url: str, statements: list[tuple[str, list[Any]]]) -> None:
    """Serve until the process is ended."""
    database = Database(url)
    app = AsyncApp(signing_secret=SECRET, process_before_response=True, authorize=_authorized)
    numbers = itertools.count(1)

    @app.command("/anth-triage")
    async def listen(ack: AsyncAck) -> None:
        number = next(numbers)
        async with database.connection(write=True) as connection:
            for statement, values in statements:
                await connection.exec_driver_sql(statement, tuple(_filled(value, number) for value in values))
            await connection.commit()
        await ack(ANSWER)

    await WebServer(web_app(Watch(Steady()), public=[slack_route(app, SECRET)]), "127.0.0.1", port).run()


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
