"""Killed at any step of the event loop, several times in one incident: nothing is lost, wrong or doubled."""

import asyncio
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.store.database import Database
from bot.store.migrate import upgrade
from tests.sim.checker import problems
from tests.sim.life import Orders
from tests.sim.place import Place, Zygote, zygote
from tests.sim.scale import CHAOS

SHARES = 8  # tests, so that several processes can take some each
KILLS_A_SHARE = int(130 * CHAOS)
SEED = int(os.environ.get("SEED", "20261125"))
_WITHIN = (600, 1_500, 8_000)  # steps; a whole incident takes about 8,000, and a new life often dies young
_MOST_DEATHS = 12


async def _template(folder: Path) -> Path:
    """Return an empty, migrated SQLite file to copy."""
    file = folder / "template.db"
    database = Database(f"sqlite+aiosqlite:///{file}")
    await upgrade(database)
    await database.close()  # the last connection to close writes everything into the file itself
    return file


async def _story(birth: Zygote, template: Path, folder: Path, seed: int) -> int:
    """Play one incident through several deaths; return how many there were. Fails with the seed that replays it."""
    dice = random.Random(seed)  # noqa: S311 - a replayable run
    file, diary = folder / f"{seed}.db", folder / f"{seed}.diary"
    await asyncio.to_thread(shutil.copy, template, file)
    diary.touch()
    deaths = 0
    async with Place() as place:
        for life in range(_MOST_DEATHS + 1):
            last = life == _MOST_DEATHS
            orders = Orders(
                slack_url=place.slack.api_url,
                clock_url=place.clock_url,
                token=place.slack.bot_token,
                team=place.slack.state.team_id,
                bot_user=place.slack.state.bot_user_id,
                ops=place.slack.channel("#ops").id,
                database_url=f"sqlite+aiosqlite:///{file}",
                diary=str(diary),
                seed=seed + life,
                offset_s=place.offset_s,
                kill_at=0 if last else dice.randrange(1, dice.choice(_WITHIN)),
                repeat=life > 0,
            )
            if not await birth.live(orders):
                break
            deaths += 1
        found = await problems(place, f"sqlite+aiosqlite:///{file}", diary)
    assert [] == found, f"SEED={seed} SHARES=1 .venv/bin/pytest tests/sim/test_kills.py: {found}"
    file.unlink()
    return deaths


@pytest.mark.timeout(600)
@pytest.mark.parametrize("share", range(SHARES if "SEED" not in os.environ else 1))
async def test_kills_lose_and_double_nothing(
    share: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Kills at random steps of a whole incident, restarts, redeliveries and second presses, then the whole history."""
    template = await _template(tmp_path)
    kills = stories = 0
    async with zygote() as birth:
        while kills < KILLS_A_SHARE:
            kills += await _story(birth, template, tmp_path, SEED + share * 1_000_000 + stories * 10)
            stories += 1
    record_property("figures", f"{kills} kills in {stories} incidents: 0 lost, 0 wrong, 0 doubled")
