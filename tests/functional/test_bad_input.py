"""Bad input and broken surroundings: a clear answer, and nothing is lost."""

from pathlib import Path

import pytest

from bot.errors import BadRules, BadSettings
from bot.incidents.model import Status
from bot.playground.faults import Fault
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from tests.scene import Scene

ALL_SCOPES = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)


async def test_an_unknown_verb_gets_the_nearest_one(desk: Scene) -> None:
    """A typing error is answered with the verb that was meant, and the help."""
    await desk.slack.command(desk.lena, "#ops", "exprot INC-1")
    await desk.until(lambda: desk.whispered(desk.lena, "Did you mean `/anth-triage export`?"))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("status INC-99", "There is no incident INC-99."),
        ("export 99", "There is no incident INC-99."),
        ("status", "This is no incident's channel."),
        ("status everything", "This is no incident's channel. Name one, like `INC-7`."),
        ("list", "No incident is open."),
        ("help", "Status page"),
    ],
)
async def test_what_cannot_be_found_is_said(desk: Scene, text: str, answer: str) -> None:
    """Every verb answers, whatever it is given."""
    await desk.slack.command(desk.lena, "#ops", text)
    await desk.until(lambda: desk.whispered(desk.lena, answer))


async def test_no_key_is_no_all_clear(scene: Scene) -> None:
    """Without a key nothing was measured: the verdict says unknown, never that all is well."""
    scene.settings = {"ANTHROPIC_API_KEY": ""}
    async with scene.bot():
        read = scene.slack.read(await scene.verdict())
    assert "Severity unknown" in read
    assert "no API key is set" in read


@pytest.mark.parametrize("scenario", ["key_revoked"])
async def test_a_wrong_key_is_named_and_not_shown(desk: Scene) -> None:
    """A refused key is our fault to look at; the key itself appears nowhere."""
    read = desk.slack.read(await desk.verdict())
    assert "auth" in read
    assert desk.world.provider.api_key not in str(desk.slack.recorder.calls())


@pytest.mark.parametrize("scenario", ["network_gone"])
async def test_an_unreachable_provider_is_a_verdict(desk: Scene) -> None:
    """No connection is evidence like any other."""
    read = desk.slack.read(await desk.verdict())
    assert "network" in read


@pytest.mark.parametrize("scenario", ["status_unreadable"])
async def test_an_unreadable_status_page_is_not_green(desk: Scene) -> None:
    """A page that cannot be read says nothing, and that is said."""
    read = desk.slack.read(await desk.verdict())
    assert "unreadable" in read.lower()


async def test_a_taken_channel_name_gets_a_suffix(desk: Scene) -> None:
    """An old channel of the same name does not stop the incident."""
    desk.slack.add_channel("inc-1-overloaded", [desk.lena])
    verdict = await desk.verdict()
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    await desk.until(lambda: desk.incident_channel() == "inc-1-overloaded-2")
    await desk.see("inc-1-overloaded-2", "[ 529 ]")


@pytest.mark.parametrize("scopes", [ALL_SCOPES - {"channels:manage"}])
async def test_a_missing_scope_keeps_the_incident_and_names_the_scope(desk: Scene) -> None:
    """The incident is recorded; the message says which scope to add and offers to try again."""
    verdict = await desk.verdict()
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    problem = await desk.see("#ops", "[ Try again ]")
    assert "channels:manage" in desk.slack.read(problem)
    incident, story = await desk.record()
    assert (Status.INVESTIGATING, "channel_failed") == (incident.status, story[-1].event.kind)


async def test_a_channel_can_be_tried_again(desk: Scene) -> None:
    """After the repair one press finishes what was refused."""
    desk.slack.faults.add(Fault(method="conversations.create", error="restricted_action"))
    verdict = await desk.verdict()
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    problem = await desk.see("#ops", "[ Try again ]")
    await desk.slack.press(desk.lena, "#ops", problem.ts, label="Try again")
    channel = await desk.until(desk.incident_channel)
    await desk.see(channel, "[ 529 ]")


@pytest.mark.parametrize("scopes", [ALL_SCOPES - {"channels:history", "groups:history", "im:history"}])
async def test_without_the_scope_to_look_nothing_is_lost(desk: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """An answer was lost and nobody may look whether the message stands: it comes twice rather than never, said so."""
    at_start = str([record.getMessage() for record in caplog.get_records("setup")])
    assert "Without the scope channels:history the bot cannot look" in at_start
    desk.slack.faults.add(Fault(method="chat.postMessage", cut="after"))
    await desk.slack.command(desk.lena, "#ops")
    await desk.until(lambda: desk.slack.recorder.calls("chat.postMessage"))
    await desk.world.jump(10)
    await desk.see("#ops", "[ Open incident ]")
    assert 2 == len(desk.slack.messages("#ops"))
    assert "a message may come twice here: Add the scope" in caplog.text


@pytest.mark.parametrize("scopes", [ALL_SCOPES - {"pins:write"}])
async def test_without_the_optional_scope_the_card_is_just_not_pinned(desk: Scene) -> None:
    """An optional scope that is missing stops nothing."""
    channel = await desk.opened()
    assert [] == desk.slack.channel(channel).pins


async def test_a_channel_without_the_bot_gets_the_answer_in_private(desk: Scene) -> None:
    """Where the bot may not post, the person who asked still gets the verdict."""
    await desk.slack.command(desk.lena, "#general")
    await desk.until(lambda: [m for m in desk.slack.direct(desk.lena) if "[ Open incident ]" in desk.slack.read(m)])


async def test_a_refused_token_is_told_at_the_start(scene: Scene) -> None:
    """A bad token ends the start with one clear line instead of trying for ever."""
    scene.settings = {"SLACK_BOT_TOKEN": "xoxb-0-0-wrong"}
    with pytest.raises(BadSettings, match=r"refuses a token \(invalid_auth\)"):
        async with scene.bot():
            pass


async def test_rules_with_problems_are_told_before_slack_is_asked(scene: Scene, tmp_path: Path) -> None:
    """The bot does not start on them: file and line are named, and no request went out."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "severity.toml").write_text('[[row]]\nid = "mine"\n', "utf-8")
    config = tmp_path / "own.toml"
    config.write_text('[rules]\nfolder = "rules"\n', "utf-8")
    scene.settings = {"ANTH_TRIAGE_CONFIG": str(config)}
    with pytest.raises(BadRules, match=r"severity\.toml:1 \[\[row\]\] mine: severity is missing"):
        async with scene.bot():
            pass
    assert [] == scene.slack.recorder.calls()
