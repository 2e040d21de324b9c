"""Measures acknowledgements beside the floor: the bot against a bare Bolt listener, in turns, in one run.

The command is `/anth-triage note`: one transaction with what follows from it. The floor runs the same statements, taken
from the bot itself, in one transaction; a second floor runs one INSERT. All three stand on the same HTTP stack.
"""

import asyncio
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.playground.world import World
from bot.slack.manifest import EVENTS
from tests.bench import bare
from tests.bench.slack_load import Sender
from tests.ground import Files
from tests.scene import Scene

ROUNDS = 5
ONE_BY_ONE = 200
AT_ONCE = 640
CONNECTIONS = 16
HANGING = 50
IDLE_S = 20.0
Statements = list[tuple[str, list[Any]]]


@dataclass
class Figures:
    """What one server took: seconds of each command one by one, and commands a second at once, round by round."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    def line(self, name: str) -> str:
        """Return a row of the table: medians over the rounds."""
        p50, p99, rate = (statistics.median(one) for one in (self.p50, self.p99, self.rate))
        return f"| {name} | {p50 * 1000:.2f} | {p99 * 1000:.2f} | {rate:.0f} |"


async def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        scene, statements = await _prepared(folder)
        async with World("overloaded_storm", events=frozenset(EVENTS)) as world:
            await _compare(world, folder, scene, statements)


async def _prepared(folder: Path) -> tuple[str, Statements]:
    """Play an incident into `start.db`; return its channel and the statements of one note."""
    url = await Files(folder).fresh("start")
    log: list[tuple[str, Any]] = []
    async with World("overloaded_storm", events=frozenset(EVENTS)) as world:
        scene = Scene(world, url, folder / "data")
        async with scene.bot():
            name = await scene.opened()
            await scene.settled()
            first, second = [await _recorded(scene, name, log, number) for number in range(2)]
            channel = scene.slack.channel(name).id
    return channel, [_template(*pair) for pair in zip(first, second, strict=True)]


async def _recorded(scene: Scene, channel: str, log: list[tuple[str, Any]], number: int) -> list[tuple[str, Any]]:
    """Return what the database is told until the note is committed."""

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        log.append((statement, values))

    def commit(_connection: object) -> None:
        log.append(("COMMIT", ()))

    await asyncio.sleep(1)
    log.clear()
    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", commit)
    await scene.slack.command(scene.lena, channel, f"note number {number}")
    event.remove(Engine, "before_cursor_execute", note)
    event.remove(Engine, "commit", commit)
    until = next(at for at, (statement, _) in enumerate(log) if statement == "COMMIT")
    return [entry for entry in log[:until] if not entry[0].startswith("BEGIN")]


def _template(first: tuple[str, Any], second: tuple[str, Any]) -> tuple[str, list[Any]]:
    assert first[0] == second[0], (first[0], second[0])
    return first[0], [_value(one, other) for one, other in zip(first[1], second[1], strict=True)]


def _value(one: Any, other: Any) -> Any:
    """Return what stands for a value that two notes told: itself, a growing number or a new id."""
    if one == other:
        return one
    if isinstance(one, int):
        return f"{bare.COUNTED}{other}"
    return bare.FRESH if re.fullmatch(r"[0-9a-f-]{32,64}", str(one)) else str(other)


async def _compare(world: World, folder: Path, channel: str, statements: Statements) -> None:
    inserts = [one for one in statements if one[0].startswith("INSERT INTO slack_event")]
    figures = {name: Figures() for name in ("the bot", "bare Bolt, the same statements", "bare Bolt, one INSERT")}
    for number in range(ROUNDS):
        for name, told in zip(figures, (None, statements, inserts), strict=True):
            file = folder / f"round-{number}-{len(told or ())}.db"
            shutil.copy(folder / "start.db", file)
            async with _server(world, folder, f"sqlite+aiosqlite:///{file}", told) as (port, _):
                await _measure(
                    Sender(port=port, secret=_secret(world, told), channel=channel, user=world.workspace.lead),
                    figures[name],
                )
    print("| | p50, ms | p99, ms | commands a second |\n| --- | --- | --- | --- |")
    for name, one in figures.items():
        print(one.line(name))
    bot, floor = list(figures.values())[:2]
    print(f"\np50: {statistics.median(bot.p50) / statistics.median(floor.p50):.2f} of the floor (at most 1.25)")
    print(f"throughput: {statistics.median(bot.rate) / statistics.median(floor.rate):.2f} of the floor (at least 0.8)")


async def _measure(sender: Sender, figures: Figures) -> None:
    await sender.send("note warming up", 20)
    took = sorted(await sender.send("note one by one", ONE_BY_ONE))
    figures.p50.append(statistics.median(took))
    figures.p99.append(took[int(len(took) * 0.99)])
    _, rate = await sender.send_beside("note at once", AT_ONCE, CONNECTIONS)
    figures.rate.append(rate)


def _secret(world: World, statements: Statements | None) -> str:
    return world.workspace.signing_secret if statements is None else bare.SECRET


@asynccontextmanager
async def _server(
    world: World, folder: Path, url: str, statements: Statements | None
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """Run the bot, or a bare listener with these statements; yield its port and process."""
    port = 0
    with __import__("socket").socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"PATH": os.environ["PATH"]}
    if statements is None:
        told = world.environment()
        told.pop("SLACK_APP_TOKEN")
        environment |= told | {"DATABASE_URL": url, "ANTH_TRIAGE_DATA_DIR": str(folder / "data")}
        command = ["-m", "bot", "serve", "--port", str(port)]
    else:
        file = folder / "statements.json"
        file.write_text(json.dumps(statements), "utf-8")
        command = ["-m", "tests.bench.bare", str(port), url, str(file)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _listening(port)
        yield port, process
    finally:
        process.terminate()
        await process.wait()


async def _listening(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
    raise AssertionError("it does not listen")


if __name__ == "__main__":
    asyncio.run(main())
