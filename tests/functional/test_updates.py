"""What those outside, those who come late and those who look for something get to see."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.scene import Scene

NEWS = "#status-news"


@pytest.fixture
async def announcing(scene: Scene) -> AsyncIterator[Scene]:
    """Yield the bot with a channel for those outside."""
    channel = scene.slack.add_channel(NEWS.removeprefix("#"), [scene.lena, scene.ravi])
    scene.tables = f'[announce]\nchannel = "{channel.id}"\n'
    async with scene.bot():
        yield scene


async def _send(desk: Scene, channel: str, **said: str) -> None:
    await desk.slack.command(desk.lena, channel, "update")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, said)
    await desk.until(lambda: desk.slack.view(desk.lena) is None, "the form is gone")


async def test_those_outside_read_one_message_that_stays_true(announcing: Scene) -> None:
    """The first update is drawn up from what is known; status and later updates are edits of the same message."""
    desk = announcing
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "update")
    view = await desk.until(lambda: desk.slack.view(desk.lena))
    for part in ("Claude API: overloaded (P1)", "It lies with the provider", "lena leads"):
        assert part in str(view.blocks)
    assert [] == desk.slack.messages(NEWS)
    await desk.slack.submit(desk.lena, {"text": "Chat is <b>down</b> & we wait", "next": "15"})
    told = await desk.see(NEWS, "Chat is <b>down</b> & we wait")
    assert "within 15 minutes" in desk.slack.read(told)
    await desk.slack.command(desk.lena, channel, "status monitoring it calms down")
    await desk.see(NEWS, "P1 · monitoring")
    await _send(desk, channel, text="It works again", next="0")
    read = desk.slack.read(await desk.see(NEWS, "It works again"))
    assert read.index("It works again") < read.index("Chat is")
    assert 1 == len(desk.slack.messages(NEWS))
    await desk.see(channel, "Last update")


async def test_what_was_written_of_another_state_is_read_again(announcing: Scene) -> None:
    """A draft is drawn up anew, own words stay, and nobody is told before that was seen."""
    desk = announcing
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "update")
    form = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.command(desk.lena, channel, "severity P2 half of it")
    await desk.until(lambda: desk.whispered(desk.lena, "INC-1 is P2 now"))
    await desk.slack.submit(desk.lena, {}, form.id)
    view = await desk.until(lambda: desk.slack.view(desk.lena), "the form again")
    assert "It is investigating, P2 by now; it was investigating, P1" in str(view.blocks)
    assert "overloaded (P2)." in str(view.blocks)
    await desk.slack.command(desk.lena, channel, "status monitoring calmer")
    await desk.until(lambda: desk.whispered(desk.lena, "INC-1 is monitoring now"))
    await desk.slack.submit(desk.lena, {"text": "Half of it is down"})
    view = await desk.until(lambda: desk.slack.view(desk.lena), "the form again")
    assert "It is monitoring, P2 by now" in str(view.blocks)
    assert "Half of it is down" in str(view.blocks)
    assert [] == desk.slack.messages(NEWS)
    await desk.slack.submit(desk.lena, {})
    await desk.see(NEWS, "Half of it is down")


async def test_nothing_of_a_private_incident_is_announced(announcing: Scene) -> None:
    """Its updates stand on its own card alone."""
    desk = announcing
    await desk.slack.command(desk.lena, "#ops", "open")
    await desk.until(lambda: desk.slack.view(desk.lena))
    await desk.slack.submit(desk.lena, {"title": "A key leaked", "access": "private"})
    channel = await desk.until(desk.incident_channel)
    await desk.see(channel, "A key leaked")
    await desk.until(lambda: desk.lena in desk.slack.channel(channel).members, "lena in it")
    await _send(desk, channel, text="We rotate it")
    await desk.see(channel, "We rotate it")
    assert [] == desk.slack.messages(NEWS)


async def test_without_such_a_channel_updates_stand_on_the_card(desk: Scene) -> None:
    """The form says so, and nothing is posted elsewhere."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "update")
    view = await desk.until(lambda: desk.slack.view(desk.lena))
    assert "on the card" in str(view.blocks)
    await desk.slack.submit(desk.lena, {"text": "We wait for the provider"})
    await desk.see(channel, "We wait for the provider")


