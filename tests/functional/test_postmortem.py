"""The postmortem is finished in Slack: by several people, in several sittings, and shared anew."""

import pytest

from bot.errors import BadInput
from bot.incidents.events import PostmortemWritten, TaskAdded
from bot.playground.faults import Fault
from bot.slack import sharing
from bot.workflows.export import Paper
from tests.console import run
from tests.paper import needs_paper
from tests.scene import Scene

PARTS = {"impact": "Chat was down for all", "root_cause": "No fallback", "lessons": "We were lucky"}


async def _ended(desk: Scene) -> str:
    channel = await desk.opened()
    await desk.resolve(desk.lena, channel, impact="Chat was down")
    await desk.see(channel, "[ Write postmortem ]")
    return channel


async def _form(desk: Scene, user: str, channel: str) -> str:
    card = await desk.see(channel, "[ Write postmortem ]")
    await desk.slack.press(user, channel, card.ts, label="Write postmortem")
    return (await desk.until(lambda: desk.slack.view(user), "the form")).id


def _shown(desk: Scene, user: str) -> str:
    view = desk.slack.view(user)
    return str(view.blocks) if view else ""


async def _saved(desk: Scene, user: str, form: str = "", **said: str) -> None:
    await desk.slack.submit(user, said, form or None)
    await desk.until(lambda: desk.slack.view(user) is None, "the form is gone")


def _shared(desk: Scene, channel: str, text: str) -> str | None:
    """Return the postmortem that was shared with this text in it."""
    files = desk.slack.channel(channel).files
    return next((found for file in files if text in (found := file.bytes.decode())), None)


async def test_what_is_saved_stands_in_the_form_and_in_the_next_export(desk: Scene) -> None:
    """Each part names who wrote it; what stayed empty is visibly blank, and an export anew keeps all of it."""
    channel = await _ended(desk)
    await _form(desk, desk.lena, channel)
    assert "Chat was down" in _shown(desk, desk.lena)
    await _saved(desk, desk.lena, **PARTS)
    await _form(desk, desk.ravi, channel)
    shown = _shown(desk, desk.ravi)
    assert [] == [text for text in PARTS.values() if text not in shown]
    assert "Last written by lena" in shown
    await _saved(desk, desk.ravi, mitigation="Switched to the other model")
    await desk.slack.command(desk.lena, channel, "export")
    text = await desk.until(lambda: _shared(desk, channel, "Switched to"))
    assert "- **Impact:** Chat was down for all _(lena)_" in text
    assert "- **Mitigation:** Switched to the other model _(ravi)_" in text
    assert "We were lucky _(lena)_" in text


async def test_an_action_item_is_a_task_with_its_owner_and_day(desk: Scene) -> None:
    """It stands on the card, its owner hears of it, and the form lists it the next time."""
    channel = await _ended(desk)
    await _form(desk, desk.lena, channel)
    await _saved(desk, desk.lena, item_1="Add a fallback", owner_1=desk.ravi, due_1="2030-01-07", item_2="Alert")
    await desk.see(channel, "Add a fallback")
    _, story = await desk.record()
    tasks = [item.event for item in story if isinstance(item.event, TaskAdded)]
    assert [("Add a fallback", desk.ravi, "2030-01-07"), ("Alert", None, None)] == [
        (one.text, one.owner.id if one.owner else None, one.due.isoformat() if one.due else None) for one in tasks
    ]
    await desk.until(lambda: any("Add a fallback" in desk.slack.read(m) for m in desk.slack.direct(desk.ravi)))
    await _form(desk, desk.lena, channel)
    assert "Add a fallback" in _shown(desk, desk.lena)


async def test_two_who_write_at_once_lose_nothing(desk: Scene) -> None:
    """The second sees both texts before anything is saved; another part, or none, is in nobody's way."""
    channel = await _ended(desk)
    await _form(desk, desk.lena, channel)
    await _form(desk, desk.ravi, channel)
    await _saved(desk, desk.ravi, root_cause="A retry storm")
    await desk.slack.submit(desk.lena, {"root_cause": "No fallback", "lessons": "Test it"})
    await desk.until(lambda: "written meanwhile: Root cause.*" in _shown(desk, desk.lena))
    assert [] == [said for said in ("A retry storm\\nNo fallback", "Test it") if said not in _shown(desk, desk.lena)]
    await _saved(desk, desk.lena)
    _, story = await desk.record()
    written = [item.event for item in story if isinstance(item.event, PostmortemWritten)]
    assert {"root_cause": "A retry storm\nNo fallback", "lessons": "Test it"} == written[-1].parts


