"""The stand-in workspace refuses what Slack refuses, by Slack's own error names."""

from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import SteeredClock, SystemClock
from bot.errors import BadSettings
from bot.playground.workspace import Workspace
from tests.workspace_clients import BUTTON, CARD, FORM, Json, refusal, running, web_client

HEADER: Json = {"type": "header", "text": {"type": "plain_text", "text": "h" * 151}}


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    """Return the SDK's client with the bot's token."""
    return web_client(workspace)


async def test_only_this_workspace_s_own_tokens_are_taken(workspace: Workspace, client: AsyncWebClient) -> None:
    """A foreign token is invalid, the wrong kind is refused, an unknown method is said to be so."""
    assert "invalid_auth" == await refusal(web_client(workspace, "xoxb-1-2-realistic").auth_test())
    assert "not_allowed_token_type" == await refusal(web_client(workspace, workspace.app_token).auth_test())
    assert "not_allowed_token_type" == await refusal(client.apps_connections_open(app_token=workspace.bot_token))
    assert "unknown_method" == await refusal(client.api_call("chat.shout"))


async def test_auth_test_names_bot_and_scopes(workspace: Workspace, client: AsyncWebClient) -> None:
    """The granted scopes come in a header, as Slack sends them."""
    told = await client.auth_test()
    assert (workspace.bot_user_id, workspace.team_id) == (told["user_id"], told["team_id"])
    assert "chat:write" in told.headers["x-oauth-scopes"].split(",")


async def test_a_missing_scope_is_named() -> None:
    """The refusal says what is needed and what was granted; a public scope does not open private channels."""
    granted = {"chat:write", "channels:manage", "channels:history"}
    async with running(Workspace(clock=SystemClock(), scopes=granted)) as workspace:
        client = web_client(workspace)
        with pytest.raises(SlackApiError) as refused:
            await client.pins_add(channel="#ops", timestamp="1.0")
        assert "missing_scope" == refused.value.response["error"]
        assert "pins:write" == refused.value.response["needed"]
        assert "channels:history,channels:manage,chat:write" == refused.value.response["provided"]
        assert "missing_scope" == await refusal(client.conversations_create(name="secret", is_private=True))
        assert "not_in_channel" == await refusal(client.chat_postMessage(channel="#general", text="hello"))
        await client.conversations_create(name="open")


async def test_a_post_needs_a_place(workspace: Workspace, client: AsyncWebClient) -> None:
    """Unknown, private and archived channels, missing threads and missing members have an error each."""
    secret = workspace.add_channel("secret", ["Lena"], private=True, with_bot=False)
    assert "channel_not_found" == await refusal(client.chat_postMessage(channel="C0NOWHERE", text="x"))
    assert "channel_not_found" == await refusal(client.chat_postMessage(channel=secret.id, text="x"))
    reply = client.chat_postMessage(channel="#ops", text="x", thread_ts="1.000001")
    assert "cannot_reply_to_message" == await refusal(reply)
    ops = workspace.channel("ops").id
    outsider = workspace.add_person("Olga").id
    assert "user_not_in_channel" == await refusal(client.chat_postEphemeral(channel=ops, user=outsider, text="x"))
    assert "not_in_channel" == await refusal(client.conversations_history(channel=workspace.channel("general").id))
    await client.chat_postMessage(channel=ops, text="x")
    await client.conversations_archive(channel=ops)
    assert "is_archived" == await refusal(client.chat_postMessage(channel=ops, text="x"))
    assert "is_archived" == await refusal(client.conversations_setTopic(channel=ops, topic="x"))
    own = workspace.messages("ops")[0].ts
    assert "is_inactive" == await refusal(client.chat_update(channel=ops, ts=own, text="y"))
    assert "already_archived" == await refusal(client.conversations_archive(channel=ops))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [HEADER]}, "invalid_blocks"),
        ({"text": "x", "blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": "[{"}, "invalid_arguments"),
        ({"text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        (
            {"text": "x", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2500}}] * 5},
            "msg_blocks_too_long",
        ),
        ({"text": "x", "metadata": {"event_type": "only"}}, "invalid_metadata_format"),
        ({"markdown_text": "x", "text": "y"}, "markdown_text_conflict"),
    ],
)
async def test_a_post_needs_sound_content(
    workspace: Workspace, client: AsyncWebClient, content: Json, error: str
) -> None:
    """What is wrong is named, and nothing is posted."""
    call = client.api_call("chat.postMessage", json={"channel": "#ops", **content})
    assert error == await refusal(call)
    assert [] == workspace.messages("#ops")


