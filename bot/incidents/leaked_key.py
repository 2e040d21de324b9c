"""The procedure for a key in the wrong hands: which key, what it does, its containment, and what people do besides.

The source runbook's five steps, with a look before each. The functions that decide return the event that follows, or
say why none may. Nothing here knows more of a key than its hint.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from bot.errors import BadInput, StaleButton
from bot.incidents import events
from bot.incidents.events import (
    Actor,
    ContainmentAsked,
    ContainmentConfirmed,
    ContainmentWithdrawn,
    Event,
    KeyPlanned,
    KeyReported,
    KeyStepMarked,
)
from bot.rules.api_keys import ApiKey, Hour, Wanted

Confirm = Literal["second_person", "typed"]
Phase = Literal["checklist", "looking", "unknown", "several", "found", "asked", "containing", "contained"]
DEPLOY: Final = "deploy"
_TYPED: Final = 4  # last characters of the key's hint
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A team's rule: who confirms, in which environments the new key goes, and whether an Admin API can be asked.

    `own` is the key with which the bot measures, as much as a hint shows of it. `apart` says that the Admin key lives
    in a process of its own.
    """

    confirm: Confirm = "second_person"
    environments: tuple[str, ...] = ("production",)
    has_admin: bool = False
    apart: bool = False
    own: Wanted | None = None

    def is_own(self, key: ApiKey) -> bool:
        """Tell whether this is the bot's own key."""
        return self.own is not None and self.own.fits(key.name, key.hint)

    def steps(self, *, replace_first: bool) -> tuple[tuple[str, str], ...]:
        """Return what people do, in order: ids and titles. `contain` is among them, for without an Admin API it is."""
        contain = ("contain", "Make the key inactive in the Console, and see there that it is")
        new = ("replace", "Make a new key in the Console: same workspace, an expiry, kept in the secret store")
        deploy = tuple((f"{DEPLOY}:{name}", f"Deploy the new key to {name}") for name in self.environments)
        after = (
            ("audit", "Go through the key's recent usage: are there calls that nobody of us made?"),
            ("others", "Look at the other keys of the workspace, and at where this one leaked"),
            ("report", "Write the report: how it leaked, since when, what was called"),
        )
        first = (new, *deploy, contain) if replace_first else (contain, new, *deploy)
        return (*first, *after)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCase:
    """Where the procedure stands; `done` holds who did which step. `refused`: a request with the key got a 401.

    `wanted` is what was reported first, `sought` what is looked up by now, `since` (UTC) when that, or the
    containment, was asked for. `unknown`: nobody knows whether the key was made inactive.
    """

    wanted: str
    phase: Phase
    sought: str = ""
    since: datetime | None = None
    keys: tuple[ApiKey, ...] = ()
    hours: tuple[Hour, ...] = ()
    problem: str = ""
    replace_first: bool = False
    asked_by: Actor | None = None
    confirmed_by: Actor | None = None
    contained_at: datetime | None = None
    own: bool = False
    refused: bool = False
    unknown: bool = False
    done: Mapping[str, Actor] = field(default_factory=dict)

    @property
    def key(self) -> ApiKey | None:
        """Return the one key that is meant, if that is known."""
        return self.keys[0] if len(self.keys) == 1 else None

    def left(self, rule: Procedure) -> tuple[str, ...]:
        """Return the titles of the steps that nobody has done; what the bot has made inactive is done."""
        by_the_bot = {"contain"} if self.phase == "contained" else set[str]()
        steps = rule.steps(replace_first=self.replace_first)
        return tuple(title for step, title in steps if step not in self.done and step not in by_the_bot)

    def is_about(self, wanted: str) -> bool:
        """Tell whether what somebody gave, as it is kept, is of this key, or of one of those that may be meant."""
        if wanted in {self.wanted, self.sought, *(key.id for key in self.keys)}:
            return True
        with suppress(BadInput):
            return self.key is not None and Wanted.read(wanted).fits(self.key.name, self.key.hint)
        return False


