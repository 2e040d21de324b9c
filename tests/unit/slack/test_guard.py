"""The guard: a refusal lands where Slack shows it, and people of other workspaces reach nothing."""

import asyncio
from typing import Any

import pytest

from bot.errors import BadInput, BotError, Unsaved
from bot.slack.guard import Desk, Reply, Request, _in_time, guard

PERSON = {"id": "U1", "username": "lena", "team_id": "T1"}
FIELDS = [
    {"type": "section", "block_id": "words"},
    {"type": "input", "block_id": "severity"},
    {"type": "input", "block_id": "reason"},
]


async def _answered(body: dict[str, Any], error: BotError | None) -> tuple[list[dict[str, Any]], int]:
    """Return what was acknowledged to this payload, and how often the listener was reached."""
    said: list[dict[str, Any]] = []
    reached = []

    async def ack(**answer: Any) -> None:
        said.append(answer)

    async def listener(request: Request, _desk: Desk) -> Reply:
        reached.append(request)
        if error is not None:
            raise error
        return None

    desk = Desk(context=None, open_view=ack, whisper=None, team_id="T1", redact_data=dict, has_secret=lambda _: False)  # type: ignore[arg-type] # unused
    await guard(listener, desk, None)(ack, body)  # type: ignore[arg-type] # Bolt's ack is a callable like this one
    return said, len(reached)


def _submission(**changes: Any) -> dict[str, Any]:
    view = {"id": "V1", "hash": "1", "blocks": FIELDS}
    return {"type": "view_submission", "team": {"id": "T1"}, "user": PERSON, "view": view} | changes


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (BadInput("No.", "Do this.", field="reason"), "reason"),
        (BadInput("No.", "Do this."), "severity"),
        (BadInput("No.", "Do this.", field="gone"), "severity"),
        (BotError("No.", "Do this."), "severity"),
    ],
    ids=["its own", "none", "unknown", "another kind"],
)
async def test_a_forms_error_stands_under_a_field_that_takes_it(error: BotError, field: str) -> None:
    """Slack refuses an error under anything but an input: the named one, else the first."""
    said, _ = await _answered(_submission(), error)
    assert [{"response_action": "errors", "errors": {field: "No. Do this."}}] == said


async def test_nobody_waits_for_work_that_does_not_end() -> None:
    """When the time is up the person is told that it may not be saved, also if the work cannot be ended."""
    stubborn = asyncio.Event()

    async def work() -> Reply:
        try:
            await asyncio.Event().wait()
        finally:
            await stubborn.wait()
        return None

    with pytest.raises(Unsaved):
        await _in_time(work(), 0.01)
    stubborn.set()


async def test_what_was_typed_is_no_markup_in_the_answer() -> None:
    """A name or a word that calls the channel comes back as text; in a form Slack shows plain text anyway."""
    error = BadInput("<!channel> & co. set it.")
    command = {"command": "/anth-triage", "team_id": "T1", "user_id": "U1", "user_name": "lena", "trigger_id": "t1"}
    said, _ = await _answered({**command, "channel_id": "C1", "text": "x"}, error)
    text = "&lt;!channel&gt; &amp; co. set it."
    assert [("ephemeral", text)] == [(one["response_type"], one["text"]) for one in said]
    assert text == said[0]["blocks"][0]["text"]["text"]
    said, _ = await _answered(_submission(), error)
    assert "<!channel> & co. set it." == said[0]["errors"]["severity"]


def _shortcut(**changes: Any) -> dict[str, Any]:
    sent = {"type": "message_action", "callback_id": "explain_error", "trigger_id": "t1", "message": {"text": "x"}}
    return {**sent, "team": {"id": "T1"}, "user": PERSON, "channel": {"id": "C1"}} | changes


@pytest.mark.parametrize("kind", [_submission, _shortcut], ids=["form", "shortcut"])
@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({}, 1),
        ({"team": {"id": "T2"}}, 0),
        ({"team": None}, 0),
        ({"user": PERSON | {"team_id": "T9"}}, 0),
    ],
    ids=["ours", "another team", "no team", "a guest of another"],
)
async def test_forms_and_shortcuts_of_other_workspaces_reach_nothing(
    kind: Any, changes: dict[str, Any], reached: int
) -> None:
    """They are acknowledged and not read; a person of another workspace in one of our channels hears why."""
    acts, count = await _answered(kind(**changes), None)
    assert reached == count
    refused = {"severity": "This bot belongs to another workspace: only its members can use it."}
    told = kind is _submission and "user" in changes
    assert [{"response_action": "errors", "errors": refused} if told else {}] == acts
