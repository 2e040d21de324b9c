"""The panel beside the workspace: the provider's state, the clock, the bot's process and what it asked."""

import html
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol

from bot.playground.provider.story import Expect, Scenario
from bot.playground.world import World

JUMPS: Final = ((60, "+1 min"), (300, "+5 min"), (900, "+15 min"), (3600, "+1 h"))
"""Seconds by which the clock can be moved on, and the words on the button."""
_LATEST: Final = 14
_FAULTS: Final = {
    None: "It works, or looks like it",
    "theirs": "The provider's fault",
    "ours": "Our own fault",
    "mixed": "Both",
    "unknown": "Cannot be told",
}


class Machine(Protocol):
    """The bot's process."""

    @property
    def running(self) -> bool:
        """Say whether it lives."""

    async def kill(self) -> None:
        """End it at once, as a power cut would."""

    async def start(self) -> None:
        """Start it again; returns once it is connected. Raises Unavailable when it ends at once."""


def provider_html(world: World, scenarios: Sequence[Scenario]) -> str:
    """Return the choice of scenarios, by whose fault they promise, and what the provider does now."""
    playing = world.provider.scenario
    groups = "".join(
        _group(title, [one for one in scenarios if _fault_of(one) == fault], playing)
        for fault, title in _FAULTS.items()
    )
    step = world.provider.step
    promise = f"<p>The verdict should be: <b>{_promise(step.expect)}</b></p>" if step.expect else ""
    return f'<p class="now" aria-live="polite">{html.escape(step.says or playing.description)}</p>{promise}{groups}'


def clock_html() -> str:
    """Return the buttons that move the clock on."""
    return "".join(
        f'<button type="button" data-do="jump" data-seconds="{seconds}" data-key="{seconds}">{words}</button>'
        for seconds, words in JUMPS
    )


def leak_html(key: str) -> str:
    """Return what writes a leaked key into the message field: the organization has it, and it is made up."""
    return (
        "<p>Somebody pastes a key into a channel. While the provider is well, the bot finds it, and two people make it "
        "inactive: lena asks, ravi confirms.</p>"
        f'<button type="button" data-do="paste" data-text="Try it with this key: {html.escape(key)}" data-key="leak">'
        "Write it into the message</button>"
    )


def machine_html(machine: Machine, sockets: int) -> str:
    """Return how the bot's process is, and the button that changes it."""
    if machine.running:
        how = f"running, {sockets} sockets" if sockets else "running, not connected yet"
        button = '<button type="button" class="danger" data-do="kill" data-key="machine">Kill it (SIGKILL)</button>'
    else:
        how = "not running: what people do now is not answered"
        button = '<button type="button" class="primary" data-do="start" data-key="machine">Start it again</button>'
    return f"<p>{how}</p>{button}"


def calls_html(world: World) -> str:
    """Return the newest calls of the bot to both stand-ins, newest first."""
    asked: Iterable[tuple[datetime, str, str]] = [
        *(
            (call.at, f"{call.method} {call.path}", str(call.status or "cut"))
            for call in world.provider.calls[-_LATEST:]
        ),
        *(
            (call.at, call.method, _told(call.answer, call.status))
            for call in world.workspace.recorder.calls()[-_LATEST:]
        ),
    ]
    rows = "".join(
        f"<tr><td>{at:%H:%M:%S}</td><td>{html.escape(what)}</td><td>{html.escape(told)}</td></tr>"
        for at, what, told in sorted(asked, reverse=True)[:_LATEST]
    )
    return f"<table><thead><tr><th>UTC</th><th>asked</th><th>answer</th></tr></thead><tbody>{rows}</tbody></table>"


def _fault_of(scenario: Scenario) -> str | None:
    expect = scenario.expect
    if expect is None or expect.severity == "none":
        return None
    return expect.fault or "unknown"


def _group(title: str, scenarios: Sequence[Scenario], playing: Scenario) -> str:
    if not scenarios:
        return ""
    choices = "".join(
        f'<label class="choice" title="{html.escape(one.description)}"><input type="radio" name="scenario" '
        f'value="{one.name}" data-key="{one.name}"{" checked" if one.name == playing.name else ""}> '
        f"{html.escape(one.title)}</label>"
        for one in scenarios
    )
    return f"<fieldset><legend>{title}</legend>{choices}</fieldset>"


def _promise(expect: Expect) -> str:
    if expect.severity == "none":
        return "no incident"
    fault = {"unknown": "not known"}.get(expect.fault or "", expect.fault)
    parts = [expect.severity, f"fault: {fault}" if fault else "", (expect.branch or "").replace("_", " ")]
    return html.escape(" · ".join(part for part in parts if part))


def _told(answer: object, status: int | None) -> str:
    if isinstance(answer, dict) and answer.get("ok") is False:
        return str(answer.get("error"))
    return "ok" if answer is not None else str(status or "cut")