def key_reported(case: KeyCase | None, wanted: str, rule: Procedure, *, actor: Actor, now: datetime) -> KeyReported:
    """Return that the procedure begins, or goes on, with the same key or another; raises BadInput for too little of it.

    Raises StaleButton while a containment is asked for or under way: nobody ends that by the way.
    """
    if case is not None and case.phase == "asked":
        asked = case.asked_by.name if case.asked_by else "Somebody"
        raise StaleButton(
            f"{asked} asks to make {case.wanted} inactive.", "Confirm that first, or press *Keep it active*."
        )
    if case is not None and case.phase == "containing" and "contain" not in case.done:
        who = f"{case.confirmed_by.name} has confirmed it. " if case.confirmed_by else ""
        raise StaleButton(
            f"{case.wanted} is being made inactive just now.", f"{who}Wait for the result, or mark that step as done."
        )
    return KeyReported(actor=actor, happened_at=now, wanted=shown(wanted), looked_up=rule.has_admin)


def shown(text: str) -> str:
    """Return what may be kept of what a person gave: never more of a key than its hint; raises BadInput."""
    wanted = Wanted.read(text)
    if wanted.id or (wanted.name and not wanted.prefix):
        return (wanted.id or wanted.name)[:_LONGEST]
    return f"{wanted.prefix}{wanted.head}…{wanted.tail}"


def planned(case: KeyCase | None, *, replace_first: bool, actor: Actor, now: datetime) -> KeyPlanned:
    """Return what comes first; raises StaleButton when the key is contained, or nothing is known of it."""
    _require(case, "checklist", "unknown", "found", "asked")
    return KeyPlanned(actor=actor, happened_at=now, replace_first=replace_first)


def containment_asked(
    case: KeyCase | None, key_id: str, typed: str, rule: Procedure, *, actor: Actor, now: datetime
) -> tuple[ContainmentAsked | ContainmentConfirmed, ...]:
    """Return that somebody wants the key inactive; with a typed confirmation, that it is confirmed as well.

    Who asks for the bot's own key types the end of its hint in any case, and somebody else confirms it. Raises
    StaleButton when the procedure stands elsewhere by now, BadInput when what was typed is not that end.
    """
    key = _require(case, "found").key
    if key is None or key.id != key_id:
        raise StaleButton("It is about another key by now.", "Look at the newest message of the procedure.")
    if must_type(key, rule) and typed.strip() != key.hint[-_TYPED:]:
        raise BadInput(f"Type the last {_TYPED} characters of the hint {key.hint}.", "Nothing was done.", field="typed")
    asked = ContainmentAsked(actor=actor, happened_at=now, key_id=key.id, own=rule.is_own(key))
    if wants_second(key, rule):
        return (asked,)
    return asked, ContainmentConfirmed(actor=actor, happened_at=now, key_id=key.id)


def must_type(key: ApiKey, rule: Procedure) -> bool:
    """Tell whether who asks has to type the end of the key's hint."""
    return rule.confirm == "typed" or rule.is_own(key)


def wants_second(key: ApiKey, rule: Procedure) -> bool:
    """Tell whether somebody else has to confirm it: without the bot's own key nobody is told of anything any more."""
    return rule.confirm == "second_person" or rule.is_own(key)


def containment_confirmed(case: KeyCase | None, key_id: str, *, actor: Actor, now: datetime) -> ContainmentConfirmed:
    """Return that a second person confirmed; raises StaleButton, and BadInput for who asked themselves."""
    asked = _require(case, "asked")
    if asked.key is None or asked.key.id != key_id:
        raise StaleButton("It is about another key by now.", "Look at the newest message of the procedure.")
    if asked.asked_by is not None and asked.asked_by.id == actor.id:
        raise BadInput("You have asked for it: somebody else must confirm.", "Ask anybody who may contain keys.")
    return ContainmentConfirmed(actor=actor, happened_at=now, key_id=key_id)


def containment_withdrawn(case: KeyCase | None, *, actor: Actor, now: datetime) -> ContainmentWithdrawn:
    """Return that the key stays active for now; raises StaleButton when it was confirmed already."""
    _require(case, "asked")
    return ContainmentWithdrawn(actor=actor, happened_at=now)


def step_marked(
    case: KeyCase | None, step: str, rule: Procedure, *, done: bool, actor: Actor, now: datetime
) -> KeyStepMarked:
    """Return that a step was done, or undone; raises StaleButton when it stands so, or there is no such step."""
    here = _require(case)
    titles = dict(rule.steps(replace_first=here.replace_first))
    if step not in titles:
        raise StaleButton("The procedure has no such step any more.", "Look at its newest message.")
    if (step in here.done) == done:
        by = f" by {here.done[step].name}" if done else ""
        raise StaleButton(f"That is {'done' if done else 'not done'} already{by}.", "Nothing was changed.")
    return KeyStepMarked(actor=actor, happened_at=now, step=step, title=titles[step], done=done)


