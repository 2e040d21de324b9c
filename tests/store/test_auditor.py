"""The auditor on both databases: what is wrong is found, shown and told once; what is well is left alone."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pydantic import TypeAdapter
from sqlalchemy import delete, insert, text, update

from bot.app.health import Health
from bot.incidents.effects import SHOW, Effect, show_triage
from bot.incidents.events import BOT, Acknowledged, ChannelCreated, ChannelFailed, Event
from bot.incidents.model import Incident
from bot.incidents.timers import ACK
from bot.rules.response import Response
from bot.slack.client import OutgoingClient
from bot.store import tables
from bot.store.database import Database
from bot.store.deliveries import Posted
from bot.store.jobs import Job
from bot.store.unit_of_work import Store, UnitOfWork
from bot.vitals import Vitals
from bot.workflows.auditor import AUDIT, INVARIANTS, Auditor, last_audit, schedule
from bot.workflows.record import recording
from bot.workflows.timers import Timers
from bot.workflows.triage import RUN
from bot.workflows.worker import Crew, Finish, GiveUp, Handler, Unclear, Worker
from tests.factories import LENA, RAVI, answered, opened, resolved, severity_changed
from tests.fakes import ManualClock

WORDS = {one.name: one.words for one in INVARIANTS}
ADMINS = ("U0LEAD0001", "U0RAVI0001")


class Bench:
    """The records, a clock, replicas of the worker and a Slack that notes who was told what."""

    def __init__(self, database: Database, admins: tuple[str, ...] = ADMINS) -> None:
        self.database = database
        self.clock = ManualClock()
        self.store = Store(database, self.clock, lambda data: data)
        self.told: list[tuple[str, str]] = []
        self.trouble: Exception | None = None
        self.admins = admins
        self.health = Health(self.store, self.clock, None, Vitals(), OutgoingClient("xoxb-test"))
        self.workers = [self.replica(database)]

    def replica(self, database: Database) -> Worker:
        """Return another worker on the same records."""
        store = Store(database, self.clock, lambda data: data)
        crew = Crew("slack", self._handlers(), slots=4)
        within = {**Timers(Response(), "T1").handlers(), **Auditor(self.admins).handlers()}
        return Worker(store, self.clock, (crew,), jitter=lambda: 0.5, within=within)

    def _handlers(self) -> Mapping[str, Handler]:
        silent = (
            "set_topic",
            "pin_card",
            "invite",
            "invite_responders",
            "bookmarks",
            "backfill",
            "share_postmortem",
            "canvas",
            "sweep",
        )
        acts: dict[str, Callable[[Job], Finish | None]] = {
            "slack.show": self._show,
            "slack.create_channel": self._create,
            RUN: lambda _job: None,
            "slack.tell": self._tell,
            **{f"slack.{name}": lambda _job: None for name in silent},
        }
        return {kind: partial(self._act, act) for kind, act in acts.items()}

    async def _act(self, act: Callable[[Job], Finish | None], job: Job) -> Finish | None:
        if self.trouble is not None:
            raise self.trouble
        return act(job)

    def _show(self, job: Job) -> Finish:
        async def finish(unit: UnitOfWork) -> None:
            await unit.deliveries.remember_posted(
                str(job.payload["name"]), Posted(channel_id="C0OPS", ts="1"), unit.now
            )

        return finish

    def _create(self, job: Job) -> Finish:
        number = int(job.payload["incident_id"])
        made = partial(ChannelCreated, actor=BOT, channel_id=f"C{number}", name=f"inc-{number}")
        return recording(number, lambda now: made(happened_at=now))

    def _tell(self, job: Job) -> None:
        self.told.append((str(job.payload["user"]), str(job.payload["text"])))

    async def begin(self) -> None:
        """Start as `serve` does."""
        async with self.store.begin() as unit:
            await schedule(unit)

    async def audited_at(self) -> datetime:
        """Return when the last audit was."""
        async with self.store.read() as unit:
            found = (await last_audit(unit)).audited_at
        assert found is not None
        return found

    async def later(self, seconds: int, until: Callable[[], Awaitable[bool]] | None = None) -> int:
        """Move on from job to job, with every replica at work; return after how many seconds `until` was true."""
        passed = 0
        while passed < seconds:
            step = min(await self._until_the_next_job(), seconds - passed)
            self.clock.advance(step)
            passed += step
            while any(await asyncio.gather(*(worker.step() for worker in self.workers))):
                pass
            if until is not None and await until():
                return passed
        assert until is None, f"not within {seconds} s"
        return seconds

    async def _until_the_next_job(self) -> int:
        async with self.store.read() as unit:
            due = await unit.jobs.next_at()
        return max(5, ceil((due - self.clock.now()).total_seconds())) if due else 60

    async def says(self, invariant: str) -> bool:
        """Tell whether readiness names this invariant."""
        return WORDS[invariant] in await self.health.problems()

    def heard(self, admin: str = ADMINS[0]) -> list[str]:
        """Return what one admin was told."""
        return [text for whom, text in self.told if whom == admin]

    async def execute(self, statement: Any) -> None:
        """Change the records behind the bot's back."""
        async with self.database.connection(write=True) as connection:
            await connection.execute(statement)
            await connection.commit()

    async def opened(self) -> Incident:
        """Open an incident as a press does."""
        async with self.store.begin() as unit:
            return await unit.open(opened(triage_id=None, happened_at=unit.now))

    async def happens(self, number: int, event: Event) -> None:
        """Record an event as a press does."""
        async with self.store.begin() as unit:
            await unit.record(await unit.incidents.get(number, lock=True), event)


