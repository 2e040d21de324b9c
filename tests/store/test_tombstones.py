"""What leaves the timeline leaves a tombstone, on both databases; nothing else can be changed or deleted."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.errors import BadInput
from bot.incidents.events import EvidenceReported
from bot.incidents.model import Incident, fold
from bot.incidents.report import Report
from bot.incidents.words import ERASED
from bot.store.database import Database
from bot.store.deliveries import Posted
from bot.store.unit_of_work import Store
from bot.workflows.erase import amend, erase
from bot.workflows.retention import Retention, delete_expired, expired, schedule
from bot.workflows.worker import Worker
from tests.factories import LENA, RAVI, opened, resolved, severity_changed
from tests.fakes import ManualClock

SECRET = "Anna Example of Example Street"


class Records:
    """A store with one incident whose words hold a name that must go."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock()
        self.database = database
        self.store = Store(database, self.clock, lambda data: data)

    async def story(self, *, over: bool = True) -> Incident:
        """Record an incident: opened, evidence, severity, resolved."""
        async with self.store.begin() as unit:
            incident = await unit.open(opened(title=f"{SECRET} is down", triage_id=None))
            report = Report(
                actor=LENA, at=unit.now, kind="errors", failed=3, total=9, text=SECRET, changed=f"told {SECRET}"
            )
            await unit.reports.add(report)
            said = EvidenceReported(
                actor=LENA, happened_at=unit.now, said=f"3 of 9, {SECRET}", text=f"{SECRET}, " * 400
            )
            incident = await unit.record(incident, said)
            incident = await unit.record(incident, severity_changed(reason=f"for {SECRET}"))
            if over:
                incident = await unit.record(incident, resolved(impact=SECRET, happened_at=unit.now))
            await unit.deliveries.remember_posted(
                f"incident:{incident.id}:card", Posted(channel_id="C1", ts="1"), unit.now
            )
        return incident

    async def stored(self, number: int) -> tuple[Incident, Incident | None]:
        """Return the state as it is kept, and as the events tell it."""
        async with self.store.read() as unit:
            story = await unit.incidents.story(number)
            return await unit.incidents.get(number), fold(number, [item.event for item in story])

    async def run(self, sql: str) -> None:
        """Run a statement as somebody would who has the database's password."""
        async with self.database.engine.begin() as connection:
            await connection.execute(text(sql))

    async def everything(self) -> str:
        """Return every value of every table."""
        async with self.database.connection(write=False) as connection:
            tables = ("incident", "event", "report", "triage", "job", "tombstone", "posted_message", "sample")
            rows = [(await connection.execute(text(f"SELECT * FROM {name}"))).all() for name in tables]  # noqa: S608
        return repr(rows)


@pytest.fixture
def records(database: Database) -> Records:
    """Return records over a database of either kind."""
    return Records(database)


async def test_erased_words_are_nowhere_any_more(records: Records) -> None:
    """Not in the entries, the state, the reports, nor, on SQLite, in the bytes of the files; the fold still holds."""
    incident = await records.story()
    for seq in range(1, incident.version + 1):
        await erase(records.store, incident.id, seq=seq, reason="asked for", actor=RAVI)
    kept, told = await records.stored(incident.id)
    assert kept == told
    assert ERASED == kept.title
    assert SECRET not in await records.everything()
    if records.database.is_sqlite:
        file = records.database.file
        written = [one.read_bytes() for one in file.parent.glob(f"{file.name}*")]
        assert written
        assert not [part for part in written if SECRET.encode() in part]


async def test_each_erasure_leaves_a_tombstone_and_an_entry(records: Records) -> None:
    """Who, when and why stay; the words do not."""
    incident = await records.story()
    await erase(records.store, incident.id, seq=3, reason="a name", actor=RAVI)
    async with records.store.read() as unit:
        (stone,) = await unit.tombstones.of(incident.id)
        story = await unit.incidents.story(incident.id)
    assert (3, "a name", RAVI.name) == (stone["seq"], stone["reason"], stone["done_by"]["name"])
    assert "had the words of entry 3 erased: a name" == story[-1].event.sentence()
    with pytest.raises(BadInput, match="no words"):
        await erase(records.store, incident.id, seq=3, reason="again", actor=RAVI)


