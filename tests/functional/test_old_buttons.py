"""Every button of every message and version so far, pressed at every later state: answered, and never out of turn."""

from collections.abc import Sequence

import pytest

from bot.incidents.events import Event
from bot.incidents.model import Status, apply
from bot.playground.workspace.controls import controls
from bot.slack import ids
from tests.scene import Scene
from tests.sim.scale import CHAOS

Button = tuple[str, str, int, str, str]  # channel, message, version, action, value
_STARTS_A_RUN = {ids.RERUN, ids.EVIDENCE}
_OPEN = {"step_answered", "severity_changed", "acknowledged", "snoozed", "stage_set", "role_given", "resolved"}


def _buttons(desk: Scene, places: Sequence[str]) -> list[Button]:
    """Return each button that anybody could still see in an old client, one for each action and value."""
    found: dict[tuple[str, str], Button] = {}
    for place in places:
        for message in desk.slack.messages(place):
            for version, shown in enumerate(message.versions):
                for control in controls(shown.blocks):
                    value = str(control.element.get("value") or "")
                    if control.element["type"] == "button" and control.action_id not in _STARTS_A_RUN:
                        key = (control.action_id, value)
                        found.setdefault(key, (place, message.ts, version, control.action_id, value))
    return list(found.values())


async def _press_them_all(desk: Scene, places: Sequence[str]) -> int:
    buttons = _buttons(desk, places)
    for place, ts, version, action, value in buttons:
        for user in (desk.lena, desk.ravi) if CHAOS > 1 else (desk.lena,):
            outcome = await desk.slack.press_old(user, place, ts, version=version, action_id=action, value=value)
            assert outcome.acked, (action, value, outcome)
            while desk.slack.view(user) is not None:
                await desk.slack.close_view(user)
    return len(buttons)


def _require_legal(story: Sequence[Event]) -> None:
    """Fail for an event that the incident's state did not allow."""
    incident = None
    for event in story:
        if incident is not None:
            if event.kind in _OPEN:
                assert incident.is_open, event
            if event.kind == "acknowledged":
                assert incident.acknowledged_by is None, event
            if event.kind == "reopened":
                assert not incident.is_open, event
            if event.kind == "closed":
                assert incident.status is Status.RESOLVED, event
        incident = apply(1, incident, event)


async def _resolve(desk: Scene, channel: str) -> None:
    await desk.resolve(desk.lena, channel)


@pytest.mark.timeout(240)
async def test_no_button_of_the_past_does_what_the_present_forbids(desk: Scene) -> None:
    """From the opening to the close and back: each press is answered, and the timeline stays legal."""
    channel = await desk.opened()
    await desk.see(channel, "[ 529 ]")
    await desk.slack.join(desk.ravi, channel)
    places = ("#ops", channel)
    pressed = await _press_them_all(desk, places)
    await desk.world.jump(301)  # a reminder, if nobody's press has acknowledged
    for step in ("ack", "severity P3 a few", "status monitoring calmer", "resolve", "reopen again", "resolve", "close"):
        if step == "resolve":
            await _resolve(desk, channel)
            await desk.see(channel, "Postmortem shared")
        else:
            await desk.slack.command(desk.lena, channel, step)
        pressed += await _press_them_all(desk, places)
    incident, story = await desk.record()
    assert Status.CLOSED is incident.status
    assert pressed > 60
    _require_legal([item.event for item in story])
