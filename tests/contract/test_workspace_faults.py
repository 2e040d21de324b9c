"""Ordered troubles on real connections, and the record of every call."""

import asyncio
from datetime import timedelta

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SteeredClock
from bot.playground.faults import Fault
from bot.playground.workspace import Workspace
from tests.workspace_clients import refusal, web_client


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    """Return the SDK's client with the bot's token."""
    return web_client(workspace)


def said(workspace: Workspace) -> list[str]:
    """Return what stands in #ops."""
    return [message.text for message in workspace.messages("#ops")]


async def test_an_ordered_error_is_answered_and_not_carried_out(workspace: Workspace, client: AsyncWebClient) -> None:
    """The second and third post are refused, the others served."""
    workspace.faults.add(Fault(r"chat\..*", error="internal_error", times=2, after_n=1))
    await client.chat_postMessage(channel="#ops", text="one")
    for text in ("two", "three"):
        assert "internal_error" == await refusal(client.chat_postMessage(channel="#ops", text=text))
    await client.chat_postMessage(channel="#ops", text="four")
    assert ["one", "four"] == said(workspace)
    assert [True, False, False, True] == [call.ok for call in workspace.recorder.calls("chat.postMessage")]


async def test_a_rate_limit_on_demand(workspace: Workspace, client: AsyncWebClient) -> None:
    """retry_after alone makes a 429 with any Retry-After, even a senseless one."""
    workspace.faults.add(Fault("chat.postMessage", retry_after="abc"))
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="#ops", text="x")
    assert (429, "abc") == (refused.value.response.status_code, refused.value.response.headers["Retry-After"])


@pytest.mark.parametrize(
    "fault",
    [
        Fault("chat.postMessage", http_status=503),
        Fault("chat.postMessage", body="{"),
        Fault("chat.postMessage", body="<html>maintenance</html>"),
    ],
    ids=["503 as HTML", "cut JSON", "200 as HTML"],
)
async def test_answers_that_are_no_json(workspace: Workspace, client: AsyncWebClient, fault: Fault) -> None:
    """The SDK takes them for failures."""
    workspace.faults.add(fault)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="#ops", text="x")
    assert [] == said(workspace)


@pytest.mark.parametrize(("cut", "posted"), [("before", []), ("after", ["x"])])
async def test_a_cut_connection_says_nothing_about_the_outcome(
    workspace: Workspace, client: AsyncWebClient, cut: str, posted: list[str]
) -> None:
    """The caller sees the same reset whether the message was posted or not."""
    workspace.faults.add(Fault("chat.postMessage", cut="before" if cut == "before" else "after"))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="#ops", text="x")
    assert posted == said(workspace)
    assert [None] == [call.status for call in workspace.recorder.calls("chat.postMessage")]


async def test_a_late_post_appears_after_its_connection_was_cut(
    workspace: Workspace, client: AsyncWebClient, clock: SteeredClock
) -> None:
    """Published thirty seconds after the reset, by the clock."""
    workspace.faults.add(Fault("chat.postMessage", cut="late", delay_s=30))
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="#ops", text="x")
    assert [] == said(workspace)
    clock.move_to(timedelta(seconds=31))
    await workspace.until(lambda: said(workspace), what="the late post")


async def test_a_delayed_call_is_carried_out_though_the_caller_gave_up(
    workspace: Workspace, client: AsyncWebClient, clock: SteeredClock
) -> None:
    """A caller's time-out does not take the message back."""
    workspace.faults.add(Fault("chat.postMessage", delay_s=60))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.chat_postMessage(channel="#ops", text="x"), timeout=0.1)
    clock.move_to(timedelta(seconds=61))
    await workspace.until(lambda: said(workspace), what="the delayed post")


async def test_a_hanging_call_ends_with_the_workspace(client: AsyncWebClient, workspace: Workspace) -> None:
    """Nothing is answered, nothing is posted, and the stop does not wait for it."""
    workspace.faults.add(Fault("chat.postMessage", hang=True))
    call = asyncio.ensure_future(client.chat_postMessage(channel="#ops", text="x"))
    await workspace.until(lambda: workspace.recorder.calls("chat.postMessage"), what="the call")
    async with asyncio.timeout(5):
        await workspace.stop()
    with pytest.raises(aiohttp.ClientError):
        await call
    assert [] == said(workspace)


async def test_uploads_and_response_urls_can_be_troubled(workspace: Workspace, client: AsyncWebClient) -> None:
    """The bytes of an upload are a call of their own."""
    workspace.faults.add(Fault("upload", http_status=500))
    with pytest.raises(Exception, match="Failed to upload a file"):
        await client.files_upload_v2(channel=workspace.channel("ops").id, filename="a.md", content="text")
    assert [] == workspace.channel("ops").files


async def test_the_record_holds_calls_and_never_a_token(workspace: Workspace, client: AsyncWebClient) -> None:
    """Method, arguments, answer, time; tokens of any kind and secret addresses are masked."""
    foreign = "xoxb-123456789012-123456789012-abcdefghijklmnopqrstuvwx"
    await client.apps_connections_open(app_token=workspace.app_token)
    await client.chat_postMessage(channel="#ops", text=f"my token is {workspace.bot_token}")
    await refusal(web_client(workspace, foreign).api_call("auth.test", params={"token": foreign}))
    await client.files_upload_v2(channel=workspace.channel("ops").id, filename="a.md", content="text")
    call = workspace.recorder.last("chat.postMessage")
    assert ("#ops", 200, True) == (call.arguments["channel"], call.status, call.ok)
    assert "my token is [secret]" == call.arguments["text"]
    everything = repr(workspace.recorder.calls())
    planted = [workspace.bot_token, workspace.app_token, foreign, *workspace.state.uploads]
    assert [] == [secret for secret in planted if secret in everything]


async def test_a_fault_of_one_channel_spares_the_others(workspace: Workspace, client: AsyncWebClient) -> None:
    """Only calls that name the channel are hit."""
    hit = workspace.channel("#ops").id
    workspace.faults.add(Fault("chat.postMessage", error="is_archived", channel=hit, times=2))
    assert "is_archived" == await refusal(client.chat_postMessage(channel=hit, text="x"))
    assert (await client.chat_postMessage(channel=workspace.channel("#general").id, text="x"))["ok"]


async def test_a_call_may_be_done_although_its_answer_is_an_error(workspace: Workspace, client: AsyncWebClient) -> None:
    """The message stands, and the caller hears of a gateway's time-out."""
    workspace.faults.add(Fault("chat.postMessage", http_status=504, done=True))
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="#ops", text="x")
    assert ["x"] == said(workspace)


async def test_an_answer_that_trickles_never_ends(workspace: Workspace, client: AsyncWebClient) -> None:
    """The head and one byte arrive, the rest does not."""
    workspace.faults.add(Fault("chat.postMessage", body="{}", trickles=True))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.chat_postMessage(channel="#ops", text="x"), timeout=0.3)
    assert [] == said(workspace)
