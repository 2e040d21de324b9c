"""A scene: the real bot in a stand-in world, over real sockets, on a database made by the migrations."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.app.serve import Options, run
from bot.clock import SystemClock
from bot.incidents.events import Recorded
from bot.incidents.model import Incident
from bot.playground.workspace import Message, Workspace
from bot.playground.world import World
from bot.settings import load
from bot.store.database import Database
from bot.store.unit_of_work import Store

T = TypeVar("T")


class Scene:
    """A world with the bot in it, and what tests ask of both."""

    def __init__(self, world: World, database_url: str, data_dir: Path) -> None:
        self.world = world
        self.slack: Workspace = world.workspace
        self.lena, self.ravi = world.workspace.lead, world.workspace.responder
        self.database_url = database_url
        self.data_dir = data_dir
        self.settings: dict[str, str] = {}
        self.tables = ""  # more of anth-triage.toml
        self.admin = ""

    def environment(self) -> dict[str, str]:
        """Return the bot's environment; a hanging provider is given up after four seconds, to keep tests short."""
        self.data_dir.mkdir(exist_ok=True)
        config = self.data_dir / "anth-triage.toml"
        papers = "" if "[postmortem]" in self.tables else "[postmortem]\nchart = false\n"  # a second of work each
        config.write_text(f"[probe]\ndeadline_s = 4\nunanswered_s = 2\n{papers}{self.tables}", "utf-8")
        place = {"DATABASE_URL": self.database_url, "ANTH_TRIAGE_DATA_DIR": str(self.data_dir)}
        return {**self.world.environment(), **place, "ANTH_TRIAGE_CONFIG": str(config), **self.settings}

    @asynccontextmanager
    async def bot(self, *, migrate: bool = True) -> AsyncIterator[None]:
        """Run the bot in this process until the block ends."""
        settings = load(self.environment())
        stop = asyncio.Event()
        options = Options(port=0, clock_url=self.world.clock_url, migrate=migrate)
        running = asyncio.ensure_future(run(settings, options, stop))
        connected = asyncio.ensure_future(self.slack.until(lambda: len(self.slack.hub.connections) == 2, within_s=20))
        try:
            await asyncio.wait({running, connected}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield
        finally:
            connected.cancel()
            stop.set()
            await running

    @asynccontextmanager
    async def bot_on_http(self) -> AsyncIterator[str]:
        """Run the bot in HTTP mode until the block ends; yield the address that Slack would call.

        `admin` is then the address of the pages that only its own machine sees.
        """
        port, admin_port = free_port(), free_port()
        self.admin = f"http://127.0.0.1:{admin_port}"
        settings = load(self.environment())
        stop = asyncio.Event()
        options = Options(port=port, admin_port=admin_port, clock_url=self.world.clock_url)
        running = asyncio.ensure_future(run(settings, options, stop))
        try:
            await listening(port, running)
            yield f"http://127.0.0.1:{port}/slack/events"
        finally:
            stop.set()
            await running

    async def until(self, seen: Callable[[], T | None], what: str = "") -> T:
        """Wait until people see it."""
        return await self.slack.until(seen, within_s=20, what=what)

    def with_text(self, channel: str, text: str) -> Message | None:
        """Return the message of the channel that reads like this."""
        return next((m for m in self.slack.messages(channel) if text in self.slack.read(m)), None)

    def whispered(self, user: str, text: str) -> Message | None:
        """Return the message that only this person sees."""
        return next((m for m in self.slack.ephemerals(user) if text in self.slack.read(m)), None)

    async def eventually(self, ask: Callable[[], Awaitable[T]], wanted: T) -> None:
        """Wait until the records say this: what changes there makes no sound in the workspace."""
        found = await ask()
        for _ in range(400):
            if found == wanted:
                return
            await asyncio.sleep(0.05)
            found = await ask()
        assert wanted == found

    async def see(self, channel: str, text: str) -> Message:
        """Wait for a message of the channel that reads like this."""
        return await self.until(partial(self.with_text, channel, text), text)

    async def gone(self, channel: str, text: str) -> None:
        """Wait until no message of the channel reads like this."""
        await self.until(lambda: self.with_text(channel, text) is None, f"no {text}")

    async def verdict(self, user: str = "", channel: str = "#ops") -> Message:
        """Ask for a triage and wait for its verdict."""
        await self.slack.command(user or self.lena, channel)
        return await self.see(channel, "[ Open incident ]")

    async def opened(self) -> str:
        """Open an incident from a verdict; return its channel's name when the first question stands there."""
        verdict = await self.verdict()
        await self.slack.press(self.lena, "#ops", verdict.ts, label="Open incident")
        channel = await self.until(self.incident_channel, "the incident's channel")
        await self.see(channel, "[ 529 ]")
        await self.until(lambda: self.lena in self.slack.channel(channel).members, "the lead in it")
        return channel

    async def resolve(self, user: str, channel: str, name: str = "", **said: str) -> None:
        """Resolve the incident by its form; say why, where its end is not measured."""
        await self.slack.command(user, channel, f"resolve {name}".strip())
        form = await self.until(lambda: self.slack.view(user), "the form")
        early = {"early": "customers confirm it"} if "'early'" in str(form.blocks) else {}
        await self.slack.submit(user, {**early, **said})
        await self.until(lambda: self.slack.view(user) is None, "the form is gone")

    async def settled(self) -> None:
        """Wait until nothing is left to do in Slack: when minutes pass in a moment, a lease could end in between."""
        database = Database(self.database_url)

        async def waits() -> bool:
            async with Store(database, self.world.clock, lambda data: data).read() as unit:
                jobs = await unit.jobs.listed(dead=False)
                return any(job.kind.startswith("slack.") and job.run_at <= unit.now for job in jobs)

        try:
            await self.eventually(waits, wanted=False)
        finally:
            await database.close()

    def incident_channel(self) -> str | None:
        """Return the name of the newest incident's channel."""
        names = [c.name for c in self.slack.state.channels.values() if c.name.startswith("inc-")]
        return names[-1] if names else None

    async def record(self, number: int = 1) -> tuple[Incident, list[Recorded]]:
        """Return the incident and its timeline as they are stored."""
        database = Database(self.database_url)
        try:
            async with Store(database, SystemClock(), lambda data: data).read() as unit:
                return await unit.incidents.get(number), list(await unit.incidents.story(number))
        finally:
            await database.close()


async def listening(port: int, running: "asyncio.Future[None] | None" = None, *, within_s: float = 10) -> None:
    """Wait until somebody listens at this port of ours; raises what `running` has ended with, who should listen."""
    for _ in range(round(within_s / 0.01)):
        if running is not None and running.done():
            running.result()
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        return
    raise AssertionError("nobody listens")


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
