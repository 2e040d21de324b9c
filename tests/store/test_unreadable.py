"""A row that cannot be read, edited by hand or from another version: it is told, and stops nothing of the others."""

import pytest
from sqlalchemy import text

from bot.errors import Unreadable
from bot.incidents.effects import Effect, channel_key
from bot.incidents.model import Incident
from bot.incidents.report import Report
from bot.store import reading
from bot.store.database import Database
from bot.store.jobs import Due, Job
from bot.store.unit_of_work import Store, UnitOfWork
from bot.workflows.auditor import AUDIT, Auditor, last_audit, schedule
from bot.workflows.dead_letter import tell_somebody
from bot.workflows.worker import MAX_ATTEMPTS, Crew, GiveUp, Worker
from tests.factories import LENA, NOW, opened
from tests.fakes import ManualClock

pytestmark = pytest.mark.expects_errors
SECRET = "words-of-somebody"
JSON = (f'{{"kind": "{SECRET}"}}', f'["{SECRET}"]', "null", "17")
NO_JSON = (f'{{"half": "{SECRET}', "", "[" * 100_000)  # PostgreSQL refuses these by itself


class Spoilt:
    """Three open incidents: one whose state is spoilt, one with an entry of that kind, and a sound one."""

    def __init__(self, database: Database) -> None:
        self.clock = ManualClock()
        self.database = database
        self.store = Store(database, self.clock, lambda data: data)
        self.rung: list[int | None] = []
        self.done: list[str] = []

    def worker(self) -> Worker:
        """Return a worker with timers, an auditor and a crew."""
        within = {"timer": self._ring, AUDIT: Auditor(("U1",)).audit}
        crew = Crew("test", {"test": self._do, "fails": self._fail}, slots=4)
        return Worker(self.store, self.clock, (crew,), jitter=lambda: 0.5, on_dead=tell_somebody, within=within)

    async def _ring(self, _unit: UnitOfWork, due: Due) -> None:
        self.rung.append(due.incident_id)

    async def _do(self, job: Job) -> None:
        self.done.append(str(job.payload["name"]))

    async def _fail(self, _job: Job) -> None:
        raise GiveUp("no")

    async def open(self) -> Incident:
        """Open an incident with a timer that is due."""
        async with self.store.begin() as unit:
            incident = await unit.open(opened(triage_id=None))
            await unit.wish(Effect(kind="timer", lane="timers", incident_id=incident.id))
            await unit.reports.add(Report(actor=LENA, at=unit.now, kind="errors", text=f"report {incident.id}"))
        return incident

    async def wish(self, name: str, lane: str, kind: str = "test") -> None:
        """Queue a job."""
        async with self.store.begin() as unit:
            await unit.wish(Effect(kind=kind, lane=lane, payload={"name": name}))

    async def run(self, sql: str, garbage: str) -> None:
        """Run a statement by hand, with this in the place of what was there."""
        cast = ":garbage" if self.database.is_sqlite else "CAST(:garbage AS JSON)"
        async with self.database.engine.begin() as connection:
            await connection.execute(text(sql.replace("?", cast)), {"garbage": garbage})


@pytest.fixture
def spoilt(database: Database, monkeypatch: pytest.MonkeyPatch) -> Spoilt:
    """Return records over a database of either kind, in a process that has told nothing yet."""
    monkeypatch.setattr(reading, "_TOLD", set())
    return Spoilt(database)


