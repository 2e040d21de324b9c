"""What is given up is told to the person whom it was for, once."""

from datetime import UTC, datetime

import pytest

from bot.incidents.effects import show_triage
from bot.incidents.events import Actor
from bot.slack.refusals import Refused
from bot.store.database import Database
from bot.store.jobs import Job
from bot.store.unit_of_work import Store
from bot.workflows.dead_letter import tell_somebody
from tests.fakes import ManualClock


@pytest.fixture
def store(database: Database) -> Store:
    """Return a store over a database of either kind."""
    return Store(database, ManualClock(), lambda data: data)


async def test_a_triage_that_cannot_be_shown_is_told_once(store: Store) -> None:
    """Each check that finishes has it shown and refused anew; news is another reason, or the same after a success."""
    async with store.begin() as unit:
        triage = await unit.triages.create("T1", "C1", Actor(id="U1", name="lena"), unit.now)
        assert triage is not None
    told = []
    for uuid, code in (("a", "no_text"), ("a", "no_text"), ("a", "is_archived"), ("b", "no_text"), ("b", "x" * 200)):
        job = _job(f"triage:{triage.id}", show_triage(triage.id).lane, uuid * 36)
        async with store.begin() as unit:
            await tell_somebody(unit, job, Refused(code))
            told.append(len(await unit.jobs.listed(dead=False)))
            for waiting in await unit.jobs.listed(dead=False):
                await unit.jobs.cancel(key=str(waiting.key))  # it was said
    assert [1, 0, 1, 1, 1] == told


def _job(name: str, lane: str, uuid: str) -> Job:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    return Job(
        id=1,
        kind="slack.show",
        uuid=uuid,
        lane=lane,
        payload={"name": name},
        revision=0,
        attempts=1,
        failures=1,
        first_tried_at=now,
        lease_until=now,
        token="t",
    )
