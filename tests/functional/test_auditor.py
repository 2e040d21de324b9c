"""The auditor in the running bot: silent while all is well, heard once when it is not, and itself watched."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy import insert

from bot.clock import SystemClock
from bot.playground.faults import Fault
from bot.store.database import Database
from bot.store.tables import job
from bot.store.unit_of_work import Store
from bot.workflows.auditor import last_audit
from tests.scene import Scene

RAVI = "U0RAVI0001"
PARTS = ("whisper", "clock", "crew slack", "crew triage", "crew timers")


class Watch:
    """What operators see of the bot: its health, and when it audited."""

    def __init__(self, scene: Scene, client: httpx.AsyncClient, database: Database) -> None:
        self.scene = scene
        self.client = client
        self.database = database

    async def problems(self) -> list[str]:
        """Return what readiness says."""
        answer = await self.client.get("/health/ready")
        problems: list[str] = answer.json()["problems"]
        assert (503 if problems else 200) == answer.status_code
        return problems

    async def minute(self) -> None:
        """Let the clock go on until the next audit has been made."""
        before = await self.audited_at()
        for _ in range(400):
            await self.scene.world.jump(1)
            await asyncio.sleep(0.01)
            if await self.audited_at() != before:
                return
        raise AssertionError("nobody audits")

    async def audited_at(self) -> datetime | None:
        """Return when the last audit was."""
        async with Store(self.database, SystemClock(), lambda data: data).read() as unit:
            return (await last_audit(unit)).audited_at


@pytest.fixture
def admins() -> list[str]:
    """Return whom the auditor tells."""
    return [RAVI]


@pytest.fixture
async def watch(scene: Scene, admins: list[str]) -> AsyncIterator[Watch]:
    """Yield the bot on Socket Mode, with its port known."""
    scene.tables = f"[response]\nadmins = {admins}\n"
    async with scene.bot_on_http() as url, httpx.AsyncClient(base_url=url.removesuffix("/slack/events")) as client:
        await scene.until(lambda: len(scene.slack.hub.connections) == 2, "two sockets")
        database = Database(scene.database_url)
        yield Watch(scene, client, database)
        await database.close()


async def test_a_whole_incident_with_the_auditor_on_is_no_finding(scene: Scene, watch: Watch) -> None:
    """From the command to the postmortem, an audit between any two steps: nobody is told anything, readiness stays."""
    channel = await scene.opened()
    await watch.minute()
    for label in ("529", "All of them", "It works again"):
        question = await scene.see(channel, f"[ {label} ]")
        await scene.slack.press(scene.lena, channel, question.ts, label=label)
        await scene.gone(channel, f"[ {label} ]")
        await watch.minute()
        assert [] == await watch.problems()
    card = await scene.see(channel, "[ Resolve ]")
    await scene.slack.press(scene.lena, channel, card.ts, label="Resolve")
    await scene.until(lambda: scene.slack.view(scene.lena))
    await scene.slack.submit(
        scene.lena, {"early": "x", "impact": "x", "root_cause": "x", "mitigation": "x", "action_items": "x"}
    )
    await scene.see(channel, "Postmortem shared")
    await watch.minute()
    assert ([], []) == (await watch.problems(), scene.slack.direct(scene.ravi))


@pytest.mark.expects_errors
@pytest.mark.parametrize("admins", [[], [RAVI]], ids=["no admins", "an admin"])
async def test_a_finding_is_told_once(scene: Scene, watch: Watch, admins: list[str]) -> None:
    """Readiness and the metric name it; an admin hears of it in private, else the channel of the newest triage."""
    await scene.verdict()
    if not admins:  # without further scopes nothing can be looked up in private
        scene.slack.faults.add(Fault(method="chat.postMessage", cut="after"))
    await _plant(watch)
    for _ in range(2):
        await watch.minute()
    words = ["Work is late by more than two minutes.", "Work was begun and is neither finished nor taken over."]
    assert words == await watch.problems()
    metrics = (await watch.client.get("/metrics")).text
    assert 'anth_triage_audit_findings{invariant="late_work"} 1.0' in metrics
    assert 'anth_triage_audit_findings{invariant="no_channel"} 0.0' in metrics
    await scene.until(lambda: words[0] in _said(scene, admins), "the finding")
    assert [1, 1] == [_said(scene, admins).count(word) for word in words]
    assert "Work" not in _said(scene, [RAVI] if not admins else [])


def _said(scene: Scene, admins: list[str]) -> str:
    messages = scene.slack.direct(admins[0]) if admins else scene.slack.messages("#ops")
    return "\n".join(scene.slack.read(message) for message in messages)


async def _plant(watch: Watch) -> None:
    """Leave a job that somebody began long ago and nobody finishes."""
    then = watch.scene.world.clock.now() - timedelta(minutes=5)
    async with watch.database.connection(write=True) as connection:
        await connection.execute(insert(job).values(kind="other", lane="x", uuid="u", run_at=then, lease_until=then))
        await connection.commit()


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_that_died_is_noticed(watch: Watch, part: str) -> None:
    """Each long-running task that ends in silence makes the process unready, by name."""
    assert [] == await watch.problems()
    (task,) = [task for task in asyncio.all_tasks() if task.get_name() == part]
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    assert [f"A part of the process has ended: {part}. Restart it."] == await watch.problems()


@pytest.mark.parametrize("part", ["receive_messages", "process_messages", "monitor_current_session"])
async def test_a_deaf_socket_is_noticed(watch: Watch, part: str) -> None:
    """A connection that stands while nobody listens at it makes the process unready too."""
    task = next(task for task in asyncio.all_tasks() if part in str(task.get_coro()))
    task.cancel()
    await asyncio.wait({task}, timeout=5)
    (problem,) = await watch.problems()
    assert "A part of the process has ended: socket " in problem


@pytest.mark.parametrize("part", ["worker", "web"])
async def test_without_worker_or_listener_the_process_ends(scene: Scene, part: str) -> None:
    """Whoever watches the process starts it anew."""
    async with scene.bot_on_http():
        (task,) = [task for task in asyncio.all_tasks() if task.get_name() == part]
        task.cancel()
        await scene.until(lambda: not scene.slack.hub.connections, "the end")