async def test_a_correction_is_a_new_entry_and_is_shown(records: Records) -> None:
    """The first words stay on the timeline, the state says the later ones, the card is drawn anew."""
    incident = await records.story()
    await amend(records.store, incident.id, seq=1, part="title", text="Chat was down", reason="clearer", actor=RAVI)
    kept, told = await records.stored(incident.id)
    assert (kept, "Chat was down") == (told, kept.title)
    async with records.store.read() as unit:
        story = await unit.incidents.story(incident.id)
        waiting = [job.key for job in await unit.jobs.listed(dead=False)]
    assert f"{SECRET} is down" == getattr(story[0].event, "title", "")
    assert f"show:incident:{incident.id}:card" in waiting


STONE = (
    "INSERT INTO tombstone (incident_id, seq, at, done_by, reason, data) "
    "SELECT incident_id, seq, at, '{}', 'x', '{\"kind\": \"x\"}' FROM event WHERE seq = 2"
)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET data = '{}' WHERE seq = 1",
        "UPDATE event SET kind = 'x' WHERE seq = 2",
        "UPDATE event SET data = '{}' WHERE seq = 2",
        "UPDATE event SET data = '{\"kind\": \"x\"}', at = '2026-01-01 00:00:00' WHERE seq = 2",
        'UPDATE event SET data = \'{"kind": "x"}\', seq = 99 WHERE seq = 2',
        "DELETE FROM event WHERE seq = 2",
        "DELETE FROM event",
        "UPDATE tombstone SET reason = 'y'",
        "DELETE FROM tombstone",
        "INSERT INTO tombstone (incident_id, at, done_by, reason, data) SELECT id, opened_at, '{}', '', '{}' FROM incident",  # noqa: E501 - one statement
    ],
)
async def test_the_database_gives_nothing_else_up(records: Records, change: str) -> None:
    """A tombstone for one entry lets exactly that entry become what the tombstone holds, and an open incident stay."""
    await records.story(over=False)
    await records.run(STONE)
    with pytest.raises(DBAPIError, match=r"append-only|open incident"):
        await records.run(change)


async def test_a_whole_incident_goes_when_its_time_is_over(records: Records) -> None:
    """What is over for long is deleted with all of it; younger and open ones stay, and no number returns."""
    old = await records.story()
    await records.story(over=False)
    records.clock.advance(timedelta(days=31).total_seconds())
    young = await records.story()
    async with records.store.begin() as unit:
        assert [old.id] == [one.id for one in await expired(unit, 30)]
        assert [old.id] == [one.id for one in await delete_expired(unit, 30, RAVI)]
        assert [] == await delete_expired(unit, 30, RAVI)
    async with records.store.read() as unit:
        left = [one.id for one in await unit.incidents.all()]
        (stone,) = await unit.tombstones.of(old.id)
        assert await unit.deliveries.posted(f"incident:{old.id}:card") is None
        assert await unit.deliveries.posted(f"incident:{young.id}:card") is not None
    assert [young.id, young.id - 1] == left
    assert (None, old.severity, old.version) == (stone["seq"], stone["data"]["severity"], stone["data"]["entries"])
    assert all(one < other for one, other in pairwise([old.id, *sorted(left), (await records.story()).id]))


@pytest.mark.parametrize(("days", "left"), [(30, 0), (0, 41)])
async def test_it_happens_each_day_by_itself(records: Records, days: int, left: int) -> None:
    """However many there are; with no number of days everything is kept."""
    for _ in range(41):
        async with records.store.begin() as unit:
            incident = await unit.open(opened(triage_id=None))
            await unit.record(incident, resolved(happened_at=unit.now))
    records.clock.advance(timedelta(days=31).total_seconds())
    async with records.store.begin() as unit:
        await schedule(unit)
        await schedule(unit)
    worker = Worker(records.store, records.clock, (), jitter=lambda: 0.5, within=Retention(days).handlers())
    for _ in range(3):
        await worker.drain()
        records.clock.advance(60)
    async with records.store.read() as unit:
        assert left == len(await unit.incidents.all(limit=100))
        assert ["cron.retention"] == [
            job.kind for job in await unit.jobs.listed(dead=False, limit=1_000) if job.key == "cron:retention:"
        ]


async def test_a_day_is_the_least(records: Records) -> None:
    """No slip of the keyboard deletes everything."""
    async with records.store.read() as unit:
        with pytest.raises(BadInput, match="a day at least"):
            await expired(unit, 0)
