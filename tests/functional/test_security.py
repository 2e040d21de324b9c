"""Who may do this, and what if it is forged, repeated or foreign."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.slack.guard import Desk, guard
from tests.scene import Scene


async def test_the_same_delivery_twice_opens_one_incident(desk: Scene) -> None:
    """A replayed press does nothing."""
    verdict = await desk.verdict()
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    await desk.slack.deliveries.again(desk.slack.deliveries.sent[-1])
    await desk.until(desk.incident_channel)
    _, story = await desk.record()
    assert 1 == len([item for item in story if item.event.kind == "opened"])


async def test_another_workspace_is_refused() -> None:
    """A payload of a foreign team is answered and acted on by nobody."""
    said: list[dict[str, object]] = []

    async def ack(**answer: object) -> None:
        said.append(answer)

    async def never(*_: object) -> None:
        raise AssertionError("a foreign payload reached a listener")

    desk = Desk(context=None, open_view=never, whisper=None, team_id="T1", redact_data=dict, has_secret=lambda _: False)  # type: ignore[arg-type] # unused
    body = {"command": "/anth-triage", "team_id": "T2", "user_id": "U1", "trigger_id": "t"}
    await guard(never, desk, None)(ack, body)  # type: ignore[arg-type] # Bolt's ack is a callable like this one
    (answer,) = said
    assert "This bot belongs to another workspace: only its members can use it." == answer["text"]
    assert "ephemeral" == answer["response_type"]


@pytest.fixture
async def http_bot(scene: Scene) -> AsyncIterator[str]:
    """Yield the address of the bot in HTTP mode."""
    scene.settings = {"SLACK_APP_TOKEN": ""}
    async with scene.bot_on_http() as url:
        yield url


BODY = "command=%2Fanth-triage&text=help&team_id={team}&user_id=U0LEAD0001&channel_id=C0OPS00001&trigger_id=1.2"


def _signed(scene: Scene, body: str, age_s: int = 0, secret: str = "") -> dict[str, str]:
    stamp = str(int(time.time()) - age_s)
    signature = SignatureVerifier(secret or scene.slack.signing_secret).generate_signature(timestamp=stamp, body=body)
    return {
        "X-Slack-Signature": signature or "",
        "X-Slack-Request-Timestamp": stamp,
        "Content-Type": "application/x-www-form-urlencoded",
    }


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"X-Slack-Signature": "v0=00"}, 401),
        ({"X-Slack-Request-Timestamp": "soon"}, 401),
        ({"X-Slack-Request-Timestamp": "9" * 5_000}, 401),
        ({"X-Slack-Signature": ""}, 401),
    ],
    ids=["good", "forged", "no number", "endless number", "unsigned"],
)
async def test_only_signed_requests_get_in(
    scene: Scene, http_bot: str, change: dict[str, str], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A forged or malformed request changes nothing and its body is not logged."""
    body = BODY.format(team=scene.slack.team_id)
    async with httpx.AsyncClient() as client:
        answer = await client.post(http_bot, content=body, headers=_signed(scene, body) | change)
    assert status == answer.status_code
    assert "trigger_id" not in caplog.text


async def test_an_old_or_huge_request_stays_out(scene: Scene, http_bot: str) -> None:
    """A replay after five minutes and a body above 1 MiB are refused."""
    body = BODY.format(team=scene.slack.team_id)
    async with httpx.AsyncClient() as client:
        old = await client.post(http_bot, content=body, headers=_signed(scene, body, age_s=301))
        huge = "x" * (1024 * 1024 + 1)
        large = await client.post(http_bot, content=huge, headers=_signed(scene, huge))
    assert (401, 413) == (old.status_code, large.status_code)


@pytest.mark.parametrize("body", ["payload=nope", "payload=[1]", "payload=null", "payload=" + "[" * 20_000, "\0"])
async def test_unsigned_junk_is_refused_unread(http_bot: str, body: str) -> None:
    """Nothing reads a body before its signature is right."""
    kind = "application/x-www-form-urlencoded"
    stamp = str(int(time.time()))
    headers = {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": stamp, "Content-Type": kind}
    async with httpx.AsyncClient() as client:
        answer = await client.post(http_bot, content=body, headers=headers)
    assert (401, "unsigned\n") == (answer.status_code, answer.text)


async def test_a_person_of_another_workspace_is_refused(desk: Scene) -> None:
    """Slack Connect brings people of other workspaces into a channel; their presses do nothing, and they hear so."""
    body = {
        "type": "block_actions",
        "team": {"id": desk.slack.team_id},
        "user": {"id": "U9", "team_id": "T9"},
        "channel": {"id": "C9"},
    }
    form = {
        "type": "view_submission",
        "team": {"id": desk.slack.team_id},
        "user": {"id": "U9", "team_id": "T9"},
        "view": {"id": "V1", "blocks": [{"type": "input", "block_id": "title"}]},
    }
    acted: list[object] = []

    async def ack(**answer: object) -> None:
        acted.append(answer)

    async def never(*_: object) -> None:
        raise AssertionError("a foreign person reached a listener")

    whispered: list[tuple[str, ...]] = []

    class Ear:
        def say(self, *said: str) -> None:
            whispered.append(said)

    bare = Desk(
        context=None,  # type: ignore[arg-type] # unused
        open_view=never,
        whisper=Ear(),  # type: ignore[arg-type] # what it hears is all
        team_id=desk.slack.team_id,
        redact_data=dict,
        has_secret=lambda _: False,
    )
    for sent in (body, form):
        await guard(never, bare, None)(ack, sent)  # type: ignore[arg-type] # Bolt's ack is a callable like this one
    text = "This bot belongs to another workspace: only its members can use it."
    assert [{}, {"response_action": "errors", "errors": {"title": text}}] == acted
    assert [("C9", "U9", text)] == whispered
    assert desk.incident_channel() is None


async def test_health_tells_the_truth(scene: Scene, http_bot: str) -> None:
    """Live while the loop turns, ready while the database answers; a public listener shows no metrics, no details."""
    async with httpx.AsyncClient(base_url=http_bot.removesuffix("/slack/events")) as client:
        assert 200 == (await client.get("/health/live")).status_code
        assert {"ready": True} == (await client.get("/health/ready")).json()
        assert 404 == (await client.get("/metrics")).status_code
        assert {"ready": True, "problems": [], "lacks": []} == (await client.get(f"{scene.admin}/health/ready")).json()
        assert "anth_triage_ready 1.0" in (await client.get(f"{scene.admin}/metrics")).text
