"""Explaining an error in Slack: by the verb, by the form and by the message shortcut; nothing is stored."""

import logging

import pytest
from sqlalchemy import text as sql

from bot.playground.faults import Fault
from bot.playground.lint import lint_message, lint_view
from bot.playground.reading import read_view
from bot.playground.workspace import Message, View
from bot.slack import ids
from bot.store.database import Database
from bot.store.tables import metadata
from tests.scene import Scene

PLANTED = "sk-ant-api03-" + "Zq7" * 31 + "AA"
BODY = '{"type":"error","error":{"type":"overloaded_error","message":"<b>Busy</b> & out"},"request_id":"req_011Cabc"}'


async def _whispered(desk: Scene, text: str) -> tuple[Message, str]:
    message = await desk.until(lambda: desk.whispered(desk.lena, text), text)
    assert [] == lint_message(message.blocks, message.text)
    return message, desk.slack.read(message)


async def _shown(desk: Scene, user: str, title: str) -> tuple[View, str]:
    """Return the modal with this title, and what people read in it."""

    def there() -> View | None:
        view = desk.slack.view(user)
        return view if view is not None and view.title == title else None

    view = await desk.until(there, title)
    assert [] == lint_view(view.body)
    return view, read_view(view)


async def _rows(desk: Scene) -> int:
    """Return how many rows stand in all tables together."""
    database = Database(desk.database_url)
    try:
        async with database.connection(write=False) as connection:
            counts = [
                (await connection.execute(sql(f"SELECT count(*) FROM {table.name}"))).scalar_one()  # noqa: S608 - our own names
                for table in metadata.sorted_tables
            ]
    finally:
        await database.close()
    return sum(counts)


async def test_a_pasted_body_is_explained_in_private(desk: Scene) -> None:
    """The verb answers with branch, fault, severity, retry, checks, actions, request id and links, to one person."""
    before = await _rows(desk)
    await desk.slack.command(desk.lena, "#ops", f"explain {BODY}")
    _, read = await _whispered(desk, "Overloaded (529)")
    for part in (
        "theirs (the provider's)",
        "not told by one error: run `/anth-triage`",
        "yes, a few times",
        "*Check*",
        "Retry with backoff and jitter",
        "`req_011Cabc`",
        "Error reference",
        "<b>Busy</b> & out",
    ):
        assert part in read
    assert [] == desk.slack.messages("#ops")
    assert before == await _rows(desk)


async def test_a_text_on_the_next_line_is_explained_too(desk: Scene) -> None:
    """People press Shift+Enter between the verb and what they paste."""
    await desk.slack.command(desk.lena, "#ops", "explain\nPOST https://api.anthropic.com/v1/messages\nHTTP 401")
    _, read = await _whispered(desk, "not accepted")
    assert "POST https://api.anthropic.com/v1/messages" in read


async def test_the_card_leads_to_a_triage(desk: Scene) -> None:
    """One error tells no severity: one press measures it in the same channel."""
    await desk.slack.command(desk.lena, "#ops", "explain HTTP 529")
    message, _ = await _whispered(desk, "[ Run triage ]")
    await desk.slack.press(desk.lena, "#ops", message.ts, label="Run triage")
    await desk.see("#ops", "[ Open incident ]")


