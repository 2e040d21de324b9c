"""A process that is asked to end under load: what it acknowledged is done, by it or by the next one."""

import asyncio
import re
import time
from pathlib import Path

import pytest

from bot.app.serve import DRAIN_S
from bot.playground.workspace import Outcome
from bot.playground.world import World
from tests.e2e.test_kill import process
from tests.scene import Scene

pytestmark = [pytest.mark.e2e]
_COMMANDS = 60
_GONE_S = DRAIN_S + 10  # half a minute, as docs/how-to/watch.md says


@pytest.mark.timeout(120)
async def test_asked_to_end_under_load_it_loses_nothing(scene: Scene) -> None:
    """Sixty commands, SIGTERM among them: what was said to be done is on the record once, and nothing is left."""
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
    said = {number: str(outcome.payload) for number, outcome in enumerate(outcomes) if outcome.acked}
    done = {number for number, text in said.items() if "Noted on the timeline" in text}
    assert 0 < len(done) < _COMMANDS  # the stop came in the midst
    # On a machine that is too busy a person hears in time that it was not saved: then it need not be.
    assert [] == [text for number, text in said.items() if number not in done and "may not have been saved" not in text]
    assert took < _GONE_S
    async with process(scene):
        await scene.settled()
        _, story = await scene.record()
        await scene.see(channel, "[ 529 ]")
    noted = [int(one) for item in story for one in re.findall(r"n(\d+) is here", str(item.event))]
    assert sorted(noted) == sorted(set(noted))
    assert done <= set(noted)
    _each_line_says_what_it_belongs_to(told[0])


def _each_line_says_what_it_belongs_to(log: str) -> None:
    """Each acknowledgement names its request, those of an incident also that; nobody's words stand there."""
    told = re.findall(r"event=acknowledged .*", log)
    assert len(told) > 1
    assert all(re.search(r" request=[0-9a-f]{12}( |$)", line) for line in told)
    assert any(" incident=1" in line for line in told)
    assert "is here" not in log


async def test_the_records_are_for_their_own_user(empty_sqlite_url: str, tmp_path: Path) -> None:
    """What the bot makes on disk no other user of the machine can read."""
    async with World("healthy") as world:
        scene = Scene(world, empty_sqlite_url, tmp_path / "data")
        file = Path(empty_sqlite_url.partition("///")[2])
        async with process(scene):
            made = [one for one in file.parent.iterdir() if one.name.startswith(file.name)]
            assert len(made) > 1  # its log of writes beside it
            assert [] == [one.name for one in made if one.stat().st_mode & 0o077]
