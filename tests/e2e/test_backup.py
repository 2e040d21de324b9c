"""The commands for backups as an operator runs them, beside a bot that serves; and who may read what is written."""

import asyncio
import os
import stat
import sys
from pathlib import Path

import pytest

from bot.playground.world import World
from tests.console import run
from tests.scene import Scene

pytestmark = [pytest.mark.e2e]
PASSWORD = "hunter2-of-the-database"


def _modes(folder: Path) -> dict[str, int]:
    """Return the rights on the folder and on each file in it."""
    found = {".": stat.S_IMODE(folder.stat().st_mode)}
    return found | {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


async def test_a_backup_while_the_bot_serves(desk: Scene, tmp_path: Path) -> None:
    """It is taken beside `serve`, read like any database, and restored only when nobody serves."""
    channel = await desk.opened()
    environment = {"DATABASE_URL": desk.database_url}
    file = tmp_path / "a.backup"
    done = await run(environment, "db", "backup", str(file))
    assert (0, f"Backed up into {file}\n") == (done.status, done.out), done.errors
    shown = await run({"DATABASE_URL": f"sqlite:///{file}"}, "incidents", "--json")
    assert '"INC-1"' in shown.out
    again = await run(environment, "db", "backup", str(file))
    assert (2, True) == (again.status, f"{file} is there already." in again.errors)
    back = await run(environment, "db", "restore", str(file), "--replace")
    assert 2 == back.status
    assert "Stop" in back.errors
    other = await run(environment, "db", "copy", f"sqlite:///{tmp_path / 'copy.db'}")
    assert (2, True) == (other.status, "Stop" in other.errors)
    fresh = await run({"DATABASE_URL": f"sqlite:///{tmp_path / 'new' / 'x.db'}"}, "db", "restore", str(file))
    assert (0, "Restored ") == (fresh.status, fresh.out[:9]), fresh.errors
    assert "event: " in fresh.errors
    assert {0o600} == {mode for name, mode in _modes(tmp_path).items() if name == "a.backup"}
    assert {".": 0o700, "x.db": 0o600, "x.db.lock": 0o600} == _modes(tmp_path / "new")
    assert channel


async def test_a_copy_on_the_command_line(sqlite_url: str, tmp_path: Path) -> None:
    """One command; a second time the target holds something, and a wrong URL is named."""
    environment = {"DATABASE_URL": sqlite_url}
    target = f"sqlite:///{tmp_path / 'copy.db'}"
    done = await run(environment, "db", "copy", target)
    assert (0, "Copied 0 rows, each the same in both\n") == (done.status, done.out), done.errors
    for wrong in ("mysql://h/d", "nonsense"):
        assert "must begin with sqlite:/// or postgresql://" in (await run(environment, "db", "copy", wrong)).errors
    itself = await run(environment, "db", "copy", sqlite_url)
    assert (2, True) == (itself.status, "already" in itself.errors)


async def test_no_password_is_told(sqlite_url: str, tmp_path: Path) -> None:
    """A server that does not answer is told without the password of its URL, whichever side it is."""
    server = f"postgresql://anth:{PASSWORD}@127.0.0.1:9/anth"
    file, new = str(tmp_path / "b"), str(tmp_path / "x")
    assert 0 == (await run({"DATABASE_URL": sqlite_url}, "db", "backup", file)).status
    tries = [await run({"DATABASE_URL": server}, "db", *words) for words in (("backup", new), ("restore", file))]
    tries.append(await run({"DATABASE_URL": server}, "db", "copy", f"sqlite:///{new}"))
    tries.append(await run({"DATABASE_URL": sqlite_url}, "db", "copy", server))
    assert all("broke off" in done.errors for done in tries)
    tries.append(await run({"DATABASE_URL": sqlite_url}, "db", "copy", server, "--nonsense"))
    for done in tries:
        assert 2 == done.status
        assert PASSWORD not in done.out + done.errors
        assert "Traceback" not in done.errors


async def test_the_records_are_their_owner_s_alone(tmp_path: Path) -> None:
    """`serve` makes the folder 0700 and every file 0600 whatever the umask, and takes an older file from the others."""
    data = tmp_path / "data"
    async with World("healthy") as world:
        place = {"ANTH_TRIAGE_DATA_DIR": str(data), "PATH": os.environ["PATH"]}
        for _ in range(2):
            running = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", 'umask 022; exec "$0" -m bot serve --port 0', sys.executable),
                env=world.environment() | place,
                stderr=asyncio.subprocess.PIPE,
            )
            await world.workspace.until(lambda: len(world.workspace.hub.connections) == 2, within_s=30)
            found = _modes(data)
            running.terminate()
            await running.communicate()
            assert {"anth-triage.db", "anth-triage.db-wal", "anth-triage.db-shm"} <= found.keys()
            assert (0o700, {0o600}) == (found.pop("."), set(found.values()))
            await asyncio.to_thread((data / "anth-triage.db").chmod, 0o644)
