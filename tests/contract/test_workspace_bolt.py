"""A real Bolt app over Socket Mode, and the SDK's own clients, at work in the stand-in workspace."""

from collections.abc import AsyncIterator

import pytest

from bot.playground.workspace import Workspace
from tests.workspace_clients import CARD, FORM, Bot, Json, connected, running, web_client


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """Yield a workspace that listens on loopback."""
    async with running() as workspace:
        yield workspace


@pytest.fixture
async def bot(workspace: Workspace) -> AsyncIterator[Bot]:
    """Yield a bot that is connected."""
    async with connected(workspace) as bot:
        yield bot


@pytest.mark.usefixtures("bot")
async def test_a_command_reaches_bolt_and_its_answer_is_shown(workspace: Workspace) -> None:
    """The text of an acknowledgement is seen by the caller only, the posted card by the channel."""
    outcome = await workspace.command("Ravi", "#ops", "run for @Lena in #ops")
    assert outcome.acked
    said = f"Looking at run for <@{workspace.lead}|lena> in <#{workspace.channel('ops').id}|ops>"
    assert [said] == [message.text for message in workspace.ephemerals("Ravi")]
    assert "A card" == workspace.messages("#ops")[-1].text
    assert [] == workspace.ephemerals("Lena")


async def test_a_button_opens_a_form_whose_answers_come_back(workspace: Workspace, bot: Bot) -> None:
    """Press, fill in, read the error the bot finds, correct it, and the form closes."""
    await workspace.command("Ravi", "#ops", "run")
    card = workspace.messages("#ops")[-1]
    assert (await workspace.press("Lena", "#ops", card.ts, label="Open")).acked
    form = workspace.view("Lena")
    assert form is not None
    assert "Report" == form.title
    bot.answer = {"response_action": "errors", "errors": {"what": "Say more."}}
    await workspace.submit("Lena", {"What happens?": "no"})
    assert {"what": "Say more."} == form.errors
    bot.answer = {}
    outcome = await workspace.submit("Lena", {"text": "529 everywhere", "lead": workspace.responder})
    assert outcome.acked
    assert workspace.view("Lena") is None
    values = bot.actions[-1]["state"]["values"]
    assert {"type": "plain_text_input", "value": "529 everywhere"} == values["what"]["text"]
    assert {"type": "users_select", "selected_user": workspace.responder} == values["who"]["lead"]


async def test_an_empty_required_answer_is_not_sent(workspace: Workspace, bot: Bot) -> None:
    """Slack's own form check comes before the bot."""
    assert (await workspace.shortcut("Lena", "open_incident")).acked
    outcome = await workspace.submit("Lena", {})
    assert 0 == outcome.delivered
    assert ("Please complete this required field.",) == outcome.problems
    assert [] == bot.actions


def _form(title: str, **more: object) -> Json:
    return {**FORM, "title": {"type": "plain_text", "text": title}, **more}


async def test_every_answer_to_a_form_does_what_slack_does(workspace: Workspace, bot: Bot) -> None:
    """Update changes the modal, push puts one on top, a fourth is too many, clear closes them all."""
    filled = {"text": "enough"}
    await workspace.shortcut("Lena", "open_incident")
    bot.answer = {"response_action": "update", "view": _form("Newer")}
    await workspace.submit("Lena", filled)
    assert ["Newer"] == [view.title for view in workspace.state.modals[workspace.lead]]
    bot.answer = {"response_action": "push", "view": _form("On top")}
    assert () == (await workspace.submit("Lena", filled)).problems
    await workspace.submit("Lena", filled)
    assert ("push_limit_reached",) == (await workspace.submit("Lena", filled)).problems
    assert ["Newer", "On top", "On top"] == [view.title for view in workspace.state.modals[workspace.lead]]
    bot.answer = {"response_action": "clear"}
    await workspace.submit("Lena", filled)
    assert workspace.view("Lena") is None


