"""What every test may use: a database of either kind, made by the real migrations."""

import logging
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zlib import crc32

import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bot.playground.world import World
from bot.slack.manifest import OPTIONAL_SCOPES, SCOPES
from bot.store.database import Database
from bot.store.migrate import upgrade
from tests.scene import Scene

structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer(key_order=["event"])],
    logger_factory=structlog.stdlib.LoggerFactory(),
)
# How long a drawn example takes on a busy machine is no property of the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
POSTGRES = os.environ.get("TEST_DATABASE_URL", "")
_migrated: list[bytes] = []
_WHOLE = 2_000  # so many tests are the gate; who picks some gets all of them


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run each functional and end-to-end test on one of the two databases in the gate, on both with CHAOS set.

    The store's own tests always run on both. What is left out is counted as deselected.
    """
    if not POSTGRES or "CHAOS" in os.environ or len(items) < _WHOLE:
        return
    config.hook.pytest_deselected(items=[item for item in items if _is_on_the_other(item)])
    items[:] = [item for item in items if not _is_on_the_other(item)]


def _is_on_the_other(item: pytest.Item) -> bool:
    path, name = item.path.parts, item.name
    kind = next((kind for kind in ("sqlite", "postgres") if f"[{kind}" in name), None)
    if kind is None or not {"functional", "e2e"}.intersection(path):
        return False
    return (crc32(name.replace(kind, "").encode()) % 2 == 0) == (kind == "sqlite")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that suites have measured, however many processes they ran in."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    told = [text for report in reports for name, text in getattr(report, "user_properties", ()) if name == "figures"]
    for line in sorted(set(map(str, told))):
        terminalreporter.write_line(line)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a SQLite file that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path / 'anth-triage.db'}"


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """Yield the URL of an empty PostgreSQL database of this test's own; dropped afterwards."""
    if not POSTGRES:
        pytest.skip("TEST_DATABASE_URL is not set: the same test ran on SQLite only")
    name = f"anth_triage_test_{uuid.uuid4().hex[:12]}"
    server = create_async_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        async with server.connect() as connection:
            await connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
        async with server.connect() as connection:
            await connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        await server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of an empty database: each test that asks for it runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Yield a migrated database of either kind; a SQLite file is copied from the first that this process migrated."""
    database = Database(database_url)
    if database.is_sqlite and _migrated:
        database.file.write_bytes(_migrated[0])
    else:
        await upgrade(database)
    if database.is_sqlite and not _migrated:
        await database.close()
        _migrated.append(database.file.read_bytes())
        database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def _no_unexpected_error(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which something logged an ERROR that the test did not say it expects."""
    yield
    if request.node.get_closest_marker("expects_errors"):
        return
    assert [] == [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]


@pytest.fixture
def scenario() -> str:
    """Return the scenario that the provider plays; a test may name another by parametrising this."""
    return "overloaded_storm"


@pytest.fixture
def scopes() -> frozenset[str]:
    """Return what the bot's token may do: all that the manifest asks for."""
    return frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)


@pytest.fixture
async def scene(scenario: str, scopes: frozenset[str], database_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    """Yield a world without the bot."""
    async with World(scenario, scopes) as world:
        yield Scene(world, database_url, tmp_path / "data")


@pytest.fixture
async def desk(scene: Scene) -> AsyncIterator[Scene]:
    """Yield a world with the bot in it."""
    async with scene.bot():
        yield scene
