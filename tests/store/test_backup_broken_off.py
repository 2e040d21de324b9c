"""A restore or copy that is killed at any step, or finds the disk full, leaves the database as it was."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.store.backup import back_up
from tests.factories import NOW
from tests.ground import Files, Server
from tests.sim.scale import CHAOS
from tests.store.places import at, filled, rows, rules, silent

_EVERY_NTH = 1 if CHAOS > 1 else 72
Run = Callable[..., Any]


@asynccontextmanager
async def restorer() -> AsyncIterator[Run]:
    """Yield what gives an order to the forking process and returns what became of it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.restoring"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    async def run(**order: object) -> int:
        stdin.write(json.dumps(order).encode() + b"\n")
        told = json.loads(await stdout.readline())
        assert told["killed"] == bool(order["kill_at"]), told
        assert order["kill_at"] or told["status"] == 0, told
        return int(told["steps"])

    try:
        yield run
    finally:
        stdin.close()
        await process.wait()


@pytest.fixture
async def backup(tmp_path: Path) -> Path:
    """Return a backup of a filled database."""
    url = await Files(tmp_path).fresh("filled")
    await filled(url)
    await back_up(url, tmp_path / "a.backup", NOW, silent)
    return tmp_path / "a.backup"


async def _marked(url: str) -> None:
    """Put a row into the database that no backup holds."""
    async with at(url) as database, database.engine.begin() as connection:
        await connection.exec_driver_sql("INSERT INTO budget VALUES ('before', '2026-01-01 00:00:00')")


@pytest.mark.timeout(600)
async def test_a_restore_that_is_killed_changes_nothing(
    database_url: str, backup: Path, record_property: Callable[[str, object], None]
) -> None:
    """At each step the old state is whole, with its rules; and the next restore goes through."""
    await _marked(database_url)
    before, kept = await rows(database_url), await rules(database_url)
    kills = 0
    async with restorer() as run:
        for kill_at in _steps(await _counted(run, backup, database_url)):
            await run(file=str(backup), url=database_url, kill_at=kill_at)
            now = await rows(database_url)
            assert (before, kept) == (now, await rules(database_url)), f"killed at step {kill_at}"
            kills += 1
        await run(file=str(backup), url=database_url, kill_at=0)
    assert 4 == len((await rows(database_url))["event"])
    record_property("figures", f"{database_url[:6]}: a restore killed {kills} times: the old state whole each time")


async def _counted(run: Run, backup: Path, url: str) -> int:
    """Return after how many steps the new state would stand: of a trial on a database beside it."""
    if url.startswith("sqlite"):
        other = await Files(backup.parent).fresh("trial")
        return int(await run(file=str(backup), url=other, kill_at=0))
    server = Server(url)
    other = await server.fresh("trial")
    steps = int(await run(file=str(backup), url=other, kill_at=0))
    await server.level("trial")
    await server.close()
    return steps


def _steps(last: int) -> list[int]:
    """Return at which steps it is killed: some, and the last ones, where everything is decided."""
    return sorted({*range(1, last - 2, _EVERY_NTH), *range(max(1, last - 6), last - 2)})


@pytest.mark.timeout(600)
@pytest.mark.postgres
async def test_a_copy_that_is_killed_leaves_an_empty_database(empty_postgres_url: str, backup: Path) -> None:
    """Nothing stands in the server's database but what was there: no table."""
    source = f"sqlite+aiosqlite:///{backup.parent / 'filled.db'}"
    async with restorer() as run:
        for kill_at in range(1, 150, 8 * _EVERY_NTH):
            await run(source=source, url=empty_postgres_url, kill_at=kill_at)
            assert {} == await rows(empty_postgres_url)
        await run(source=source, url=empty_postgres_url, kill_at=0)
    assert await rows(source) == await rows(empty_postgres_url)


def _limited(kilobytes: int, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run `anth-triage db` where no file may become larger than this."""
    command = ["/bin/bash", "-c", f'ulimit -f {kilobytes}; exec "$0" -m bot db "$@"', sys.executable, *words]
    # Without the last: compiled modules would be cut short, and stay so.
    known = {"PATH": os.environ["PATH"], **environment, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, env=known, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.parametrize("kilobytes", [8, 100])
async def test_a_full_disk_is_told(database_url: str, backup: Path, kilobytes: int) -> None:
    """No half backup is left; the database keeps its state; the words say what to do."""
    await _marked(database_url)
    before = await rows(database_url)
    environment = {"DATABASE_URL": database_url, "TMPDIR": str(backup.parent)}
    new = backup.with_name("new.backup")
    for words in (("backup", str(new)), ("restore", str(backup), "--replace")):
        done = await asyncio.to_thread(_limited, kilobytes, environment, *words)
        assert 2 == done.returncode, done.stderr
        assert "broke off" in done.stderr
        assert "room" in done.stderr
        assert "Traceback" not in done.stderr
        assert "Nothing was changed" in done.stderr
    assert before == await rows(database_url)
    assert [] == _left(backup.parent)


def _left(folder: Path) -> list[str]:
    names = [file.name for file in folder.iterdir()]
    return [name for name in names if name == "new.backup" or name.startswith((".anth-triage-", "anth-triage-"))]