async def test_a_form_answer_that_slack_would_not_show_is_a_problem(workspace: Workspace, bot: Bot) -> None:
    """Errors for an unknown input and a broken view are reported, and the form stays."""
    await workspace.shortcut("Lena", "open_incident")
    bot.answer = {"response_action": "errors", "errors": {"elsewhere": "?"}}
    assert "invalid_arguments" in (await workspace.submit("Lena", {"text": "enough"})).problems
    bot.answer = {"response_action": "update", "view": _form("x" * 25)}
    assert "invalid_arguments" in (await workspace.submit("Lena", {"text": "enough"})).problems
    assert workspace.view("Lena") is not None


async def test_closing_a_form_is_told_to_those_who_asked(workspace: Workspace, bot: Bot) -> None:
    """Without notify_on_close the bot hears nothing."""
    await workspace.shortcut("Lena", "open_incident")
    assert 0 == (await workspace.close_view("Lena")).delivered
    await workspace.shortcut("Lena", "open_incident")
    bot.answer = {"response_action": "update", "view": _form("Newer", notify_on_close=True)}
    await workspace.submit("Lena", {"text": "enough"})
    assert (await workspace.close_view("Lena")).acked
    assert workspace.view("Lena") is None
    assert "Newer" == bot.actions[-1]["title"]["text"]


async def test_what_people_say_reaches_the_bot(workspace: Workspace, bot: Bot) -> None:
    """A message in a channel of the bot is an event; a mention is two; elsewhere nothing is sent."""
    assert (await workspace.say("Lena", "#ops", "hello")).acked
    assert 2 == (await workspace.say("Lena", "#ops", "@claude-incident help")).delivered
    assert 0 == (await workspace.say("Lena", "#general", "not for the bot")).delivered
    assert ["message", "message", "app_mention"] == [event["type"] for event in bot.events]
    assert f"<@{workspace.bot_user_id}> help" == bot.events[-1]["text"]


async def test_files_upload_v2_leaves_the_file(workspace: Workspace) -> None:
    """The SDK's three-step upload puts the bytes into the channel's thread."""
    client = web_client(workspace)
    posted = await client.chat_postMessage(channel="#ops", text="The postmortem follows.")
    uploaded = await client.files_upload_v2(
        channel=posted["channel"], thread_ts=posted["ts"], filename="INC-1.md", content="# What happened\n"
    )
    file = workspace.file(uploaded["files"][0]["id"])
    assert b"# What happened\n" == file.bytes
    assert ("INC-1.md", posted["ts"]) == (file.name, file.thread_ts)
    assert [file] == workspace.channel("#ops").files
    assert [file] == workspace.messages("#ops", posted["ts"])[-1].files


async def test_the_core_of_an_incident_by_the_sdk(workspace: Workspace) -> None:
    """Create, invite, topic, card, pin, bookmark, update, private word, archive: all of it is state."""
    client = web_client(workspace)
    created = await client.conversations_create(name="inc-1-overloaded")
    channel = created["channel"]["id"]
    await client.conversations_invite(channel=channel, users=[workspace.lead, workspace.responder])
    await client.conversations_setTopic(channel=channel, topic="P1: overloaded")
    metadata: Json = {"event_type": "anth_outbox", "event_payload": {"k": "1"}}
    posted = await client.chat_postMessage(channel=channel, text="Card", blocks=CARD, metadata=metadata)
    await client.pins_add(channel=channel, timestamp=posted["ts"])
    await client.bookmarks_add(channel_id=channel, title="Status", type="link", link="https://status.claude.com")
    await client.chat_update(channel=channel, ts=posted["ts"], text="Card, newer", blocks=CARD)
    await client.chat_postEphemeral(channel=channel, user=workspace.lead, text="for you")
    history = await client.conversations_history(channel=channel, include_all_metadata=True, limit=1)
    assert metadata == history["messages"][0]["metadata"]
    await client.conversations_archive(channel=channel)
    seen = workspace.channel("inc-1-overloaded")
    assert ("P1: overloaded", [posted["ts"]], True) == (seen.topic, seen.pins, seen.archived)
    assert [workspace.bot_user_id, workspace.lead, workspace.responder] == seen.members
    assert ["Status"] == [bookmark["title"] for bookmark in seen.bookmarks]
    assert ["Card", "Card, newer"] == [version.text for version in workspace.message(channel, posted["ts"]).versions]
    assert ["for you"] == [message.text for message in workspace.ephemerals("Lena")]