async def test_it_stops_nothing_else(spoilt: Spoilt, caplog: pytest.LogCaptureFixture) -> None:
    """Timers, jobs, lists, reports and the auditor go on for the others; it is told once, without its content."""
    garbage = (*JSON, *(NO_JSON if spoilt.database.is_sqlite else ()))
    bad = {(await spoilt.open()).id: piece for piece in garbage}
    strange, sound = (await spoilt.open()).id, (await spoilt.open()).id
    async with spoilt.store.begin() as unit:
        await schedule(unit)
    for number, piece in bad.items():
        await spoilt.run(f"UPDATE incident SET state = ? WHERE id = {number}", piece)  # noqa: S608 - our own words
        await spoilt.run(f"UPDATE report SET reported_by = ? WHERE id = {number}", piece)  # noqa: S608 - our own words
        await spoilt.wish("first", f"lane {number}")
        await spoilt.run("UPDATE job SET payload = ? WHERE id = (SELECT max(id) FROM job)", f"[{piece}]")
        await spoilt.wish(f"{number}", f"lane {number}")
    columns = "incident_id, seq, at, happened_at, kind, data"
    later = f"SELECT incident_id, 2, at, happened_at, 'x', ? FROM event WHERE incident_id = {strange}"  # noqa: S608 - our own words
    await spoilt.run(f"INSERT INTO event ({columns}) {later}", JSON[0])
    for _ in range(3):
        await spoilt.worker().drain()
        spoilt.clock.advance(20)
    await spoilt.worker().drain()  # the audit's minute has come
    assert [strange, sound] == spoilt.rung
    assert list(map(str, bad)) == spoilt.done
    async with spoilt.store.read() as unit:
        dead = await unit.jobs.listed(dead=True)
        assert [f"Unreadable: job {job.id}" for job in dead] == [job.error for job in dead]
        assert len(bad) == len(dead)
        assert [sound, strange] == [one.id for one in await unit.incidents.all()]
        assert [] == await unit.incidents.over_before(unit.now, limit=None)
        assert [f"report {strange}", f"report {sound}"] == [one.text for one in await unit.reports.since(NOW)]
        for number in bad:
            with pytest.raises(Unreadable, match=rf"[(]incident {number}[)]"):
                await unit.incidents.get(number)
        with pytest.raises(Unreadable, match="event"):
            await unit.incidents.story(strange)
        report = await last_audit(unit)
    assert (spoilt.clock.now(), 2 * len(bad) + 1) == (report.audited_at, report.findings["unreadable"])
    told = [one.getMessage() for one in caplog.records if "row_unreadable" in one.getMessage()]
    assert len(told) == len(set(told)) == 3 * len(bad) + 1
    assert f"event=row_unreadable table=incident id={min(bad)}" in told[0]
    assert SECRET not in caplog.text


async def test_a_memory_that_cannot_be_read_begins_anew(spoilt: Spoilt) -> None:
    """The audit, which nobody would put again, goes on whatever its row holds."""
    async with spoilt.store.begin() as unit:
        await schedule(unit)
    for piece in (*JSON, '{"standing": 5, "audited_at": "x"}', '{"standing": {"late_work": {"x": ["y", 1]}}}'):
        await spoilt.run("UPDATE job SET payload = ? WHERE key = 'cron:audit:'", piece)
        async with spoilt.store.read() as unit:
            assert (await last_audit(unit)).audited_at is None
        spoilt.clock.advance(60)
        await spoilt.worker().drain()
        async with spoilt.store.read() as unit:
            assert spoilt.clock.now() == (await last_audit(unit)).audited_at


async def test_a_job_of_a_spoilt_incident_is_given_up(spoilt: Spoilt) -> None:
    """Nobody can be told that it was, and its timer too ends some time: both wait for who mends the row."""
    incident = await spoilt.open()
    await spoilt.run("UPDATE incident SET state = ?", "{}")
    async with spoilt.store.begin() as unit:
        await unit.jobs.cancel(key=channel_key(incident.id))
    await spoilt.wish("x", f"incident:{incident.id}", kind="fails")
    for _ in range(MAX_ATTEMPTS):
        await spoilt.worker().drain()
        spoilt.clock.advance(600)
    async with spoilt.store.read() as unit:
        assert {"fails", "timer"} == {job.kind for job in await unit.jobs.listed(dead=True)}
