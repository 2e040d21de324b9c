"""Opens an incident, then starts the bot or a bare listener as a process of its own, for benchmarks to measure."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.playground.world import World
from bot.slack.manifest import EVENTS
from tests.bench.bare import Statements
from tests.scene import Scene, free_port, listening

Told = list[tuple[str, Any]]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A process that answers at a port; `began` is when it was started, by the monotonic clock."""

    process: asyncio.subprocess.Process
    port: int
    began: float

    def cpu_s(self) -> float:
        """Return the seconds of the processor that it has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_mb(self) -> float:
        """Return its resident memory, in millions of bytes."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A world in which an incident was opened; `statements` are those of two notes, each as it was told."""

    world: World
    channel: str
    notes: tuple[Told, Told]


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Opened]:
    """Open an incident in a world that stays as long as the block, by a bot that is gone then."""
    async with World("overloaded_storm", events=frozenset(EVENTS)) as world:
        scene = Scene(world, url, folder / "data")
        async with scene.bot():
            name = await scene.opened()
            await scene.settled()
            notes = (await _told(scene, name, 1), await _told(scene, name, 2))
            await scene.settled()
            channel = scene.slack.channel(name).id
        yield Opened(world=world, channel=channel, notes=notes)


async def _told(scene: Scene, channel: str, number: int) -> Told:
    """Return what the database is told until a note is committed."""
    log: Told = []

    def statement(_connection: object, _cursor: object, text: str, values: Any, *_: object) -> None:
        log.append((text, values))

    def commit(_connection: object) -> None:
        log.append(("COMMIT", ()))

    await asyncio.sleep(1)  # what the note before it has led to is over
    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", commit)
    await scene.slack.command(scene.lena, channel, f"note number {number}")
    event.remove(Engine, "before_cursor_execute", statement)
    event.remove(Engine, "commit", commit)
    until = next(at for at, (text, _) in enumerate(log) if text == "COMMIT")
    return [entry for entry in log[:until] if not entry[0].startswith("BEGIN")]


@asynccontextmanager
async def bot(world: World, folder: Path, url: str) -> AsyncIterator[Served]:
    """Run the bot on this database until the block ends."""
    told = world.environment()
    told.pop("SLACK_APP_TOKEN")
    port = free_port()
    environment = told | {"DATABASE_URL": url, "ANTH_TRIAGE_DATA_DIR": str(folder / "data")}
    async with _served(port, ["-m", "bot", "serve", "--port", str(port)], environment) as served:
        yield served


@asynccontextmanager
async def bare(folder: Path, url: str, statements: Statements, floor: str = "bare") -> AsyncIterator[Served]:
    """Run the bare (or the `lean`) listener with these statements on this database until the block ends."""
    file = folder / "statements.json"
    file.write_text(json.dumps(statements), "utf-8")
    port = free_port()
    async with _served(port, ["-m", f"tests.bench.{floor}", str(port), url, str(file)], {}) as served:
        yield served


@asynccontextmanager
async def _served(port: int, command: list[str], environment: dict[str, str]) -> AsyncIterator[Served]:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        env={"PATH": os.environ["PATH"], **environment},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await listening(port, within_s=20)
        yield Served(process=process, port=port, began=began)
    finally:
        process.terminate()
        await process.wait()
