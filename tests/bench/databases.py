"""Measures the bot on SQLite and on PostgreSQL in one run: commands and effects a second, a command to its card.

An effect is a verdict's message in a channel, posted by the job loop: leased, budgeted, sent and finished. Beside it
stand bare posts of the same message, eight at a time as the bot has slots, of which nothing is kept.
PostgreSQL takes part where TEST_DATABASE_URL tells of a server.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import insert, select

from bot.clock import SystemClock
from bot.incidents.effects import show_triage
from bot.playground.world import World
from bot.slack.manifest import EVENTS
from bot.store.database import Database
from bot.store.tables import triage
from bot.store.unit_of_work import Store
from tests.bench.serving import bot, opened
from tests.bench.slack_load import Sender
from tests.ground import Files, Ground, Server

SENT, CONNECTIONS = 800, 16
CHANNELS, EACH = 100, 4  # messages that a channel takes in a row
CARDS, APART_S = 12, 1.3  # seconds, so that no budget is drawn on
_PATIENCE_S = 60
_POST, _UPDATE = "chat.postMessage", "chat.update"


async def main() -> None:
    """Print a table, a line for each database."""
    print("| | commands a second | effects a second | command to its card, ms |\n| --- | --- | --- | --- |")
    server = os.environ.get("TEST_DATABASE_URL")
    with tempfile.TemporaryDirectory() as place:
        await _measure("SQLite", Files(Path(place)), Path(place))
        if server:
            await _measure("PostgreSQL", Server(server), Path(place))
        else:
            print("| PostgreSQL | not measured: TEST_DATABASE_URL is not set | | |")
    async with World(events=frozenset(EVENTS)) as world:
        print(f"| bare posts | | {await _bare(world):.0f} | |")


async def _measure(name: str, ground: Ground, folder: Path) -> None:
    (folder / name).mkdir()
    async with _database(ground) as url, opened(url, folder / name) as begun:
        world = begun.world
        async with bot(world, folder / name, url) as served:
            secret = world.workspace.signing_secret
            sender = Sender(port=served.port, secret=secret, channel=begun.channel, user=world.workspace.lead)
            await sender.send("note warming up", 20)
            _, rate = await sender.send_beside("note at once", SENT, CONNECTIONS)
            await asyncio.sleep(2 * APART_S)
            cards = [await _card(world, sender, number) for number in range(CARDS)]
        await _queue(world, url)
        world.workspace.recorder.clear()  # looking through them takes the stand-in's time
        async with bot(world, folder / name, url):
            effects = await _rate(world)
    print(f"| {name} | {rate:.0f} | {effects:.0f} | {statistics.median(cards) * 1000:.0f} |", flush=True)


@asynccontextmanager
async def _database(ground: Ground) -> AsyncIterator[str]:
    yield await ground.fresh("bench")
    await ground.level("bench")


async def _card(world: World, sender: Sender, number: int) -> float:
    """Return the seconds from a command to the card that shows what it did."""
    await asyncio.sleep(APART_S)
    world.workspace.recorder.clear()
    calls, began = world.workspace.recorder.calls, time.perf_counter()
    await sender.send(f"note {number} for the card", 1)
    while not calls(_UPDATE):
        await _patiently(began)
    return time.perf_counter() - began


async def _queue(world: World, url: str) -> None:
    """Wish for the verdicts of as many finished runs as the channels take at once."""
    database = Database(url)
    async with database.connection(write=True) as connection:
        run = dict((await connection.execute(select(triage).limit(1))).mappings().one())
        rooms = [world.workspace.add_channel(f"room-{number}", [world.workspace.lead]) for number in range(CHANNELS)]
        runs = [
            run | {"id": 1_000 + number, "channel_id": room.id, "incident_id": None}
            for number, room in enumerate(rooms * EACH)
        ]
        await connection.execute(insert(triage), runs)
        await connection.commit()
    async with Store(database, SystemClock(), lambda data: data).begin() as unit:
        for one in runs:
            await unit.wish(show_triage(one["id"]))
    await database.close()


async def _rate(world: World) -> float:
    """Return how many messages a second came, from the first to the last."""
    calls, began = world.workspace.recorder.calls, time.perf_counter()
    while not calls(_POST):
        await _patiently(began)
    first = time.perf_counter()
    while len(calls(_POST)) < CHANNELS * EACH:
        await _patiently(began)
    return (CHANNELS * EACH - 1) / (time.perf_counter() - first)


async def _patiently(since: float) -> None:
    await asyncio.sleep(0.002)
    if time.perf_counter() - since > _PATIENCE_S:
        sys.exit(f"what was awaited did not come within {_PATIENCE_S} seconds")


async def _bare(world: World) -> float:
    """Return how many messages a second a process posts that does nothing else."""
    rooms = [world.workspace.add_channel(f"room-{number}", [world.workspace.lead]) for number in range(CHANNELS)]
    told = json.dumps([room.id for room in rooms * EACH])
    place = {"SLACK_API_URL": world.workspace.api_url, "SLACK_BOT_TOKEN": world.workspace.bot_token}
    posting = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.posts", told, env={"PATH": os.environ["PATH"], **place}
    )
    rate = await _rate(world)
    await posting.wait()
    return rate


if __name__ == "__main__":
    asyncio.run(main())