async def test_invalid_blocks_come_with_reasons(client: AsyncWebClient) -> None:
    """The reasons stand in response_metadata."""
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="#ops", text="x", blocks=[HEADER])
    told = refused.value.response["response_metadata"]["messages"]
    assert ["[ERROR] blocks[0] (header): text attribute cannot exceed 150 characters"] == told


async def test_an_update_needs_the_bot_s_own_message(workspace: Workspace, client: AsyncWebClient) -> None:
    """Missing and foreign messages, and more than 4,000 characters, are refused; unnamed blocks stay."""
    ops = workspace.channel("ops").id
    foreign = (await workspace.say("Lena", "#ops", "mine")).ts
    assert "message_not_found" == await refusal(client.chat_update(channel=ops, ts="1.0", text="x"))
    assert "cant_update_message" == await refusal(client.chat_update(channel=ops, ts=foreign, text="x"))
    assert "cant_delete_message" == await refusal(client.chat_delete(channel=ops, ts=foreign))
    own = str((await client.chat_postMessage(channel=ops, text="x", blocks=CARD))["ts"])
    assert "msg_too_long" == await refusal(client.chat_update(channel=ops, ts=own, text="x" * 4001))
    await client.chat_update(channel=ops, ts=own, text="y")
    assert 2 == len(workspace.message(ops, own).blocks)
    await client.chat_update(channel=ops, ts=own, text="z", blocks=[])
    assert [] == workspace.message(ops, own).blocks


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("ops", "name_taken"),
        ("Ops 2", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
        ("x" * 81, "invalid_name_maxlength"),
    ],
)
async def test_a_channel_needs_a_good_name(client: AsyncWebClient, name: str, error: str) -> None:
    """Taken, too long and odd names are refused."""
    assert error == await refusal(client.conversations_create(name=name))


async def test_invitations_that_slack_refuses(workspace: Workspace, client: AsyncWebClient) -> None:
    """Members, strangers and the bot itself cannot be invited; with `force` the others are."""
    channel = str((await client.conversations_create(name="inc-1"))["channel"]["id"])
    await client.conversations_invite(channel=channel, users=workspace.lead)
    invited = f"{workspace.lead},{workspace.responder}"
    assert "already_in_channel" == await refusal(client.conversations_invite(channel=channel, users=workspace.lead))
    assert "already_in_channel" == await refusal(client.conversations_invite(channel=channel, users=invited))
    assert workspace.responder not in workspace.channel(channel).members
    await client.conversations_invite(channel=channel, users=invited, force=True)
    assert workspace.responder in workspace.channel(channel).members
    myself = client.conversations_invite(channel=channel, users=workspace.bot_user_id)
    assert "cant_invite_self" == await refusal(myself)
    assert "user_not_found" == await refusal(client.conversations_invite(channel=channel, users="U0NOBODY1"))