async def test_a_form_left_as_it_was_writes_nothing(desk: Scene) -> None:
    """No entry says that somebody wrote what stood there before; emptied, a part is taken back."""
    channel = await _ended(desk)
    await _form(desk, desk.lena, channel)
    await _saved(desk, desk.lena)
    await _form(desk, desk.lena, channel)
    await _saved(desk, desk.lena, impact="")
    _, story = await desk.record()
    with_the_end = {"impact": "Chat was down"}
    assert [with_the_end, {"impact": ""}] == [i.event.parts for i in story if isinstance(i.event, PostmortemWritten)]


async def _writes(desk: Scene, user: str, channel: str, **said: str) -> None:
    await desk.slack.command(user, channel, "postmortem INC-1")
    await desk.until(lambda: desk.slack.view(user), "the form")
    await _saved(desk, user, **said)


async def test_the_form_of_the_end_overwrites_nobody(desk: Scene) -> None:
    """What another wrote while it was open is shown first; what was left alone stays its author's."""
    channel = await desk.opened()
    await _writes(desk, desk.ravi, "#ops", impact="Chat was down")
    await desk.slack.command(desk.lena, channel, "resolve")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await _writes(desk, desk.ravi, "#ops", root_cause="A retry storm")
    await desk.slack.submit(desk.lena, {"early": "it works", "root_cause": "unknown"})
    await desk.until(lambda: "written meanwhile: Root cause.*" in _shown(desk, desk.lena))
    incident, _ = await desk.record()
    assert incident.is_open
    assert "A retry storm\\nunknown" in _shown(desk, desk.lena)
    await _saved(desk, desk.lena, root_cause="A retry storm after the deploy")
    text = await desk.until(lambda: _shared(desk, channel, "after the deploy"))
    assert "- **Impact:** Chat was down _(ravi)_" in text
    assert "- **Root Cause:** A retry storm after the deploy _(lena)_" in text


@pytest.mark.parametrize("due", ["2020-01-01"])
async def test_a_day_that_is_over_is_told_in_the_form(desk: Scene, due: str) -> None:
    """Nothing is saved, and the person may mend it."""
    channel = await _ended(desk)
    await _form(desk, desk.lena, channel)
    await desk.slack.submit(desk.lena, {"lessons": "x", "item_1": "Add a fallback", "due_1": due})
    await desk.until(lambda: "is over already" in str(desk.slack.view(desk.lena)))
    _, story = await desk.record()
    after = [item.event.kind for item in story if isinstance(item.event, PostmortemWritten | TaskAdded)]
    assert ["postmortem_written"] == after, "that of the end"


def _canvas(desk: Scene, channel: str, text: str) -> str | None:
    found = desk.slack.canvas(channel)
    return found if found and text in found else None


async def test_the_canvas_of_the_channel_is_kept_as_it_is(desk: Scene) -> None:
    """It is there with the first export, and follows what people write and tick; it is one canvas."""
    channel = await _ended(desk)
    await desk.until(lambda: _canvas(desk, channel, "Chat was down"))
    await _form(desk, desk.lena, channel)
    await _saved(desk, desk.lena, root_cause="No fallback", item_1="Add a fallback")
    await desk.until(lambda: _canvas(desk, channel, "No fallback _(lena)_"))
    await desk.until(lambda: _canvas(desk, channel, "[ ] 1: Add a fallback"))
    await desk.slack.command(desk.lena, channel, "task done 1")
    await desk.until(lambda: _canvas(desk, channel, "[x] 1: Add a fallback"))
    assert 1 == len(desk.slack.recorder.calls("conversations.canvases.create"))


@pytest.mark.parametrize("error", ["missing_scope", "team_tier_cannot_create_channel_canvases"])
async def test_without_canvases_the_file_is_there_all_the_same(desk: Scene, error: str) -> None:
    """What the workspace does not have is left out, and nothing else waits for it."""
    desk.slack.faults.add(Fault("conversations.canvases.create", error=error, times=9))
    channel = await _ended(desk)
    assert await desk.until(lambda: _shared(desk, channel, "Chat was down"))
    await desk.until(lambda: desk.slack.recorder.calls("conversations.canvases.create"))
    await desk.settled()
    assert desk.slack.canvas(channel) is None
    assert [] == desk.slack.direct(desk.lena)


