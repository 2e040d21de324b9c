"""Whoever watches the bot is told the truth: metrics that moved, readiness with its reason, liveness when it helps."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.app import health
from bot.playground.faults import Fault
from tests.scene import Scene


@pytest.fixture
async def pages(scene: Scene) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of the bot's pages, in Socket Mode."""
    async with scene.bot_on_http() as url, httpx.AsyncClient(base_url=url.removesuffix("/slack/events")) as client:
        await scene.until(lambda: len(scene.slack.hub.connections) == 2, "two sockets")
        yield client


async def _metrics(pages: httpx.AsyncClient) -> dict[str, float]:
    lines = (await pages.get("/metrics")).text.splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


async def _ready(pages: httpx.AsyncClient) -> list[str]:
    answer = await pages.get("/health/ready")
    problems: list[str] = answer.json()["problems"]
    assert (503 if problems else 200) == answer.status_code
    return problems


async def test_a_triage_moves_the_metrics(scene: Scene, pages: httpx.AsyncClient) -> None:
    """The command's acknowledgement, each check, the verdict and the work are counted once; the sockets are open."""
    before = await _metrics(pages)
    await scene.verdict()
    await scene.settled()
    after = await _metrics(pages)

    def more(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    assert 1 == more('anth_triage_ack_seconds_count{kind="command"}')
    assert 1 == sum(more(name) for name in after if name.startswith("anth_triage_verdicts_total{"))
    assert 8 == sum(more(name) for name in after if name.startswith("anth_triage_check_seconds_count{"))
    assert 1 == more('anth_triage_job_tries_total{kind="triage.run",outcome="done"}')
    assert 2 == after["anth_triage_open_sockets"]
    assert 0 == after['anth_triage_queue_jobs{kind="triage.run"}']
    assert more('anth_triage_database_wait_seconds_count{access="write"}') > 5
    assert 1 == after["anth_triage_ready"]
    assert [1.0] == [value for name, value in after.items() if name.startswith("anth_triage_build_info{")]


async def test_what_waits_is_counted(scene: Scene, pages: httpx.AsyncClient) -> None:
    """While Slack is away the queue grows old, and that is no reason to be unready."""
    scene.slack.faults.add(Fault(method="chat.postMessage", cut="before", times=1_000))
    await scene.slack.command(scene.lena, "#ops")
    await scene.until(lambda: scene.slack.recorder.calls("chat.postMessage"))
    failed = 'anth_triage_job_tries_total{kind="slack.show",outcome="away"}'
    for _ in range(200):
        if (await _metrics(pages)).get(failed):
            break
        await asyncio.sleep(0.05)
    await scene.world.jump(30)
    found = await _metrics(pages)
    assert 1 == found['anth_triage_queue_jobs{kind="slack.show"}']
    assert 30 <= found['anth_triage_queue_oldest_seconds{kind="slack.show"}'] < 60
    assert found[failed] > 0
    assert await _ready(pages) == []


@pytest.mark.expects_errors
async def test_what_was_given_up_is_counted(scene: Scene, pages: httpx.AsyncClient) -> None:
    """What Slack refuses for good is a dead job until somebody retries it."""
    scene.slack.faults.add(Fault(method="chat.postMessage", error="restricted_action", times=1_000))
    await scene.slack.command(scene.lena, "#ops")
    for _ in range(200):
        if (await _metrics(pages))['anth_triage_dead_jobs{kind="slack.show"}']:
            break
        await scene.world.jump(1)  # put again while it was tried, it has to wait for its lease
        await asyncio.sleep(0.05)
    assert 1 == (await _metrics(pages))['anth_triage_dead_jobs{kind="slack.show"}']


async def test_a_lost_connection_is_counted_when_another_takes_its_place(
    scene: Scene, pages: httpx.AsyncClient
) -> None:
    """One reconnection for each connection that ended."""
    before = (await _metrics(pages))["anth_triage_socket_reconnections_total"]
    gone = list(scene.slack.hub.connections)
    scene.slack.hub.abort()
    await scene.until(
        lambda: len(scene.slack.hub.connections) == 2 and not set(gone) & set(scene.slack.hub.connections), "new ones"
    )
    for _ in range(100):
        if (await _metrics(pages))["anth_triage_socket_reconnections_total"] - before == 2:
            break
        await asyncio.sleep(0.05)
    assert 2 == (await _metrics(pages))["anth_triage_socket_reconnections_total"] - before


async def test_a_stuck_worker_is_unready_and_later_dead(
    pages: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that does not turn is said to be stuck; only when it does not come back does a restart help."""
    assert 200 == (await pages.get("/health/live")).status_code
    monkeypatch.setattr(health, "STUCK_S", -1.0)
    assert ["The worker has not looked for work for -1 s."] == await _ready(pages)
    assert 200 == (await pages.get("/health/live")).status_code
    monkeypatch.setattr(health, "DEAD_S", -1.0)
    assert 503 == (await pages.get("/health/live")).status_code


async def test_a_part_that_died_asks_for_a_restart(pages: httpx.AsyncClient) -> None:
    """A crew that ended in silence never comes back: that is what liveness is for."""
    (task,) = [task for task in asyncio.all_tasks() if task.get_name() == "crew slack"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    answer = await pages.get("/health/live")
    assert (503, "A part of the process has ended: crew slack. Restart it.\n") == (answer.status_code, answer.text)


async def test_without_any_connection_it_is_unready_but_alive(scene: Scene, pages: httpx.AsyncClient) -> None:
    """Slack cannot reach it, and a restart would not mend that."""
    scene.slack.faults.add(Fault(method="apps.connections.open", error="internal_error", times=1_000))
    scene.slack.hub.abort()
    for _ in range(200):
        if "No Socket Mode connection is open." in await _ready(pages):
            break
        await asyncio.sleep(0.05)
    assert "No Socket Mode connection is open." in await _ready(pages)
    assert 0 == (await _metrics(pages))["anth_triage_open_sockets"]
    assert 200 == (await pages.get("/health/live")).status_code
    scene.slack.faults.clear()
    await scene.until(lambda: len(scene.slack.hub.connections) == 2, "two sockets")
