"""What every test may use: a database of either kind, made by the real migrations."""

import asyncio
import gc
import logging
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from zlib import crc32

import pytest
import structlog
from hypothesis import HealthCheck, settings

from bot.playground.world import World
from bot.slack.manifest import EVENTS
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from bot.store.database import Database
from tests.api_calls import strange_calls
from tests.console import FORKS
from tests.ground import Files, Server
from tests.scene import Scene

structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.LogfmtRenderer(key_order=["event"])],
    logger_factory=structlog.stdlib.LoggerFactory(),
)
# How long a drawn example takes on a busy machine is no property of the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
POSTGRES = os.environ.get("TEST_DATABASE_URL", "")
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
_LONG = {"sim", "test_history.py", "test_tree_walk.py"}
_ON_POSTGRES = 8  # each so manieth of them on the server, which takes three times the processor: docs/adr/0010
_WHOLE = 2_000  # so many tests are the gate; who picks some gets all of them


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run each functional and end-to-end test on one of the two databases in the gate, on both with CHAOS set.

    The store's own tests always run on both, but for the auditor's. What is left out is counted as deselected.
    """
    if not POSTGRES or "CHAOS" in os.environ or len(items) < _WHOLE:
        return
    config.hook.pytest_deselected(items=[item for item in items if _is_on_the_other(item)])
    items[:] = _long_ones_first(config, [item for item in items if not _is_on_the_other(item)])


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Keep the thousands of collected tests out of the garbage collector's rounds, and let it look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _long_ones_first(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the tests so that each process begins with its share of the long ones: none of them is left for the end.

    The processes take equal parts of the list, in its order, and then what others have not begun.
    """
    count = int(getattr(config, "workerinput", {}).get("workercount", 1))
    long_ones = [item for item in items if _LONG.intersection(item.path.parts)]
    others = [item for item in items if not _LONG.intersection(item.path.parts)]
    return [item for n in range(count) for item in (*long_ones[n::count], *others[n::count])]


def _is_on_the_other(item: pytest.Item) -> bool:
    path, name = item.path.parts, item.name
    kind = next((kind for kind in ("sqlite", "postgres") if f"[{kind}" in name), None)
    if kind is None or not {"functional", "e2e", "test_auditor.py", "test_canary.py"}.intersection(path):
        return False
    return (crc32(name.replace(kind, "").encode()) % _ON_POSTGRES == 0) == (kind == "sqlite")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that suites have measured, however many processes they ran in."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    told = [text for report in reports for name, text in getattr(report, "user_properties", ()) if name == "figures"]
    for line in sorted(set(map(str, told))):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Yield the PostgreSQL server that TEST_DATABASE_URL names; its databases are this process's own."""
    if not POSTGRES:
        pytest.skip("TEST_DATABASE_URL is not set: the same test ran on SQLite only")
    server = Server(POSTGRES)
    yield server
    asyncio.run(server.close())


@pytest.fixture(scope="session", autouse=True)
def _forks() -> Iterator[None]:
    """End the process from which commands are forked."""
    yield
    FORKS.close()


@pytest.fixture
async def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a migrated SQLite file without any row."""
    return await Files(tmp_path).fresh("anth-triage")


@pytest.fixture
async def postgres_url(server: Server) -> AsyncIterator[str]:
    """Yield the URL of a migrated PostgreSQL database without any row, this test's own; dropped afterwards."""
    name = uuid.uuid4().hex[:12]
    yield await server.fresh(name)
    await server.level(name)


@pytest.fixture
async def empty_sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a SQLite file that does not exist yet."""
    return await Files(tmp_path).fresh("anth-triage", empty=True)


@pytest.fixture
async def empty_postgres_url(server: Server) -> AsyncIterator[str]:
    """Yield the URL of a PostgreSQL database without any table, this test's own; dropped afterwards."""
    name = uuid.uuid4().hex[:12]
    yield await server.fresh(name, empty=True)
    await server.level(name)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a migrated database: each test that asks for it runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a database that was never migrated, on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Yield a migrated database of either kind."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def _drawn_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the stand-ins draw the same keys and ids in each test: what masks these keys is compiled once then."""
    drawn = Random(0)
    for place in ("provider.wording", "workspace.state"):
        monkeypatch.setattr(f"bot.playground.{place}.secrets", drawn)


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """Undo what a command that ran in this process did to the log: the next test reads its lines."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    if structlog.get_config() != before or root.level != level:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**before)


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
def tables() -> str:
    """Return more of anth-triage.toml; a test may write its own by parametrising this."""
    return ""


@pytest.fixture
async def scene(
    scenario: str, scopes: frozenset[str], tables: str, database_url: str, tmp_path: Path
) -> AsyncIterator[Scene]:
    """Yield a world without the bot."""
    async with World(scenario, scopes, events=frozenset(EVENTS)) as world:
        scene = Scene(world, database_url, tmp_path / "data")
        scene.tables = tables
        yield scene
        assert [] == strange_calls(world.workspace.recorder)


@pytest.fixture
async def desk(scene: Scene) -> AsyncIterator[Scene]:
    """Yield a world with the bot in it."""
    async with scene.bot():
        yield scene
