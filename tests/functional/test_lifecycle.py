"""An incident run by verbs, from the first note to its end and back, over the real socket."""

import json
from datetime import timedelta
from functools import partial

import pytest

from bot.incidents.model import Status, fold
from bot.postmortem.record_json import story_json
from tests.scene import Scene


async def _says(desk: Scene, user: str, channel: str, text: str, answer: str) -> None:
    """Type a verb and wait for its answer."""
    await desk.slack.command(user, channel, text)
    await desk.until(lambda: desk.whispered(user, answer), answer)


async def _resolved(desk: Scene, channel: str) -> None:
    await desk.resolve(desk.lena, channel, impact="Chat was down", action_items="")
    await desk.see(channel, "Postmortem shared")


def _read(desk: Scene, user: str, text: str) -> list[str]:
    return [read for one in desk.slack.direct(user) if text in (read := desk.slack.read(one))]


def _posted(desk: Scene, channel: str) -> list[str]:
    """Return the messages that the bot posted; Slack itself announces topics and who joined."""
    return [message.ts for message in desk.slack.messages(channel) if message.metadata is not None]


async def test_people_run_an_incident(desk: Scene) -> None:
    """Card, topic, members, timeline, JSON and postmortem agree on who did what, and notes make no noise."""
    channel = await desk.opened()
    before = _posted(desk, channel)
    await _says(
        desk,
        desk.ravi,
        "#ops",
        "note INC-1 10m ago: saw <b>529</b> & gave up",
        "Noted on the timeline of INC-1 as entry",
    )
    await _says(desk, desk.lena, channel, f"role scribe <@{desk.ravi}|ravi>", "scribe: @ravi")
    await _says(
        desk,
        desk.lena,
        channel,
        f"task page the vendor <@{desk.ravi}|ravi> by 2026-12-01",
        "task 1 (open): page the vendor",
    )
    await _says(desk, desk.lena, channel, "task write to customers", "task 2 (open): write to customers")
    await desk.until(lambda: desk.ravi in desk.slack.channel(channel).members, "ravi in the channel")
    await _says(desk, desk.ravi, channel, "task done 1", "task 1 (done): page the vendor")
    await _says(desk, desk.lena, channel, "status monitoring it calms down", "INC-1 is monitoring now.")
    card = await desk.see(channel, "task 2 (open): write to customers")
    assert "Scribe" in desk.slack.read(card)
    await desk.gone(channel, "task 1 (open)")
    await desk.until(lambda: "INC-1 P1 monitoring" in desk.slack.channel(channel).topic, "the topic")
    assert before == _posted(desk, channel)
    await _resolved(desk, channel)
    await desk.see(channel, "Follow-ups")
    await _says(desk, desk.lena, channel, "close", "INC-1 is closed. Tasks left as follow-ups: 1.")

    incident, story = await desk.record()
    assert incident == fold(1, [item.event for item in story])
    assert Status.CLOSED == incident.status
    shown = json.loads(json.dumps(story_json(incident, story)))
    assert {"lead": "lena", "scribe": "ravi"} == shown["roles"]
    assert [("page the vendor", "ravi", "2026-12-01", True), ("write to customers", None, None, False)] == [
        (task["text"], task["owner"], task["due"], task["done"]) for task in shown["tasks"]
    ]
    noted = next(line for line in shown["timeline"] if line["kind"] == "noted")
    assert "noted: saw <b>529</b> & gave up" == noted["text"]
    assert noted["happened_at"] < noted["at"]
    (file,) = [file for message in desk.slack.messages(channel) for file in message.files]
    text = file.bytes.decode()
    for part in ("- [x] 1: page the vendor (ravi), by 2026-12-01", "- [ ] 2: write to customers", "scribe"):
        assert part in text


async def test_what_came_back_goes_on(desk: Scene) -> None:
    """A reopened incident asks its question again, reminds again, and ends with a second postmortem."""
    channel = await desk.opened()
    await _says(desk, desk.lena, channel, "ack", "You have INC-1 in hand")
    await _resolved(desk, channel)
    await _says(desk, desk.lena, channel, "reopen", "The reason is empty.")
    await _says(desk, desk.ravi, "#ops", "reopen INC-1 529 again", "INC-1 is open again: investigating.")
    await desk.see(channel, "[ 529 ]")
    await desk.until(lambda: "INC-1 P1 investigating" in desk.slack.channel(channel).topic, "the topic")
    await desk.world.jump(31 * 60)
    await desk.see(channel, "No word on INC-1 for a while")
    await desk.resolve(desk.lena, channel, impact="Twice")
    await desk.until(lambda: len([f for m in desk.slack.messages(channel) for f in m.files]) == 2, "a second file")
    await desk.settled()  # the record of it comes after the file
    incident, story = await desk.record()
    assert incident == fold(1, [item.event for item in story])
    assert ["resolved", "reopened", "resolved"] == [
        item.event.kind for item in story if item.event.kind in {"resolved", "reopened"}
    ]


async def test_another_round_is_acknowledged_and_reminds_anew(desk: Scene) -> None:
    """Whoever had it in hand, and whatever was stopped, before the end."""
    channel = await desk.opened()
    await _says(desk, desk.lena, channel, "ack", "You have INC-1 in hand")
    await _says(desk, desk.lena, channel, "snooze stop", "Reminders of INC-1 are stopped")
    await _resolved(desk, channel)
    await _says(desk, desk.ravi, "#ops", "reopen INC-1 again", "INC-1 is open again")
    await desk.see(channel, "[ Acknowledge ]")
    await desk.world.jump(300)
    await desk.see(channel, ":bell: @lena Nobody has acknowledged INC-1 (P1) yet.")
    await _says(desk, desk.ravi, "#ops", "ack INC-1", "You have INC-1 in hand")
    incident, story = await desk.record()
    assert incident == fold(1, [item.event for item in story])
    first = incident.first_acknowledged
    assert ("ravi", "lena") == (incident.acknowledged_by and incident.acknowledged_by.name, first and first.by.name)


