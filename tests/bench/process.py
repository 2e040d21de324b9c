"""Measures the bot as a process: from its start to its first answer, and what it takes while nothing happens."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from bot.playground.world import World
from bot.slack.manifest import EVENTS
from tests.bench.serving import Served, bot
from tests.bench.slack_load import Sender
from tests.ground import Files

STARTS = 7
SETTLE_S, IDLE_S = 3.0, 30.0
LOAD = 1_000


async def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        async with World("overloaded_storm", events=frozenset(EVENTS)) as world:
            await _starts(world, folder)
            await _idle(world, folder)


async def _starts(world: World, folder: Path) -> None:
    """Print how long the start takes, on a migrated database as after every start but the first."""
    url = await Files(folder).fresh("starts")
    took = []
    for _ in range(STARTS):
        async with bot(world, folder, url) as served:
            await _sender(world, served).send("help", 1)
            took.append(time.monotonic() - served.began)
    print(
        f"start to first answer: {statistics.median(took):.2f} s (at most 1.5), slowest of {STARTS} {max(took):.2f} s"
    )


async def _idle(world: World, folder: Path) -> None:
    url = await Files(folder).fresh("idle")
    async with bot(world, folder, url) as served:
        sender = _sender(world, served)
        await sender.send("help", 1)
        await asyncio.sleep(SETTLE_S)
        before = served.cpu_s()
        await asyncio.sleep(IDLE_S)
        share = (served.cpu_s() - before) / IDLE_S
        print(f"idle: {share:.2%} of a processor (at most 1 %), {served.resident_mb():.0f} MB resident (at most 120)")
        await sender.send_beside("list", LOAD, 16)
        print(f"after {LOAD} commands: {served.resident_mb():.0f} MB resident")


def _sender(world: World, served: Served) -> Sender:
    workspace = world.workspace
    channel = workspace.channel("#ops").id
    return Sender(port=served.port, secret=workspace.signing_secret, channel=channel, user=workspace.lead)


if __name__ == "__main__":
    asyncio.run(main())
