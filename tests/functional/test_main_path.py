"""The main job from the slash command to the shared postmortem, over the real socket."""

from bot.incidents.events import StepAnswered
from bot.incidents.model import Status, fold
from tests.scene import Scene


async def test_from_the_command_to_the_postmortem(desk: Scene) -> None:
    """A responder goes the whole way, and database, messages, pin, topic and file agree."""
    outcome = await desk.slack.command(desk.lena, "#ops")
    assert outcome.acked
    await desk.until(lambda: desk.whispered(desk.lena, "Triage started"))
    verdict = await desk.see("#ops", "[ Open incident ]")
    read = desk.slack.read(verdict)
    for part in ("P1", "theirs", "overloaded", "status page", "messages", "rate limits", "req_", "Error reference"):
        assert part in read
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    channel = await desk.until(desk.incident_channel)
    for label in ("529", "All of them", "It works again"):
        question = await desk.see(channel, f"[ {label} ]")
        await desk.slack.press(desk.lena, channel, question.ts, label=label)
        await desk.gone(channel, f"[ {label} ]")
    await desk.until(lambda: "INC-1 P1 monitoring" in desk.slack.channel(channel).topic, "the topic")
    card = await desk.see(channel, "[ Resolve ]")
    await desk.slack.press(desk.lena, channel, card.ts, label="Resolve")
    await desk.until(lambda: desk.slack.view(desk.lena))
    words = {"impact": "Chat was down", "root_cause": "Overload", "mitigation": "Waited", "action_items": "One\nTwo"}
    await desk.slack.submit(desk.lena, {**words, "early": "customers confirm it"})
    await desk.see(channel, "Postmortem shared")

    incident, story = await desk.record()
    assert Status.RESOLVED == incident.status
    assert incident == fold(1, [item.event for item in story])
    kinds = [item.event.kind for item in story if item.event.kind != "reminded"]
    assert [
        "opened",
        "measured",
        "channel_created",
        *["step_answered"] * 3,
        "postmortem_written",
        *["task_added"] * 2,
        "resolved",
        "postmortem_exported",
    ] == kinds
    answers = [item.event for item in story if isinstance(item.event, StepAnswered)]
    assert [("529", "lena"), ("All of them", "lena"), ("It works again", "lena")] == [
        (event.label, event.actor.name) for event in answers
    ]
    place = desk.slack.channel(channel)
    assert [card.ts] == place.pins
    await desk.until(lambda: "INC-1 P1 resolved" in place.topic or None)
    assert desk.lena in place.members
    (file,) = [file for message in desk.slack.messages(channel) for file in message.files]
    text = file.bytes.decode()
    for part in (
        "Chat was down",
        "Overload",
        "Waited",
        "- [ ] 1: One (no owner)",
        "- [ ] 2: Two (no owner)",
        "`req_",
        "**Severity:** P1",
        "It works again",
    ):
        assert part in text


async def test_two_people_open_one_incident(desk: Scene) -> None:
    """The second press leads to the first one's incident."""
    verdict = await desk.verdict()
    drawn = len(verdict.versions) - 1
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    await desk.slack.press_old(desk.ravi, "#ops", verdict.ts, version=drawn, label="Open incident")
    await desk.until(lambda: desk.whispered(desk.ravi, "@lena has opened INC-1"))


async def test_two_people_with_a_verdict_each_open_one_incident(desk: Scene) -> None:
    """Who presses second is led to what was opened since they asked; the verb opens another all the same."""
    desk.slack.add_channel("other", [desk.lena, desk.ravi])
    first, second = await desk.verdict(), await desk.verdict(desk.ravi, "#other")
    await desk.slack.press(desk.lena, "#ops", first.ts, label="Open incident")
    await desk.until(desk.incident_channel)
    await desk.slack.press(desk.ravi, "#other", second.ts, label="Open incident")
    await desk.until(lambda: desk.whispered(desk.ravi, "@lena has opened INC-1"))
    await desk.slack.command(desk.ravi, "#other", "open")
    view = await desk.until(lambda: desk.slack.view(desk.ravi), "the form")
    assert "INC-1" in str(view.blocks)


async def test_two_people_answer_one_question(desk: Scene) -> None:
    """The second answer changes nothing, and its sender is told."""
    channel = await desk.opened()
    await desk.slack.join(desk.ravi, channel)
    question = await desk.see(channel, "[ 529 ]")
    await desk.slack.press(desk.lena, channel, question.ts, label="529")
    await desk.see(channel, "[ All of them ]")
    await desk.slack.press_old(desk.ravi, channel, question.ts, label="429")
    await desk.until(lambda: desk.whispered(desk.ravi, "its answer already"))
    incident, _ = await desk.record()
    assert (1, "overloaded") == (incident.answers, incident.step)


async def test_a_second_triage_joins_the_running_one(desk: Scene) -> None:
    """One triage of a workspace runs at a time."""
    await desk.world.play("hanging")
    await desk.slack.command(desk.lena, "#ops")
    await desk.slack.command(desk.ravi, "#ops")
    await desk.until(lambda: desk.whispered(desk.ravi, "running already, asked for by @lena"))
