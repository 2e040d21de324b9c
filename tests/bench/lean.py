"""A stricter floor: the bare listener on the bot's own HTTP stack and database, which cost less than the platform's.

What lies between it and the bot is what the bot itself does: rules, redaction, records, log, metrics, cards.
"""

import asyncio
import itertools
import json
import sys
from pathlib import Path

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.slack.http import slack_route
from bot.store.database import Database
from bot.web import Steady, Watch, WebServer, web_app
from tests.bench.bare import ANSWER, SECRET, Statements, bare_app, carry_out


async def main(port: int, url: str, statements: Statements) -> None:
    """Serve until the process is ended."""
    database = Database(url)
    app, numbers = bare_app(), itertools.count(1)

    @app.command("/anth-triage")
    async def listen(ack: AsyncAck) -> None:
        number = next(numbers)
        async with database.connection(write=True) as connection:
            await carry_out(connection, statements, number)
        await ack(ANSWER)

    await WebServer(web_app(Watch(Steady()), public=[slack_route(app, SECRET)]), "127.0.0.1", port).run()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], json.loads(Path(sys.argv[3]).read_text("utf-8"))))