async def test_a_planted_key_is_nowhere_in_the_answers(desk: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever way a text comes in, a key in it is masked in what is shown, sent and logged."""
    caplog.set_level(logging.DEBUG)
    text = f"HTTP 401 x-api-key: {PLANTED} xoxb-123456789012-123456789012-abcdefghijklmnopqrstuvwx"
    await desk.slack.command(desk.lena, "#ops", f"explain {text}")
    _, whispered = await _whispered(desk, "not accepted")
    said = await desk.slack.say(desk.lena, "#ops", text)
    await desk.slack.message_shortcut(desk.lena, "#ops", said.ts, ids.EXPLAIN_MESSAGE)
    _, by_shortcut = await _shown(desk, desk.lena, "What this error means")
    await desk.slack.command(desk.ravi, "#ops", "explain")
    await _shown(desk, desk.ravi, "Explain an error")
    await desk.slack.submit(desk.ravi, {"text": text})
    _, by_form = await _shown(desk, desk.ravi, "What this error means")
    for read in (whispered, by_shortcut, by_form):
        assert "sk-ant-api03-…" in read
        assert PLANTED[:25] not in read
    for text in (caplog.text, repr(desk.slack.recorder.calls("views.open"))):
        assert PLANTED[:25] not in text
        assert "abcdefghijklmnop" not in text


async def test_without_a_text_a_form_asks_for_it(desk: Scene) -> None:
    """The form's submission is answered by the explanation in its place."""
    await desk.slack.command(desk.lena, "#ops", "explain")
    _, read = await _shown(desk, desk.lena, "Explain an error")
    assert "Paste an error, a log line, a stack trace or a response" in read
    assert "Nothing is stored" in read
    await desk.slack.submit(desk.lena, {"text": BODY})
    _, read = await _shown(desk, desk.lena, "What this error means")
    assert "Overloaded (529)" in read
    assert "[ Close ]" in read


async def test_an_empty_form_says_what_to_do(desk: Scene) -> None:
    """Blanks are no error text: the form stays open with a word under its field."""
    await desk.slack.command(desk.lena, "#ops", "explain")
    await _shown(desk, desk.lena, "Explain an error")
    await desk.slack.submit(desk.lena, {"text": " \n "})
    view = desk.slack.view(desk.lena)
    assert view is not None
    assert {
        "text": "There is nothing to explain. Paste an error, a log line, a stack trace or a response."
    } == view.errors


async def test_a_message_is_explained_by_its_shortcut(desk: Scene) -> None:
    """An escaped JSON body in somebody's message is read as it was written, also where the bot is no member."""
    said = await desk.slack.say(desk.ravi, "#general", f"we get {BODY} from https://api.anthropic.com/v1/messages")
    assert "&lt;b&gt;" in desk.slack.message("#general", said.ts).text
    outcome = await desk.slack.message_shortcut(desk.lena, "#general", said.ts, ids.EXPLAIN_MESSAGE)
    assert outcome.acked
    _, read = await _shown(desk, desk.lena, "What this error means")
    assert "Overloaded (529)" in read
    assert "<b>Busy</b> & out" in read
    assert "&lt;" not in read


async def test_an_alert_is_explained_by_its_attachment(desk: Scene) -> None:
    """Monitoring tools write into attachments and leave the text empty."""
    said = await desk.slack.say(desk.ravi, "#ops", "x")
    message = desk.slack.message("#ops", said.ts)
    message.text, message.attachments = "", [{"title": "claude-api", "text": "HTTP 404 model: gone-1 not_found_error"}]
    await desk.slack.message_shortcut(desk.lena, "#ops", said.ts, ids.EXPLAIN_MESSAGE)
    _, read = await _shown(desk, desk.lena, "What this error means")
    assert "model_not_found" in read


async def test_a_message_without_text_leads_to_the_form(desk: Scene) -> None:
    """A picture cannot be explained: the person reads so and may paste the text at once."""
    said = await desk.slack.say(desk.ravi, "#ops", "x")
    desk.slack.message("#ops", said.ts).text = ""
    await desk.slack.message_shortcut(desk.lena, "#ops", said.ts, ids.EXPLAIN_MESSAGE)
    _, read = await _shown(desk, desk.lena, "Explain an error")
    assert "That message has no text that could be explained." in read


@pytest.mark.parametrize(
    "junk", ["the cat sat on the mat", "<!channel> <@U0EVIL0001>", "{" * 500, "\u202e\u200b", "%s\\x00"]
)
async def test_junk_is_answered_and_wakes_nobody(desk: Scene, junk: str) -> None:
    """What is no error is said to be not recognised, with what would help; nothing in it becomes markup."""
    await desk.slack.command(desk.lena, "#ops", f"explain {junk}")
    message, read = await _whispered(desk, "Not recognised")
    assert "HTTP status, error type, message and request id" in read
    assert "<!channel>" not in str(message.blocks)


async def test_a_form_that_slack_refuses_is_told_in_private(desk: Scene) -> None:
    """An expired trigger ends in a word to the person, not in silence."""
    said = await desk.slack.say(desk.ravi, "#ops", "HTTP 529")
    desk.slack.faults.add(Fault(method="views.open", error="expired_trigger_id"))
    await desk.slack.message_shortcut(desk.lena, "#ops", said.ts, ids.EXPLAIN_MESSAGE)
    await desk.until(lambda: desk.whispered(desk.lena, "Slack did not open the form."))
