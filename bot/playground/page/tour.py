"""The first tour: five steps through one incident; each is done when the workspace shows that it is."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.playground.workspace import Channel, Message, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what to do, in words of the screen (HTML of ours), and how it is seen that it was done."""

    title: str
    how: str
    done: Callable[[Workspace], bool]


def _incident(workspace: Workspace) -> Channel | None:
    return next((one for one in workspace.state.channels.values() if one.name.startswith("inc-")), None)


def _reads(workspace: Workspace, text: str) -> bool:
    return any(text in workspace.read(message) for one in workspace.state.channels.values() for message in one.messages)


def _reads_in_incident(workspace: Workspace, text: str) -> bool:
    channel = _incident(workspace)
    return channel is not None and any(text in workspace.read(message) for message in channel.messages)


def _watched(workspace: Workspace) -> bool:
    return _reads_in_incident(workspace, "watch it for a while")


_AFTERWARDS: Final = (
    "<p>Now try: another state of the provider; a second window as ravi, pressing the same button; not acknowledging, "
    "and moving the clock; killing the bot while a form is open; a leaked key; <code>/anth-triage help</code>.</p>"
)
STEPS: Final = (
    Step(
        title="Ask whose fault it is",
        how="The Claude API answers 529 to everything. In <b>#ops</b> type <code>/anth-triage</code> and press Enter. "
        "Watch the checks come in; the first line is the verdict.",
        done=lambda workspace: _reads(workspace, "[ Open incident ]") or _incident(workspace) is not None,
    ),
    Step(
        title="Open the incident",
        how="Press <b>Open incident</b> under the verdict. A channel <b>#inc-…</b> appears at the left: go there.",
        done=lambda workspace: _incident(workspace) is not None,
    ),
    Step(
        title="Walk the decision tree",
        how="In the incident's channel press <b>Acknowledge</b>, or be reminded. Then answer the questions: the answer "
        "that was measured is green. Go on until it lists what to do, and press <b>I take it</b> at one of these.",
        done=lambda workspace: _reads_in_incident(workspace, "[ I take it ]") or _watched(workspace),
    ),
    Step(
        title="Let it recover",
        how="Under <b>Provider</b> choose <b>All well</b>, and in the channel press <b>It works again</b>. Then press "
        "<b>+5 min</b> three times, each time when the card shows the last measurement. "
        "The bot measures by itself, and says when it seems to be over.",
        done=lambda workspace: _reads_in_incident(workspace, "It seems to be over"),
    ),
    Step(
        title="End it, read the postmortem",
        how="Press <b>Resolve</b>, fill in what you know and send the form. The postmortem arrives as a file: "
        "press <b>Download</b>.",
        done=lambda workspace: any(message.files for message in _messages(_incident(workspace))),
    ),
)


def _messages(channel: Channel | None) -> list[Message]:
    return [] if channel is None else list(channel.messages)


def done_steps(workspace: Workspace) -> int:
    """Return how many of the first steps are done: a later one done means that those before it are."""
    return max((at for at, step in enumerate(STEPS, start=1) if step.done(workspace)), default=0)


def tour_html(done: int) -> str:
    """Return the list, the step at hand unfolded."""
    lines = "".join(_line(at, step, done) for at, step in enumerate(STEPS))
    return f"<ol>{lines}</ol>{_AFTERWARDS if done == len(STEPS) else ''}"


def _line(at: int, step: Step, done: int) -> str:
    title = html.escape(step.title)
    if at < done:
        return f'<li class="done">{title} <span class="hint">(done)</span></li>'
    return f'<li aria-current="step"><b>{title}</b><p>{step.how}</p></li>' if at == done else f"<li>{title}</li>"
