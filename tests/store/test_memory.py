"""What outlives a run, on both databases: samples for an hour's memory, reports for half an hour's weight."""

from datetime import timedelta
from typing import Any

import pytest

from bot.incidents.report import Report
from bot.rules.evidence import Sample
from bot.rules.redact import Redactor
from bot.store.database import Database
from bot.store.unit_of_work import Store
from bot.workflows.recollect import Recollection, recollect
from tests.factories import LENA
from tests.fakes import ManualClock

KEY = "sk-ant-api03-" + "a1B2" * 8


@pytest.fixture
def store(database: Database, clock: ManualClock) -> Store:
    """Return a store that redacts as the bot's does."""
    return Store(database, clock, Redactor().deep)


def _sample(clock: ManualClock, **changes: Any) -> Sample:
    values: dict[str, Any] = {
        "at": clock.now(), "source": "probe", "model": "m", "branch": "overloaded", "latency_s": 0.25,
        "status": 529, "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy", "streamed": True,
    }  # fmt: skip
    return Sample(**(values | changes))


async def _add(store: Store, *samples: Sample) -> None:
    async with store.begin() as unit:
        await unit.samples.add(samples, "production", unit.now)


async def _recollected(store: Store) -> Recollection:
    async with store.read() as unit:
        return await recollect(unit, unit.now)


async def test_a_sample_comes_back_as_it_was(store: Store, clock: ManualClock) -> None:
    """Every field but the error's text is kept."""
    await _add(store, _sample(clock))
    async with store.read() as unit:
        assert [_sample(clock)] == await unit.samples.between(unit.now, unit.now + timedelta(seconds=1))


async def test_this_run_s_own_samples_are_not_memory(store: Store, clock: ManualClock) -> None:
    """Only what was seen before the run began is told beside its verdict."""
    await _add(store, _sample(clock))
    assert () == (await _recollected(store)).evidence
    clock.advance(60)
    (earlier,) = (await _recollected(store)).evidence
    assert ("earlier", ()) == (earlier.check, earlier.samples)


async def test_memory_fades(store: Store, clock: ManualClock) -> None:
    """After an hour an earlier run is history, and after a week its samples are gone."""
    await _add(store, _sample(clock))
    clock.advance(3601)
    assert () == (await _recollected(store)).evidence
    clock.advance(7 * 86400)
    await _add(store)
    async with store.read() as unit:
        assert [] == await unit.samples.between(unit.now - timedelta(days=30), unit.now)


async def test_production_s_requests_of_minutes_ago_count(store: Store, clock: ManualClock) -> None:
    """What somebody piped in a moment ago is weighed by the next verdict; ten minutes later it is not."""
    await _add(store, _sample(clock, source="traffic"))
    clock.advance(60)
    (traffic,) = (await _recollected(store)).evidence
    assert ("traffic", 1) == (traffic.check, len(traffic.samples))
    clock.advance(600)
    assert () == (await _recollected(store)).evidence


async def test_a_report_counts_for_half_an_hour(store: Store, clock: ManualClock) -> None:
    """Its numbers reach the severity table and its words the card; then people are asked anew."""
    report = Report(actor=LENA, at=clock.now(), kind="errors", failed=37, total=120, branch="rate_limit")
    async with store.begin() as unit:
        await unit.reports.add(report)
    clock.advance(60)
    known = await _recollected(store)
    assert report.as_human() == known.report
    assert ["production"] == [item.check for item in known.evidence]
    clock.advance(1800)
    assert Recollection() == await _recollected(store)


async def test_no_key_is_stored(store: Store, clock: ManualClock) -> None:
    """A key in a pasted error, a change or a model's name never reaches the database."""
    report = Report(actor=LENA, at=clock.now(), kind="errors", text=f"x-api-key: {KEY}", changed=f"set {KEY}")
    async with store.begin() as unit:
        await unit.reports.add(report)
        await unit.samples.add([_sample(clock, model=KEY)], "production", unit.now)
    async with store.read() as unit:
        (stored,) = await unit.reports.since(unit.now)
        (sample,) = await unit.samples.between(unit.now, unit.now + timedelta(seconds=1))
    for text in (stored.text, stored.changed, str(sample.model)):
        assert KEY not in text
