"""What the bot's client makes of odd answers: a 429's head counts whatever its body, the rest is Slack's trouble."""

from collections.abc import AsyncIterator
from typing import NoReturn

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.clock import SystemClock
from bot.errors import Unsaved
from bot.playground.faults import Fault
from bot.playground.workspace import Workspace
from bot.slack.budgets import budget_of
from bot.slack.client import OutgoingClient
from bot.slack.refusals import is_rate_limit, retry_after, translate
from bot.store.budgets import Budgets
from bot.store.database import Database
from bot.store.unit_of_work import Store
from bot.workflows.worker import RetryLater, Unclear


@pytest.fixture
async def client(workspace: Workspace) -> AsyncIterator[OutgoingClient]:
    """Yield the bot's client."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield OutgoingClient(workspace.bot_token, base_url=workspace.api_url, session=session, retry_handlers=[])


@pytest.mark.parametrize(
    "fault",
    [
        Fault("", retry_after=30, body='{"ok": fal'),
        Fault("", retry_after=30, cut="body"),
        Fault("", retry_after=30, trickles=True),
        Fault("", retry_after=30, body="<html>slow down</html>"),
        Fault("", retry_after=30, body="slow down"),
        Fault("", retry_after=30, body="[1]"),
        Fault("", retry_after=30, body="{" + '"a":[' * 50_000),
    ],
    ids=["cut off", "broken off", "slow-loris", "html", "plain text", "a list", "too deep"],
)
async def test_a_429_is_heard_whatever_its_body(workspace: Workspace, client: OutgoingClient, fault: Fault) -> None:
    """Retry-After stands in the head, and the head is enough."""
    fault.method = "chat.postMessage"
    workspace.faults.add(fault)
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="#ops", text="x")
    assert is_rate_limit(refused.value)
    assert 30.0 == retry_after(refused.value)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("", body="busy"),
        Fault("", body="<html>sign in</html>"),
        Fault("", body="[1]"),
        Fault("", body="null"),
        Fault("", body=""),
        Fault("", body="[" * 100_000),
        Fault("", body='{"ok": tr'),
        Fault("", body='{"ok": true}'),
        Fault("", cut="body"),
        Fault("", http_status=503, body="busy"),
        Fault("", http_status=404, body="<html>not here</html>"),
    ],
    ids=["text", "html", "list", "null", "empty", "deep", "cut off", "no parts", "broken off", "503", "404"],
)
async def test_an_answer_that_cannot_be_read_is_trouble_of_slack(
    workspace: Workspace, client: OutgoingClient, fault: Fault
) -> None:
    """Nobody knows whether it was done: no error of ours, and no refusal."""
    fault.method = "chat.postMessage"
    workspace.faults.add(fault)
    with pytest.raises(aiohttp.ClientPayloadError) as broken:
        await client.chat_postMessage(channel="#ops", text="x")
    assert isinstance(translate(broken.value), Unclear)


async def test_an_upload_is_asked_to_wait_or_unclear(workspace: Workspace, client: OutgoingClient) -> None:
    """The bytes of a file go past the Web API, and its troubles count all the same."""
    url = f"{workspace.url}/upload/key"
    workspace.faults.add(Fault("upload", http_status=503))
    with pytest.raises(Unclear):
        await client.send_file(url, b"x")
    workspace.faults.add(Fault("upload", retry_after=30, cut="body"))
    with pytest.raises(RetryLater) as asked:
        await client.send_file(url, b"x")
    assert 30.0 == asked.value.after_s


async def test_a_socket_that_opens_says_nothing_of_the_bots_token(workspace: Workspace, client: OutgoingClient) -> None:
    """It is opened with the app's token: the health must go on telling that the bot's is revoked."""
    workspace.faults.add(Fault("auth.test", error="token_revoked"))
    with pytest.raises(SlackApiError):
        await client.auth_test()
    assert "token_revoked" == client.shut_out
    await client.apps_connections_open(app_token=workspace.app_token)
    assert "token_revoked" == client.shut_out
    await client.auth_test()
    assert "" == client.shut_out


async def test_a_wait_that_cannot_be_written_down_is_kept_to_all_the_same(
    workspace: Workspace, client: OutgoingClient, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away in the very moment of a 429: the 429 is what is told, and this process waits."""
    database = Database(sqlite_url)
    client.watch(Store(database, SystemClock(), lambda data: data))
    workspace.faults.add(Fault("chat.update", retry_after=30))

    def away(*_: object, **__: object) -> NoReturn:
        raise Unsaved

    with monkeypatch.context() as patch:
        patch.setattr(Budgets, "pause", away)
        with pytest.raises(SlackApiError) as refused:
            await client.chat_update(channel="#ops", ts="1", text="x")
    assert is_rate_limit(refused.value)
    with pytest.raises(RetryLater) as told:
        await client.chat_update(channel="#ops", ts="1", text="x")
    assert 25 < told.value.after_s <= 30
    assert 1 == len(workspace.recorder.calls("chat.update"))
    budget = budget_of("chat.update", "")
    assert budget is not None
    await client._pause(budget, 1)  # another call that was on its way is told less, and the database is back
    with pytest.raises(RetryLater) as told:
        await client.chat_update(channel="#ops", ts="1", text="x")
    assert 25 < told.value.after_s
    await database.close()


async def test_without_a_database_a_429_is_kept_to(workspace: Workspace, client: OutgoingClient) -> None:
    """The client that speaks when the database is away hears it all the same."""
    workspace.faults.add(Fault("chat.postEphemeral", retry_after=30))
    with pytest.raises(SlackApiError):
        await client.chat_postEphemeral(channel="#ops", user=workspace.lead, text="x")
    with pytest.raises(RetryLater):
        await client.chat_postEphemeral(channel="#ops", user=workspace.lead, text="x")
    assert 1 == len(workspace.recorder.calls("chat.postEphemeral"))