@pytest.fixture
async def bench(database: Database) -> Bench:
    """Return records with an auditor."""
    bench = Bench(database)
    await bench.begin()
    return bench


def _job(bench: Bench, **changes: Any) -> Any:
    values = {"kind": "other", "lane": "planted", "uuid": "u", "run_at": bench.clock.now(), **changes}
    return insert(tables.job).values(**values)


async def _late(bench: Bench) -> None:
    await bench.execute(_job(bench, run_at=bench.clock.now() - timedelta(seconds=121)))


async def _expired(bench: Bench) -> None:
    now = bench.clock.now()
    await bench.execute(_job(bench, lease_until=now - timedelta(seconds=61), run_at=now + timedelta(hours=1)))


async def _dead_timer(bench: Bench) -> None:
    await bench.execute(_job(bench, kind="timer.ack", dead=True, incident_id=1))


async def _spoilt_job(bench: Bench) -> None:
    await bench.execute(_job(bench, kind=SHOW, payload=["x"]))


async def _lost_jobs(bench: Bench) -> None:
    await bench.execute(delete(tables.job).where(tables.job.c.kind != AUDIT))


async def _no_channel(bench: Bench) -> None:
    async with bench.store.begin() as unit:
        await unit.incidents.create(opened(triage_id=None, happened_at=unit.after(-121)), unit.now)


async def _channel_after_all(bench: Bench) -> None:
    async with bench.store.begin() as unit:
        newest = (await unit.incidents.all(limit=1))[0]
    await bench.happens(newest.id, ChannelCreated(actor=BOT, happened_at=bench.clock.now(), channel_id="C1", name="i"))


async def _no_message(bench: Bench) -> None:
    incident = await bench.opened()
    await bench.workers[0].drain()
    await bench.execute(
        delete(tables.posted_message).where(tables.posted_message.c.name == f"incident:{incident.id}:step:0")
    )


async def _message_after_all(bench: Bench) -> None:
    for number in (1, 2):
        name = f"incident:{number}:step:0"
        async with bench.store.begin() as unit:
            await unit.deliveries.remember_posted(name, Posted(channel_id="C1", ts="1"), unit.now)


async def _retouched(bench: Bench) -> None:
    number = (await bench.opened()).id
    await bench.workers[0].drain()
    await _set_title(bench, number, "Nobody has opened it like this")


