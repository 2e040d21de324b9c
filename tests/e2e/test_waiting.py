"""`serve` is started before its database: it says so once, is not ready, waits, and goes on by itself."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from bot.playground.world import World
from tests.cluster import Cluster, cluster, tools

pytestmark = [pytest.mark.e2e]
needs_server = pytest.mark.skipif(tools() is None, reason="no PostgreSQL is installed")
PASSWORD = "hunter2-of-the-database"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(world: World, url: str, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `anth-triage serve` until the block ends."""
    environment = {"PATH": os.environ["PATH"], **world.environment(), "DATABASE_URL": url}
    command = [sys.executable, "-m", "bot", "serve", "--port", str(port), "--clock-url", world.clock_url]
    running = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


def _asked(port: int, page: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/{page}", timeout=2) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


async def _until(port: int, page: str, status: int) -> str:
    """Return what the page says as soon as it has this status."""
    found, told = 0, ""
    for _ in range(300):
        found, told = await asyncio.to_thread(_asked, port, page)
        if found == status:
            return told
        await asyncio.sleep(0.1)
    raise AssertionError(f"{page} never was {status}: {found} {told}")


@pytest.fixture
def stopped() -> Iterator[Cluster]:
    """Yield a PostgreSQL server that is not up."""
    programs = tools()
    assert programs is not None
    with cluster(programs) as server:
        server.stop()
        yield server
        server.start()


@needs_server
@pytest.mark.timeout(120)
async def test_it_waits_for_its_database(stopped: Cluster) -> None:
    """One line, alive and not ready; when the server comes up, it migrates and is ready."""
    port = _free_port()
    async with World("healthy") as world, serving(world, stopped.url, port) as running:
        told = await _until(port, "ready", 503)
        assert ["The database does not answer yet."] == json.loads(told)["problems"]
        assert 200 == (await asyncio.to_thread(_asked, port, "live"))[0]
        await asyncio.sleep(2)
        await asyncio.to_thread(stopped.start)
        await _until(port, "ready", 200)
        running.terminate()
        _, errors = await running.communicate()
        await asyncio.to_thread(stopped.stop)
    lines = errors.decode().splitlines()
    assert 0 == running.returncode
    assert 1 == sum("event=database_away" in line for line in lines), lines
    assert 1 == sum("event=database_back" in line for line in lines), lines
    assert "Traceback" not in errors.decode()


async def test_it_ends_at_once_while_it_waits() -> None:
    """SIGTERM ends the wait, status 0; the password of the URL is nowhere."""
    port = _free_port()
    url = f"postgresql://anth:{PASSWORD}@127.0.0.1:9/anth"
    async with World("healthy") as world, serving(world, url, port) as running:
        await _until(port, "ready", 503)
        running.terminate()
        _, errors = await asyncio.wait_for(running.communicate(), 10)
    assert 0 == running.returncode, errors.decode()
    assert PASSWORD not in errors.decode()
    assert "Traceback" not in errors.decode()


@pytest.mark.postgres
async def test_a_database_that_refuses_us_is_told(postgres_url: str) -> None:
    """A name that is not there does not come by waiting: one clear line, status 2."""
    async with World("healthy") as world, serving(world, f"{postgres_url}_gone", _free_port()) as running:
        _, errors = await asyncio.wait_for(running.communicate(), 20)
    assert 2 == running.returncode
    assert "The server has no database of this name." in errors.decode()
    assert "Check DATABASE_URL" in errors.decode()
    assert "Traceback" not in errors.decode()


async def test_a_driver_that_is_missing_is_named(tmp_path: Path) -> None:
    """PostgreSQL without the extra is one line with the command that mends it, in each command."""
    (tmp_path / "asyncpg.py").write_text("raise ModuleNotFoundError(\"No module named 'asyncpg'\", name='asyncpg')")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "DATABASE_URL": "postgresql://h/d"}
    for words in (("incidents",), ("db", "current"), ("serve", "--port", "0")):
        tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *words), env=environment | tokens, stderr=asyncio.subprocess.PIPE
        )
        _, errors = await process.communicate()
        assert 2 == process.returncode
        assert "DATABASE_URL: the driver of this database, asyncpg, is not installed." in errors.decode()
        assert "pip install 'anth-triage[postgres]'" in errors.decode()
        assert "Traceback" not in errors.decode()
