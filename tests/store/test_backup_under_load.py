"""While writers go on, a backup is of one moment: each transaction is in it whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.incidents.effects import Effect
from bot.incidents.events import Noted
from bot.incidents.model import fold
from bot.incidents.report import Report
from bot.store import pages, rows, tables
from bot.store.backup import back_up, restore
from bot.store.unit_of_work import Store
from bot.workflows.auditor import INVARIANTS, look
from tests.factories import LENA, NOW, opened
from tests.fakes import ManualClock
from tests.ground import Files, Ground
from tests.sim.scale import CHAOS
from tests.store.places import at, silent

ROUNDS = 100 if CHAOS > 1 else 10
WRITERS = 3
_BEFORE = 12  # transactions of each writer before the backup begins


class Writer:
    """Somebody who writes to an incident of their own, one numbered transaction after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.incident = 0
        self.begun = self.done = 0

    async def open(self) -> None:
        """Open the incident."""
        async with self._store.begin() as unit:
            self.incident = (await unit.open(opened(triage_id=None))).id

    async def write(self) -> None:
        """Write an entry, the state, a report and a job: one transaction."""
        self.begun += 1
        async with self._store.begin() as unit:
            incident = await unit.incidents.get(self.incident, lock=True)
            text = f"{self.incident}:{self.begun}"
            await unit.record(incident, Noted(actor=LENA, happened_at=unit.now, text=text))
            await unit.reports.add(Report(actor=LENA, at=unit.now, kind="errors", text=text))
            await unit.wish(Effect(kind="x", lane="x", key=f"note:{text}"))
        self.done += 1


@asynccontextmanager
async def _writing(url: str) -> AsyncIterator[list[Writer]]:
    """Yield writers that are at work, through connections of their own, until the block ends."""
    async with at(url) as database:
        store = Store(database, ManualClock(), lambda data: data)
        writers = [Writer(store) for _ in range(WRITERS)]
        warm, over = asyncio.Event(), asyncio.Event()

        async def work(writer: Writer) -> None:
            await writer.open()
            while not over.is_set():
                await writer.write()
                if min(one.done for one in writers) >= _BEFORE:
                    warm.set()

        async with asyncio.TaskGroup() as group:
            for writer in writers:
                group.create_task(work(writer))
            await warm.wait()
            yield writers
            over.set()


async def _one_moment(url: str, writers: list[Writer], before: list[int], after: list[int]) -> list[int]:
    """Return how many transactions of each writer are there; fails unless they are whole, and all before the last."""
    counts: list[int] = []
    async with at(url) as database, Store(database, ManualClock(), lambda data: data).read() as unit:
        seen = await look(unit)
        assert {one.name: {} for one in INVARIANTS} == {one.name: dict(await one.find(seen)) for one in INVARIANTS}
        async with database.engine.connect() as connection:
            reports = list((await connection.execute(select(tables.report.c.text))).scalars())
            keys = set((await connection.execute(select(tables.job.c.key))).scalars())
        for writer, least, most in zip(writers, before, after, strict=True):
            state, story = await unit.incidents.get(writer.incident), await unit.incidents.story(writer.incident)
            notes = [one.event.text for one in story if isinstance(one.event, Noted)]
            assert state == fold(state.id, [one.event for one in story])
            assert [f"{writer.incident}:{number}" for number in range(1, len(notes) + 1)] == notes
            assert notes == sorted((one for one in reports if one in notes), key=lambda one: int(one.partition(":")[2]))
            assert {f"note:{one}" for one in notes} == {key for key in keys if f"{key}".startswith(f"note:{state.id}:")}
            assert least <= len(notes) <= most
            counts.append(len(notes))
        assert sum(counts) == len(reports)
    return counts


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_a_backup_under_load_is_of_one_moment(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    """Each round: writers, a backup in the middle of their work, and the restored database, looked at closely."""
    monkeypatch.setattr(pages, "_AT_ONCE", 2)  # so slow that much is written meanwhile
    monkeypatch.setattr(rows, "_AT_ONCE", 20)
    where: Ground = request.getfixturevalue("server") if kind == "postgres" else Files(tmp_path)
    meanwhile = 0
    for turn in range(ROUNDS):
        source, target = f"load{turn}", f"back{turn}"
        file = tmp_path / f"{turn}.backup"
        url, empty = await where.fresh(source), await where.fresh(target, empty=True)
        async with _writing(url) as writers:
            before = [writer.done for writer in writers]
            await back_up(url, file, NOW, silent)
            after = [writer.begun for writer in writers]
        await restore(file, empty, silent, replace=False)
        await _one_moment(empty, writers, before, after)
        meanwhile += sum(after) - sum(before)
        await where.level(source)
        await where.level(target)
    assert meanwhile > ROUNDS
    record_property(
        "figures", f"{kind}: {ROUNDS} of {ROUNDS} backups are of one moment, {meanwhile} transactions meanwhile"
    )