@pytest.mark.parametrize("cut", ["", "before", "after"], ids=["in peace", "cut before", "cut after"])
async def test_a_canvas_of_people_is_left_alone(desk: Scene, cut: str) -> None:
    """What they wrote in the channel's canvas stays, also where the first call broke off."""
    channel = await desk.opened()
    if cut:
        desk.slack.faults.add(Fault("conversations.info", cut=cut))  # type: ignore[arg-type] # one of the two
    place = desk.slack.channel(channel)
    place.canvas = "F0THEIRS"
    desk.slack.state.canvases[place.canvas] = "Our own notes"
    await desk.resolve(desk.lena, channel)

    async def looked() -> bool:
        await desk.world.jump(1)
        return any(call.ok for call in desk.slack.recorder.calls("conversations.info"))

    await desk.eventually(looked, wanted=True)
    await desk.settled()
    assert "Our own notes" == desk.slack.canvas(channel)


async def test_erased_words_leave_the_canvas(desk: Scene) -> None:
    """It is drawn anew when words are corrected or erased."""
    channel = await _ended(desk)
    await desk.until(lambda: _canvas(desk, channel, "Chat was down"))
    _, story = await desk.record()
    seq = next(item.seq for item in story if isinstance(item.event, PostmortemWritten))
    why = ("--reason", "names a customer", "--by", "ines")
    done = await run(desk.environment(), "erase", "1", str(seq), *why)
    assert 0 == done.status, done.errors
    await desk.until(lambda: "Chat was down" not in str(desk.slack.canvas(channel)) or None)


async def test_who_asks_for_what_cannot_be_made_hears_so(desk: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else of the incident waits for it, and the lead is not bothered."""
    await _ended(desk)

    async def unprintable(*_: object, **__: object) -> Paper:
        raise BadInput("PDF needs the extra.", "Install it.")

    monkeypatch.setattr(sharing, "file_of", unprintable)
    await desk.slack.command(desk.ravi, "#ops", "export INC-1 pdf")
    await desk.until(lambda: desk.whispered(desk.ravi, "PDF needs the extra. Install it."))
    assert [] == desk.slack.direct(desk.lena)


async def test_a_canvas_whose_answer_was_lost_is_adopted(desk: Scene) -> None:
    """The second attempt finds what the first one made, and goes on with it."""
    desk.slack.faults.add(Fault("conversations.canvases.create", cut="after"))
    channel = await _ended(desk)

    async def drawn() -> bool:
        await desk.world.jump(1)
        return bool(desk.slack.recorder.calls("canvases.edit"))

    await desk.eventually(drawn, wanted=True)
    await desk.settled()
    assert "Chat was down" in str(desk.slack.canvas(channel))


def _endings(desk: Scene, channel: str) -> list[str]:
    return [file.name.rpartition(".")[2] for file in desk.slack.channel(channel).files]


@pytest.mark.parametrize("kind", ["md", "json"])
async def test_the_verb_takes_a_format(desk: Scene, kind: str) -> None:
    """The file has the ending of what was asked for; another one is refused with the list."""
    channel = await _ended(desk)
    await desk.until(lambda: desk.slack.channel(channel).files)
    await desk.slack.command(desk.lena, channel, f"export {kind}")
    await desk.until(lambda: _endings(desk, channel).count(kind) > (kind == "md"))
    await desk.slack.command(desk.lena, channel, "export docx")
    await desk.until(lambda: desk.whispered(desk.lena, "It can be md, html, pdf, json."))


@pytest.mark.parametrize("tables", ["[postmortem]\ntranscript = true\n"], ids=["with"])
async def test_the_transcript_is_an_option(desk: Scene) -> None:
    """Then what was said in the channel stands at the end, under the names of those who took part."""
    channel = await desk.opened()
    await desk.slack.say(desk.lena, channel, "it is the retry loop")
    await desk.resolve(desk.lena, channel)
    text = await desk.until(lambda: _shared(desk, channel, "### Transcript"))
    assert "| lena | it is the retry loop |" in text


@needs_paper
@pytest.mark.parametrize("tables", ["[postmortem]\ncanvas = false\n"], ids=["with its chart"])
async def test_the_chart_is_shared_beside_the_file(desk: Scene) -> None:
    """Both stand in one message; the picture is one."""
    channel = await _ended(desk)
    await desk.until(lambda: len(_endings(desk, channel)) == 2 or None)
    (message,) = [one for one in desk.slack.messages(channel) if one.files]
    assert ["md", "png"] == [file.name.rpartition(".")[2] for file in message.files]
    assert message.files[1].bytes.startswith(b"\x89PNG")


@pytest.mark.parametrize("tables", ['[postmortem]\nchart = false\ntemplate = "none.md.j2"\n'], ids=["missing"])
async def test_a_template_that_cannot_be_used_is_told(desk: Scene) -> None:
    """The file is made from ours, and says so; so does the message beside it."""
    channel = await _ended(desk)
    text = await desk.until(lambda: _shared(desk, channel, "the team's own cannot be used"))
    assert "## Incident:" in text
    await desk.see(channel, "none.md.j2 is no file")
