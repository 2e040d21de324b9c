"""Whoever pastes a key is warned in private within two seconds, wherever they paste it."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.playground.workspace import Message
from bot.slack import ids
from bot.slack.cards.pasted_key import KEYS
from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.functional.test_database_faults import _file_locked
from tests.scene import Scene

KEY = "sk-ant-api03-" + "Zq7" * 31 + "AA"
WITHIN_S = 2.0
Paste = Callable[[Scene, str, str], Awaitable[object]]


async def _say(desk: Scene, channel: str, text: str) -> None:
    await desk.slack.say(desk.ravi, channel, text)


async def _note(desk: Scene, channel: str, text: str) -> None:
    await desk.slack.command(desk.ravi, channel, f"note {text}")


async def _explain(desk: Scene, channel: str, text: str) -> None:
    await desk.slack.command(desk.ravi, channel, f"explain {text}")


async def _explain_form(desk: Scene, channel: str, text: str) -> None:
    if desk.slack.view(desk.ravi) is None:
        await desk.slack.command(desk.ravi, channel, "explain")
        await desk.until(lambda: desk.slack.view(desk.ravi), "the form")
    await desk.slack.submit(desk.ravi, {"text": text})


async def _evidence_form(desk: Scene, channel: str, text: str) -> None:
    await desk.slack.command(desk.ravi, channel, "evidence")
    await desk.until(lambda: desk.slack.view(desk.ravi), "the form")
    await desk.slack.submit(desk.ravi, {"changed": text})


async def _unknown_verb(desk: Scene, channel: str, text: str) -> None:
    await desk.slack.command(desk.ravi, channel, text)


async def _point(desk: Scene, channel: str, text: str) -> None:
    said = await desk.slack.say(desk.lena, "#ops", text)
    await desk.slack.message_shortcut(desk.ravi, "#ops", said.ts or "", ids.EXPLAIN_MESSAGE)
    del channel


PASTES: list[Paste] = [_say, _note, _explain, _explain_form, _evidence_form, _unknown_verb, _point]


def _warning(desk: Scene) -> Message | None:
    return desk.whispered(desk.ravi, "You have just sent a key or a token.")


async def _warned(desk: Scene) -> float:
    """Return after how many real seconds the warning stood there."""
    began = time.monotonic()
    told = await desk.until(lambda: _warning(desk), "the warning")
    assert f"<{KEYS}|API keys in the Console>" in told.text
    return time.monotonic() - began


@pytest.mark.parametrize("scenario", ["healthy"])
async def test_who_pastes_a_key_is_warned_within_two_seconds(desk: Scene) -> None:
    """In a message, behind a verb, in a form, behind no verb, or by pointing at a message: with the link to revoke."""
    channel = desk.slack.add_channel("room", [desk.lena, desk.ravi]).id
    await desk.slack.command(desk.lena, "#ops", "open")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"title": "Trouble", "house": channel})
    await desk.see(channel, "Trouble")
    for paste in PASTES:
        began = time.monotonic()
        await paste(desk, channel, f"try {KEY} please")
        await _warned(desk)
        assert time.monotonic() - began < WITHIN_S, paste.__name__
        warnings = [
            one for one in desk.slack.state.ephemerals if "sent a key" in one.text and one.only_for == desk.ravi
        ]
        assert 1 == len(warnings), paste.__name__
        assert {desk.ravi} == {one.only_for for one in warnings}
        desk.slack.state.ephemerals.clear()
        if desk.slack.view(desk.ravi) is not None:
            await desk.slack.close_view(desk.ravi)


@pytest.mark.parametrize("scenario", ["healthy"])
async def test_the_warning_comes_in_every_channel_of_the_bot(desk: Scene) -> None:
    """No incident is needed for it, and of what was said elsewhere nothing but the warning follows."""
    await desk.slack.say(desk.ravi, "#ops", f"try this one: {KEY}")
    await desk.until(lambda: _warning(desk), "the warning")
    database = Database(desk.database_url)
    async with Store(database, desk.world.clock, lambda data: data).read() as unit:
        assert [] == list(await unit.messages.of(desk.slack.channel("ops").id, unit.now - timedelta(hours=1)))
    await database.close()


async def test_nobody_is_warned_of_what_is_no_key(desk: Scene) -> None:
    """Request ids, prompts in a pasted body and masked keys are no reason to revoke anything."""
    for text in (
        '{"messages":[{"role":"user","content":"hello"}]}',
        "req_011CSHoEeqs5C35K2UUqR7Fy",
        "sk-ant-api03-…Q7AA",
        "HTTP/2 529 set-cookie: _cfuvid=abcDEF.123-456; path=/; request-id: req_011CSHoEeqs5C35K2UUqR7Fy",
        "the log says msg.status=529",
    ):
        await desk.slack.command(desk.ravi, "#ops", f"explain {text}")
    assert _warning(desk) is None


@pytest.mark.parametrize("scenario", ["healthy"])
@pytest.mark.parametrize(
    ("pasted", "where"),
    [
        ("xoxb-123456789012-123456789012-AbCdEfGhIjKlMnOpQrStUvWx", "<https://api.slack.com/apps|"),
        ("sk-ant-admin01-" + "Zq7" * 31 + "AA", "|Admin keys in the Console>"),
        ("sk-ant-oat01-" + "Zq7" * 31 + "AA", "An OAuth token: log out"),
        ("AKIAIOSFODNN7EXAMPLE", "|IAM>"),
    ],
)
async def test_the_warning_leads_to_where_that_kind_is_revoked(desk: Scene, pasted: str, where: str) -> None:
    """What no Admin API can look up begins no procedure that looks it up."""
    await desk.slack.command(desk.ravi, "#ops", f"explain it is {pasted}")
    told = await desk.until(lambda: _warning(desk), "the warning")
    assert where in told.text
    assert KEYS + "|" not in told.text
    assert "Begin the key procedure" not in desk.slack.read(told)


async def test_the_warning_comes_while_the_database_is_locked(sqlite_url: str, desk: Scene) -> None:
    """What cannot be queued is sent at once, without a record."""
    if desk.database_url != sqlite_url:
        pytest.skip("a file is locked, not a server")
    async with _file_locked(desk):
        began = time.monotonic()
        pasted = _unknown_verb(desk, "#ops", f"try {KEY}")
        await pasted
        await _warned(desk)
        assert time.monotonic() - began < WITHIN_S
