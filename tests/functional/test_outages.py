"""Slack itself is in trouble: nothing is lost, nothing stands twice, and what is shown is the present state."""

import asyncio
from functools import partial

import pytest

from bot.playground.faults import Fault
from tests.scene import Scene


async def test_a_lost_answer_leaves_one_message_that_is_true(desk: Scene) -> None:
    """Slack posted and the answer was lost: the message is found again and edited to what holds by now."""
    desk.slack.faults.add(Fault(method="chat.postMessage", cut="after"))
    await desk.slack.command(desk.lena, "#ops")
    await desk.see("#ops", "[ Open incident ]")
    assert 1 == len(desk.slack.messages("#ops"))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="chat.postMessage", error="internal_error"),
        Fault(method="chat.postMessage", http_status=503, body="<html>busy</html>"),
        Fault(method="chat.postMessage", body="not json"),
        Fault(method="chat.postMessage", cut="before"),
        Fault(method="chat.postMessage", retry_after=1),
        Fault(method="chat.postMessage", error="token_revoked"),
    ],
    ids=["internal error", "gateway page", "unreadable", "cut", "rate limited", "token"],
)
async def test_a_passing_trouble_only_delays(desk: Scene, fault: Fault) -> None:
    """Whatever went wrong once, the verdict arrives, once."""
    desk.slack.faults.add(fault)
    await desk.slack.command(desk.lena, "#ops")
    await desk.until(lambda: desk.slack.recorder.calls("chat.postMessage"))
    await desk.world.jump(70)
    await desk.see("#ops", "[ Open incident ]")
    assert 1 == len(desk.slack.messages("#ops"))


async def test_trouble_in_a_channel_without_the_bot_still_ends_in_an_answer(desk: Scene) -> None:
    """The answer in private survives an unclear first attempt."""
    desk.slack.faults.add(Fault(method="chat.postMessage", error="internal_error"))
    await desk.slack.command(desk.lena, "#general")
    await desk.until(lambda: [m for m in desk.slack.direct(desk.lena) if "[ Open incident ]" in desk.slack.read(m)])
    assert 1 == len(desk.slack.direct(desk.lena))


async def test_a_form_that_slack_does_not_open_is_told(desk: Scene) -> None:
    """Resolve without a form is no silence."""
    channel = await desk.opened()
    card = await desk.see(channel, "[ Resolve ]")
    desk.slack.faults.add(Fault(method="views.open", hang=True))
    outcome = await desk.slack.press(desk.lena, channel, card.ts, label="Resolve")
    assert outcome.acked
    await desk.until(lambda: desk.whispered(desk.lena, "Slack did not open the form."))


async def test_two_commands_at_once_are_one_triage(desk: Scene) -> None:
    """However close together, the second joins the first."""
    await desk.world.play("slow")
    await asyncio.gather(desk.slack.command(desk.lena, "#ops"), desk.slack.command(desk.ravi, "#ops"))
    await desk.until(
        lambda: desk.whispered(desk.lena, "running already") or desk.whispered(desk.ravi, "running already")
    )
    await desk.see("#ops", "is running")
    assert 1 == len(desk.slack.messages("#ops"))


async def test_a_copy_that_came_late_is_taken_away(desk: Scene) -> None:
    """Slack's answer was lost and it published half a minute later: in the end the message stands once, and is true."""
    desk.slack.faults.add(Fault(method="chat.postMessage", cut="late", delay_s=30))
    await desk.slack.command(desk.lena, "#ops")
    await desk.until(lambda: desk.slack.recorder.calls("chat.postMessage"))
    await desk.world.jump(10)
    await desk.see("#ops", "[ Open incident ]")
    await desk.world.jump(25)
    await desk.until(lambda: len(desk.slack.messages("#ops")) == 2, "the late copy")
    await desk.world.jump(60)
    await desk.until(lambda: len(desk.slack.messages("#ops")) == 1, "the sweep")
    assert "[ Open incident ]" in desk.slack.read(desk.slack.messages("#ops")[0])


async def test_a_word_in_private_that_came_late_is_taken_away(desk: Scene) -> None:
    """Direct messages, too, stand once in the end though Slack's answer was lost; nothing of them is kept then."""
    verdict = await desk.verdict()
    desk.slack.faults.add(Fault(method="chat.postEphemeral", error="user_not_in_channel", times=9))
    desk.slack.faults.add(Fault(method="chat.postMessage", channel=desk.ravi, cut="late", delay_s=30))
    for who in (desk.lena, desk.ravi):  # ravi is told that she was first
        await desk.slack.press(who, "#ops", verdict.ts, label="Open incident")
    await desk.until(lambda: [c for c in desk.slack.recorder.calls("chat.postMessage") if "has opened" in str(c)])
    await desk.world.jump(10)
    await desk.until(lambda: len(desk.slack.direct(desk.ravi)) == 1, "the second attempt")
    await desk.world.jump(25)
    await desk.until(lambda: len(desk.slack.direct(desk.ravi)) == 2, "the late copy")
    await desk.world.jump(60)
    await desk.until(lambda: len(desk.slack.direct(desk.ravi)) == 1, "the sweep")


