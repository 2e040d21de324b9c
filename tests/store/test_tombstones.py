"""What leaves the timeline leaves a tombstone, on both databases; nothing else can be changed or deleted."""

import sqlite3
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import get_args, get_type_hints

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.errors import BadInput
from bot.incidents.effects import Effect
from bot.incidents.events import FREE, Actor, ChannelCreated, Event, EvidenceReported
from bot.incidents.model import Incident, fold
from bot.incidents.report import Report
from bot.incidents.words import ERASED, erased
from bot.paths import data_folder
from bot.store import tables
from bot.store.database import Database
from bot.store.deliveries import Posted
from bot.store.unit_of_work import Store
from bot.workflows.erase import amend, erase
from bot.workflows.retention import Retention, delete_expired, expired, schedule
from bot.workflows.worker import Worker
from tests.factories import LENA, NOW, RAVI, opened, resolved, severity_changed
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

    async def stone(self, number: int, seq: int, change: Mapping[str, object]) -> None:
        """Write a tombstone by hand that holds the entry with this change."""
        async with self.database.engine.begin() as connection:
            entry = tables.event.c
            wanted = select(entry.data).where(entry.incident_id == number, entry.seq == seq)
            data = (await connection.execute(wanted)).scalar_one() | dict(change)
            new = {"incident_id": number, "seq": seq, "at": NOW, "done_by": {}, "reason": "", "data": data}
            await connection.execute(insert(tables.tombstone).values(new))

    async def obey_last_stone(self, **more: object) -> None:
        """Let the entry become by hand what the newest tombstone holds, or more than that."""
        async with self.database.engine.begin() as connection:
            newest = select(tables.tombstone).order_by(tables.tombstone.c.id.desc()).limit(1)
            stone = (await connection.execute(newest)).one()
            entry = tables.event.c.seq == stone.seq
            await connection.execute(update(tables.event).where(entry).values(data=stone.data | more))

    async def surround(self, number: int, word: str) -> None:
        """Put everything beside the incident that may belong to it, with this word in it; one run and job do not."""
        async with self.store.begin() as unit:
            for place in (f"T{word}", f"C7{word}"):
                run = await unit.triages.create(place, place, Actor(id="U1", name=f"{word} run"), unit.now)
                assert run is not None
                if place == f"T{word}":
                    await unit.triages.link(run.id, number)
                await unit.deliveries.remember_posted(f"triage:{run.id}", Posted(channel_id=word, ts="1"), unit.now)
                await unit.wish(Effect(kind="slack.show", lane=f"triage:{run.id}", payload={"name": word}))
            for lane in (f"incident:{number}", f"tell:dead:{number}:x"):
                await unit.wish(Effect(kind="slack.tell", lane=lane, payload={"text": word}))
            await unit.wish(Effect(kind="timer.x", lane="timers", incident_id=number, payload={"text": word}))
            report = Report(actor=LENA, at=unit.now, kind="errors", text=word)
            await unit.reports.add(report)
            incident = await unit.incidents.get(number)
            await unit.record(incident, EvidenceReported(actor=LENA, happened_at=report.at, said=word))

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


MASKED = {"reason": ERASED}
_ALL = "id, incident_id, seq, at, happened_at, kind, data"
_STONE = "INSERT INTO tombstone (incident_id, seq, at, done_by, reason, data) SELECT"
OF_ALL = f"{_STONE} id, NULL, opened_at, '{{}}', 'x', '{{}}' FROM incident"
REFUSED = (
    "UPDATE event SET data = '{}' WHERE seq = 1",
    "UPDATE event SET kind = 'x' WHERE seq = 3",
    "UPDATE event SET data = '{}' WHERE seq = 3",
    "UPDATE event SET data = (SELECT data FROM tombstone), at = '2026-01-01 00:00:00' WHERE seq = 3",
    "UPDATE event SET data = (SELECT data FROM tombstone), seq = 99 WHERE seq = 3",
    "DELETE FROM event WHERE seq = 3",
    "DELETE FROM event",
    f"INSERT INTO event ({_ALL}) SELECT {_ALL} FROM event WHERE seq = 3 ON CONFLICT (id) DO UPDATE SET data = '{{}}'",  # noqa: S608 - our own words
    "UPDATE tombstone SET reason = 'y'",
    "DELETE FROM tombstone",
    OF_ALL,
    f"{_STONE} 99, NULL, at, done_by, '', data FROM tombstone",
    f"{_STONE} incident_id, 99, at, done_by, '', data FROM tombstone",
    "UPDATE incident SET id = 99",
    "DELETE FROM incident",
)
"""Whatever is tried beside the one erasure that the tombstone of entry 3 allows."""

