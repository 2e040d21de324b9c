"""Two people press the same button at the same time, in two processes, and everything is delivered twice."""

import asyncio
import json
import sys
from collections.abc import Callable

import pytest

from bot.clock import SystemClock
from bot.incidents.events import StepAnswered
from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.factories import opened
from tests.sim.scale import CHAOS

CLICKS = 100 if CHAOS == 1 else 10_000
SEED = 20261125


async def _incidents(database: Database, count: int) -> None:
    store = Store(database, SystemClock(), lambda data: data)
    for _ in range(count):
        async with store.begin() as unit:
            await unit.open(opened(triage_id=None))


async def _pressing(url: str, who: str, seed: int) -> dict[str, int]:
    command = (sys.executable, "-m", "tests.sim.presser", url, who, str(CLICKS), str(seed))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert 0 == process.returncode, f"{who} could not press"
    found: dict[str, int] = json.loads(out)
    return found


@pytest.mark.timeout(900)
async def test_doubled_clicks_and_replays_act_once(
    database: Database, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Each question gets exactly one answer, the loser reads whose, and a delivery that was won never acts again."""
    await _incidents(database, CLICKS)
    lena, ravi = await asyncio.gather(_pressing(database_url, "lena", SEED), _pressing(database_url, "ravi", SEED + 1))
    assert CLICKS == lena["won"] + ravi["won"]
    # Who lost presses again by Slack's retry and loses again; who won is only repeated.
    assert (lena["won"], ravi["won"]) == (lena["repeated"], ravi["repeated"])
    assert (2 * ravi["won"], 2 * lena["won"]) == (lena.get("lost to ravi", 0), ravi.get("lost to lena", 0))
    async with Store(database, SystemClock(), lambda data: data).read() as unit:
        answers = [
            sum(isinstance(item.event, StepAnswered) for item in await unit.incidents.story(number))
            for number in range(1, CLICKS + 1)
        ]
    assert [1] * CLICKS == answers
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    record_property(
        "figures",
        f"{kind}: {CLICKS} doubled clicks and {CLICKS} replays from two processes: {sum(answers)} events,"
        f" won {lena['won']} to {ravi['won']}, nothing locked, nothing lost",
    )
