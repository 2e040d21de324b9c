"""What an incident's channel gets beside messages: bookmarks that lead on, and the people whom the team wants there."""

import pytest

from bot.playground.faults import Fault
from bot.playground.workspace.population import ON_CALL
from bot.slack.furnishing import Bookmark, changes
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from tests.scene import Scene

ALL_SCOPES = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)


def _bookmarks(desk: Scene, channel: str) -> dict[str, str]:
    return {str(one["title"]): str(one["link"]) for one in desk.slack.channel(channel).bookmarks}


async def _resolve(desk: Scene, channel: str) -> None:
    await desk.resolve(desk.lena, channel, impact="checkout failed")


async def test_bookmarks_lead_to_status_page_step_and_postmortem(desk: Scene) -> None:
    """The step's follows the tree, the postmortem's comes with the file; bookmarks of people are left alone."""
    channel = await desk.opened()
    question = await desk.see(channel, "[ 529 ]")
    theirs = {"id": "Bk1", "title": "Grafana", "link": "https://grafana.example/"}
    desk.slack.channel(channel).bookmarks.append(theirs)
    await desk.until(lambda: question.ts.replace(".", "") in _bookmarks(desk, channel).get("Runbook step", ""))
    assert desk.environment()["ANTH_TRIAGE_STATUS_URLS"].split(",")[0] == _bookmarks(desk, channel)["Claude status"]
    await desk.slack.press(desk.lena, channel, question.ts, label="529")
    await desk.until(lambda: question.ts.replace(".", "") not in _bookmarks(desk, channel)["Runbook step"])
    await _resolve(desk, channel)
    link = await desk.until(lambda: _bookmarks(desk, channel).get("Postmortem"))
    (file,) = desk.slack.channel(channel).files
    assert file.permalink == link
    assert theirs in desk.slack.channel(channel).bookmarks
    assert 4 == len(desk.slack.channel(channel).bookmarks)


@pytest.mark.parametrize("tables", [f'[channel]\ninvite = ["{ON_CALL}", "U0GUS00001", "U0NOBODY99"]\n'], ids=["three"])
async def test_people_and_groups_of_the_settings_are_invited(desk: Scene) -> None:
    """Everybody in the group, and who is named; one who cannot come keeps nobody out; into a private channel none."""
    channel = await desk.opened()
    wanted = {desk.lena, desk.ravi, "U0GUS00001"}
    await desk.until(lambda: wanted <= set(desk.slack.channel(channel).members))
    await desk.slack.command(desk.lena, "#ops", "open")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, {"title": "A leaked key", "access": "private"})
    private = await desk.until(lambda: next((c for c in desk.slack.state.channels.values() if "inc-2" in c.name), None))
    await desk.see(private.id, "# INC-2")
    await desk.until(lambda: "Runbook step" in _bookmarks(desk, private.id))
    await desk.until(lambda: desk.lena in private.members)
    assert {desk.lena, desk.slack.bot_user_id} == set(private.members)


@pytest.mark.parametrize("tables", [f'[channel]\ninvite = ["{ON_CALL}"]\n'], ids=["on call"])
@pytest.mark.parametrize("scopes", [ALL_SCOPES - {"bookmarks:read", "bookmarks:write", "usergroups:read"}])
async def test_without_the_optional_scopes_the_incident_goes_on(desk: Scene) -> None:
    """No bookmarks, nobody of the group: the card, the tree and the postmortem are there all the same."""
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    await _resolve(desk, channel)
    await desk.until(lambda: desk.slack.channel(channel).files)
    assert {} == _bookmarks(desk, channel)
    assert desk.ravi not in desk.slack.channel(channel).members
    assert [] == desk.slack.direct(desk.lena), "the lead has nothing to mend"


@pytest.mark.parametrize("tables", ["[channel]\nbookmarks = false\n"], ids=["none"])
async def test_bookmarks_can_be_switched_off(desk: Scene) -> None:
    """Then Slack is not even asked for them."""
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    await _resolve(desk, channel)
    await desk.until(lambda: desk.slack.channel(channel).files)
    assert [] == [call for call in desk.slack.recorder.calls() if call.method.startswith("bookmarks.")]


async def test_the_postmortem_s_bookmark_waits_until_slack_shows_the_file(desk: Scene) -> None:
    """Slack shares a file a little later than it says: the channel is read again until it is there."""
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    await desk.until(lambda: "Runbook step" in _bookmarks(desk, channel))
    place = desk.slack.channel(channel)
    desk.slack.faults.add(Fault("conversations.history", body='{"ok": true, "messages": []}', times=3))
    await _resolve(desk, channel)
    await desk.until(lambda: place.files)

    async def bookmarked() -> bool:
        await desk.world.jump(1)
        return "Postmortem" in _bookmarks(desk, channel)

    await desk.eventually(bookmarked, wanted=True)


def test_only_what_differs_is_changed() -> None:
    """A bookmark that is there already costs no call; one that leads elsewhere is turned."""
    step = Bookmark("Runbook step", ":compass:", "https://slack.example/p2")
    there = [{"id": "Bk7", "title": "Runbook step", "link": "https://slack.example/p2"}]
    assert [] == list(changes([step], there))
    moved = [{**there[0], "link": "https://slack.example/p1"}]
    assert [("bookmarks.edit", {"bookmark_id": "Bk7", "link": step.link})] == list(changes([step], moved))
    assert [("bookmarks.add", {"type": "link", "title": step.title, "emoji": step.emoji, "link": step.link})] == list(
        changes([step], [])
    )


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
async def test_a_layout_that_slack_refuses_is_left_out(desk: Scene, code: str) -> None:
    """The card comes in plain sections, and takes its form again at the next change."""
    verdict = await desk.verdict()
    desk.slack.faults.add(Fault("chat.postMessage", error=code, times=1))
    desk.slack.faults.add(Fault("chat.postMessage", retry_after=5, times=1))  # and then asks to wait
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    channel = await desk.until(desk.incident_channel)
    await desk.until(lambda: len([c for c in desk.slack.recorder.calls("chat.postMessage") if not c.ok]) == 2)
    await desk.world.jump(6)
    card = await desk.see(channel, "Slack refused this message's layout")
    assert {"section"} == {block["type"] for block in card.blocks}
    assert "P1" in desk.slack.read(card)
    await desk.until(lambda: desk.lena in desk.slack.channel(channel).members)
    await desk.slack.command(desk.lena, channel, "ack")
    await desk.until(lambda: "header" in {block["type"] for block in desk.slack.message(channel, card.ts).blocks})
