"""The bot as a process: killed between the commit and the call to Slack, started again, it finishes the job."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.playground.faults import Fault
from bot.playground.world import World
from tests.scene import Scene

pytestmark = [pytest.mark.e2e]


@asynccontextmanager
async def process(scene: Scene, told: list[str] | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `anth-triage serve` as a process of its own until the block ends; `told` gets what it printed."""
    environment = {
        "PATH": os.environ["PATH"],
        **scene.world.environment(),
        "DATABASE_URL": scene.database_url,
        "ANTH_TRIAGE_DATA_DIR": str(scene.data_dir),
    }
    command = [sys.executable, "-m", "bot", "serve", "--port", "0", "--clock-url", scene.world.clock_url]
    running = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    try:
        await scene.slack.until(lambda: len(scene.slack.hub.connections) == 2, within_s=30, what="two sockets")
        yield running
    finally:
        if running.returncode is None:
            running.terminate()
        _, errors = await running.communicate()
        if told is not None:
            told.append(errors.decode())
        assert b"Traceback" not in errors, errors.decode()


async def kill(scene: Scene, running: asyncio.subprocess.Process) -> None:
    """End the process as a power cut would, and wait until its sockets are gone."""
    running.send_signal(signal.SIGKILL)
    await running.wait()
    await scene.slack.until(lambda: not scene.slack.hub.connections, within_s=10, what="no socket")


async def test_killed_between_commit_and_call_it_finishes_the_job(scene: Scene) -> None:
    """The incident that was acknowledged gets its channel from the next process, once."""
    async with process(scene) as first:
        verdict = await scene.verdict()
        scene.slack.faults.add(Fault(method="conversations.create", hang=True, times=1))
        outcome = await scene.slack.press(scene.lena, "#ops", verdict.ts, label="Open incident")
        assert outcome.acked
        await scene.until(lambda: scene.slack.recorder.calls("conversations.create"))
        await kill(scene, first)
    assert scene.incident_channel() is None
    async with process(scene):
        await scene.world.jump(60)  # past the dead process's lease
        channel = await scene.until(scene.incident_channel, "the channel")
        await scene.see(channel, "[ 529 ]")
    names = [c.name for c in scene.slack.state.channels.values() if c.name.startswith("inc-")]
    assert ["inc-1-overloaded"] == names


async def test_a_message_that_got_through_is_not_posted_again(scene: Scene) -> None:
    """Killed after Slack published and before the answer came: the next process finds its message and adopts it."""
    async with process(scene) as first:
        scene.slack.faults.add(Fault(method="chat.postMessage", cut="after", times=1))
        await scene.slack.command(scene.lena, "#ops")
        await scene.until(lambda: scene.slack.recorder.calls("chat.postMessage"))
        await kill(scene, first)
    async with process(scene):
        await scene.world.jump(60)
        await scene.see("#ops", "[ Open incident ]")
    assert 1 == len(scene.slack.messages("#ops"))


async def test_a_second_process_on_one_file_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    """Two bots on one SQLite file would be two bots too many: the second says so and ends."""
    async with World("healthy") as world:
        scene = Scene(world, sqlite_url, tmp_path / "data")
        async with process(scene):
            environment = {"PATH": os.environ["PATH"], **world.environment()}
            environment |= {"DATABASE_URL": sqlite_url, "ANTH_TRIAGE_DATA_DIR": str(scene.data_dir)}
            second = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve", "--port", "0"), env=environment, stderr=asyncio.subprocess.PIPE
            )
            _, errors = await second.communicate()
    assert 2 == second.returncode
    assert b"Another anth-triage serves" in errors
