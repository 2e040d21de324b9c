"""The listener of HTTP mode under fire: thousands of hostile requests over real sockets change and reveal nothing."""

import asyncio
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.hardened import HEAD_S
from bot.playground.world import World
from bot.store.database import Database
from bot.store.tables import metadata
from tests.hostile import MARK, Letter, command, malformed, mutated
from tests.scene import Scene, free_port, listening

COUNT = 1_000 if "CHAOS" in os.environ else 400
"""Of each sort; the changes and the malformations all occur in either."""
RSS_MB = 20.0
SIDE_BY_SIDE = 8
USUAL_S = 1.0
_AT_ONCE_S = 0.5


@dataclass(frozen=True, slots=True)
class Fort:
    """The bot as a process, and what is asked of it."""

    scene: Scene
    port: int
    pid: int

    def letter(self, text: str = f"open {MARK}") -> Letter:
        """Return a good request; the one by default would open an incident's form."""
        return command(self.scene.slack.signing_secret, self.scene.slack.team_id, text)

    async def send(self, raw: bytes) -> list[int]:
        """Send these bytes on a connection of their own; return the statuses of what comes back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        answer = b""
        try:
            writer.write(raw)
            answer = await _first(reader)
            if not answer:
                writer.write_eof()  # there is no more to come, so it need not wait
                answer = await _left(reader)
        except (ConnectionError, RuntimeError):
            answer = answer or await _left(reader)
        finally:
            writer.close()
        return [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d{3})", answer, re.MULTILINE)]

    async def ask(self, raw: bytes = b"") -> tuple[float, bytes]:
        """Ask a good question, for help by default; return the seconds that it took, and the answer."""
        raw = (raw or self.letter("help").raw()).replace(b"\r\nHost:", b"\r\nConnection: close\r\nHost:")
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        began = time.monotonic()
        writer.write(raw)
        answer = await reader.read()
        writer.close()
        return time.monotonic() - began, answer

    def megabytes(self) -> float:
        """Return how much memory the process holds."""
        (size,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text("ascii"))
        return int(size) / 1024

    async def state(self) -> dict[str, list[str]]:
        """Return all rows, but for the bot's own periodic work."""
        database = Database(self.scene.database_url)
        try:
            async with database.connection(write=False) as connection:
                return {
                    name: sorted(
                        row for row in map(repr, await connection.execute(select(table))) if "cron." not in row
                    )
                    for name, table in metadata.tables.items()
                }
        finally:
            await database.close()


async def _first(reader: asyncio.StreamReader) -> bytes:
    """Return what comes at once; nothing when the other side waits for more."""
    try:
        return await asyncio.wait_for(reader.read(65_536), _AT_ONCE_S)
    except TimeoutError:
        return b""


