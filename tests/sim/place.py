"""The world around the lives: a stand-in workspace whose clock the bot moves on, and the zygote that gives birth."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Self

from aiohttp import web

from bot.clock import SteeredClock
from bot.playground.provider.listener import LOOPBACK, Listener
from bot.playground.workspace import Workspace
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from tests.sim.life import Orders


class Place:
    """A workspace of its own for one story, without Slack's rate limits: the bot's own budgets hold it back."""

    def __init__(self) -> None:
        self.clock = SteeredClock()
        self.slack = Workspace(
            clock=self.clock, scopes=frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES), rate_limits=False
        )
        self._control = Listener(self._jump, LOOPBACK)

    async def __aenter__(self) -> Self:
        """Listen."""
        await self.slack.start()
        await self._control.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close everything."""
        await self._control.close()
        await self.slack.stop()

    @property
    def clock_url(self) -> str:
        """Return where a life asks for the clock to be moved on."""
        return self._control.url

    @property
    def offset_s(self) -> float:
        """Return how far the clock is ahead of the machine's."""
        return self.clock.offset.total_seconds()

    async def _jump(self, request: web.BaseRequest) -> web.Response:
        self.clock.move_to(self.clock.offset + timedelta(seconds=float(request.query["by"])))
        return web.Response(text=str(self.offset_s))


def orders(
    slack: Workspace,
    database_url: str,
    *,
    clock_url: str,
    diary: str = str(Path()),
    seed: int = 1,
    offset_s: float = 0,
    kill_at: int = 0,
    repeat: bool = False,
) -> Orders:
    """Return what a life in this workspace is told; unless told otherwise it is never killed."""
    return Orders(
        slack_url=slack.api_url,
        clock_url=clock_url,
        token=slack.bot_token,
        team=slack.state.team_id,
        bot_user=slack.state.bot_user_id,
        ops=slack.channel("#ops").id,
        database_url=database_url,
        diary=diary,
        seed=seed,
        offset_s=offset_s,
        kill_at=kill_at,
        repeat=repeat,
    )


class Zygote:
    """The forking process; `live` returns whether the life was killed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def live(self, orders: Orders) -> bool:
        """Let one life run by these orders; raises AssertionError when it ended by an error of its own."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(orders)).encode() + b"\n")
        line = await self._process.stdout.readline()
        ended = json.loads(line)
        assert ended["killed"] or ended["status"] == 0, f"a life ended with {ended['status']}: see standard error"
        return bool(ended["killed"])


@asynccontextmanager
async def zygote() -> AsyncIterator[Zygote]:
    """Run a zygote until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.sim.zygote"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Zygote(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