REPLACING = (
    f"INSERT OR REPLACE INTO event ({_ALL}) SELECT id, incident_id, seq, at, happened_at, kind, '{{}}' FROM event",  # noqa: S608 - our own words
    f"INSERT OR REPLACE INTO event ({_ALL}) SELECT NULL, incident_id, seq, at, happened_at, kind, '{{}}' FROM event",  # noqa: S608 - our own words
    f"INSERT OR REPLACE INTO event ({_ALL}) SELECT id, incident_id, 99, at, happened_at, kind, data FROM event",  # noqa: S608 - our own words
    "UPDATE OR REPLACE event SET seq = 1 WHERE seq = 3",
    "UPDATE OR REPLACE event SET rowid = 1 WHERE seq = 3",
    "INSERT OR REPLACE INTO tombstone SELECT id, incident_id, seq, at, done_by, 'y', data FROM tombstone",
    "UPDATE incident SET rowid = 99",
)
"""What only SQLite knows: a row that takes another's place, and no trigger on deleting hears of it."""


async def test_the_database_gives_nothing_else_up(records: Records) -> None:
    """A tombstone for one entry lets exactly that entry become what it holds, and an open incident stay whole."""
    incident = await records.story(over=False)
    await records.stone(incident.id, 3, MASKED)
    before = await records.everything()
    for change in (*REFUSED, *(REPLACING if records.database.is_sqlite else ())):
        with pytest.raises(DBAPIError, match=r"append-only|no such entry|is over|keeps its number|tombstone only"):
            await records.run(change)
        assert before == await records.everything(), change


@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
async def test_nor_without_the_bot_s_own_settings(sqlite_url: str, foreign_keys: str) -> None:
    """A plain connection, as SQLite's own shell opens one, is refused the same."""
    database = Database(sqlite_url)
    records = Records(database)
    await records.stone((await records.story(over=False)).id, 3, MASKED)
    other = sqlite3.connect(database.file, isolation_level=None)
    other.execute(f"PRAGMA foreign_keys={foreign_keys}")
    for change in (*REFUSED, *REPLACING):
        with pytest.raises(sqlite3.IntegrityError):
            other.execute(change)
    other.close()
    await database.close()


async def test_an_erasure_changes_words_only(records: Records) -> None:
    """Whatever a tombstone holds: a measured value, a word that is no mark, one field more or less stay refused."""
    incident = await records.story()
    tried: list[tuple[int, dict[str, object]]] = [
        (1, {"severity": "P4"}),
        (1, {"title": ERASED, "severity": "P4"}),
        (1, {"because": ERASED}),
        (1, {"title": "another title"}),
        (1, {"title": [ERASED]}),
        (1, {"title": ERASED, "more": "x"}),
        (1, {"title": None}),
        (2, {"actor": {"id": "U1", "name": ERASED}}),
        (4, {"action_items": ERASED}),
    ]
    for seq, change in tried:
        await records.stone(incident.id, seq, change)
        with pytest.raises(DBAPIError, match="append-only"):
            await records.obey_last_stone()
    await records.stone(incident.id, 2, {"text": ERASED})
    with pytest.raises(DBAPIError, match="append-only"):
        await records.obey_last_stone(text=ERASED, said=ERASED)  # more than it says
    await records.obey_last_stone()
    await records.stone(incident.id, 2, {"text": SECRET})
    with pytest.raises(DBAPIError, match="append-only"):
        await records.obey_last_stone()  # the words do not come back either


