"""The decision tree in Slack: measured before it advises, with a way back, past, and to a fresh measurement."""

import pytest

from bot.incidents.events import Measured, StepAnswered
from bot.paths import read_rules
from bot.playground.workspace import Message
from bot.rules.next_steps import HOLD
from tests.scene import Scene


async def _measurements(desk: Scene) -> int:
    _, story = await desk.record()
    return sum(isinstance(item.event, Measured) for item in story)


async def _reads(desk: Scene, channel: str, ts: str, *texts: str) -> Message:
    def there() -> Message | None:
        message = desk.slack.message(channel, ts)
        return message if all(text in desk.slack.read(message) for text in texts) else None

    return await desk.until(there, " + ".join(texts))


async def _against(desk: Scene, channel: str, question: Message, label: str, reason: str) -> None:
    """Answer other than what was measured, for a reason."""
    await desk.slack.press(desk.lena, channel, question.ts, label=label)
    await desk.until(lambda: desk.slack.view(desk.lena), "the form that asks why")
    await desk.slack.submit(desk.lena, {"reason": reason})


async def test_who_answers_against_the_measurement_says_why(desk: Scene) -> None:
    """The form names both answers; the reason stands in the question and on the timeline."""
    channel = await desk.opened()
    question = await desk.see(channel, "[ 529 ]")
    await desk.slack.press(desk.lena, channel, question.ts, label="429")
    form = await desk.until(lambda: desk.slack.view(desk.lena), "the form that asks why")
    assert "speaks for “529”; you chose “429”" in str(form.blocks)
    await desk.slack.press(desk.ravi, channel, question.ts, label="529")
    await desk.gone(channel, "[ 529 ]")
    assert "has its answer already, by ravi" in str(await desk.slack.submit(desk.lena, {"reason": "too late"}))
    question = await desk.see(channel, "[ All of them ]")
    await _against(desk, channel, question, "One model", "the other model works for <!channel>")
    await _reads(desk, channel, question.ts, "the other model works", "spoke for “All of them”")
    _, story = await desk.record()
    answers = [item.event for item in story if isinstance(item.event, StepAnswered)]
    assert ["", "the other model works for <!channel>"] == [event.reason for event in answers]


async def test_a_fresh_verdict_preselects_the_branch_and_says_why(desk: Scene) -> None:
    """What was measured a moment ago is not measured again: the advice is there at once."""
    channel = await desk.opened()
    question = await desk.see(channel, "[ 529 ]")
    await _reads(desk, channel, question.ts, "Measured", "probes failed", "speaks for “529”", "[ Not sure: measure ]")
    assert "[ Back ]" not in desk.slack.read(question)
    for label in ("529", "All of them"):
        question = await desk.see(channel, f"[ {label} ]")
        await desk.slack.press(desk.lena, channel, question.ts, label=label)
    advice = await desk.see(channel, "[ It works again ]")
    assert "Measuring now" not in "".join(str(version.blocks) for version in advice.versions)
    assert 1 == await _measurements(desk)


async def test_an_old_measurement_is_taken_again_before_it_advises(desk: Scene) -> None:
    """The step shows the old one with its age and measures; the advice comes with the new one, in place."""
    channel = await desk.opened()
    question = await desk.see(channel, "[ 529 ]")
    await desk.world.jump(120)
    await desk.world.play("hanging")  # so that the run takes its time
    await _against(desk, channel, question, "429", "the gateway's log shows 429")
    question = await desk.see(channel, "Measuring now")
    await desk.slack.press(desk.lena, channel, question.ts, label="No: a rate limit")
    advice = await desk.see(channel, "[ It works again ]")
    assert "Read the rate-limit headers" not in str(advice.versions[0].blocks), "the advice waits"
    await _reads(desk, channel, advice.ts, "Read the rate-limit headers", "got no answer in time")
    assert 2 == await _measurements(desk)
    assert desk.with_text(channel, "Claude API triage") is None, "what was measured stands in the questions alone"
    _, story = await desk.record()
    answers = [item.event for item in story if isinstance(item.event, StepAnswered)]
    assert ["529", None] == [event.suggested for event in answers]


@pytest.mark.parametrize("scenario", ["overloaded_storm"])
async def test_who_is_not_sure_measures_and_sees_what_speaks_now(desk: Scene) -> None:
    """The question is drawn anew with the result, whatever the provider does meanwhile."""
    channel = await desk.opened()
    question = await desk.see(channel, "[ 529 ]")
    await desk.world.play("key_revoked")
    await desk.slack.press(desk.lena, channel, question.ts, label="Not sure: measure")
    await _reads(desk, channel, question.ts, "speaks for “401 or 403”")
    assert 2 == await _measurements(desk)


