"""Who may do what: one row for each act; what no row allows is refused.

A row says which people (`who`), whether guests of the workspace count (`guests`), and from where (`where`). People of
other workspaces may do nothing at all. Teams change rows under `[policy]` in anth-triage.toml.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from bot.errors import NotAllowed
from bot.incidents.events import BOT, Actor
from bot.incidents.model import Incident

Act = Literal[
    "triage",
    "explain",
    "evidence",
    "see",
    "declare",
    "repair",
    "answer",
    "acknowledge",
    "snooze",
    "note",
    "update",
    "stage",
    "severity",
    "role",
    "task",
    "resolve",
    "reopen",
    "close",
    "export",
    "write",
    "bundle",
    "key",
    "contain",
    "doctor",
]
Kind = Literal["member", "guest", "outsider", "unknown"]
"""What a person is to the workspace; unknown: Slack did not say."""
Who = Literal["everyone", "responders", "lead", "nobody"]
Where = Literal["anywhere", "channel"]
ACTS: Final[tuple[Act, ...]] = get_args(Act)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Who may do one act: `channel` means from within the incident's own channel alone."""

    who: Who = "everyone"
    guests: bool = False
    where: Where = "anywhere"


_RESPONDERS: Final = Row(who="responders")
DEFAULT: Final[Mapping[str, Row]] = {
    "triage": Row(),
    "explain": Row(guests=True),
    "evidence": Row(),
    "see": Row(),
    "declare": Row(),
    "repair": Row(),
    "answer": Row(),
    "acknowledge": Row(),
    "snooze": Row(),
    "note": Row(),
    "update": _RESPONDERS,
    "stage": Row(),
    "severity": Row(),
    "role": _RESPONDERS,
    "task": Row(),
    "resolve": _RESPONDERS,
    "reopen": Row(),
    "close": _RESPONDERS,
    "export": Row(),
    "write": Row(),
    "bundle": Row(),
    "key": Row(),
    "contain": _RESPONDERS,
    "doctor": Row(who="nobody"),  # the bot's admins alone
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who acts, what they are to the workspace, and from which channel."""

    actor: Actor
    kind: Kind
    channel_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rows that hold, and the people who may do everything."""

    rows: Mapping[str, Row] = field(default_factory=lambda: DEFAULT)
    admins: Collection[str] = ()

    def require(self, act: str, person: Person, incident: Incident | None = None) -> None:
        """Raise NotAllowed when the person may not do this; without an incident only what they are is looked at."""
        if person.actor == BOT:
            return
        row = self.rows.get(act, Row(who="nobody"))
        self._require_kind(act, row, person.kind)
        if person.actor.id in self.admins:
            return
        if row.who == "nobody":
            but = " but the bot's admins" if self.admins else ""
            raise NotAllowed(
                f"Nobody{but} may {WORDS.get(act, act)} here.",
                "The policy says so; whoever runs the bot can change it.",
            )
        if incident is not None:
            self._require_place(act, row, person, incident)
            self._require_role(act, row, person.actor, incident)

    def _require_kind(self, act: str, row: Row, kind: Kind) -> None:
        if kind == "member" or (kind == "guest" and row.guests):
            return
        words = WORDS.get(act, act)
        if kind == "unknown":
            raise NotAllowed(f"Slack did not say who you are, so you may not {words} now.", "Try again in a moment.")
        whose = "guests" if kind == "guest" else "people of other workspaces"
        raise NotAllowed(f"For {whose} it is not allowed to {words}.", "Ask a member of this workspace to do it.")

    def _require_place(self, act: str, row: Row, person: Person, incident: Incident) -> None:
        if row.where == "channel" and person.channel_id != incident.channel_id:
            hint = f"Do it in <#{incident.channel_id}>." if incident.channel_id else "It has none yet."
            raise NotAllowed(f"Only from the channel of {incident.name} one may {WORDS.get(act, act)}.", hint)

    def _require_role(self, act: str, row: Row, actor: Actor, incident: Incident) -> None:
        if row.who == "everyone" or actor.id == incident.lead.id:
            return
        if row.who == "responders" and actor.id in responders(incident):
            return
        whose = "its lead" if row.who == "lead" else "those who work on it"
        hint = f"Ask {incident.lead.name}, who leads it" + (
            "." if row.who == "lead" else ", or give it a task of yours."
        )
        raise NotAllowed(f"Only {whose} may {WORDS.get(act, act)} ({incident.name}).", hint)


def responders(incident: Incident) -> set[str]:
    """Return the ids of those who work on the incident: who opened or acknowledged it, has a role or a task in it."""
    return {actor.id for actor in incident.people}


WORDS: Final[Mapping[str, str]] = {
    "triage": "run the checks",
    "explain": "have an error explained",
    "evidence": "tell what production sees",
    "see": "see incidents",
    "declare": "open an incident",
    "repair": "try again for a channel",
    "answer": "answer the decision tree",
    "acknowledge": "acknowledge an incident",
    "snooze": "put reminders off",
    "note": "write on a timeline",
    "update": "send updates",
    "stage": "set an incident's status",
    "severity": "change a severity",
    "role": "give roles",
    "task": "change tasks",
    "resolve": "resolve an incident",
    "reopen": "reopen an incident",
    "close": "close an incident",
    "export": "share a postmortem",
    "write": "write a postmortem",
    "bundle": "collect what the provider's support asks for",
    "key": "work on a key in the wrong hands",
    "contain": "have a key made inactive",
    "doctor": "see what is wrong with the bot",
}
"""What each act is called in a sentence."""