def test_the_database_knows_which_fields_are_words() -> None:
    """The migration's list is that of the types: a new field for words needs a new migration."""
    versions = ScriptDirectory(str(data_folder("migrations")))
    first, *later = (versions.get_revision(number).module for number in ("0004", "0007", "0008"))
    types = [get_type_hints(kind, include_extras=True) for kind in get_args(Event)]
    free = {
        f"{get_args(fields['kind'])[0]}.{name}"
        for fields in types
        for name, hint in fields.items()
        if FREE in getattr(hint, "__metadata__", ())
    }
    assert free == {*first.WORDS, *(word for more in later for word in more.MORE)}


async def test_an_older_version_s_entry_can_be_erased(records: Records) -> None:
    """A field that this version adds to an entry is no reason to refuse; all but its words stays as it was stored."""
    incident = await records.story()
    async with records.database.engine.begin() as connection:
        entry = tables.event.c
        old = (await connection.execute(select(entry.data).where(entry.seq == 2))).scalar_one()
        del old["branch"]
        again = {"seq": 5, "incident_id": incident.id, "at": NOW, "happened_at": NOW, "kind": "evidence_reported"}
        await connection.execute(insert(tables.event).values(data=old, **again))
    async with records.store.begin() as unit:
        masked = erased((await unit.incidents.story(incident.id))[4].event)
        await unit.tombstones.erase(incident.id, 5, masked, actor=RAVI, reason="x", now=unit.now)
    async with records.database.connection(write=False) as connection:
        kept = (await connection.execute(select(tables.event.c.data).where(tables.event.c.seq == 5))).scalar_one()
    assert kept == old | {"said": ERASED, "text": ERASED}


async def test_the_tombstone_of_an_incident_deletes_it_whole(records: Records) -> None:
    """Also when somebody writes it by hand: there is no moment at which a part can go alone, and no number returns."""
    gone = await records.story()
    await records.run(f"{OF_ALL} WHERE id = {gone.id}")
    left = await records.story()
    async with records.store.read() as unit:
        assert ([left.id], []) == ([one.id for one in await unit.incidents.all()], await unit.incidents.story(gone.id))
        assert left.version == len(await unit.incidents.story(left.id))
    rest = "version, status, opened_at, state"
    with pytest.raises(DBAPIError, match="was deleted"):
        await records.run(f"INSERT INTO incident (id, {rest}) SELECT {gone.id}, {rest} FROM incident")  # noqa: S608 - our own words
    with pytest.raises(DBAPIError, match="append-only"):
        await records.run("DELETE FROM event")


async def test_nothing_of_a_deleted_incident_stays(records: Records) -> None:
    """Its runs and their messages, its reports, its timers and given-up jobs go; what is another's stays."""
    incident, other = await records.story(over=False), await records.story(over=False)
    for number, word in ((incident.id, "gone"), (other.id, "stays")):
        records.clock.advance(1)
        await records.surround(number, word)
    async with records.store.begin() as unit:
        incident = await unit.incidents.get(incident.id, lock=True)
        housed = ChannelCreated(actor=LENA, happened_at=unit.now, channel_id="C7gone", name="inc-gone")
        await unit.record(await unit.record(incident, housed), resolved(happened_at=unit.now))
    before = await records.everything()
    records.clock.advance(timedelta(days=31).total_seconds())
    async with records.store.begin() as unit:
        assert [incident.id] == [one.id for one in await delete_expired(unit, 30, RAVI)]
    after = await records.everything()
    assert "gone" in before
    assert "gone" not in after
    assert before.count("stays") == after.count("stays")


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