async def test_back_and_skip_work_at_every_step(desk: Scene) -> None:
    """Back leads to the question before, skip to handing it over with evidence; both stand on the timeline."""
    channel = await desk.opened()
    for label in ("529", "Back", "Skip", "Back"):
        question = await desk.see(channel, f"[ {label} ]")
        await desk.slack.press(desk.lena, channel, question.ts, label=label)
        await desk.gone(channel, f"[ {label} ]") if label == "529" else None
        await _reads(desk, channel, question.ts, f":ballot_box_with_check: {label}")
    incident, _ = await desk.record()
    assert (4, "symptom") == (incident.answers, incident.step)


async def test_who_measures_while_another_run_is_under_way_is_measured_for_after_it(desk: Scene) -> None:
    """They hear so; the result stands in the question within a minute."""
    channel = await desk.opened()
    question = await desk.see(channel, "[ 529 ]")
    await desk.world.play("hanging")
    await desk.slack.command(desk.ravi, "#ops")
    await desk.see("#ops", "is running")
    await desk.slack.press(desk.lena, channel, question.ts, label="Not sure: measure")
    await desk.until(lambda: desk.whispered(desk.lena, "This one comes after it"), "when it is measured")
    await desk.world.play("key_revoked")
    await desk.gone("#ops", "is running")
    await desk.world.jump(31)
    await _reads(desk, channel, question.ts, "speaks for “401 or 403”")
    assert 2 == await _measurements(desk)


async def test_reopened_at_its_end_the_tree_begins_anew(desk: Scene) -> None:
    """The card and the question say what to do now, and nothing of watching."""
    channel = await desk.opened()
    for label in ("529", "All of them", "It works again"):
        question = await desk.see(channel, f"[ {label} ]")
        await desk.slack.press(desk.lena, channel, question.ts, label=label)
        await desk.gone(channel, f"[ {label} ]")
    await desk.resolve(desk.lena, channel)
    await desk.see(channel, "Whether it stays well is measured every 5 min")
    await desk.slack.command(desk.lena, channel, "reopen it fails again")
    question = await desk.see(channel, "[ 529 ]")
    await desk.gone(channel, "It works again: watch it for a while")
    await desk.slack.press(desk.lena, channel, question.ts, label="529")
    await desk.see(channel, "[ All of them ]")


@pytest.mark.parametrize("scenario", ["key_revoked"])
async def test_the_word_to_leave_the_key_alone_follows_the_last_measurement(desk: Scene) -> None:
    """What was ours at the opening may turn out to be the provider's own trouble."""
    verdict = await desk.verdict()
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    channel = await desk.until(desk.incident_channel, "the incident's channel")
    for label in ("401 or 403", "401 authentication"):
        question = await desk.see(channel, f"[ {label} ]")
        await desk.slack.press(desk.lena, channel, question.ts, label=label)
        await desk.gone(channel, f"[ {label} ]")
    advice = await desk.see(channel, "[ It works again ]")
    assert HOLD not in desk.slack.read(advice)
    await desk.world.play("auth_outage")
    await desk.slack.press(desk.ravi, channel, advice.ts, label="Not sure: measure")
    await _reads(desk, channel, advice.ts, HOLD)


async def test_a_question_that_the_team_took_out_of_the_tree_gives_way_to_the_start(scene: Scene) -> None:
    """An incident open meanwhile goes on: the press on the old question says so and shows the first one."""
    async with scene.bot():
        channel = await scene.opened()
        question = await scene.see(channel, "[ 529 ]")
        await scene.slack.press(scene.lena, channel, question.ts, label="529")
        old = await scene.see(channel, "[ All of them ]")
    folder = scene.data_dir / "rules"
    folder.mkdir()
    tree = read_rules()["tree"].replace('id = "overloaded"\nq', 'id = "which"\nq').replace('"overloaded",', '"which",')
    (folder / "tree.toml").write_text(tree, "utf-8")
    scene.tables = f'[rules]\nfolder = "{folder}"\n'
    async with scene.bot():
        await scene.slack.press(scene.lena, channel, old.ts, label="All of them")
        await scene.until(lambda: scene.whispered(scene.lena, "The decision tree has changed"), "why")
        question = await scene.see(channel, "[ 529 ]")
        await scene.slack.press(scene.lena, channel, question.ts, label="529")
        await scene.see(channel, "[ All of them ]")
        await scene.slack.command(scene.lena, channel, "note it goes on")
        incident, _ = await scene.record()
        assert "which" == incident.step