async def _right_again(bench: Bench) -> None:
    async with bench.store.read() as unit:
        open_ = await unit.audit.open_incidents()
    for one in open_:
        await _set_title(bench, one.number, opened().title)


async def _set_title(bench: Bench, number: int, title: str) -> None:
    async with bench.store.read() as unit:
        incident = await unit.incidents.get(number)
    state = TypeAdapter(Incident).dump_python(replace(incident, title=title), mode="json")
    await bench.execute(update(tables.incident).where(tables.incident.c.id == number).values(state=state))


@dataclass(frozen=True)
class Planted:
    """A violation: how it comes into the world, and how it leaves it."""

    invariant: str
    plant: Callable[[Bench], Awaitable[None]]
    mend: Callable[[Bench], Awaitable[None]]


PLANTED = (
    Planted("late_work", _late, _lost_jobs),
    Planted("expired_lease", _expired, _lost_jobs),
    Planted("dead_timer", _dead_timer, _lost_jobs),
    Planted("no_channel", _no_channel, _channel_after_all),
    Planted("missing_message", _no_message, _message_after_all),
    Planted("wrong_state", _retouched, _right_again),
    Planted("unreadable", _spoilt_job, _lost_jobs),
)


def test_every_invariant_is_planted() -> None:
    """No invariant is without its violation."""
    assert [one.name for one in INVARIANTS] == [one.invariant for one in PLANTED]


@pytest.mark.expects_errors
@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: one.invariant)
async def test_what_is_wrong_is_found_and_told_once(
    bench: Bench, planted: Planted, record_property: Callable[[str, object], None]
) -> None:
    """Within 90 s readiness names it and each admin hears of it, once; of its end too, and again if it comes back."""
    took = []
    for time in (1, 2):
        await planted.plant(bench)
        took.append(await bench.later(90, partial(bench.says, planted.invariant)))
        await bench.later(300)
        assert 1.0 == REGISTRY.get_sample_value("anth_triage_audit_findings", {"invariant": planted.invariant})
        for admin in ADMINS:
            heard = bench.heard(admin)
            assert 2 * time - 1 == len(heard), heard
            assert f"*{WORDS[planted.invariant]}*" in heard[-1]
        await planted.mend(bench)
        await bench.later(180)
        assert [] == await bench.health.problems()
        for admin in ADMINS:
            heard = bench.heard(admin)
            assert 2 * time == len(heard), heard
            assert re.search(f"Over after [56] min: {re.escape(WORDS[planted.invariant])}", heard[-1])
    record_property("figures", f"auditor, {planted.invariant}: found after {took[0]} and {took[1]} s")


@pytest.mark.expects_errors
async def test_two_replicas_tell_once(bench: Bench, database_url: str) -> None:
    """However many audit, there is one audit a minute, and one message of each finding."""
    other = Database(database_url)
    bench.workers.append(bench.replica(other))
    audits: set[datetime] = set()

    async def audited() -> bool:
        audits.add(await bench.audited_at())
        return len(audits) == 10

    await _late(bench)
    await bench.later(60)
    assert 540 == await bench.later(600, audited)
    await _lost_jobs(bench)
    await bench.later(120)
    await other.close()
    assert [2, 2] == [len(bench.heard(admin)) for admin in ADMINS]


@pytest.mark.expects_errors
async def test_what_was_told_outlives_the_process(bench: Bench) -> None:
    """A bot that starts anew does not begin to tell anew."""
    await _late(bench)
    await bench.later(60)
    bench.workers = [bench.replica(bench.database)]
    await bench.begin()
    await bench.later(300)
    assert 1 == len(bench.heard())


@pytest.mark.expects_errors
async def test_each_further_finding_is_told(bench: Bench) -> None:
    """What was found does not hide what is found later: another lane, another incident."""
    await bench.execute(_job(bench, run_at=bench.clock.now() - timedelta(seconds=121), lane="incident:8"))
    await bench.later(60)
    await bench.execute(_job(bench, run_at=bench.clock.now() - timedelta(seconds=121), lane="incident:9"))
    await bench.later(120)
    first, second = bench.heard()
    assert ("incident:8" in first, "incident:9" in first) == (True, False)
    assert ("incident:8" in second, "incident:9" in second) == (False, True)