async def test_what_a_channel_keeps_is_kept_once(workspace: Workspace, client: AsyncWebClient) -> None:
    """Pins, reactions, canvases and long topics are refused the second time or beyond the limit."""
    ops = workspace.channel("ops").id
    ts = (await workspace.say("Lena", "#ops", "look")).ts
    await client.pins_add(channel=ops, timestamp=ts)
    assert "already_pinned" == await refusal(client.pins_add(channel=ops, timestamp=ts))
    assert "message_not_found" == await refusal(client.pins_add(channel=ops, timestamp="1.0"))
    await client.pins_remove(channel=ops, timestamp=ts)
    assert "no_pin" == await refusal(client.pins_remove(channel=ops, timestamp=ts))
    await client.reactions_add(channel=ops, timestamp=ts, name="eyes")
    assert "already_reacted" == await refusal(client.reactions_add(channel=ops, timestamp=ts, name="eyes"))
    assert "too_long" == await refusal(client.conversations_setTopic(channel=ops, topic="x" * 251))
    content = {"type": "markdown", "markdown": "# Facts\n"}
    canvas = str((await client.conversations_canvases_create(channel_id=ops, document_content=content))["canvas_id"])
    again = client.conversations_canvases_create(channel_id=ops, document_content=content)
    assert "channel_canvas_already_exists" == await refusal(again)
    change = {"operation": "insert_at_end", "document_content": {"type": "markdown", "markdown": "more"}}
    await client.canvases_edit(canvas_id=canvas, changes=[change])
    assert "# Facts\nmore" == workspace.canvas("ops")


async def test_a_trigger_works_once_and_for_three_seconds(
    workspace: Workspace, client: AsyncWebClient, clock: SteeredClock
) -> None:
    """Used, old and invented triggers have an error each."""
    trigger = workspace.state.new_trigger(workspace.lead)
    await client.views_open(trigger_id=trigger, view=FORM)
    assert "exchanged_trigger_id" == await refusal(client.views_open(trigger_id=trigger, view=FORM))
    assert "invalid_trigger_id" == await refusal(client.views_open(trigger_id="1.2.3", view=FORM))
    late = workspace.state.new_trigger(workspace.lead)
    clock.move_to(timedelta(seconds=4))
    assert "expired_trigger_id" == await refusal(client.views_open(trigger_id=late, view=FORM))


async def test_views_are_checked_and_guarded_by_their_hash(workspace: Workspace, client: AsyncWebClient) -> None:
    """A broken view is invalid_arguments with reasons; an old hash and an unknown view are refused."""
    trigger = workspace.state.new_trigger(workspace.lead)
    broken = {name: part for name, part in FORM.items() if name != "submit"}
    assert "invalid_arguments" == await refusal(client.views_open(trigger_id=trigger, view=broken))
    view = (await client.views_open(trigger_id=trigger, view=FORM))["view"]
    await client.views_update(view_id=view["id"], hash=view["hash"], view=FORM)
    assert "hash_conflict" == await refusal(client.views_update(view_id=view["id"], hash=view["hash"], view=FORM))
    assert "not_found" == await refusal(client.views_update(view_id="V0NOTHERE", view=FORM))


async def test_the_home_is_published_to_one_person(workspace: Workspace, client: AsyncWebClient) -> None:
    """A home view replaces the earlier one of that person only."""
    home: Json = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await client.views_publish(user_id=workspace.lead, view=home))["view"]
    await client.views_publish(user_id=workspace.lead, view=home, hash=first["hash"])
    stale = client.views_publish(user_id=workspace.lead, view=home, hash=first["hash"])
    assert "hash_conflict" == await refusal(stale)
    assert workspace.home("Lena") is not None
    assert workspace.home("Ravi") is None


async def test_a_scheduled_message_appears_when_it_is_due(
    workspace: Workspace, client: AsyncWebClient, clock: SteeredClock
) -> None:
    """Not in the past, not at once, but when the clock gets there."""
    now = int(clock.now().timestamp())
    past = client.chat_scheduleMessage(channel="#ops", post_at=now - 5, text="x")
    assert "time_in_past" == await refusal(past)
    await client.chat_scheduleMessage(channel="#ops", post_at=now + 600, text="later")
    assert [] == workspace.messages("#ops")
    clock.move_to(timedelta(seconds=601))
    shown = await workspace.until(lambda: workspace.messages("#ops"), what="the scheduled message")
    assert "later" == shown[0].text


async def test_methods_are_limited_by_the_minute(
    workspace: Workspace, client: AsyncWebClient, clock: SteeredClock
) -> None:
    """The 21st channel of a minute is refused with Retry-After; a minute later it is not."""
    for number in range(20):
        await client.conversations_create(name=f"inc-{number}")
    with pytest.raises(SlackApiError) as refused:
        await client.conversations_create(name="inc-20")
    assert (429, "ratelimited") == (refused.value.response.status_code, refused.value.response["error"])
    assert 50 < int(refused.value.response.headers["Retry-After"]) <= 60
    clock.move_to(timedelta(seconds=61))
    await client.conversations_create(name="inc-20")
    assert workspace.channel("inc-20") is not None


