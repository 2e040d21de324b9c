"""One replica of the bot as a process, with a network between it and the database that can be cut."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from bot.playground.world import World
from tests.sim.proxy import Proxy

LEASE_S = 3.0
_SOCKETS = 2  # that each replica opens


class Replica:
    """A bot of its own, and its `log`; `die`, `pause` and `cut` are what may happen to it, `heal` ends any of them."""

    def __init__(self, world: World, database: Proxy, slack: Proxy, environment: dict[str, str]) -> None:
        self._world = world
        self._database = database
        self._slack = slack
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self.log = b""
        self._logged = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run until both of its sockets are open."""
        before = len(self._world.workspace.hub.connections)
        command = [sys.executable, "-m", "bot", "serve", "--port", "0", "--lease", str(LEASE_S)]
        self._process = await asyncio.create_subprocess_exec(
            *command, "--clock-url", self._world.clock_url, env=self._environment, stderr=asyncio.subprocess.PIPE
        )
        self._reading = asyncio.ensure_future(self._read(self._process))
        await self._world.workspace.until(
            lambda: len(self._world.workspace.hub.connections) >= before + _SOCKETS, within_s=30, what="its sockets"
        )

    async def logs(self, text: bytes) -> None:
        """Wait until it has logged this."""
        try:
            async with asyncio.timeout(60):
                while text not in self.log:
                    self._logged.clear()
                    await self._logged.wait()
        except TimeoutError:
            raise AssertionError(f"no {text!r} in {self.log.decode()[-4_000:]}") from None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            self.log += line
            self._logged.set()

    async def die(self) -> None:
        """End as by a power cut, and wait until Slack has noticed."""
        assert self._process is not None
        before = len(self._world.workspace.hub.connections)
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        await self._world.workspace.until(
            lambda: len(self._world.workspace.hub.connections) <= before - _SOCKETS, within_s=10, what="no sockets"
        )

    async def pause(self) -> None:
        """Stop in the middle of whatever it does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    async def cut(self) -> None:
        """Lose the database and Slack's Web API, with every connection still open."""
        self._database.cut()
        self._slack.cut()

    async def heal(self) -> None:
        """Start again, go on, or reach everybody again, whatever is needed."""
        assert self._process is not None
        self._database.mend()
        self._slack.mend()
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
        else:
            await self.start()

    async def end(self) -> bytes:
        """Stop for good; return what it logged."""
        assert self._process is not None
        if self._process.returncode is None:
            self._database.mend()
            self._slack.mend()
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            try:
                async with asyncio.timeout(30):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        assert self._reading is not None
        await self._reading
        return self.log


@asynccontextmanager
async def replica(world: World, database_url: str, folder: Path) -> AsyncIterator[Replica]:
    """Yield a running replica; its log must hold no traceback in the end."""
    url, api = make_url(database_url), urlsplit(world.workspace.api_url)
    async with Proxy(url.port or 5432) as database, Proxy(api.port or 0) as slack:
        environment = {
            "PATH": os.environ["PATH"],
            **world.environment(),
            "SLACK_API_URL": api._replace(netloc=f"127.0.0.1:{slack.port}").geturl(),
            "DATABASE_URL": url.set(host="127.0.0.1", port=database.port).render_as_string(hide_password=False),
            "ANTH_TRIAGE_DATA_DIR": str(folder),
        }
        one = Replica(world, database, slack, environment)
        await one.start()
        try:
            yield one
        finally:
            logged = await one.end()
        assert b"Traceback" not in logged, logged.decode()[-4_000:]