async def _walk(bench: Bench) -> AsyncIterator[None]:
    """Yield after each thing that people do in an incident, from its opening to its end."""
    number = (await bench.opened()).id
    yield
    steps: tuple[Event, ...] = (
        answered(happened_at=bench.clock.now()),
        severity_changed(happened_at=bench.clock.now()),
        answered(happened_at=bench.clock.now(), reached="advice"),
        Acknowledged(actor=RAVI, happened_at=bench.clock.now()),
        answered(happened_at=bench.clock.now(), reached="end"),
        resolved(happened_at=bench.clock.now()),
    )
    for event in steps:
        await bench.happens(number, event)
        yield


async def test_a_whole_incident_is_no_finding(bench: Bench) -> None:
    """Reminders, answers, a changed severity, an hour in all: nothing is said, and readiness stays."""
    async for _ in _walk(bench):
        for _ in range(9):
            await bench.later(60)
            assert [] == await bench.health.problems()
    assert [] == bench.told


async def test_a_minute_without_slack_is_no_finding(bench: Bench) -> None:
    """What waits is tried again and done before anybody has to know."""
    async for _ in _walk(bench):
        bench.trouble = Unclear("TimeoutError")
        await bench.later(60)
        bench.trouble = None
        await bench.later(240)
        assert [] == await bench.health.problems()
    assert [] == bench.told


@pytest.mark.expects_errors
async def test_a_longer_outage_is_late_work_and_nothing_else(bench: Bench) -> None:
    """Not before two minutes, then as one finding; when Slack is back its beginning and end arrive, in this order."""
    bench.trouble = Unclear("TimeoutError")
    await bench.opened()
    took = await bench.later(210, partial(bench.says, "late_work"))
    assert took > 120
    await bench.later(300)
    assert [WORDS["late_work"]] == await bench.health.problems()
    bench.trouble = None
    await bench.later(600)
    assert [] == await bench.health.problems()
    began, ended = bench.heard()
    assert [(True, False), (False, True)] == [(":warning:" in said, "Over after" in said) for said in (began, ended)]


@pytest.mark.expects_errors
async def test_a_message_that_was_given_up_is_found(bench: Bench) -> None:
    """The card stands, but an event was not drawn into it and never will be."""
    number = (await bench.opened()).id
    await bench.later(120)
    bench.trouble = GiveUp("is_archived")
    await bench.happens(number, severity_changed(happened_at=bench.clock.now()))
    await bench.workers[0].drain()
    bench.trouble = None
    assert 60 >= await bench.later(60, partial(bench.says, "missing_message"))
    async with bench.store.begin() as unit:
        await unit.jobs.revive(None, unit.now)
    await bench.later(60)
    assert [] == await bench.health.problems()


@pytest.mark.expects_errors
async def test_a_refused_channel_is_found_and_over_when_it_exists(bench: Bench) -> None:
    """Slack said no: admins hear of it after two minutes, when nobody has tried again."""
    bench.trouble = GiveUp("restricted_action")
    number = (await bench.opened()).id
    await bench.workers[0].drain()
    bench.trouble = None
    await bench.happens(number, ChannelFailed(actor=BOT, happened_at=bench.clock.now(), error="x", hint="y"))
    assert 120 < await bench.later(210, partial(bench.says, "no_channel"))
    assert any("INC-1, opened at 03:00:00 UTC" in text for text in bench.heard())


