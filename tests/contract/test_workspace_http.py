"""Delivery by signed HTTP: the same payloads, posted to the app's request URL."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import parse_qs

from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.clock import SteeredClock
from bot.playground.workspace import Workspace
from tests.workspace_clients import CARD, Json, running, web_client


class App:
    """The receiving side: keeps what was posted and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], str]] = []
        self.answer: Callable[[], web.Response] = web.Response

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Keep a request."""
        self.requests.append(({name.lower(): value for name, value in request.headers.items()}, await request.text()))
        return self.answer()


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[App, str]]:
    """Serve an app on a free port."""
    app = App()
    server = web.Application()
    server.router.add_post("/slack/events", app.receive)
    runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield app, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def installed(clock: SteeredClock) -> AsyncIterator[tuple[Workspace, App]]:
    """Run a workspace whose app listens on HTTP."""
    async with (
        listening() as (app, url),
        running(Workspace(clock=clock, delivery="http", request_url=url)) as workspace,
    ):
        yield workspace, app


async def test_everything_is_signed_and_shaped_as_slack_does() -> None:
    """Commands are forms, interactions forms with a payload, events JSON; all pass the SDK's verifier."""
    async with installed(SteeredClock()) as (workspace, app):
        app.answer = lambda: web.json_response({"text": "working on it", "response_type": "in_channel"})
        outcome = await workspace.command("Lena", "#ops", "run")
        assert {"text": "working on it", "response_type": "in_channel"} == outcome.payload
        assert ["working on it"] == [message.text for message in workspace.messages("#ops")]
        app.answer = web.Response
        posted = await web_client(workspace).chat_postMessage(channel="#ops", text="card", blocks=CARD)
        assert (await workspace.press("Lena", "#ops", posted["ts"], label="Open")).acked
        assert (await workspace.say("Lena", "#ops", "hello")).acked
        verifier = SignatureVerifier(workspace.signing_secret)
        assert all(verifier.is_valid_request(body, headers) for headers, body in app.requests)
        assert ["run"] == parse_qs(app.requests[0][1])["text"]
        interactions = [parse_qs(body) for _, body in app.requests if body.startswith("payload=")]
        assert ["block_actions"] == [json.loads(form["payload"][0])["type"] for form in interactions]
        events: list[Json] = [json.loads(body)["event"] for _, body in app.requests if body.startswith("{")]
        assert "hello" == events[-1]["text"]


async def test_a_failed_event_comes_again_with_retry_headers() -> None:
    """A 500 is answered with the same event id, at once and after a minute."""
    clock = SteeredClock()
    async with installed(clock) as (workspace, app):
        app.answer = lambda: web.Response(status=500)
        assert not (await workspace.say("Lena", "#ops", "hello")).acked
        await workspace.until(lambda: len(app.requests) == 2, what="the repeat at once")
        app.answer = web.Response
        clock.move_to(timedelta(seconds=61))
        await workspace.until(lambda: len(app.requests) == 3, what="the repeat after a minute")
        retries = [
            (headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")) for headers, _ in app.requests
        ]
        assert [(None, None), ("1", "http_error"), ("2", "http_error")] == retries
        assert 1 == len({json.loads(body)["event_id"] for _, body in app.requests})


async def test_an_app_can_stop_the_repeats() -> None:
    """X-Slack-No-Retry on a refusal ends it."""
    clock = SteeredClock()
    async with installed(clock) as (workspace, app):
        app.answer = lambda: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
        outcome = await workspace.say("Lena", "#ops", "hello")
        assert (False, False) == (outcome.acked, outcome.may_retry)
        clock.move_to(timedelta(seconds=400))
        await web_client(workspace).auth_test()
        assert 1 == len(app.requests)


async def test_an_app_that_does_not_listen_acknowledges_nothing() -> None:
    """A refused connection is a failure, not an error of the stand-in."""
    async with running(
        Workspace(clock=SteeredClock(), delivery="http", request_url="http://127.0.0.1:1/")
    ) as workspace:
        outcome = await workspace.command("Lena", "#ops", "run")
        assert (False, "connection_failed") == (outcome.acked, outcome.failure)