async def test_a_channel_takes_one_message_a_second_after_a_burst(client: AsyncWebClient, clock: SteeredClock) -> None:
    """Five at once are let through, the sixth waits a second; another channel is not affected."""
    for number in range(5):
        await client.chat_postMessage(channel="#ops", text=str(number))
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="#ops", text="one too many")
    assert "1" == refused.value.response.headers["Retry-After"]
    await client.chat_postMessage(channel="#general", text="elsewhere")
    clock.move_to(timedelta(seconds=1))
    await client.chat_postMessage(channel="#ops", text="now")


async def test_history_pages_and_threads_stand_apart(workspace: Workspace, client: AsyncWebClient) -> None:
    """History is newest first without replies, page by page; a thread is read in order."""
    ops = workspace.channel("ops").id
    said = [(await workspace.say("Lena", "#ops", text)).ts for text in ("one", "two", "three")]
    await workspace.say("Ravi", "#ops", "answer", thread_ts=said[0])
    first = await client.conversations_history(channel=ops, limit=2)
    assert ["three", "two"] == [message["text"] for message in first["messages"]]
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=ops, limit=2, cursor=cursor)
    assert [("one", 1)] == [(message["text"], message["reply_count"]) for message in second["messages"]]
    thread = await client.conversations_replies(channel=ops, ts=said[0])
    assert ["one", "answer"] == [message["text"] for message in thread["messages"]]
    newer = await client.conversations_history(channel=ops, oldest=said[0])
    assert ["three", "two"] == [message["text"] for message in newer["messages"]]


async def test_reads_answer_as_the_sdk_asks(workspace: Workspace, client: AsyncWebClient) -> None:
    """People, groups, channels and the team can be read, by GET or POST."""
    assert "lena" == (await client.users_info(user=workspace.lead))["user"]["name"]
    assert "user_not_found" == await refusal(client.users_info(user="U0NOBODY1"))
    assert 4 == len((await client.users_list())["members"])
    assert {"general", "ops"} == {channel["name"] for channel in (await client.conversations_list())["channels"]}
    own = await client.users_conversations(types="public_channel,private_channel")
    assert ["ops"] == [channel["name"] for channel in own["channels"]]
    group = (await client.usergroups_list())["usergroups"][0]
    members = await client.usergroups_users_list(usergroup=group["id"])
    assert [workspace.lead, workspace.responder] == members["users"]
    assert workspace.team_id == (await client.team_info())["team"]["id"]
    direct = await client.conversations_open(users=workspace.lead)
    await client.chat_postMessage(channel=direct["channel"]["id"], text="hello")
    assert ["hello"] == [message.text for message in workspace.direct("Lena")]
    posted = await client.chat_postMessage(channel="#ops", text="x", blocks=[{"type": "actions", "elements": [BUTTON]}])
    link = await client.chat_getPermalink(channel=posted["channel"], message_ts=posted["ts"])
    assert str(link["permalink"]).startswith(workspace.url)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org"])
async def test_only_this_machine_may_reach_it(host: str) -> None:
    """Any address that others can reach is refused before anything listens."""
    with pytest.raises(BadSettings):
        await Workspace(clock=SystemClock()).start(host)


async def test_it_comes_back_as_it_was(workspace: Workspace, client: AsyncWebClient) -> None:
    """After a stop nothing is served; started on the same port the workspace still knows everything."""
    await client.chat_postMessage(channel="#ops", text="before")
    port = int(workspace.url.rsplit(":", 1)[1])
    await workspace.stop()
    with pytest.raises(OSError, match="Cannot connect"):
        await client.auth_test()
    await workspace.start(port=port)
    await client.chat_postMessage(channel="#ops", text="after")
    assert ["before", "after"] == [message.text for message in workspace.messages("#ops")]
