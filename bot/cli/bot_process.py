"""The ordinary bot as a process of its own in a stand-in world: started, killed, and started again on one folder."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from bot.errors import Unavailable
from bot.playground.world import World

_CONNECTED_WITHIN_S = 30
_STOP_S = 25.0
_KEPT = ("PATH", "HOME", "SYSTEMROOT")
_LOG = "bot.log"


class BotProcess:
    """`anth-triage serve` with nothing of the caller's environment but the search paths: no real token gets in.

    `folder` keeps its database and log; `settings` are the text of its anth-triage.toml.
    """

    def __init__(self, world: World, folder: Path, settings: str = "") -> None:
        self._world = world
        self._folder = folder
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._changing = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Say whether the process lives."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it and wait until its first socket is open; raises Unavailable with its last lines when it ends before.

        Does nothing when it runs already.
        """
        async with self._changing:
            if self.running:
                return
            config = self._folder / "anth-triage.toml"
            config.write_text(self._settings, "utf-8")
            kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
            place = {"ANTH_TRIAGE_DATA_DIR": str(self._folder), "ANTH_TRIAGE_CONFIG": str(config)}
            with (self._folder / _LOG).open("ab") as errors:
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot", "serve", "--port", "0", "--clock-url", self._world.clock_url),
                    env=kept | self._world.environment() | place,
                    stderr=errors,
                    stdin=asyncio.subprocess.DEVNULL,
                )
            await self._connected(self._process)

    async def kill(self) -> None:
        """End it as a power cut would."""
        async with self._changing:
            if self._process is not None and self.running:
                self._process.kill()
                await self._process.wait()

    async def stop(self) -> None:
        """End it as it wants to be ended; what does not end in time is killed."""
        if self._process is not None and self.running:
            self._process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await self._process.wait()
        await self.kill()

    def last_lines(self) -> str:
        """Return the end of its log."""
        told = (self._folder / _LOG).read_text("utf-8", errors="replace")
        return "\n".join(told.splitlines()[-15:])

    async def _connected(self, process: asyncio.subprocess.Process) -> None:
        workspace = self._world.workspace
        ended = asyncio.ensure_future(process.wait())
        opened = asyncio.ensure_future(
            workspace.until(lambda: workspace.hub.connections, within_s=_CONNECTED_WITHIN_S, what="the bot's socket")
        )
        await asyncio.wait({ended, opened}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if not opened.done():
            opened.cancel()
            raise Unavailable("The bot ended at its start.", f"Its last lines:\n{self.last_lines()}")
        opened.result()
