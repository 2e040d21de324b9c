"""Measures whether a press and a list take longer with more incidents: 10, 1,000 and 10,000, in turns, in one run."""

import asyncio
import shutil
import statistics
import tempfile
from pathlib import Path

from sqlalchemy import Connection, insert, select

from bot.playground.world import World
from bot.slack import ids
from bot.store.database import Database
from bot.store.tables import event, incident
from tests.bench.serving import bot, opened
from tests.bench.slack_load import Sender
from tests.ground import Files

COUNTS = (10, 1_000, 10_000)
ROUNDS = 5
TIMES = 100
_ACTS = ("press", "note", "list")
_OPEN = 10  # of them: the first and the newest; the rest is resolved


async def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        async with opened(await Files(folder).fresh("start"), folder) as begun:
            for count in COUNTS:
                await _filled(folder, count)
            await _compare(begun.world, folder, begun.channel)


async def _filled(folder: Path, count: int) -> None:
    """Write a copy with so many incidents, each with the timeline of the first."""
    file = folder / f"{count}.db"
    shutil.copy(folder / "start.db", file)
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with database.connection(write=True) as connection:
        await connection.run_sync(_multiply, count)
        await connection.commit()
    await database.close()


def _multiply(connection: Connection, count: int) -> None:
    first = dict(connection.execute(select(incident)).mappings().one())
    story = [dict(row) for row in connection.execute(select(event)).mappings()]
    for number in range(2, count + 1):
        status = "investigating" if number > count + 1 - _OPEN else "resolved"
        state = first["state"] | {"id": number, "status": status, "channel_id": f"C{number:09d}"}
        told = {"id": number, "status": status, "channel_id": f"C{number:09d}", "state": state}
        connection.execute(insert(incident), first | told)
        copies = [{k: v for k, v in row.items() if k != "id"} | {"incident_id": number} for row in story]
        connection.execute(insert(event), copies)


async def _compare(world: World, folder: Path, channel: str) -> None:
    took: dict[tuple[str, int], list[float]] = {}
    for _ in range(ROUNDS):
        for count in COUNTS:
            async with bot(world, folder, f"sqlite+aiosqlite:///{folder / str(count)}.db") as served:
                secret, lena = world.workspace.signing_secret, world.workspace.lead
                sender = Sender(port=served.port, secret=secret, channel=channel, user=lena)
                await sender.send("note warming up", 20)
                for name, seconds in (
                    ("press", await sender.press(ids.SNOOZE, ids.value(1), TIMES)),
                    ("note", await sender.send("note one by one", TIMES)),
                    ("list", await sender.send("list", TIMES)),
                ):
                    took.setdefault((name, count), []).append(statistics.median(seconds))
    print("| incidents | press, ms | note, ms | list, ms |\n| --- | --- | --- | --- |")
    medians = {key: statistics.median(rounds) for key, rounds in took.items()}
    for count in COUNTS:
        cells = " | ".join(f"{medians[name, count] * 1000:.2f}" for name in _ACTS)
        print(f"| {count:,} | {cells} |")
    for name in _ACTS:
        ratio = medians[name, COUNTS[-1]] / medians[name, COUNTS[0]]
        print(f"{name}: {ratio:.2f} x with {COUNTS[-1]:,} instead of {COUNTS[0]} (at most 1.2)")


if __name__ == "__main__":
    asyncio.run(main())