async def test_who_comes_late_hears_what_happened_so_far(desk: Scene) -> None:
    """By the verb, and by itself on joining; notes that were taken back are left out, and only that person sees it."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "note restarted <the> gateway")
    await desk.until(lambda: desk.whispered(desk.lena, "as entry"))
    await desk.slack.command(desk.lena, channel, "task page the vendor")
    await desk.see(channel, "task 1 (open)")
    await desk.slack.join(desk.ravi, channel)
    told = await desk.until(lambda: desk.whispered(desk.ravi, "INC-1 is investigating, P1"))
    read = desk.slack.read(told)
    for part in ("Measured", "noted: restarted <the> gateway", "Task 1: page the vendor", "lead lena"):
        assert part in read
    await desk.slack.command(desk.ravi, "#ops", "recap INC-1")
    again = await desk.until(lambda: [m for m in desk.slack.ephemerals(desk.ravi) if m.ts != told.ts])
    assert read == desk.slack.read(again[-1])


async def test_incidents_are_found_by_their_words(desk: Scene) -> None:
    """All words must stand there; who finds nothing is told so."""
    await desk.opened()
    await desk.slack.command(desk.ravi, "#ops", "search OVERLOADED lena")
    await desk.until(lambda: desk.whispered(desk.ravi, "INC-1"))
    await desk.slack.command(desk.ravi, "#ops", "search overloaded <b>zebra")
    await desk.until(lambda: desk.whispered(desk.ravi, "No incident has all of these words: `overloaded <b>zebra`"))
    await desk.slack.command(desk.ravi, "#ops", "search")
    await desk.until(lambda: desk.whispered(desk.ravi, "Search for what?"))


async def test_what_is_looked_for_is_read_as_it_was_typed(desk: Scene) -> None:
    """Signs that Slack escapes, a person's mention, and a channel by its newest name."""
    await desk.slack.command(desk.lena, "#ops", "open")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"title": "R&D gateway down"})
    channel = await desk.until(desk.incident_channel)
    await desk.until(lambda: desk.lena in desk.slack.channel(channel).members, "lena in it")
    await desk.slack.rename(desk.lena, channel, "inc-1-gateway-meltdown")
    await desk.eventually(lambda: _channel_name(desk), "inc-1-gateway-meltdown")
    for count, words in enumerate(("R&D", "@lena", f"<@{desk.lena}>", "meltdown"), 1):
        await desk.slack.command(desk.ravi, "#ops", f"search {words}")
        await desk.until(partial(_has_heard, desk, count), words)
        assert "INC-1" in desk.slack.read(desk.slack.ephemerals(desk.ravi)[-1])


async def test_titles_stay_words_in_plain_answers(desk: Scene) -> None:
    """A fence of backticks makes no code of the rest of a list, and an address is no link."""
    for count, title in enumerate(("a ``` b", "see https://evil.example/login"), 1):
        await desk.slack.command(desk.lena, "#ops", "open")
        await desk.until(lambda: desk.slack.view(desk.lena), "the form")
        await desk.slack.submit(desk.lena, {"title": title})
        await desk.until(partial(desk.whispered, desk.lena, f"INC-{count} is open"))
    await desk.slack.command(desk.lena, "#ops", "list")
    told = await desk.until(lambda: desk.whispered(desk.lena, "evil.example"))
    assert "```" not in told.text
    assert [True] == [block["text"]["verbatim"] for block in told.blocks]


async def test_a_title_in_which_nothing_can_be_read_is_none(desk: Scene) -> None:
    """Marks without width look like an empty title to everybody."""
    await desk.slack.command(desk.lena, "#ops", "open")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"title": "\u200b\u2060\u3164"})
    view = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    assert "The incident needs a title." in str(view.errors)


async def test_nothing_is_announced_to_another_organisation(
    announcing: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so once, the form from then on; what is posted there once the channel is ours alone is whole."""
    desk = announcing
    desk.slack.channel(NEWS).ext_shared = True
    channel = await desk.opened()
    for text in ("internal words", "more of them"):
        await _send(desk, channel, text=text)
        await desk.see(channel, text)
    await desk.slack.command(desk.lena, channel, "update")
    view = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    assert "shared with another organisation" in str(view.blocks)
    assert [] == desk.slack.messages(NEWS)

    async def told() -> int:
        return sum("announcements_refused" in record.getMessage() for record in caplog.records)

    await desk.eventually(told, wanted=1)
    desk.slack.channel(NEWS).ext_shared = False
    await desk.slack.submit(desk.lena, {"text": "words for all"})
    await desk.see(NEWS, "words for all")


async def _channel_name(desk: Scene) -> str:
    incident, _ = await desk.record()
    return incident.channel_name or ""


def _has_heard(desk: Scene, count: int) -> bool:
    return len(desk.slack.ephemerals(desk.ravi)) == count


async def test_the_home_shows_what_is_open_and_starts_a_triage(desk: Scene) -> None:
    """Open incidents, mean times, and two buttons; the verdict of a triage from there comes in private."""
    await desk.slack.open_home(desk.lena)
    view = await desk.until(lambda: desk.slack.home(desk.lena), "the home")
    assert "No incident is open" in str(view.blocks)
    channel = await desk.opened()
    await desk.slack.command(desk.lena, channel, "ack")
    await desk.until(lambda: desk.whispered(desk.lena, "in hand"))
    await desk.slack.open_home(desk.lena)
    await desk.until(lambda: "INC-1" in str(_home(desk)), "the incident")
    assert "mean time to acknowledge 0 min" in str(_home(desk))
    await desk.slack.press_in_view(desk.lena, home=True, label="Run triage")
    await desk.until(lambda: [m for m in desk.slack.direct(desk.lena) if "[ Open incident ]" in desk.slack.read(m)])
    await desk.slack.press_in_view(desk.lena, home=True, label="Open an incident")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")


def _home(desk: Scene) -> object:
    view = desk.slack.home(desk.lena)
    return view.blocks if view else ""