async def test_a_form_of_another_round_ends_nothing(desk: Scene) -> None:
    """Who opened it before somebody resolved and reopened the incident hears that it was."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "resolve")
    form = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await _says(desk, desk.lena, channel, f"role scribe <@{desk.ravi}>", "scribe: @ravi")
    await desk.resolve(desk.ravi, "#ops", "INC-1")
    await _says(desk, desk.ravi, "#ops", "reopen INC-1 not over", "INC-1 is open again")
    await desk.slack.submit(desk.lena, {"early": "old"}, form.id)
    view = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    assert "INC-1 was over and was reopened since you opened this form" in str(view.errors)
    incident, _ = await desk.record()
    assert incident.is_open


async def test_who_is_given_something_hears_of_it_once(desk: Scene) -> None:
    """In private, with what, by whom and where; who takes it themselves does not, and the name stands by a mention."""
    channel = await desk.opened()
    await _says(desk, desk.lena, channel, "role scribe me", "scribe: @lena")
    await _says(desk, desk.lena, channel, f"role lead <@{desk.ravi}>", "lead: @ravi")
    await _says(desk, desk.lena, channel, f"task call the vendor <@{desk.ravi}> by 2030-01-01", "call the vendor")
    await desk.until(lambda: len(desk.slack.direct(desk.ravi)) == 2, "two words")
    told = " ".join(desk.slack.read(one) for one in desk.slack.direct(desk.ravi))
    assert "@lena has given you the role *lead* of *INC-1*" in told
    assert "task 1 (open): call the vendor" in told
    assert [] == desk.slack.direct(desk.lena)
    await _says(desk, desk.lena, channel, "recap", "lead ravi")


async def test_a_task_is_called_to_mind_on_its_day(desk: Scene) -> None:
    """Its owner when the team's day begins, the lead of one that is nobody's; also after the end, once, unless done."""
    channel = await desk.opened()
    incident, _ = await desk.record()
    day = (incident.opened_at + timedelta(days=2)).date()
    await _says(desk, desk.lena, channel, f"task call the vendor by {day} <@{desk.ravi}>", "task 1 (open)")
    await _says(desk, desk.lena, channel, f"task write it up by {day}", "task 2 (open)")
    await _says(desk, desk.lena, channel, f"task tell support by {day}", "task 3 (open)")
    await _says(desk, desk.lena, channel, "task done 3", "task 3 (done)")
    await _resolved(desk, channel)
    await desk.world.jump(3 * 86400)
    for who, what in ((desk.ravi, "call the vendor"), (desk.lena, "write it up")):
        await desk.until(partial(_read, desk, who, "A task is due today"), what)
        assert [what in text for text in _read(desk, who, "A task is due today")] == [True]


@pytest.mark.parametrize("whom", ["bot", "nobody"])
async def test_only_members_are_given_anything(desk: Scene, whom: str) -> None:
    """Neither the bot itself nor somebody who does not exist."""
    channel = await desk.opened()
    mention = {"bot": f"<@{desk.slack.bot_user_id}>", "nobody": "<@U0NOBODY99>"}[whom]
    answer = {"bot": "is no member of this workspace", "nobody": "Slack does not say who that is"}[whom]
    await _says(desk, desk.lena, channel, f"role scribe {mention}", answer)
    await desk.slack.command(desk.lena, channel, f"task x {mention}")
    await desk.until(lambda: len([m for m in desk.slack.ephemerals(desk.lena) if answer in desk.slack.read(m)]) == 2)
    incident, _ = await desk.record()
    assert ({}, ()) == (incident.roles, incident.tasks)


async def test_of_many_tasks_the_rest_is_counted(desk: Scene) -> None:
    """And it is told where the whole list is."""
    channel = await desk.opened()
    for number in range(1, 22):
        await _says(desk, desk.lena, channel, f"task thing {number}", "Tasks of INC-1")
    await _says(desk, desk.lena, channel, "task", "… and 1 more\nThe whole list: `/anth-triage export`")


SLIPS = (
    ("note 5 fortnights ago x", "Write it like `10m ago`"),
    ("task done 1 thanks", "Nothing more may stand behind the number"),
    ("task x by 2020-01-01", "2020-01-01 is over already."),
    ("note", "The note is empty."),
    ("status resolved", "An incident has no such status."),
    ("role king me", "There is no role 'king'."),
    ("role scribe ravi", "That is no person of this workspace."),
    ("task done 7", "INC-1 has no task 7."),
    ("task x by 2026-02-30", "There is no such day."),
    ("close", "INC-1 is investigating. Resolve it first."),
    ("reopen because", "INC-1 is investigating: it is open."),
    ("task", "INC-1 has no tasks."),
    ("role", "lead: @lena"),
)


async def test_each_slip_is_answered(desk: Scene) -> None:
    """What cannot be done is said with what can; nothing is written down."""
    channel = await desk.opened()
    for text, answer in SLIPS:
        await _says(desk, desk.lena, channel, text, answer)
    _, story = await desk.record()
    assert {"opened", "measured", "channel_created", "reminded"} >= {item.event.kind for item in story}