def _require(case: KeyCase | None, *phases: Phase) -> KeyCase:
    if case is None:
        raise StaleButton("No key was reported here.", "Begin with `/anth-triage key` and what you have of the key.")
    if phases and case.phase not in phases:
        said = {"contained": "The key is contained already.", "containing": "It is being made inactive just now."}
        who = f"{case.confirmed_by.name} has confirmed it." if case.confirmed_by else ""
        raise StaleButton(said.get(case.phase, "The procedure stands elsewhere by now."), who)
    return case


def after(case: KeyCase | None, event: Event) -> KeyCase | None:
    """Return where the procedure stands after this event; the others leave it where it is."""
    if isinstance(event, KeyReported):
        same = (
            case if case is not None and case.is_about(event.wanted) else KeyCase(wanted=event.wanted, phase="looking")
        )
        phase: Phase = "looking" if event.looked_up else "checklist"
        return replace(same, phase=phase, sought=event.wanted, since=event.happened_at, problem="")
    change = _CHANGES.get(type(event))
    return case if case is None or change is None else replace(case, **change(case, event))


def _looked_up(case: KeyCase, told: events.KeyLookedUp) -> dict[str, Any]:
    """Return what was read; what could not be read leaves what was known, and a key that is active is not contained."""
    if told.problem and not told.keys and case.keys:
        return {"phase": _found(case.keys), "problem": told.problem}
    phase = _found(told.keys)
    read: dict[str, Any] = {"phase": phase, "keys": told.keys, "hours": told.hours, "problem": told.problem}
    if phase == "contained":
        return read | {"unknown": False, "done": {"contain": told.actor, **case.done}}
    if phase == "found":
        left = {step: who for step, who in case.done.items() if step != "contain"}
        return read | {"unknown": False, "done": left, "contained_at": None, "refused": False}
    return read


def _contained(case: KeyCase, event: events.KeyContained) -> dict[str, Any]:
    """Return that it is proved; of a key that is not this procedure's any more the timeline alone tells."""
    if case.phase != "containing" and event.key.id not in {key.id for key in case.keys}:
        return {}
    if case.key is not None and case.key.id != event.key.id:
        return {}
    at, done = event.happened_at, {**case.done, "contain": event.actor}
    proved = {"phase": "contained", "keys": (event.key,), "contained_at": at, "problem": "", "done": done}
    return {**proved, "unknown": False}


def _step(case: KeyCase, event: KeyStepMarked) -> dict[str, Any]:
    left = {step: who for step, who in case.done.items() if step != event.step}
    return {"done": {**left, event.step: event.actor} if event.done else left}


def _measured(case: KeyCase, event: events.Measured) -> dict[str, Any]:
    refused = case.phase == "contained" and case.own and (event.branch or "").startswith("auth")
    return {"refused": case.refused or refused}


def _found(keys: Sequence[ApiKey]) -> Phase:
    if not keys:
        return "unknown"
    if len(keys) > 1:
        return "several"
    return "found" if keys[0].status == "active" else "contained"


_CHANGES: Final[Mapping[type[Event], Callable[[KeyCase, Any], dict[str, Any]]]] = {
    events.KeyLookedUp: _looked_up,
    events.KeyPlanned: lambda _case, told: {"replace_first": told.replace_first},
    events.ContainmentAsked: lambda _case, told: {
        "phase": "asked",
        "asked_by": told.actor,
        "own": told.own,
        "problem": "",
    },
    events.ContainmentWithdrawn: lambda _case, _told: {"phase": "found", "asked_by": None},
    events.ContainmentConfirmed: lambda _case, told: {
        "phase": "containing",
        "confirmed_by": told.actor,
        "since": told.happened_at,
    },
    events.ContainmentFailed: lambda _case, told: {
        "phase": "found",
        "problem": told.problem,
        "unknown": told.unknown,
        "asked_by": None,
        "confirmed_by": None,
    },
    events.KeyContained: _contained,
    events.KeyStepMarked: _step,
    events.Measured: _measured,
}
"""What each kind of event changes of the procedure."""
