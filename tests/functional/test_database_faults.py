"""The database is away, locked, full or cut off while people press: they hear so in time, and nothing is pretended."""

import asyncio
import json
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bot.incidents.events import Snoozed, StepAnswered
from bot.playground.world import World
from tests.cluster import Cluster, cluster, tools
from tests.conftest import POSTGRES
from tests.scene import Scene

LASTS_S = 3.5  # longer than Slack waits for an answer
ANSWERED_S = 3.0
BACK_S = 10.0
UNSAVED = "may not have been saved"
_KILL = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
Fault = Callable[[Scene], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _file_locked(scene: Scene) -> AsyncIterator[None]:
    """Another process writes, and does not come to its end."""
    other = sqlite3.connect(make_url(scene.database_url).database or "", isolation_level=None, timeout=0)
    async with asyncio.timeout(10):
        while True:
            try:
                other.execute("BEGIN EXCLUSIVE")
                break
            except sqlite3.OperationalError:  # the bot is writing just now
                await asyncio.sleep(0.01)
    yield
    other.execute("ROLLBACK")
    other.close()


@asynccontextmanager
async def _disk_full(_scene: Scene) -> AsyncIterator[None]:
    """No file of this process may grow, the database's log of writes among them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@asynccontextmanager
async def _row_locked(scene: Scene) -> AsyncIterator[None]:
    """Another transaction holds the incident's row."""
    engine = create_async_engine(scene.database_url)
    async with engine.begin() as other:
        await other.execute(text("SELECT id FROM incident FOR UPDATE"))
        yield
    await engine.dispose()


@asynccontextmanager
async def _backends_killed(scene: Scene) -> AsyncIterator[None]:
    """Have an administrator end every connection, again and again."""
    engine = create_async_engine(scene.database_url, isolation_level="AUTOCOMMIT")

    async def kill() -> None:
        async with engine.connect() as admin:
            while True:
                await admin.execute(_KILL)
                await asyncio.sleep(0.02)

    killing = asyncio.ensure_future(kill())
    yield
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)
    await engine.dispose()


def _restarted(server: Cluster) -> Fault:
    @asynccontextmanager
    async def fault(_scene: Scene) -> AsyncIterator[None]:
        await asyncio.to_thread(server.stop)
        yield
        await asyncio.to_thread(server.start)

    return fault


class People:
    """Who go on working while the database has trouble, and what they were told; `n` minutes of snooze name a press."""

    def __init__(self, scene: Scene, channel: str) -> None:
        self.scene, self.channel = scene, channel
        self.told_saved: set[int] = set()
        self.told_unsaved: set[int] = set()
        self.slowest_s = 0.0

    async def snooze(self) -> bool:
        """Ask for one more snooze; return whether the answer says that it was saved."""
        minutes = len(self.told_saved) + len(self.told_unsaved) + 1
        outcome = await self.scene.slack.command(self.scene.lena, self.channel, f"snooze {minutes}m")
        assert outcome.acked, outcome
        self.slowest_s = max(self.slowest_s, outcome.after_s)
        saved = UNSAVED not in json.dumps(outcome.payload)
        (self.told_saved if saved else self.told_unsaved).add(minutes)
        return saved

    async def press(self) -> None:
        """Answer the tree's first question."""
        question = await self.scene.see(self.channel, "[ 529 ]")
        outcome = await self.scene.slack.press(self.scene.lena, self.channel, question.ts, label="529")
        assert outcome.acked, outcome
        self.slowest_s = max(self.slowest_s, outcome.after_s)


async def _through(scene: Scene, fault: Fault) -> str:
    """Play people through the fault; return the figures. What they were told must be what is stored."""
    channel = await scene.opened()
    people = People(scene, channel)
    assert await people.snooze()
    async with fault(scene):
        ends = time.monotonic() + LASTS_S
        await people.press()
        while time.monotonic() < ends:
            await people.snooze()
            await asyncio.sleep(0.02)  # nobody presses faster
    over = time.monotonic()
    while not await people.snooze():
        assert time.monotonic() - over < BACK_S
    back_s = time.monotonic() - over
    _, before = await scene.record()
    if not any(isinstance(item.event, StepAnswered) for item in before):
        await scene.until(lambda: scene.whispered(scene.lena, UNSAVED))
        await people.press()
    await scene.gone(channel, "[ 529 ]")
    _, story = await scene.record()
    stored = [_minutes(item.event) for item in story if isinstance(item.event, Snoozed)]
    assert len(set(stored)) == len(stored)
    assert people.told_saved <= set(stored) <= people.told_saved | people.told_unsaved
    assert 1 == sum(isinstance(item.event, StepAnswered) for item in story)
    assert people.slowest_s < ANSWERED_S
    unsaved, pressed = len(people.told_unsaved), len(people.told_saved | people.told_unsaved)
    told = f"{unsaved} of {pressed} presses told that they may be lost"
    return f"{told}, slowest answer {people.slowest_s:.1f} s, back after {back_s:.1f} s"


def _minutes(event: Snoozed) -> int:
    assert event.until is not None
    return round((event.until - event.happened_at).total_seconds() / 60)


@asynccontextmanager
async def _desk(url: str, folder: Path) -> AsyncIterator[Scene]:
    async with World("overloaded_storm") as world:
        scene = Scene(world, url, folder / "data")
        async with scene.bot():
            yield scene


@pytest.mark.parametrize("fault", [_file_locked, _disk_full], ids=["locked", "full"])
async def test_trouble_with_the_file(
    fault: Fault, sqlite_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """SQLite's file is locked by another process, or the disk is full."""
    async with _desk(sqlite_url, tmp_path) as scene:
        figures = await _through(scene, fault)
    record_property("figures", f"SQLite, {fault.__name__.strip('_').replace('_', ' ')}: {figures}")


@pytest.mark.postgres
@pytest.mark.parametrize("fault", [_row_locked, _backends_killed], ids=["locked", "killed"])
async def test_trouble_with_the_server(
    fault: Fault, postgres_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """PostgreSQL's row is locked by another transaction, or every connection is ended."""
    async with _desk(postgres_url, tmp_path) as scene:
        figures = await _through(scene, fault)
    record_property("figures", f"PostgreSQL, {fault.__name__.strip('_').replace('_', ' ')}: {figures}")


@pytest.mark.postgres
async def test_a_server_that_is_started_again(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """PostgreSQL crashes, is away for some seconds, and comes back."""
    programs = tools()
    if not POSTGRES or programs is None:
        pytest.skip("TEST_DATABASE_URL is not set, or PostgreSQL's programs are not installed")
    with cluster(programs) as server:
        async with _desk(server.url, tmp_path) as scene:
            figures = await _through(scene, _restarted(server))
    record_property("figures", f"PostgreSQL, crashed and started again: {figures}")


async def test_text_that_no_database_takes_is_stored_all_the_same(desk: Scene) -> None:
    """NUL and halves of characters are replaced, the rest of the words is kept."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "severity P2 half\x00 of \ud83d all calls \U0001f525")
    await desk.see(channel, "P2")
    incident, _ = await desk.record()
    assert incident.override is not None
    assert "half\ufffd of \ufffd all calls \U0001f525" == incident.override.reason
