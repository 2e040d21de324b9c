"""Reports and runs that belong to no incident go by their age; a tombstone without their words says how many."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from bot.incidents.events import ChannelCreated, EvidenceReported
from bot.incidents.report import Report
from bot.store import tables
from bot.store.deliveries import Posted
from bot.store.unit_of_work import Store
from bot.workflows.retention import Retention, delete_elsewhere, elsewhere, schedule
from bot.workflows.worker import Worker
from tests.factories import LENA, NOW, RAVI, a_verdict, opened
from tests.fakes import ManualClock

SECRET = "Anna Example of Example Street"
_DAY_S = timedelta(days=1).total_seconds()
_MONTH_S = timedelta(days=31).total_seconds()


async def _run(store: Store, clock: ManualClock, channel: str, *, over: bool = True) -> int:
    """Keep a triage run of this channel, with its message; return its number."""
    clock.advance(1)
    async with store.begin() as unit:
        run = await unit.triages.create(channel, channel, LENA, unit.now)
        assert run is not None
        await unit.deliveries.remember_posted(f"triage:{run.id}", Posted(channel_id=channel, ts="1"), unit.now)
        if over:
            await unit.triages.finish(run.id, (), a_verdict(because=SECRET), unit.now, 5)
    return run.id


async def _report(store: Store, clock: ManualClock, channel: str | None) -> None:
    """Keep a report of this channel, with words that must go."""
    clock.advance(1)
    async with store.begin() as unit:
        await unit.reports.add(Report(actor=LENA, at=unit.now, kind="errors", text=SECRET, channel_id=channel))


async def _incident(store: Store, clock: ManualClock) -> None:
    """Keep an open incident with a channel, the run it came from, and a report made elsewhere for it."""
    run = await _run(store, clock, "C0OPS")
    async with store.begin() as unit:
        incident = await unit.open(opened(triage_id=run))
        await unit.triages.link(run, incident.id)
        housed = ChannelCreated(actor=LENA, happened_at=unit.now, channel_id="C7INC", name="inc-1")
        incident = await unit.record(incident, housed)
        await unit.reports.add(Report(actor=LENA, at=unit.now, kind="errors", text="of the incident", channel_id="C0X"))
        await unit.record(incident, EvidenceReported(actor=LENA, happened_at=unit.now, said="of the incident"))
    await _run(store, clock, "C7INC")
    await _report(store, clock, "C7INC")


async def _left(store: Store) -> tuple[int, int, int]:
    """Return how many reports, runs and messages there are."""
    async with store.database.connection(write=False) as connection:
        found = [(await connection.execute(select(table))).all() for table in _TABLES]
    return (len(found[0]), len(found[1]), len(found[2]))


_TABLES = (tables.report, tables.triage, tables.posted_message)


async def test_what_belongs_to_no_incident_goes_by_its_age(store: Store, clock: ManualClock) -> None:
    """Old ones of other channels and of none go; young ones, a running one, and those of incidents stay."""
    await _incident(store, clock)
    await _report(store, clock, "C0OPS")
    await _report(store, clock, None)
    old = await _run(store, clock, "C0OPS")
    await _run(store, clock, "C0STILL", over=False)
    clock.advance(_MONTH_S)
    await _report(store, clock, "C0OPS")
    await _run(store, clock, "C0OPS")
    assert (5, 5, 5) == await _left(store)
    async with store.begin() as unit:
        assert [old] == list((await elsewhere(unit, 30)).runs)
        gone = await delete_elsewhere(unit, 30, RAVI)
        assert (2, [old]) == (len(gone.reports), list(gone.runs))
        assert not await delete_elsewhere(unit, 30, RAVI)
    assert (3, 4, 4) == await _left(store)
    async with store.read() as unit:
        (stone,) = await unit.tombstones.of(0)
    assert ({"reports": 2, "runs": 1}, "ravi", "kept for 30 days") == (
        {name: stone["data"][name] for name in ("reports", "runs")},
        stone["done_by"]["name"],
        stone["reason"],
    )
    assert SECRET not in repr(stone)


@pytest.mark.parametrize(
    ("days", "report_days", "left"), [(30, 0, 0), (0, 30, 0), (90, 30, 0), (30, 90, 601), (0, 0, 601)]
)
async def test_it_happens_each_day_by_itself(
    store: Store, clock: ManualClock, days: int, report_days: int, left: int
) -> None:
    """However many there are; by its own number of days, or else that of incidents; with neither all is kept."""
    async with store.begin() as unit:
        for _ in range(601):
            clock.advance(1)
            await unit.reports.add(Report(actor=LENA, at=clock.now(), kind="errors", text=SECRET))
        await schedule(unit)
    clock.advance(_MONTH_S)
    worker = Worker(store, clock, (), jitter=lambda: 0.5, within=Retention(days, report_days).handlers())
    for _ in range(3):
        await worker.drain()
        clock.advance(60)
    assert left == (await _left(store))[0]


async def test_deliveries_are_forgotten_after_a_day(store: Store, clock: ManualClock) -> None:
    """However many they are: what Slack may still repeat is known, and the next day it goes as well."""
    async with store.database.connection(write=True) as connection:
        old = [{"event_id": f"old {number}", "seen_at": clock.now()} for number in range(5_001)]
        await connection.execute(insert(tables.slack_event), old)
        await connection.commit()
    clock.advance(_DAY_S + 1)
    async with store.begin(once="young") as unit:
        await schedule(unit)
    worker = Worker(store, clock, (), jitter=lambda: 0.5, within=Retention(0).handlers())
    for known in (["one of the old", "young"], ["young"], []):
        await worker.drain()
        async with store.database.connection(write=False) as connection:
            found = (await connection.execute(select(tables.slack_event.c.event_id))).scalars().all()
        assert (len(known), known[-1:]) == (len(found), sorted(found)[-1:])
        clock.advance(61 if len(known) == 2 else _DAY_S)


async def test_only_what_is_of_none_needs_no_incident(store: Store) -> None:
    """A tombstone of a number that may be an incident's still wants one that is over; that of none cannot be undone."""
    new: dict[str, Any] = {"seq": None, "at": NOW, "done_by": {}, "reason": "", "data": {}}
    async with store.database.engine.begin() as connection:
        await connection.execute(insert(tables.tombstone).values(incident_id=0, **new))
    for statement in (
        insert(tables.tombstone).values(incident_id=7, **new),
        insert(tables.tombstone).values(incident_id=0, **(new | {"seq": 1})),
        tables.tombstone.delete(),
    ):
        with pytest.raises(DBAPIError):
            async with store.database.engine.begin() as connection:
                await connection.execute(statement)
