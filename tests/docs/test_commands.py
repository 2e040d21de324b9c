"""Every command that the documents show does what they say: it is run where it can be, and checked where it cannot."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.clock import SystemClock
from bot.playground.world import World
from bot.settings import load
from bot.slack.listeners.commands import VERBS
from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.docs import running
from tests.docs.running import BASH, TRAFFIC, Place, taken_apart, unknown, way_of
from tests.docs.shown import PAGES, ROOT, Shown, shown_in
from tests.ground import Files, Ground
from tests.quarter import keep


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Yield the environment of a bot in a healthy stand-in world, which lives in a thread of its own."""
    told: list[dict[str, str]] = []
    begun, over = threading.Event(), threading.Event()

    async def live() -> None:
        async with World("healthy") as world:
            told.append(world.environment())
            begun.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    assert begun.wait(20)
    yield told[0]
    over.set()
    thread.join()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with a quarter of incidents."""
    folder = tmp_path_factory.mktemp("quarter")
    asyncio.run(_with_a_quarter(asyncio.run(Files(folder).fresh("anth-triage"))))
    return folder / "anth-triage.db"


async def _with_a_quarter(url: str) -> None:
    database = Database(url)
    await keep(Store(database, SystemClock(), lambda data: data))
    await database.scrub()
    await database.close()


@pytest.fixture
def place(tmp_path: Path, records: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Place:
    """Return a place of a test's own; its folder is the working directory, and the data folder the default one."""
    (tmp_path / "data").mkdir()
    shutil.copy(records, tmp_path / "data")
    shutil.copy(ROOT / ".env.example", tmp_path)
    shutil.copytree(ROOT / "bot" / "rules", tmp_path / "bot" / "rules", ignore=shutil.ignore_patterns("*.py*"))
    (tmp_path / "calls.jsonl").write_text(TRAFFIC, "utf-8")
    for name in [name for name in os.environ if name.startswith(("SLACK_", "ANTH", "DATABASE_"))]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    page = load(environment).status_urls[0]
    return Place(tmp_path, {**environment, "PAGE": page, "ANTHROPIC_MODEL": load(environment).models[0]})


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_the_page(page: str, place: Place) -> None:
    """Each is run in the order of the page, in one place; what cannot be run there is checked."""
    commands = shown_in(page)
    assert [] == [told for one in commands if (told := unknown(page, one))]
    for one in commands:
        way = way_of(one.text)
        if way is None:
            place.run(one.text)
        else:
            way.check(taken_apart(one.text)[1])


def test_there_are_commands() -> None:
    """The test above has something to do, in blocks and in lines."""
    commands = [one for page in PAGES for one in shown_in(page)]
    assert 20 < sum(one.in_block for one in commands)
    assert 40 < sum(not one.in_block for one in commands)


def test_a_new_command_is_noticed() -> None:
    """A page with a program that the tests do not know fails, and says what to do; so does a command that is gone."""
    told = unknown("docs/x.md", Shown(line=7, text="systemctl restart anth-triage", in_block=True))
    assert "docs/x.md:7: `systemctl restart anth-triage` is not known" in (told or "")
    with pytest.raises(AssertionError):
        running.target_is_there(["make", "coffee"])
    with pytest.raises(AssertionError):
        running.service_is_there(["docker", "compose", "up", "coffee"])
    with pytest.raises(AssertionError):
        running.files_and_extras_are_there(["pip", "install", "anth-triage[coffee]"])
    with pytest.raises(click.UsageError):
        running.options_are_there(["anth-triage", "serve", "--coffee"])


def test_a_command_that_fails_is_noticed(place: Place) -> None:
    """What a page shows and the product does not know, or ends otherwise, fails the test."""
    for text in ("anth-triage incidents --coffee", "anth-triage show INC-99", "cp nothing.db data"):
        with pytest.raises(AssertionError):
            place.run(text)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_typed_in_slack_is_a_verb(page: str) -> None:
    """`/anth-triage word` on a page is one that the slash command knows."""
    text = (ROOT / page).read_text("utf-8")
    assert set() == set(re.findall(r"`/anth-triage ([a-z]+)", text)) - set(VERBS)


def test_the_settings_of_the_page_can_be_used(tmp_path: Path) -> None:
    """The file that docs/operator.md shows is read as it stands."""
    [shown] = re.findall(
        r"^ *```toml\n(.*?)```", (ROOT / "docs" / "operator.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    file = tmp_path / "anth-triage.toml"
    file.write_text(shown, "utf-8")
    settings = load({"ANTH_TRIAGE_CONFIG": str(file)})
    assert ("monitoring", "Europe/Berlin", 730) == (
        settings.probe.key,
        settings.response.timezone,
        settings.retention.incident_days,
    )


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def test_the_backup(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The commands of docs/operator.md take a backup of a quarter of incidents beside others, and bring it back."""
    where: Ground = request.getfixturevalue("server") if kind == "postgres" else Files(tmp_path)
    [backup, look, restore] = [
        one.text
        for one in shown_in("docs/operator.md")
        if one.in_block and "backup.db" in one.text and "docker" not in one.text
    ]
    url = await where.fresh("quarter")
    await _with_a_quarter(url)

    def shown(command: str) -> str:
        known = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DATABASE_URL": url}
        run = {"cwd": tmp_path, "env": known, "capture_output": True, "text": True, "timeout": 30}
        done = subprocess.run([BASH, "-c", command], check=False, **run)  # type: ignore[call-overload] # these are its own
        assert 0 == done.returncode, done.stderr
        return str(done.stdout)

    before = await asyncio.to_thread(shown, "anth-triage incidents")
    await asyncio.to_thread(shown, backup)
    assert before == await asyncio.to_thread(shown, look)
    await _with_a_quarter(url)
    assert before != await asyncio.to_thread(shown, "anth-triage incidents")
    await asyncio.to_thread(shown, restore)
    assert before == await asyncio.to_thread(shown, "anth-triage incidents")
    await where.level("quarter")