async def test_a_suspended_machine_is_no_finding(bench: Bench) -> None:
    """After an hour in which nobody was at work everything is late; it is done before the auditor looks."""
    await bench.opened()
    async with bench.store.begin() as unit:
        await unit.wish(show_triage(1), after_s=45)
    await bench.later(60)
    for seconds in (65, 300, 3600):
        bench.clock.advance(seconds)
        audits = [worker.step() for worker in bench.workers]
        await asyncio.gather(*audits)
        await bench.later(120)
        assert [] == await bench.health.problems()
    assert [] == bench.told


async def test_a_lost_audit_is_noticed(bench: Bench) -> None:
    """Three minutes without an audit, whatever the reason, and the process is not ready."""
    await bench.later(60)
    bench.workers = []
    assert [] == (await bench.health.problems())
    await bench.later(180)
    assert [] == (await bench.health.problems())
    await bench.later(5)
    assert ["No audit of the records has succeeded for three minutes."] == await bench.health.problems()


async def test_a_clock_that_was_set_back_is_noticed_and_mended_by_a_restart(bench: Bench) -> None:
    """Until the old time comes again nobody audits; a process that starts sees to it that somebody does."""
    await bench.later(60)
    bench.clock.advance(-3600)
    await bench.later(120)
    assert ["No audit of the records has succeeded for three minutes."] == await bench.health.problems()
    await bench.begin()
    bench.health = Health(bench.store, bench.clock, None, Vitals(), OutgoingClient("xoxb-test"))
    assert 60 >= await bench.later(60, _well(bench))


@pytest.mark.expects_errors
async def test_a_timer_that_keeps_failing_is_late_until_it_is_moved(bench: Bench) -> None:
    """Each retry puts it off a little, yet it is late since it was due; moved by an event it is a new wish."""
    await bench.later(5)
    ring = Effect(kind="timer.ack", lane="timers:7", key="inc:7:ack:", moves=True)  # without an incident it fails
    async with bench.store.begin() as unit:
        await unit.jobs.put(ring, unit.now)
    assert 120 < await bench.later(210, partial(bench.says, "late_work"))
    async with bench.store.begin() as unit:
        await unit.jobs.put(ring, unit.after(3600))
    assert 60 >= await bench.later(60, _well(bench))


async def test_a_timer_that_failed_once_is_on_time_again(bench: Bench) -> None:
    """What rang at last and comes again is not late since its first failure."""
    await bench.opened()
    async with bench.store.begin() as unit:
        ((id_, _),) = await unit.jobs.due_ids([ACK], unit.now, 10)
        due = await unit.jobs.lock_due(id_, [ACK], unit.now)
        assert due is not None
        await unit.jobs.fail_due(due, error="x", retry_at=unit.now)
    await bench.later(240)
    assert [] == await bench.health.problems()


async def test_an_audit_that_fails_is_noticed_and_never_given_up(bench: Bench) -> None:
    """Half an hour of failing audits: not ready meanwhile, and audited again within 90 s of the mending."""
    await bench.later(60)
    await bench.execute(text("ALTER TABLE event RENAME TO elsewhere"))
    await bench.later(185)
    assert ["No audit of the records has succeeded for three minutes."] == await bench.health.problems()
    await bench.later(1800)
    await bench.execute(text("ALTER TABLE elsewhere RENAME TO event"))
    assert 90 >= await bench.later(90, _well(bench))


def _well(bench: Bench) -> Callable[[], Awaitable[bool]]:
    async def well() -> bool:
        return not await bench.health.problems()

    return well


@pytest.mark.expects_errors
async def test_without_admins_it_is_said_where_people_work(database: Database) -> None:
    """The newest triage's channel, and nowhere when there has been no triage."""
    bench = Bench(database, admins=())
    await bench.begin()
    await _late(bench)
    await bench.later(60)
    assert [] == bench.told
    async with bench.store.begin() as unit:
        triage = await unit.triages.create("T1", "C0OPS", LENA, unit.now)
        assert triage is not None
        await unit.wish(show_triage(triage.id))
    await bench.later(5)
    await _lost_jobs(bench)
    await bench.later(60)
    ((whom, said),) = bench.told
    assert ("C0OPS", True) == (whom, "Over after" in said)