def _card(desk: Scene, channel: str) -> str:
    """Return what the incident's card shows; there is one."""
    [card] = [read for m in desk.slack.messages(channel) if "[ Change severity ]" in (read := desk.slack.read(m))]
    return card


async def test_an_edit_that_comes_late_does_not_stay(desk: Scene) -> None:
    """Slack carries an older edit out after a newer one: in the end the card says what holds, and the topic, too."""
    channel = await desk.opened()
    await desk.see(channel, "[ Change severity ]")
    await desk.until(lambda: "P1" in desk.slack.channel(channel).topic, "the topic")
    desk.slack.faults.add(Fault(method="chat.update", channel=channel, cut="late", delay_s=30))
    desk.slack.faults.add(Fault(method="conversations.setTopic", channel=channel, cut="late", delay_s=30))
    before = len(desk.slack.recorder.calls("conversations.setTopic"))
    await desk.slack.command(desk.lena, f"#{channel}", "severity P2 half of it")
    await desk.until(lambda: len(desk.slack.recorder.calls("conversations.setTopic")) > before)
    await desk.world.jump(10)
    await desk.until(lambda: "P2" in desk.slack.channel(channel).topic, "the topic")
    await desk.until(lambda: "P2" in _card(desk, channel))
    await desk.slack.command(desk.lena, f"#{channel}", "severity P3 a few only")
    await desk.until(lambda: "P3" in _card(desk, channel) and "P3" in desk.slack.channel(channel).topic)
    await desk.world.jump(25)
    await desk.until(
        lambda: "P2 (" in _card(desk, channel) or "P2" in desk.slack.channel(channel).topic, "the late one"
    )
    await desk.world.jump(60)
    await desk.until(lambda: "P3 (" in _card(desk, channel) and "P3" in desk.slack.channel(channel).topic, "the truth")


async def test_a_deleted_card_is_posted_anew_once(desk: Scene) -> None:
    """Also when Slack's answer to the new one was lost: the next attempt looks before it posts."""
    channel = await desk.opened()
    await desk.see(channel, "[ Change severity ]")
    gone = Fault(method="chat.update", error="message_not_found", channel=channel, times=2)
    desk.slack.faults.add(gone)
    desk.slack.faults.add(Fault(method="chat.postMessage", channel=channel, cut="after"))
    card = next(m for m in desk.slack.messages(channel) if "[ Change severity ]" in desk.slack.read(m))
    desk.slack.channel(channel).messages.remove(card)
    await desk.slack.command(desk.lena, f"#{channel}", "severity P2 half of it")
    await desk.until(lambda: gone.times < 2)
    await desk.world.jump(10)
    await desk.until(lambda: gone.times == 0, "the second attempt")
    await desk.until(lambda: "P2" in _card(desk, channel))


@pytest.mark.expects_errors
async def test_the_lead_hears_of_each_new_refusal(desk: Scene) -> None:
    """One of some minutes ago for another reason, which nobody has mended, hides nothing."""
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    desk.slack.faults.add(Fault(method="conversations.setTopic", error="user_is_restricted"))
    await desk.slack.command(desk.lena, f"#{channel}", "severity P2 half of it")
    await desk.until(lambda: len(desk.slack.direct(desk.lena)) == 1, "the first word")
    await desk.world.jump(660)
    desk.slack.channel(channel).archived = True
    await desk.slack.command(desk.lena, "#ops", "severity INC-1 P3 a few")
    await desk.until(lambda: len(desk.slack.direct(desk.lena)) == 2, "the second word")
    assert "is_archived" in desk.slack.read(desk.slack.direct(desk.lena)[1])


@pytest.mark.expects_errors
async def test_the_lead_hears_of_a_channel_that_is_gone(desk: Scene) -> None:
    """An archived channel loses no state: the lead is told once in private, and a retry brings the messages."""
    channel = await desk.opened()
    desk.slack.channel(channel).archived = True
    question = await desk.see(channel, "[ 529 ]")
    await desk.slack.press(desk.lena, channel, question.ts, label="529")
    await desk.until(lambda: [m for m in desk.slack.direct(desk.lena) if "Slack refuses" in desk.slack.read(m)])
    incident, _ = await desk.record()
    assert 1 == incident.answers
    assert 1 == len(desk.slack.direct(desk.lena))


async def test_a_second_export_whose_answer_was_lost_is_not_taken_for_the_first(desk: Scene) -> None:
    """Each export is a file of its own, also when Slack's answer to the second one was lost."""
    channel = await desk.opened()
    for count in (1, 2):
        if count == 2:
            desk.slack.faults.add(Fault(method="files.completeUploadExternal", cut="before"))
        await desk.slack.command(desk.lena, f"#{channel}", "export")
        await desk.until(lambda: desk.slack.recorder.calls("files.completeUploadExternal"))
        await desk.world.jump(10)
        await desk.until(partial(_has_files, desk, channel, count), f"{count} files")
    assert 2 == len(set(_files(desk, channel)))


def _has_files(desk: Scene, channel: str, count: int) -> bool:
    return len(_files(desk, channel)) == count


def _files(desk: Scene, channel: str) -> list[str]:
    return [file.id for message in desk.slack.messages(channel) for file in message.files]
