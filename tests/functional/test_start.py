"""The app and its token: at the start a bad token and a bad day of Slack are told apart; later the health says it."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import aiohttp
import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.app import serve
from bot.app.serve import Options, run
from bot.errors import BadSettings, Unavailable
from bot.playground.faults import Fault
from bot.playground.world import World
from bot.settings import load
from tests.scene import Scene


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("", error="token_revoked"), BadSettings),
        (Fault("", error="missing_scope"), BadSettings),
        (Fault("", error="internal_error"), Unavailable),
        (Fault("", http_status=503, body="<html>busy</html>"), Unavailable),
        (Fault("", body="upstream is busy"), Unavailable),
        (Fault("", retry_after=30), Unavailable),
        (Fault("", cut="before"), Unavailable),
        (Fault("", hang=True), Unavailable),
        (Fault("", body='{"ok": true}'), Unavailable),
    ],
    ids=["revoked", "scope", "internal", "gateway page", "plain text", "rate limited", "cut", "hangs", "no parts"],
)
async def test_a_start_says_whose_trouble_it_is(
    scene: Scene, method: str, fault: Fault, told: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token is blamed only for what Slack says of the token; the rest is Slack's own trouble, and passes."""
    if fault.hang:
        monkeypatch.setattr(serve, "_SLACK_TIMEOUT", aiohttp.ClientTimeout(total=0.5))
    scene.slack.faults.add(replace(fault, method=method))
    with pytest.raises(told):
        await run(load(scene.environment()), Options(port=0, clock_url=scene.world.clock_url), asyncio.Event())


async def test_a_start_makes_the_schema(empty_url: str, tmp_path: Path) -> None:
    """An empty database is refused by a bot that was told to leave the schema alone; else it migrates it and serves."""
    async with World("healthy") as world:
        scene = Scene(world, empty_url, tmp_path / "data")
        with pytest.raises(BadSettings, match="schema is empty"):
            async with scene.bot(migrate=False):
                pass
        async with scene.bot():
            await scene.verdict()


async def test_a_token_that_is_revoked_later_shows_in_the_health(scene: Scene) -> None:
    """Nobody can be told in Slack, so the health says it, with what to do, until it is mended; the work has waited."""
    scene.settings = {"SLACK_APP_TOKEN": ""}
    async with scene.bot_on_http() as address, httpx.AsyncClient(base_url=address.removesuffix("/slack/events")) as bot:
        scene.slack.faults.add(Fault("chat[.].*", error="token_revoked", times=1_000))
        await bot.post("/slack/events", content=BODY.format(team=scene.slack.team_id), headers=signed(scene))
        await scene.until(lambda: scene.slack.recorder.calls("chat.postMessage"))
        shut = await _health(scene, bot, 503)
        assert "token_revoked" in shut
        assert "set SLACK_BOT_TOKEN" in shut
        scene.slack.faults.clear()
        await scene.world.jump(61)
        await scene.see("#ops", "[ Open incident ]")
        assert "token_revoked" not in await _health(scene, bot, 200)


async def _health(scene: Scene, bot: httpx.AsyncClient, status: int) -> str:
    """Return what the health page says once it has this status: the client learns of a refusal after the stand-in."""
    for _ in range(200):
        page = await bot.get(f"{scene.admin}/health/ready")
        if page.status_code == status:
            return page.text
        await asyncio.sleep(0.02)
    raise AssertionError(f"the health is not {status}\n{scene.slack.visible()}")


BODY = "command=%2Fanth-triage&text=&team_id={team}&user_id=U0LEAD0001&channel_id=C0OPS00001&trigger_id=1.2"


def signed(scene: Scene) -> dict[str, str]:
    """Return the headers with which Slack signs the command."""
    body, stamp = BODY.format(team=scene.slack.team_id), str(int(time.time()))
    signature = SignatureVerifier(scene.slack.signing_secret).generate_signature(timestamp=stamp, body=body)
    kind = "application/x-www-form-urlencoded"
    return {"X-Slack-Signature": signature or "", "X-Slack-Request-Timestamp": stamp, "Content-Type": kind}
