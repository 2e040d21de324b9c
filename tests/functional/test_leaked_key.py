"""A key in the wrong hands, in Slack, with the stand-in's Admin API: found, contained by two, proved, replaced."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.app.keys import run_keys
from bot.incidents.model import Incident
from bot.playground.provider import ApiFault
from bot.playground.provider.key_ring import LEAKED
from bot.playground.provider.story import Endpoint
from bot.playground.workspace import Message
from bot.rules.evidence import Severity
from bot.settings import load
from bot.slack import ids
from tests.scene import Scene

_HINT = "sk-ant-api03-R2D...igAA"
_RESPONDERS = '[policy.contain]\nwho = "everyone"\n'


@pytest.fixture
def scenario() -> str:
    """Return a provider that is well: what fails here is played by each test."""
    return "healthy"


@pytest.fixture
def tables() -> str:
    """Return a policy in which everybody may contain keys, for two people are in the play."""
    return _RESPONDERS


@pytest.fixture
async def desk(scene: Scene) -> AsyncIterator[Scene]:
    """Yield a world with a bot that holds an Admin key."""
    scene.settings["ANTHROPIC_ADMIN_KEY"] = scene.world.admin_key
    async with scene.bot():
        yield scene


async def _begun(desk: Scene, hint: str = _HINT) -> tuple[str, Message]:
    """Report a key; return the channel of its incident and the message of the procedure."""
    await desk.slack.command(desk.lena, "#ops", f"key {hint}")
    channel = await desk.until(desk.incident_channel, "the incident's channel")
    return channel, await desk.see(channel, "No API can make a new key")


async def _reads(desk: Scene, message: Message, *texts: str) -> None:
    await desk.until(lambda: all(text in desk.slack.read(message) for text in texts) or None, " + ".join(texts))


async def _asked(desk: Scene, channel: str, card: Message, **said: str) -> None:
    await _reads(desk, card, "The key is active")
    await desk.slack.press(desk.lena, channel, card.ts, action_id=ids.KEY_CONTAIN)
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    await desk.slack.submit(desk.lena, said)


def _status(desk: Scene) -> str:
    """Return the status of the leaked key in the stand-in."""
    key = desk.world.provider.keys.get(LEAKED)
    assert key is not None
    return key.set_status


async def _incident(desk: Scene) -> Incident:
    incident, _ = await desk.record()
    return incident


async def test_two_people_contain_a_leaked_key_and_its_status_is_read_back(desk: Scene) -> None:
    """P1 at once; who, where and what it does stand there; who asked cannot confirm; the steps for people remain."""
    channel, card = await _begun(desk)
    await _reads(desk, card, "notebook-experiments", _HINT, "made by", "In the last 24 hours", "!")
    assert Severity.P1 == (await _incident(desk)).severity
    await _asked(desk, channel, card)
    await _reads(desk, card, "asks to make it inactive")
    await desk.slack.press(desk.lena, channel, card.ts, action_id=ids.KEY_CONFIRM)
    await desk.until(lambda: desk.whispered(desk.lena, "somebody else must confirm"), "the refusal")
    assert "active" == _status(desk)
    await desk.slack.press(desk.ravi, channel, card.ts, action_id=ids.KEY_CONFIRM)
    await _reads(desk, card, "*Contained:* its status was read back, inactive")
    assert "inactive" == _status(desk)
    for step in ("replace", "deploy:production", "audit", "others", "report"):
        await desk.slack.press(desk.ravi, channel, card.ts, action_id=f"{ids.KEY_STEP}{step}")
        await _reads(desk, card, "Undo")
    incident, story = await desk.record()
    assert incident.key_case is not None
    assert {"contain", "replace", "deploy:production", "audit", "others", "report"} == set(incident.key_case.done)
    kinds = [(item.event.kind, item.event.actor.name) for item in story]
    asked, confirmed = kinds.index(("containment_asked", "lena")), kinds.index(("containment_confirmed", "ravi"))
    assert asked < confirmed < kinds.index(("key_contained", "anth-triage"))


async def test_who_replaces_first_reads_the_steps_in_that_order(desk: Scene) -> None:
    """The containment comes after the new key is deployed; it stays one press away."""
    channel, card = await _begun(desk)
    await _reads(desk, card, "The key is active")
    await desk.slack.press(desk.lena, channel, card.ts, label="Replace it first")
    await _reads(desk, card, "1. Make a new key in the Console", "3. Make the key inactive", "[ Contain it first ]")


async def test_what_was_asked_can_be_taken_back(desk: Scene) -> None:
    """Then nothing happens to the key, and an old *Confirm* says so."""
    channel, card = await _begun(desk)
    await _asked(desk, channel, card)
    await _reads(desk, card, "[ Confirm ]")
    await desk.slack.press(desk.ravi, channel, card.ts, label="Keep it active")
    await _reads(desk, card, "[ Make it inactive ]")
    await desk.slack.press_old(desk.lena, channel, card.ts, action_id=ids.KEY_CONFIRM)
    await desk.until(lambda: desk.whispered(desk.lena, "stands elsewhere"), "the refusal")
    assert "active" == _status(desk)


async def test_the_bot_s_own_key_wants_a_typed_word_besides(desk: Scene) -> None:
    """Who asks types the end of its hint; a 401 proves the containment."""
    own = desk.world.provider.keys.own
    channel, card = await _begun(desk, own.name)
    await _reads(desk, card, "With this key the bot itself measures")
    await _asked(desk, channel, card, typed="xxxx")
    form = await desk.until(lambda: desk.slack.view(desk.lena), "the form with its refusal")
    assert form is not None
    await desk.slack.submit(desk.lena, {"typed": own.hint[-4:]})
    await _reads(desk, card, "[ Confirm ]")
    await desk.slack.press(desk.ravi, channel, card.ts, action_id=ids.KEY_CONFIRM)
    await _reads(desk, card, "*Contained:*", "A request with it was refused (401)")


async def test_of_two_keys_with_one_hint_a_person_chooses(desk: Scene) -> None:
    """Both stand there with what tells them apart; nothing can be contained before."""
    twins = [key for key in desk.world.provider.keys if key.name.startswith("batch-nightly")]
    channel, card = await _begun(desk, twins[0].hint)
    await _reads(desk, card, "More than one key fits", twins[0].name, twins[1].name)
    assert "[ Make it inactive ]" not in desk.slack.read(card)
    await desk.slack.press(desk.lena, channel, card.ts, action_id=f"{ids.KEY_CHOOSE}{twins[1].id}")
    await _reads(desk, card, "The key is active", twins[1].name)


async def test_a_key_that_is_inactive_already_is_contained(desk: Scene) -> None:
    """Nothing is asked of the Admin API; the steps for people remain."""
    _, card = await _begun(desk, "old-import")
    await _reads(desk, card, "*Contained:*", "inactive")


async def test_a_key_that_is_not_there_can_be_looked_up_again(desk: Scene) -> None:
    """It may be of another organization; the steps can be done by hand."""
    channel, card = await _begun(desk, "no-such-key")
    await _reads(desk, card, "No key was found", "[ Look it up again ]", "[ Done ]")
    await desk.slack.press(desk.lena, channel, card.ts, action_id=ids.KEY_AGAIN)
    await _reads(desk, card, "No key was found")


@pytest.mark.parametrize(
    ("endpoint", "answer", "said"),
    [
        ("api_keys", "forbidden", "may not manage API keys"),
        ("api_keys", "unauthorized", "refuses the bot's Admin key"),
        ("api_keys", "server_error", "gave no answer"),
        ("usage_report", "server_error", "gave no answer"),
    ],
)
async def test_what_the_admin_api_refuses_is_told_and_the_steps_remain(
    desk: Scene, endpoint: Endpoint, answer: str, said: str
) -> None:
    """With whom to ask; once that is mended one press looks the key up again."""
    await desk.world.provider.set(faults=(ApiFault(answer=answer, endpoints=(endpoint,)),))
    channel, card = await _begun(desk)
    await _reads(desk, card, said, "Make a new key in the Console")
    await desk.world.provider.set(faults=())
    await desk.slack.press(desk.lena, channel, card.ts, action_id=ids.KEY_AGAIN)
    await _reads(desk, card, "The key is active", "notebook-experiments")


async def test_a_lost_answer_after_the_change_is_read_back(desk: Scene) -> None:
    """Nothing is sent twice: the status says that it was done."""
    channel, card = await _begun(desk)
    await _asked(desk, channel, card)
    await desk.world.provider.set(faults=(ApiFault(answer="cut_done", endpoints=("api_key_change",)),))
    await _reads(desk, card, "[ Confirm ]")
    await desk.slack.press(desk.ravi, channel, card.ts, action_id=ids.KEY_CONFIRM)
    await _reads(desk, card, "*Contained:*")
    changes = [call for call in desk.world.provider.calls if call.method == "POST" and "api_keys" in call.path]
    assert 1 == len(changes)


async def test_what_could_not_be_contained_says_so_and_can_be_asked_again(desk: Scene) -> None:
    """The key is active as before, and whoever asks again needs another to confirm."""
    channel, card = await _begun(desk)
    await _asked(desk, channel, card)
    await desk.world.provider.set(faults=(ApiFault(answer="server_error", endpoints=("api_key_change",)),))
    await _reads(desk, card, "[ Confirm ]")
    await desk.slack.press(desk.ravi, channel, card.ts, action_id=ids.KEY_CONFIRM)
    await _reads(desk, card, "gave no answer", "[ Make it inactive ]")
    await desk.world.provider.set(faults=())
    assert "active" == _status(desk)
    await _asked(desk, channel, card)
    await _reads(desk, card, "[ Confirm ]")


async def test_a_limit_of_the_admin_api_is_waited_for(desk: Scene) -> None:
    """As long as it asks; then the key is found."""
    await desk.world.provider.set(faults=(ApiFault(answer="rate_limited", endpoints=("api_keys",)),))
    _, card = await _begun(desk)
    await _reads(desk, card, "Looking the key up")
    await desk.world.provider.set(faults=())
    await desk.world.jump(20)
    await _reads(desk, card, "The key is active")


@pytest.mark.parametrize("tables", ['[keys]\nconfirm = "typed"\n'])
async def test_where_the_team_says_so_one_person_types_the_end_of_the_hint(desk: Scene) -> None:
    """Wrong characters do nothing; the right ones ask and confirm at once."""
    channel, card = await _begun(desk)
    await _asked(desk, channel, card, typed="AAAA")
    assert "active" == _status(desk)
    await desk.slack.submit(desk.lena, {"typed": "igAA"})
    await _reads(desk, card, "*Contained:*")


@pytest.mark.parametrize("tables", ['[policy.contain]\nwho = "nobody"\n'])
async def test_who_may_not_contain_keys_hears_why(desk: Scene) -> None:
    """The policy is asked when the button arrives; the procedure itself goes on."""
    channel, card = await _begun(desk)
    await _reads(desk, card, "The key is active")
    await desk.slack.press(desk.lena, channel, card.ts, action_id=ids.KEY_CONTAIN)
    await desk.until(lambda: desk.whispered(desk.lena, "Nobody may have a key made inactive"), "the refusal")
    assert desk.slack.view(desk.lena) is None


@pytest.mark.parametrize("scenario", ["overloaded_storm"])
async def test_one_press_on_the_warning_begins_the_procedure(desk: Scene) -> None:
    """Who pastes a key in the channel of an incident is warned in private, and goes on there."""
    channel = await desk.opened()
    await desk.slack.say(desk.lena, channel, f"is it sk-ant-api03-R2D{'x' * 86}igAA ?")
    warning = await desk.until(lambda: desk.whispered(desk.lena, "[ Begin the key procedure ]"), "the warning")
    await desk.slack.press(desk.lena, channel, warning.ts, label="Begin the key procedure")
    card = await desk.see(channel, "No API can make a new key")
    await _reads(desk, card, "could not be looked up", "sk-ant-api03-…igAA")
    assert 1 == (await _incident(desk)).id


async def test_without_an_admin_key_the_same_steps_are_a_checklist(scene: Scene) -> None:
    """Nothing is asked of any API; each step is marked by who did it."""
    async with scene.bot():
        channel, card = await _begun(scene)
        await _reads(scene, card, "No Admin API is connected", "1. Make the key inactive in the Console")
        await scene.slack.press(scene.lena, channel, card.ts, action_id=f"{ids.KEY_STEP}contain")
        await _reads(scene, card, "see there that it is, done by")


@pytest.mark.parametrize("tables", [_RESPONDERS + "[keys]\nown_process = true\n"])
async def test_the_admin_key_may_live_in_a_process_of_its_own(scene: Scene) -> None:
    """The bot without the key waits; the process that holds it, and knows no Slack, does the work."""
    async with scene.bot():
        channel, card = await _begun(scene)
        await _reads(scene, card, "Looking the key up")
        place = {name: value for name, value in scene.environment().items() if not name.startswith("SLACK_")}
        settings = load({**place, "ANTHROPIC_ADMIN_KEY": scene.world.admin_key, "ANTHROPIC_API_KEY": ""})
        stop = asyncio.Event()
        keeping = asyncio.ensure_future(run_keys(settings, stop))
        await _asked(scene, channel, card)
        await _reads(scene, card, "[ Confirm ]")
        await scene.slack.press(scene.ravi, channel, card.ts, action_id=ids.KEY_CONFIRM)
        await _reads(scene, card, "*Contained:*")
        stop.set()
        await keeping
        assert "inactive" == _status(scene)


async def test_looked_up_again_a_key_keeps_what_was_done(desk: Scene) -> None:
    """The steps and their order stay; the title is what was reported first."""
    channel, card = await _begun(desk)
    await _reads(desk, card, "The key is active")
    await desk.slack.press(desk.lena, channel, card.ts, label="Replace it first")
    await _reads(desk, card, "1. Make a new key in the Console")
    await desk.slack.press(desk.ravi, channel, card.ts, action_id=f"{ids.KEY_STEP}replace")
    await _reads(desk, card, "done by")
    looked = len(card.versions)
    await desk.slack.press(desk.lena, channel, card.ts, action_id=ids.KEY_AGAIN)
    await desk.until(lambda: len(card.versions) > looked or None, "the card drawn anew")
    await _reads(
        desk, card, "The key is active", "1. Make a new key in the Console", "done by", "sk-ant-api03-R2D\u2026igAA"
    )


async def test_a_confirmed_containment_is_carried_out_whatever_else_is_reported(desk: Scene) -> None:
    """An old button and another key are refused while it waits for a limit of the Admin API; then it is proved."""
    channel, card = await _begun(desk)
    await _asked(desk, channel, card)
    await _reads(desk, card, "[ Confirm ]")
    await desk.world.provider.set(faults=(ApiFault(answer="rate_limited", endpoints=("api_key_change",)),))
    await desk.slack.press(desk.ravi, channel, card.ts, action_id=ids.KEY_CONFIRM)
    await _reads(desk, card, "It is being made inactive")
    before = next(place for place, drawn in enumerate(card.versions) if ids.KEY_AGAIN in str(drawn.blocks))
    await desk.slack.press_old(desk.lena, channel, card.ts, version=before, action_id=ids.KEY_AGAIN)
    await desk.until(lambda: desk.whispered(desk.lena, "is being made inactive just now"), "the refusal of the button")
    desk.slack.state.ephemerals.clear()
    await desk.slack.command(desk.lena, channel, "key batch-nightly")
    await desk.until(lambda: desk.whispered(desk.lena, "ravi has confirmed it"), "the refusal of the command")
    await desk.world.provider.set(faults=())
    await desk.settled()
    await desk.world.jump(60)
    await _reads(desk, card, "*Contained:*")
    assert "inactive" == _status(desk)


@pytest.mark.parametrize("tables", [_RESPONDERS + "[keys]\nown_process = true\n"])
async def test_while_the_key_process_is_away_people_go_on_by_hand(scene: Scene) -> None:
    """The message says since when it waits and for whom; the look-up can be asked for again, the step marked."""
    async with scene.bot():
        channel, card = await _begun(scene)
        await _reads(scene, card, "Looking the key up", "`anth-triage keys` does not run", "[ Look it up again ]")
        await scene.slack.press(scene.lena, channel, card.ts, action_id=f"{ids.KEY_STEP}contain")
        await _reads(scene, card, "1. Make the key inactive in the Console, and see there that it is, done by")


async def test_two_who_report_the_same_key_meet_in_one_incident(desk: Scene) -> None:
    """At the same moment or later, by the verb or by a button: the second is led to the first one's."""
    both = (desk.slack.command(who, "#ops", f"key {_HINT}") for who in (desk.lena, desk.ravi))
    await asyncio.gather(*both)
    channel = await desk.until(desk.incident_channel, "the incident's channel")
    card = await desk.see(channel, "No API can make a new key")
    await _reads(desk, card, "The key is active")
    await desk.slack.command(desk.ravi, "#ops", f"explain sk-ant-api03-R2D{'x' * 86}igAA")
    warning = await desk.until(lambda: desk.whispered(desk.ravi, "[ Begin the key procedure ]"), "the warning")
    await desk.slack.press(desk.ravi, warning.channel, warning.ts, label="Begin the key procedure")
    await desk.until(lambda: desk.whispered(desk.ravi, "has reported that key already"), "where it goes on")
    assert ["inc-1"] == [c.name[:5] for c in desk.slack.state.channels.values() if c.name.startswith("inc-")]


