"""What every use case is given: the store, the clock and the rules; and who asked for it, from where."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.incidents.events import Actor
from bot.rules.classify import Rules
from bot.rules.taxonomy import Taxonomy
from bot.rules.tree import Tree
from bot.store.unit_of_work import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The parts that a use case works with."""

    store: Store
    clock: Clock
    tree: Tree
    rules: Rules

    @property
    def taxonomy(self) -> Taxonomy:
        """Return the kinds of failure and what to do about each."""
        return self.rules.taxonomy


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing a person did in Slack: `key` is the same when Slack delivers it again."""

    key: str
    team_id: str
    channel_id: str
    actor: Actor
