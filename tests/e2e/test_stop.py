"""A process that is asked to end under load: what it acknowledged is done, by it or by the next one."""

import asyncio
import re
import time

import pytest

from bot.app.serve import DRAIN_S
from bot.playground.workspace import Outcome
from tests.e2e.test_kill import process
from tests.scene import Scene

pytestmark = [pytest.mark.e2e]
_COMMANDS = 60
_GONE_S = DRAIN_S + 10  # half a minute, as docs/how-to/watch.md says


@pytest.mark.timeout(120)
async def test_asked_to_end_under_load_it_loses_nothing(scene: Scene) -> None:
    """Sixty commands, SIGTERM among them: each acknowledged one is on the record once, and nothing is left to do."""
    told: list[str] = []
    async with process(scene, told) as first:
        channel = await scene.opened()

        async def write_down(number: int) -> Outcome:
            await asyncio.sleep(number * 0.01)
            return await scene.slack.command(scene.lena, channel, f"note n{number} is here")

        writing = asyncio.gather(*(write_down(number) for number in range(_COMMANDS)))
        await asyncio.sleep(0.25)
        first.terminate()
        asked = time.monotonic()
        assert 0 == await first.wait()
        took = time.monotonic() - asked
        outcomes = await writing
    acked = [number for number, outcome in enumerate(outcomes) if outcome.acked]
    assert 0 < len(acked) < _COMMANDS  # the stop came in the midst
    assert took < _GONE_S
    async with process(scene):
        await scene.settled()
        _, story = await scene.record()
        await scene.see(channel, "[ 529 ]")
    noted = [int(one) for item in story for one in re.findall(r"n(\d+) is here", str(item.event))]
    assert sorted(noted) == sorted(set(noted))
    assert set(acked) <= set(noted)
    _each_line_says_what_it_belongs_to(told[0])


def _each_line_says_what_it_belongs_to(log: str) -> None:
    """Each acknowledgement names its request, those of an incident also that; nobody's words stand there."""
    told = re.findall(r"event=acknowledged .*", log)
    assert len(told) > 1
    assert all(re.search(r" request=[0-9a-f]{12}( |$)", line) for line in told)
    assert any(" incident=1" in line for line in told)
    assert "is here" not in log