@pytest.mark.parametrize("tables", [_RESPONDERS + '[keys]\nconfirm = "typed"\n'])
async def test_one_person_alone_never_contains_the_bot_s_own_key(desk: Scene) -> None:
    """Also where a typed word is enough for every other key."""
    own = desk.world.provider.keys.own
    channel, card = await _begun(desk, own.name)
    await _asked(desk, channel, card, typed=own.hint[-4:])
    await _reads(desk, card, "Somebody else who may do that confirms", "[ Confirm ]")
    assert "active" == own.set_status
    await desk.slack.press(desk.ravi, channel, card.ts, action_id=ids.KEY_CONFIRM)
    await _reads(desk, card, "*Contained:*")


async def test_a_piece_of_a_key_does_not_become_the_title(desk: Scene) -> None:
    """Whoever pastes a key without its prefix does not publish it."""
    await desk.slack.command(desk.lena, "#ops", "key R2DqX7mK9vLpW3nB8tYcZ5fG1hJ4sD6aE0uI2oP7rT9yQ")
    channel = await desk.until(desk.incident_channel, "the incident's channel")
    await desk.see(channel, "No API can make a new key")
    assert "Key in the wrong hands: R2D\u2026T9yQ" == (await _incident(desk)).title


async def test_who_resolves_reads_what_is_left_of_the_procedure(desk: Scene) -> None:
    """The form that ends the incident names the steps that nobody has done: their buttons end with it."""
    channel, card = await _begun(desk)
    await _reads(desk, card, "The key is active")
    await desk.slack.press(desk.lena, channel, card.ts, action_id=f"{ids.KEY_STEP}audit")
    await _reads(desk, card, "done by @lena")
    await desk.slack.command(desk.lena, f"#{channel}", "resolve")
    form = await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    told = str(form.blocks)
    assert "The procedure for the key ends unfinished" in told
    assert "Make the key inactive" in told
    assert "recent usage" not in told
