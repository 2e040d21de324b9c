"""Starts the bot, or a bare listener, as a process of its own in HTTP mode, for benchmarks to measure from outside."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.playground.world import World
from tests.bench.bare import Statements
from tests.scene import free_port, listening

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
