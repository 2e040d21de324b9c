"""What people do and see beyond commands and forms: menus, old cards, private messages, homes, reactions."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from bot.clock import SteeredClock
from bot.playground.workspace import NotPossible, NotSeen, Workspace
from tests.workspace_clients import BUTTON, Bot, Json, bare_socket, connected, web_client


@pytest.fixture
async def bot(workspace: Workspace) -> AsyncIterator[Bot]:
    """Yield a bot that is connected."""
    async with connected(workspace) as bot:
        yield bot


def _option(text: str) -> Json:
    return {"text": {"type": "plain_text", "text": text}, "value": text.lower()}


def _choices(value: str) -> list[Json]:
    button = BUTTON | {"action_id": "choose", "value": value}
    menu = {"type": "overflow", "action_id": "more", "options": [_option("Export"), _option("Close")]}
    severity = {
        "type": "static_select",
        "action_id": "severity",
        "placeholder": {"type": "plain_text", "text": "Severity"},
        "options": [_option("P1"), _option("P2")],
        "initial_option": _option("P2"),
    }
    lead = {"type": "users_select", "action_id": "lead", "placeholder": {"type": "plain_text", "text": "Lead"}}
    return [{"type": "actions", "block_id": "row", "elements": [button, menu, severity, lead]}]


async def test_menus_send_what_was_chosen(workspace: Workspace, bot: Bot) -> None:
    """Overflow and select send the option, a people menu the person; state.values remembers the choices."""
    for action in ("more", "severity", "lead"):
        bot.app.action(action)(bot.choose)
    posted = await web_client(workspace).chat_postMessage(channel="#ops", text="x", blocks=_choices("1"))
    await workspace.press("Lena", "#ops", posted["ts"], label="Export")
    await workspace.press("Lena", "#ops", posted["ts"], value="p1")
    await workspace.press("Lena", "#ops", posted["ts"], action_id="lead", value=workspace.responder)
    sent = [body["actions"][0] for body in bot.actions]
    assert "export" == sent[0]["selected_option"]["value"]
    assert "p1" == sent[1]["selected_option"]["value"]
    assert workspace.responder == sent[2]["selected_user"]
    state = bot.actions[-1]["state"]["values"]["row"]
    assert ("p1", workspace.responder) == (
        state["severity"]["selected_option"]["value"],
        state["lead"]["selected_user"],
    )


async def test_a_stale_client_presses_the_old_button(workspace: Workspace, bot: Bot) -> None:
    """The card has changed, the old value is sent all the same; a control that is not there cannot be pressed."""
    client = web_client(workspace)
    posted = await client.chat_postMessage(channel="#ops", text="x", blocks=_choices("1"))
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="y", blocks=_choices("2"))
    await workspace.press("Lena", "#ops", posted["ts"], action_id="choose")
    await workspace.press_old("Ravi", "#ops", posted["ts"], action_id="choose")
    assert ["2", "1"] == [body["actions"][0]["value"] for body in bot.actions]
    assert [workspace.lead, workspace.responder] == [body["user"]["id"] for body in bot.actions]
    with pytest.raises(NotPossible, match="no such control"):
        await workspace.press("Lena", "#ops", posted["ts"], label="Resolve")


async def test_a_private_message_is_pressed_by_its_reader_and_replaced_by_its_address(
    workspace: Workspace, bot: Bot, clock: SteeredClock
) -> None:
    """Only the reader can press; response_url replaces it, five times and for half an hour."""
    client = web_client(workspace)
    ops = workspace.channel("ops").id
    await client.chat_postEphemeral(channel=ops, user=workspace.lead, text="x", blocks=_choices("1"))
    private = workspace.ephemerals("Lena")[0]
    with pytest.raises(NotPossible):
        await workspace.press("Ravi", "#ops", private.ts, action_id="choose")
    await workspace.press("Lena", "#ops", private.ts, action_id="choose")
    url = str(bot.actions[0]["response_url"])
    async with aiohttp.ClientSession() as session:
        for number in range(5):
            answer = {"text": f"newer {number}", "replace_original": True}
            async with session.post(url, json=answer) as told:
                assert 200 == told.status
        async with session.post(url, json={"text": "six"}) as told:
            assert "used_url" == (await told.json())["error"]
        await workspace.press("Lena", "#ops", (await _posted(workspace)), action_id="choose")
        clock.move_to(timedelta(minutes=31))
        async with session.post(str(bot.actions[1]["response_url"]), json={"text": "late"}) as told:
            assert "expired_url" == (await told.json())["error"]
    assert ["newer 4"] == [message.text for message in workspace.ephemerals("Lena")]


async def _posted(workspace: Workspace) -> str:
    posted = await web_client(workspace).chat_postMessage(channel="#ops", text="x", blocks=_choices("1"))
    return str(posted["ts"])


async def test_an_address_can_post_and_delete(workspace: Workspace, bot: Bot) -> None:
    """in_channel posts for all, delete_original takes the card away."""
    await workspace.press("Lena", "#ops", await _posted(workspace), action_id="choose")
    url = str(bot.actions[0]["response_url"])
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"text": "for all", "response_type": "in_channel"})
        await session.post(url, json={"delete_original": True})
    assert ["for all"] == [message.text for message in workspace.messages("#ops")]


async def test_edits_deletions_and_reactions_are_events(workspace: Workspace, bot: Bot) -> None:
    """What people do to messages reaches the bot as Slack tells it."""
    ts = (await workspace.say("Lena", "#ops", "first")).ts
    await workspace.edit("Lena", "#ops", ts, "better")
    await workspace.react("Ravi", "#ops", ts, "eyes")
    await workspace.unreact("Ravi", "#ops", ts, "eyes")
    await workspace.delete("Lena", "#ops", ts)
    kinds = [(event["type"], event.get("subtype")) for event in bot.events]
    assert [
        ("message", None),
        ("message", "message_changed"),
        ("reaction_added", None),
        ("reaction_removed", None),
        ("message", "message_deleted"),
    ] == kinds
    assert ("first", "better") == (bot.events[1]["previous_message"]["text"], bot.events[1]["message"]["text"])
    assert ts == bot.events[-1]["deleted_ts"]
    with pytest.raises(NotPossible):
        await workspace.edit("Ravi", "#ops", await _posted(workspace), "not mine")


async def test_the_home_opens_and_its_buttons_work(workspace: Workspace, bot: Bot) -> None:
    """Opening is an event; what the bot publishes can be pressed."""
    await workspace.open_home("Lena")
    assert ["app_home_opened"] == [event["type"] for event in bot.events]
    await web_client(workspace).views_publish(user_id=workspace.lead, view={"type": "home", "blocks": _choices("9")})
    await workspace.press_in_view("Lena", action_id="choose", home=True)
    assert ("view", "9") == (bot.actions[0]["container"]["type"], bot.actions[0]["actions"][0]["value"])


async def test_a_message_shortcut_carries_the_message(workspace: Workspace) -> None:
    """The payload names the message and its channel."""
    ts = (await workspace.say("Lena", "#general", "error 529")).ts
    socket = await bare_socket(workspace)
    async with asyncio.TaskGroup() as group:
        group.create_task(workspace.message_shortcut("Ravi", "#general", ts, "explain_error"))
        envelope = await socket.next()
        await socket.acknowledge(envelope)
    await socket.close()
    payload = envelope["payload"]
    assert ("message_action", "explain_error", "error 529") == (
        payload["type"],
        payload["callback_id"],
        payload["message"]["text"],
    )


async def test_a_bot_hears_only_what_it_subscribed_to(clock: SteeredClock) -> None:
    """Without the subscription, without the scope or without membership nothing is sent."""
    scopes = {"chat:write", "channels:history"}
    workspace = Workspace(clock=clock, scopes=scopes, events={"message.channels", "reaction_added"})
    secret = workspace.add_channel("secret", ["Lena"], private=True)
    said = await workspace.say("Lena", "#ops", "@claude-incident hello")
    assert 1 == said.delivered
    assert 0 == (await workspace.react("Lena", "#ops", said.ts, "eyes")).delivered
    assert 0 == (await workspace.say("Lena", secret.id, "private")).delivered
    await workspace.stop()


async def test_people_cannot_do_what_slack_does_not_let_them(workspace: Workspace) -> None:
    """Nobody speaks where they are not, nor as somebody who left."""
    workspace.add_channel("quiet", ["Lena"])
    with pytest.raises(NotPossible, match="ravi is not in #quiet"):
        await workspace.command("Ravi", "#quiet", "run")
    with pytest.raises(NotPossible, match="no such modal"):
        await workspace.submit("Lena", {})
    with pytest.raises(NotPossible, match="nobody here is called"):
        await workspace.say("Nobody", "#ops", "hello")


async def test_waiting_ends_at_the_change_or_shows_what_is_there(workspace: Workspace) -> None:
    """The value is returned as soon as it is there; in vain, the error reads like the screen."""
    client = web_client(workspace)
    async with asyncio.TaskGroup() as group:
        seen = group.create_task(workspace.until(lambda: workspace.messages("#ops"), what="a card"))
        await client.chat_postMessage(channel="#ops", text="x", blocks=_choices("1"))
    assert "x" == seen.result()[0].text
    with pytest.raises(NotSeen, match=r"the postmortem\n(?s:.*)\[ Open \]"):
        await workspace.until(lambda: workspace.channel("ops").files, within_s=0.01, what="the postmortem")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ('{"a": "<b> & c"}', '{"a": "&lt;b&gt; &amp; c"}'),
        ("see https://a.example/x?y=1&z=2.", "see <https://a.example/x?y=1&amp;z=2>."),
        ("https://a.example/#ops of @lena", "<https://a.example/#ops> of <@U0LEAD0001>"),
        ("<@U0LEAD0001> stays", "<@U0LEAD0001> stays"),
    ],
)
async def test_what_people_write_is_escaped_as_slack_does(
    workspace: Workspace, bot: Bot, typed: str, sent: str
) -> None:
    """An app gets brackets escaped and links as tags, never what was typed letter by letter."""
    del bot
    said = await workspace.say("Lena", "#ops", typed)
    assert sent == workspace.message("#ops", said.ts).text
