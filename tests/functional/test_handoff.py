"""Telling others: PagerDuty and a signed webhook, each once and in order; the bot works while they do not."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.integrations.webhook import sign
from bot.web import WebServer
from tests.scene import Scene

KEY, SECRET = "R0UTINGKEY0123456789", "whsec-0123456789abcdef"


class Others:
    """A server that takes letters, and answers what the test wants."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.url = ""

    async def take(self, request: Request) -> Response:
        """Note the letter; answer the next of the ordered answers, then 202."""
        body = await request.body()
        status = self.answers.pop(0) if self.answers else 202
        if status < 300:
            self.letters.append((request.url.path, dict(request.headers), body))
        return Response(status_code=status)

    def to(self, path: str) -> list[dict[str, object]]:
        """Return the letters that arrived at this path."""
        return [json.loads(body) for there, _, body in self.letters if there == path]


@asynccontextmanager
async def _listening(others: Others) -> AsyncIterator[None]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    routes = [Route("/{where}", others.take, methods=["POST"])]
    server = WebServer(Starlette(routes=routes), "127.0.0.1", port)
    running = asyncio.ensure_future(server.run())
    others.url = f"http://127.0.0.1:{port}"
    try:
        yield
    finally:
        server.stop()
        await running


@pytest.fixture
async def others() -> AsyncIterator[Others]:
    """Yield a server that takes letters."""
    found = Others()
    async with _listening(found):
        yield found


@pytest.fixture
async def handing(scene: Scene, others: Others) -> AsyncIterator[Scene]:
    """Yield the bot that hands over to both."""
    scene.tables = f'[handoff]\nwebhook_url = "{others.url}/hook"\npagerduty_url = "{others.url}/pd"\n'
    scene.settings = {"PAGERDUTY_ROUTING_KEY": KEY, "ANTH_TRIAGE_WEBHOOK_SECRET": SECRET}
    async with scene.bot():
        yield scene


async def _ended(desk: Scene, channel: str) -> None:
    await desk.resolve(desk.lena, channel)
    await desk.see(channel, "Postmortem shared")


async def _arrived(desk: Scene, others: Others, path: str, wanted: list[str], field: str) -> None:
    async def told() -> list[str]:
        return [str(letter[field]) for letter in others.to(path)]

    await desk.eventually(told, wanted)


async def test_an_incident_is_one_alert_from_its_opening_to_its_end(handing: Scene, others: Others) -> None:
    """Trigger, acknowledge and resolve under one key, in this order; no secret is in a log or a row."""
    channel = await handing.opened()
    await handing.slack.command(handing.lena, channel, "ack")
    await handing.until(lambda: handing.whispered(handing.lena, "in hand"))
    await _ended(handing, channel)
    await _arrived(handing, others, "/pd", ["trigger", "acknowledge", "resolve"], "event_action")
    letters = others.to("/pd")
    assert {"anth-triage-INC-1"} == {letter["dedup_key"] for letter in letters}
    assert {KEY} == {letter["routing_key"] for letter in letters}
    payload = letters[0]["payload"]
    assert isinstance(payload, dict)
    assert ("critical", "INC-1 P1: Claude API: overloaded") == (payload["severity"], payload["summary"])


async def test_a_letter_can_be_checked(handing: Scene, others: Others) -> None:
    """Signature and time hold for the bytes that arrived; each letter has a name of its own."""
    channel = await handing.opened()
    await handing.slack.command(handing.lena, channel, "status monitoring")
    await _arrived(handing, others, "/hook", ["opened", "stage_set"], "event")
    ours = [(head, body) for path, head, body in others.letters if path == "/hook"]
    for head, body in ours:
        expected = sign(SECRET.encode(), head["x-anth-triage-timestamp"], body)
        assert expected == head["x-anth-triage-signature"]
    assert len(ours) == len({head["x-anth-triage-delivery"] for head, _ in ours})


@pytest.mark.expects_errors  # the auditor finds the work late, as it should
async def test_while_they_are_down_the_bot_works_and_tells_them_later(handing: Scene, others: Others) -> None:
    """Trouble, refusals to answer and limits are waited out; order is kept and nothing comes twice."""
    others.answers = [500, 503, 429]
    channel = await handing.opened()
    await handing.slack.command(handing.lena, channel, "ack")
    await handing.until(lambda: handing.whispered(handing.lena, "in hand"))

    async def told() -> tuple[list[str], list[str]]:
        await handing.world.jump(1)
        paged, written = others.to("/pd"), others.to("/hook")
        return [str(one["event_action"]) for one in paged], [str(one["event"]) for one in written]

    await handing.eventually(told, (["trigger", "acknowledge"], ["opened", "acknowledged"]))


@pytest.mark.expects_errors
async def test_a_refusal_is_told_to_the_lead(handing: Scene, others: Others) -> None:
    """A wrong routing key is no trouble that passes: the lead hears of it, once for each service."""
    others.answers = [400, 400]
    await handing.opened()
    await handing.until(lambda: len(handing.slack.direct(handing.lena)) == 2, "two words")
    read = " ".join(handing.slack.read(one) for one in handing.slack.direct(handing.lena))
    assert "could not be handed to pagerduty" in read
    assert "could not be handed to webhook" in read
    assert KEY not in read


async def test_another_round_is_told_as_well(handing: Scene, others: Others) -> None:
    """Who reopens triggers the alert again, and who acknowledges then quiets it."""
    channel = await handing.opened()
    await handing.slack.command(handing.lena, channel, "ack")
    await handing.until(lambda: handing.whispered(handing.lena, "in hand"))
    await _ended(handing, channel)
    await handing.slack.command(handing.lena, channel, "reopen again")
    await handing.until(lambda: handing.whispered(handing.lena, "is open again"))
    await handing.slack.command(handing.lena, channel, "ack")
    wanted = ["trigger", "acknowledge", "resolve", "trigger", "acknowledge"]
    await _arrived(handing, others, "/pd", wanted, "event_action")


@pytest.mark.parametrize("private", [True, False])
async def test_the_title_waits_for_what_its_house_is(handing: Scene, others: Others, *, private: bool) -> None:
    """An incident that is run in a private channel is private from its first letter on; in a public one it is not."""
    house = handing.slack.add_channel("payments", [handing.lena], private=private)
    await handing.slack.command(handing.lena, "#ops", "open")
    await handing.until(lambda: handing.slack.view(handing.lena))
    await handing.slack.submit(handing.lena, {"title": "The merger leaked", "house": house.id})
    await _arrived(handing, others, "/pd", ["trigger"], "event_action")
    await _arrived(handing, others, "/hook", ["opened"], "event")
    assert private is ("merger" not in str(others.letters))


async def test_a_private_incident_tells_no_title(handing: Scene, others: Others) -> None:
    """Only that there is one, and how bad it is."""
    await handing.slack.command(handing.lena, "#ops", "open")
    await handing.until(lambda: handing.slack.view(handing.lena))
    said = {"title": "The merger leaked", "impact": "lawyers", "access": "private"}
    await handing.slack.submit(handing.lena, said)
    await _arrived(handing, others, "/pd", ["trigger"], "event_action")
    await _arrived(handing, others, "/hook", ["opened"], "event")
    assert "merger" not in str(others.letters)
    assert "lawyers" not in str(others.letters)