async def _left(reader: asyncio.StreamReader) -> bytes:
    """Return what had come before the connection broke."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@asynccontextmanager
async def _fort(scene: Scene, log: list[str]) -> AsyncIterator[Fort]:
    port = free_port()
    environment = {"PATH": os.environ["PATH"], **scene.environment(), "SLACK_APP_TOKEN": ""}
    command = [sys.executable, "-m", "bot", "serve", "--port", str(port), "--clock-url", scene.world.clock_url]
    running = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    reading = asyncio.ensure_future(running.communicate())
    try:
        await listening(port, within_s=30)
        yield Fort(scene, port, running.pid)
    finally:
        running.terminate()
        log.append((await reading)[1].decode())


async def _all(fort: Fort, requests: Iterable[tuple[str, bytes]]) -> Counter[tuple[str, int]]:
    """Send them side by side; return how often each sort was answered with each status, 0 for none."""
    found: Counter[tuple[str, int]] = Counter()
    waiting = iter(requests)

    async def send() -> None:
        for name, raw in waiting:
            for status in await fort.send(raw) or [0]:
                found[name, status] += 1

    await asyncio.gather(*(send() for _ in range(SIDE_BY_SIDE)))
    return found


@pytest.mark.timeout(300)
async def test_hostile_requests_change_and_reveal_nothing(
    sqlite_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """No row changes, no answer is a 5xx, no byte of a body is logged, memory stays, a good request is answered."""
    chance, log = random.Random(7), list[str]()  # noqa: S311
    async with World("healthy") as world:
        scene = Scene(world, sqlite_url, tmp_path / "data")
        async with _fort(scene, log) as fort:
            letters = iter(fort.letter, None)
            await _all(fort, [*mutated(letters, 100, chance), *malformed(100, chance)])  # warm
            usual = [await fort.ask() for _ in range(5)]
            before, size = await fort.state(), fort.megabytes()
            began = time.monotonic()
            found = await _all(fort, mutated(letters, COUNT, chance)) + await _all(fort, malformed(COUNT, chance))
            took = time.monotonic() - began
            after, grown = await fort.state(), fort.megabytes() - size
            later = [await fort.ask() for _ in range(5)]
        calls = [call.method for call in scene.slack.recorder.calls() if call.method != "auth.test"]
    assert before == after
    assert "Traceback" not in log[0], log[0]
    assert {} == {sort: count for sort, count in found.items() if sort[1] >= 500}
    assert MARK not in log[0]
    assert [] == [call for call in calls if call.startswith(("views", "chat"))]
    assert grown < RSS_MB
    assert all(b"200 OK" in answer and b"/anth-triage" in answer for _, answer in (*usual, *later))
    assert sorted(took for took, _ in later)[2] < max(USUAL_S, 3 * sorted(took for took, _ in usual)[2])
    statuses = Counter[int]()
    for (_, status), count in found.items():
        statuses[status] += count
    told = ", ".join(f"{count} x {status or 'closed'}" for status, count in sorted(statuses.items()))
    record_property("figures", f"hostile HTTP: {2 * COUNT} requests in {took:.1f} s, {grown:+.1f} MB: {told}")


@pytest.mark.timeout(120)
async def test_who_is_slow_is_cut_off(sqlite_url: str, tmp_path: Path) -> None:
    """Slow heads and slow bodies hold a connection for seconds; meanwhile others are answered as ever."""
    log = list[str]()
    async with World("healthy") as world:
        scene = Scene(world, sqlite_url, tmp_path / "data")
        async with _fort(scene, log) as fort:
            raw = fort.letter().raw()
            head = raw.index(b"\r\n\r\n") + 4
            slow = [
                asyncio.ensure_future(_drip(fort, raw, at)) for at in (0, 20, head - 3, head + 5) for _ in range(20)
            ]
            await asyncio.sleep(1)
            assert (await fort.ask())[0] < USUAL_S
            took = await asyncio.gather(*slow)
    assert max(took) < HEAD_S + 3
    assert "Traceback" not in log[0]


async def _drip(fort: Fort, raw: bytes, at: int) -> float:
    """Send so much, then a byte a second; return after how many seconds the connection was closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", fort.port)
    began = time.monotonic()
    writer.write(raw[:at])
    closed = asyncio.ensure_future(_left(reader))
    for byte in raw[at : at + 60]:
        await asyncio.wait({closed}, timeout=1)
        if closed.done():
            break
        writer.write(bytes([byte]))
    writer.close()
    return time.monotonic() - began


async def test_a_replay_is_answered_with_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """The same bytes again, a hundred times: none acts, and none learns what the first one was told."""
    async with World("healthy") as world:
        scene = Scene(world, sqlite_url, tmp_path / "data")
        async with _fort(scene, []) as fort:
            raw = fort.letter("list").raw()
            raw = raw.replace(b"\r\nHost:", b"\r\nConnection: close\r\nHost:")
            _, first = await fort.ask(raw)
            assert b"200 OK" in first
            assert len(first.partition(b"\r\n\r\n")[2]) > 0
            before = await fort.state()
            assert {("again", 200): 100} == await _all(fort, [("again", raw)] * 100)
            _, last = await fort.ask(raw)
            assert b"" == last.partition(b"\r\n\r\n")[2]
            assert before == await fort.state()


async def test_the_word_payload_in_a_command_is_a_word(scene: Scene) -> None:
    """Bolt's own parser takes such a command for one without content."""
    scene.settings = {"SLACK_APP_TOKEN": ""}
    async with scene.bot_on_http() as url:
        fort = Fort(scene, int(url.split(":")[2].split("/")[0]), os.getpid())
        _, answer = await fort.ask(fort.letter("explain HTTP 413: the payload is too large").raw())
        assert b"200 OK" in answer
        assert b"413" in answer
