"""Mitigations as a checklist: what to do, the team's own switches, who has it in hand, and whether it helped."""

from dataclasses import dataclass

from bot.incidents.mitigating import Tried
from bot.incidents.model import Incident
from bot.rules.next_steps import LOOK_FIRST, ONLY_IF
from bot.rules.recovery import Recovery
from bot.rules.taxonomy import Lever, Mitigation
from bot.slack import ids
from bot.slack.cards import blocks as kit

_SNIPPET = 2000  # characters; a test holds every sample of ours to it
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the team has said: its own switches, and how often the bot measures by itself."""

    levers: tuple[Lever, ...] = ()
    recovery: Recovery | None = None


def checklist(incident: Incident, mitigation: Mitigation, own: Own) -> list[kit.Block]:
    """Return one mitigation with its steps and sample, the team's switches for it, its state and its buttons."""
    levers = (one for one in own.levers if mitigation.id in one.mitigations)
    tried = next((one for one in incident.tried if one.id == mitigation.id), None)
    told = [
        _advice(mitigation),
        *map(_lever, levers),
        *([_state(tried, _is_bounded(incident, own.recovery))] if tried else []),
    ]
    blocks = [kit.section("\n".join(told))]
    if incident.is_open:
        blocks.append(kit.actions(*_buttons(incident, mitigation, tried)))
    return blocks


def tried_text(incident: Incident, recovery: Recovery) -> str:
    """Return what was tried so far, in lines; empty for nothing."""
    ended = _is_bounded(incident, recovery)
    return kit.bullets((f"{kit.safe(one.title)}: {_state(one, ended)}" for one in incident.tried), limit=_SHOWN)


def _is_bounded(incident: Incident, recovery: Recovery | None) -> bool:
    """Tell whether the bot measures by itself no more, for it has done so as often as the team allows."""
    return recovery is not None and incident.watch.measured >= recovery.most


def _advice(mitigation: Mitigation) -> str:
    steps = kit.bullets((kit.safe(line, 300) for line in mitigation.steps), limit=6)
    # Whole or not at all: half a sample would break the code of whoever pastes it.
    snippet = f"\n```{kit.safe(mitigation.snippet.strip(), _SNIPPET)}```" if mitigation.snippet else ""
    note = f"\n_The runbook is corrected here: {kit.safe(mitigation.corrects, 300)}_" if mitigation.corrects else ""
    look = f"_{LOOK_FIRST[mitigation.look]} {ONLY_IF}:_\n" if mitigation.look else ""
    return f"*{kit.safe(mitigation.title)}*\n{look}{steps}{snippet}{note}"


def _lever(lever: Lever) -> str:
    name = f"<{lever.url}|{kit.safe(lever.name)}>" if lever.url else kit.safe(lever.name)
    owner = f", owner {kit.member(lever.owner)}" if lever.owner else ""
    return f":level_slider: {name}{owner}" + (f": {kit.safe(lever.how, 300)}" if lever.how else "")


def _state(tried: Tried, ended: bool) -> str:  # noqa: FBT001 - private
    who, when = kit.person(tried.by), kit.moment(tried.at)
    if tried.mark == "taken":
        return f":raising_hand: {kit.person(tried.owner)} has it in hand since {when}."
    if tried.mark == "undone":
        return f":leftwards_arrow_with_hook: undone by {who} {when}."
    return f":white_check_mark: done by {who} {when}; {_helped(tried, ended)}"


def _helped(tried: Tried, ended: bool) -> str:  # noqa: FBT001 - private
    if tried.helped is not None:
        return "measured after it: *it works*." if tried.helped else "measured after it: *it still fails*."
    if not tried.measurable:
        return "whether it helped only production can tell."
    return "press *Measure whether it helped*, nothing measures by itself any more." if ended else "being measured."


def _buttons(incident: Incident, mitigation: Mitigation, tried: Tried | None) -> list[kit.Block]:
    if tried is None or not tried.is_done:
        marks = [("Done", "done")] if tried and tried.mark == "taken" else [("I take it", "taken"), ("Done", "done")]
        return [_mark(incident, mitigation, label, mark) for label, mark in marks]
    undo = _mark(incident, mitigation, "Undo", "undone")
    number = ids.value(incident.id)
    if tried.measurable:
        verify = kit.button("Measure whether it helped", f"{ids.MEASURE}:{mitigation.id}", number)
    else:
        verify = kit.button("Tell what production sees", f"{ids.EVIDENCE}:{mitigation.id}", number)
    return [verify, undo]


def _mark(incident: Incident, mitigation: Mitigation, label: str, mark: str) -> kit.Block:
    value = ids.value(incident.id, mitigation.id, mark)
    return kit.button(label, f"{ids.MITIGATE}{mark}:{mitigation.id}", value, says=f"{label}: {mitigation.title}")
