"""What every use case is given: the store, the clock and the rules; and who asked for it, from where."""

from dataclasses import dataclass, field

from bot.clock import Clock
from bot.incidents.events import Actor
from bot.incidents.leaked_key import Procedure
from bot.incidents.policy import Kind, Person, Policy
from bot.postmortem.bundle import Api
from bot.rules.classify import Rules
from bot.rules.recovery import Recovery
from bot.rules.taxonomy import Lever, Taxonomy
from bot.rules.tree import Tree
from bot.store.unit_of_work import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts that a use case works with; `models` and `levers` are the team's own."""

    store: Store
    clock: Clock
    tree: Tree
    rules: Rules
    policy: Policy = field(default_factory=Policy)
    recovery: Recovery = field(default_factory=Recovery)
    models: tuple[str, ...] = ()
    levers: tuple[Lever, ...] = ()
    keys: Procedure = field(default_factory=Procedure)
    api: Api = field(default_factory=Api)

    @property
    def taxonomy(self) -> Taxonomy:
        """Return the kinds of failure and what to do about each."""
        return self.rules.taxonomy


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing a person did in Slack: `key` is the same when it is delivered again, `kind` what they are to us.

    `in_private` says that not everybody may look where they did it.
    """

    key: str
    team_id: str
    channel_id: str
    actor: Actor
    kind: Kind = "member"
    in_private: bool = False

    @property
    def person(self) -> Person:
        """Return who acts, as the policy asks."""
        return Person(actor=self.actor, kind=self.kind, channel_id=self.channel_id)
