"""A backup of any moment of an incident, restored when the incident is over: nothing is posted a second time."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.store.backup import back_up, restore
from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.ground import Files, Ground
from tests.sim.checker import problems
from tests.sim.place import Place, Zygote, orders, zygote
from tests.sim.scale import CHAOS

SEED = 20261128
STORIES = 50 if CHAOS > 1 else 1
_STEPS = 12_000  # of the event loop, which a whole incident takes
_HOUSED = 1_800  # while its channel is made: what is said there is put by a job that will be done a second time


def _said(place: Place) -> Counter[str]:
    """Return how often each message of ours stands in Slack, by the name that it carries."""
    channels = place.slack.state.channels.values()
    return Counter(str(one.metadata) for channel in channels for one in channel.messages if one.metadata is not None)


def _files(place: Place) -> list[str]:
    return [file.name for channel in place.slack.state.channels.values() for file in channel.files]


async def _story(birth: Zygote, where: Ground, folder: Path, seed: int) -> str:
    """Play an incident with a backup at a random step, restore it at the end; return what was said again."""
    url, diary, file = await where.fresh(str(seed)), folder / f"{seed}.diary", folder / f"{seed}.backup"
    diary.touch()
    kill_at = _HOUSED if seed == SEED else random.Random(seed).randrange(1, _STEPS)  # noqa: S311 - a replayable run
    async with Place() as place:

        async def live(kill_at: int) -> bool:
            told = orders(
                place.slack,
                url,
                clock_url=place.clock_url,
                diary=str(diary),
                seed=seed,
                offset_s=place.offset_s,
                kill_at=kill_at,
            )
            return await birth.live(told)

        await live(kill_at)
        await back_up(url, file, place.clock.now(), lambda _: None)
        assert not await live(0)
        assert [] == await problems(place, url, diary)
        before, files = _said(place), _files(place)
        await restore(file, url, lambda _: None, replace=True)
        assert not await live(0)
        after = _said(place)
        told = [f"{name} was said again" for name in (after - before)]
        told += [] if files == _files(place) else [f"files: {_files(place)}"]
        told += [f"a second channel of {name}" for name, count in _channels(place).items() if count > 1]
        told += await _given_up(url)
    await where.level(str(seed))
    return f"kill_at {kill_at}: {told}" if told else ""


def _channels(place: Place) -> Counter[str]:
    names = (one.name for one in place.slack.state.channels.values() if one.name.startswith("inc-"))
    return Counter("-".join(name.split("-")[:2]) for name in names)


async def _given_up(url: str) -> list[str]:
    database = Database(url)
    async with Store(database, SystemClock(), lambda data: data).read() as unit:
        dead = await unit.jobs.listed(dead=True)
    await database.close()
    return [f"given up: {job}" for job in dead]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_what_was_said_since_the_backup_is_not_said_again(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Jobs of the backup find what they have posted since; no message, file or channel comes twice."""
    where: Ground = request.getfixturevalue("server") if kind == "postgres" else Files(tmp_path)
    async with zygote() as birth:
        found = [await _story(birth, where, tmp_path, SEED + story) for story in range(STORIES)]
    assert [] == [one for one in found if one]
    record_property("figures", f"{kind}: {STORIES} backups in the middle of incidents restored after them: no double")
