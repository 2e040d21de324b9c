"""No secret leaves the process: thousands of planted keys through every flow, under every fault, found nowhere."""

import asyncio
import io
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from bot.playground.faults import Fault
from bot.playground.provider import answers
from bot.playground.provider.story import ApiFault, Page, PageIncident, PageUpdate, Scenario, Step
from bot.playground.world import World
from bot.postmortem import document
from bot.rules.redact import Redactor
from bot.settings import load
from bot.slack import guard
from bot.slack.manifest import EVENTS
from bot.telemetry import RedactingFormatter
from tests.console import run
from tests.e2e.test_kill import kill, process
from tests.functional.test_database_faults import _disk_full, _file_locked
from tests.keys import Planter, left_of
from tests.scene import Scene
from tests.sim.canary import FLOWS, Stage, play, ready, rows, shown, stored
from tests.sim.scale import CHAOS

KEYS = 14 if CHAOS > 1 else 1  # in each text; `make chaos`: more than 5,000 in all
ALWAYS = 1_000_000
TABLES = "".join(f'[policy.{act}]\nwho = "everyone"\n' for act in ("update", "resolve", "role"))
Trouble = Callable[[Stage, pytest.MonkeyPatch], AbstractAsyncContextManager[None]]


def _slack(fault: Fault) -> Trouble:
    @asynccontextmanager
    async def trouble(stage: Stage, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
        stage.scene.slack.faults.add(fault)
        yield
        stage.scene.slack.faults.clear()

    return trouble


def _database(fault: Callable[[Scene], AbstractAsyncContextManager[None]]) -> Trouble:
    @asynccontextmanager
    async def trouble(stage: Stage, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
        async with fault(stage.scene):
            yield

    return trouble


def _provider(name: str) -> Trouble:
    """Return a provider that answers with keys in its errors and on its status page, while somebody triages."""

    @asynccontextmanager
    async def trouble(stage: Stage, patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
        words = stage.text().replace("{", "(").replace("}", ")")
        usual = answers.REFUSALS[name]
        told = answers.Refusal(status=usual.status, type=usual.type, message=words, headers=usual.headers)
        patch.setitem(answers.REFUSALS, name, told)
        news = PageIncident(
            name=stage.text(200), impact="major", updates=(PageUpdate(at_s=0, status="identified", body=stage.text()),)
        )
        step = Step(at_s=0, faults=(ApiFault(answer=name),), page=Page(incidents=(news,)))
        await stage.scene.world.play(Scenario(name="canary", title="x", description="x", steps=(step,)))
        await stage.scene.slack.command(stage.scene.lena, stage.rooms["open"], "run")
        yield
        await stage.scene.see(stage.rooms["open"], "asked by")

    return trouble


@asynccontextmanager
async def _hanging(stage: Stage, _patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Have the provider never answer while people go on."""
    await stage.scene.world.play("hanging")
    await stage.scene.slack.command(stage.scene.lena, stage.rooms["open"], "run")
    yield


@asynccontextmanager
async def _raising(_stage: Stage, patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Every listener, and every word to a person, fails with all that it was given in its exception's text."""

    async def fail(listening: object, _limit_s: float) -> object:
        frame = getattr(listening, "cr_frame", None)
        given = frame.f_locals if frame is not None else {}
        told = repr([given.get(name) for name in ("body", "request", "text")])
        listening.close()  # type: ignore[attr-defined] # a coroutine
        raise RuntimeError(f"cannot read {told}")

    with patch.context() as patched:
        patched.setattr(guard, "_in_time", fail)
        yield


@asynccontextmanager
async def _template(stage: Stage, patch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let the postmortem's template fail with all that it was given in its exception's text."""
    failed, loop = asyncio.Event(), asyncio.get_running_loop()

    def fail(variables: object) -> str:
        loop.call_soon_threadsafe(failed.set)  # documents are made in a thread
        raise ValueError(f"cannot render {variables!r}")

    with patch.context() as patched:
        patched.setattr(document, "markdown_of", fail)
        await stage.command("set up", "export")
        yield
        await asyncio.wait_for(failed.wait(), 30)


QUIET: Final[Mapping[str, Trouble]] = {
    "provider 401": _provider("unauthorized"),
    "provider 529": _provider("overloaded"),
    "provider hangs": _hanging,
}
LOUD: Final[Mapping[str, Trouble]] = {  # of the others the auditor may find the work late, which is an ERROR too
    "Slack 429": _slack(Fault(".*", retry_after=1, times=ALWAYS)),
    "Slack 500": _slack(Fault(".*", http_status=500, times=ALWAYS)),
    "Slack away": _slack(Fault(".*", cut="before", times=ALWAYS)),
    "Slack refuses": _slack(Fault(".*", error="invalid_blocks", times=ALWAYS)),
    "database locked": _database(_file_locked),
    "disk full": _database(_disk_full),
    "template fails": _template,
    "listener fails": _raising,
}
CERTAIN: Final = {"Slack refuses", "listener fails"}  # to log an ERROR at once


@contextmanager
def _log(scene: Scene) -> Iterator[io.StringIO]:
    """Collect all log lines as the process would print them."""
    lines, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(RedactingFormatter(Redactor(load(scene.environment()).secrets())))
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)  # as the process sets it
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def _configured(stage: Stage) -> None:
    """Plant the configured secrets too."""
    stage.scene.settings["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin01-" + "Yc4Kd8Ws2Qp6" * 7 + "AA"
    for name in (*(f"SLACK_{what}" for what in ("BOT_TOKEN", "APP_TOKEN", "SIGNING_SECRET")), "ANTHROPIC_API_KEY"):
        stage.planter.configures(stage.scene.environment()[name], name)
    stage.planter.configures(stage.scene.settings["ANTHROPIC_ADMIN_KEY"], "ANTHROPIC_ADMIN_KEY")


async def _look(stage: Stage, log: str) -> None:
    """Look at the bot's own pages, and at its App Home."""
    found = re.findall(r"running on (http://127\.0\.0\.1:\d+)", log)
    async with aiohttp.ClientSession() as session:
        for page in ("/health/ready", "/health/live", "/metrics"):
            async with session.get(found[-1] + page) as answer:
                assert answer.status in {200, 503}
                stage.told.append(await answer.text())
    await stage.scene.slack.open_home(stage.scene.lena)


async def _settle(stage: Stage) -> None:
    """Let what waits be tried again, and what is left be drawn."""
    for _ in range(2):
        await stage.scene.world.jump(80)
        await asyncio.sleep(0.2)


async def _export(stage: Stage) -> None:
    before = len(stage.scene.slack.channel(stage.rooms["open"]).files)
    await stage.command("set up", "export")
    await stage.scene.until(
        lambda: len(stage.scene.slack.channel(stage.rooms["open"]).files) > before or None, "a postmortem"
    )


@asynccontextmanager
async def _stage(seed: str, database_url: str, folder: Path) -> AsyncIterator[Stage]:
    async with World("healthy", events=frozenset(EVENTS)) as world:
        stage = Stage(Scene(world, database_url, folder / "data"), Planter(seed), KEYS)
        stage.scene.tables = TABLES
        _configured(stage)
        yield stage


async def _found(stage: Stage, folder: Path, *texts: tuple[str, str]) -> list[str]:
    """Return what of any planted key stands in these texts, the folder, the tables, and all that Slack has."""
    places = [*texts, *await asyncio.to_thread(lambda: list(stored(folder))), *await rows(stage.scene.database_url)]
    return left_of(stage.planter, [*places, *shown(stage)])


@pytest.mark.expects_errors  # of the auditor alone: on a busy machine it finds work that is late
async def test_no_planted_key_is_anywhere(
    database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Without a fault, and without an ERROR, no key is in logs, tables, files, messages, forms, pages or exports."""
    async with _stage("none", database_url, tmp_path) as stage:
        with _log(stage.scene) as lines:
            async with stage.scene.bot():
                await ready(stage)
                stage.carried.clear()
                await play(stage)
                assert stage.carried == set(FLOWS)
                await _export(stage)
                await _look(stage, lines.getvalue())
                await stage.scene.until(lambda: stage.scene.slack.state.homes or None, "the App Home")
                left = await _found(stage, tmp_path, ("log", lines.getvalue()))
        for command in ("show", "export"):
            done = await run(stage.scene.environment(), command, "1")
            assert (0, True) == (done.status, "Trouble 1" in done.out), done.errors
            stage.told.append(done.out + done.errors)
        left += await _found(stage, tmp_path, ("log", lines.getvalue()))
        assert [] == left, left
    assert [] == _errors(lines.getvalue())
    record_property("figures", f"canary without a fault: {stage.planter.planted} keys in {len(FLOWS)} flows, 0 left")


async def _play_all(
    troubles: Mapping[str, Trouble], stage: Stage, folder: Path, patch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[str, str]]:
    """Play all flows in each of the troubles on one bot; yield its name and what was logged meanwhile."""
    with _log(stage.scene) as lines:
        async with stage.scene.bot():
            for name, trouble in troubles.items():
                began = len(lines.getvalue())
                await ready(stage)
                stage.carried.clear()
                async with trouble(stage, patch):
                    await play(stage)
                    await _look(stage, lines.getvalue())
                await _settle(stage)
                await _export(stage)
                assert stage.carried == set(FLOWS), name
                yield name, lines.getvalue()[began:]
            left = await _found(stage, folder, ("log", lines.getvalue()))
    left += await _found(stage, folder, ("log", lines.getvalue()))
    assert [] == left, left


def _share(troubles: Mapping[str, Trouble], count: int) -> dict[str, Trouble]:
    """Return all troubles in `make chaos`; in the gate so many, those first that are certain to log an ERROR."""
    ordered = sorted(troubles, key=lambda name: name not in CERTAIN)
    return {name: troubles[name] for name in ordered[: len(troubles) if CHAOS > 1 else count]}


def _errors(log: str) -> list[str]:
    """Return what was logged as an ERROR, but for the auditor's findings."""
    return [line for line in log.splitlines() if " ERROR " in line and "audit_found" not in line]


@pytest.mark.timeout(300)
@pytest.mark.expects_errors  # of the auditor alone, as above
async def test_troubles_that_are_no_error_bring_no_key_out(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """While the provider fails, with keys in its own words, no key is anywhere, and nothing is an ERROR."""
    async with _stage("quiet", sqlite_url, tmp_path) as stage:
        async for _, log in _play_all(_share(QUIET, 1), stage, tmp_path, monkeypatch):
            assert [] == _errors(log)
    record_property("figures", f"canary, quiet troubles: {stage.planter.planted} keys, 0 left")


@pytest.mark.timeout(300)
@pytest.mark.expects_errors
async def test_errors_bring_no_key_out(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Under faults that log errors, with their tracebacks, no key is in logs, database, Slack or pages."""
    loud = set()
    async with _stage("loud", sqlite_url, tmp_path) as stage:
        async for name, log in _play_all(_share(LOUD, len(CERTAIN)), stage, tmp_path, monkeypatch):
            loud |= {name} if " ERROR " in log else set()
    assert loud >= CERTAIN
    record_property("figures", f"canary, loud troubles: {stage.planter.planted} keys, 0 left")


@pytest.mark.e2e
async def test_a_killed_process_leaves_no_key_behind(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle of all flows and started again: neither its files nor what it sent or printed has any."""
    printed: list[str] = []
    async with _stage("kill", sqlite_url, tmp_path) as stage:
        environment = stage.scene.environment()
        monkeypatch.setattr(stage.scene.world, "environment", lambda: environment)
        async with process(stage.scene, printed) as first:
            await ready(stage)
            playing = asyncio.ensure_future(play(stage))
            await asyncio.sleep(0.4)
            await kill(stage.scene, first)
            files = await asyncio.to_thread(lambda: list(stored(tmp_path)))
            await asyncio.gather(playing, return_exceptions=True)
        async with process(stage.scene, printed):
            await _settle(stage)
            await _export(stage)
        assert all(printed)
        left = await _found(stage, tmp_path, *files, *((f"stderr {at}", text) for at, text in enumerate(printed)))
        assert [] == left, left


@pytest.mark.e2e
async def test_the_command_line_prints_no_key(tmp_path: Path) -> None:
    """Explaining, measuring, wrong arguments, wrong names and wrong settings quote none, configured ones included."""
    planter = Planter("command line")
    async with World("key_revoked") as world:
        admin = "sk-ant-admin01-" + "Yc4Kd8Ws2Qp6" * 7 + "AA"
        planter.configures(admin, "the admin key")
        given = {**world.environment(), "ANTH_TRIAGE_DATA_DIR": str(tmp_path), "ANTHROPIC_ADMIN_KEY": admin}
        traffic = '{"status": 529, "error": "' + planter.text(KEYS).replace('"', "'").replace("\n", " ") + '"}'
        done = [
            await run(given, "explain", f"HTTP 401 {planter.text(KEYS)} {admin}"),
            await run(given, "explain", "--json", stdin=f"HTTP 529 {planter.text(KEYS)}"),
            await run(given, "triage", "--json", "--traffic", "-", stdin=traffic),
            await run(given, "explain", "x", f"{planter.text(1)} {admin}"),
            await run(given, f"--{planter.text(1)}"),
            await run(given, "explain", str(tmp_path / admin / "none.log")),
            await run({**given, "DATABASE_URL": f"postgresql+asyncpg://bot:{admin}@127.0.0.1:1/x"}, "incidents"),
            await run({**given, "ANTHROPIC_BASE_URL": f"ftp://bot:{admin}@x"}, "triage"),
        ]
    assert [] == left_of(planter, [(str(at), one.out + one.errors) for at, one in enumerate(done)])
