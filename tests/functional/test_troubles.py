"""Troubles of the calls that the matrix of flows does not play: the work is done in the end, once."""

from collections.abc import Awaitable, Callable

import pytest

from bot.incidents.events import Captured
from bot.playground.faults import Fault
from bot.playground.workspace.population import ON_CALL
from tests.scene import Scene
from tests.sim.scale import CHAOS
from tests.sim.slack_faults import BESIDE_THE_MATRIX

TROUBLES: dict[str, dict[str, object]] = {
    "internal_error": {"error": "internal_error"},
    "a limit": {"retry_after": 5},
    "cut off before": {"cut": "before"},
    "cut off after": {"cut": "after"},
    "no JSON": {"body": "<html>busy</html>"},
    "ok and nothing else": {"body": '{"ok": true}', "done": True},
    "too late": {"delay_s": 1},
}


async def _marks(desk: Scene, trouble: Fault) -> None:
    """Mark a message: it stands on the timeline once, under its author's name or id."""
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    said = await desk.slack.say(desk.lena, channel, "seen in eu")
    desk.slack.faults.add(trouble)
    await desk.slack.react(desk.lena, channel, said.ts, "pushpin")

    async def captured() -> list[str]:
        await desk.world.jump(1)
        _, story = await desk.record()
        return [item.event.text for item in story if isinstance(item.event, Captured)]

    await desk.eventually(captured, ["seen in eu"])


async def _opens_home(desk: Scene, trouble: Fault) -> None:
    """Open the App Home: it is drawn."""
    desk.slack.faults.add(trouble)
    await desk.slack.open_home(desk.lena)

    async def drawn() -> bool:
        await desk.world.jump(1)
        return desk.slack.home(desk.lena) is not None

    await desk.eventually(drawn, wanted=True)


async def _moves_in(desk: Scene, trouble: Fault) -> None:
    """Open an incident in a channel that exists: the bot joins, and the card stands there once."""
    house = desk.slack.add_channel("payments", [desk.lena], with_bot=False)
    await desk.slack.command(desk.lena, "#ops", "open")
    await desk.until(lambda: desk.slack.view(desk.lena), "the form")
    desk.slack.faults.add(trouble)
    await desk.slack.submit(desk.lena, {"title": "Payments fail", "house": house.id})

    async def cards() -> int:
        await desk.world.jump(1)
        return sum("# INC-1" in desk.slack.read(one) for one in desk.slack.messages("payments"))

    await desk.eventually(cards, 1)


async def _bookmarks(desk: Scene, trouble: Fault) -> None:
    """Open an incident and answer: each bookmark is there once and leads on."""
    desk.slack.faults.add(trouble)
    channel = await desk.opened()
    question = await desk.see(channel, "[ 529 ]")
    await desk.slack.press(desk.lena, channel, question.ts, label="529")
    second = await desk.see(channel, "[ One model ]")

    async def titles() -> tuple[list[str], bool]:
        await desk.world.jump(1)
        there = desk.slack.channel(channel).bookmarks
        leads_on = any(second.ts.replace(".", "") in str(one["link"]) for one in there)
        return sorted(str(one["title"]) for one in there), leads_on

    await desk.eventually(titles, (["Claude status", "Runbook step"], True))


async def _invites(desk: Scene, trouble: Fault) -> None:
    """Open an incident: the people of the user group come."""
    desk.slack.faults.add(trouble)
    channel = await desk.opened()

    async def there() -> bool:
        await desk.world.jump(1)
        return desk.ravi in desk.slack.channel(channel).members

    await desk.eventually(there, wanted=True)


async def _draws(desk: Scene, trouble: Fault) -> None:
    """Resolve an incident and tick its task: the channel's canvas holds the postmortem as it is."""
    channel = await desk.opened()
    desk.slack.faults.add(trouble)
    await desk.resolve(desk.lena, channel, action_items="Add a fallback")

    async def drawn() -> bool:
        await desk.world.jump(1)
        return "[ ] 1: Add a fallback" in str(desk.slack.canvas(channel))

    await desk.eventually(drawn, wanted=True)
    await desk.slack.command(desk.lena, channel, "task done 1")

    async def ticked() -> bool:
        await desk.world.jump(1)
        return "[x] 1: Add a fallback" in str(desk.slack.canvas(channel))

    await desk.eventually(ticked, wanted=True)


FLOWS: dict[str, Callable[[Scene, Fault], Awaitable[None]]] = {
    "chat.getPermalink": _marks,
    "conversations.replies": _marks,
    "users.info": _marks,
    "views.publish": _opens_home,
    "conversations.info": _moves_in,
    "conversations.join": _moves_in,
    "bookmarks.list bookmarks.add bookmarks.edit": _bookmarks,
    "usergroups.users.list": _invites,
    "conversations.canvases.create canvases.edit": _draws,
}


_EVERY = [(methods, trouble) for methods in FLOWS for trouble in TROUBLES]
PLAYED = _EVERY if CHAOS > 1 else _EVERY[::4]
"""`make chaos` plays each; the gate every fourth: each trouble and each call all the same."""


def test_every_call_beside_the_matrix_is_played_here() -> None:
    """None is forgotten."""
    assert BESIDE_THE_MATRIX == {method for methods in FLOWS for method in methods.split()}
    assert (set(FLOWS), set(TROUBLES)) == ({methods for methods, _ in PLAYED}, {trouble for _, trouble in PLAYED})


@pytest.mark.parametrize("tables", [f'[channel]\ninvite = ["{ON_CALL}"]\n'], ids=["on call"])
@pytest.mark.expects_errors  # minutes pass: the auditor may find the work late
@pytest.mark.parametrize(("methods", "trouble"), PLAYED)
async def test_the_trouble_only_delays(desk: Scene, methods: str, trouble: str) -> None:
    """One failure of each call, whatever kind, changes nothing of what comes of it."""
    first, *others = (Fault(method, **TROUBLES[trouble]) for method in methods.split())  # type: ignore[arg-type] # fields of a fault
    for other in others:
        desk.slack.faults.add(other)
    await FLOWS[methods](desk, first)
