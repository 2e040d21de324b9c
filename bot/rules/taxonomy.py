"""The leaves of the error taxonomy as frozen values; errors.toml holds them, load.py reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.rules.evidence import Fault

SeverityClass = Literal["F", "A", "R", "Q", "none"]
Retry = Literal["no", "after", "backoff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One kind of failure: what it is called, whose fault it usually is, what to check and what to do.

    `id` is a family or a family and a dotted word (`rate_limit.ramp`). `severity_class` is the letter by which
    the severity table counts it: F failed, A access, R rate limit, Q quality, none (not a failure).
    """

    id: str
    title: str
    fault: Fault
    severity_class: SeverityClass
    because: str
    check: tuple[str, ...]
    mitigations: tuple[str, ...]
    action: str
    retry: Retry
    links: tuple[str, ...]
    source: Literal["runbook", "ours"]

    @property
    def family(self) -> str:
        """Return the part before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mitigation:
    """One thing a responder can do: an imperative title, steps, perhaps a snippet to copy.

    `look` says what must be looked at first, because it cannot be undone or costs money; `prevents` that it also
    helps while nothing fails yet; `verify` who can see whether it helped: the bot's own probes, or production alone;
    `corrects` where the source runbook says otherwise.
    """

    id: str
    title: str
    steps: tuple[str, ...]
    snippet: str | None
    source: Literal["runbook", "ours"]
    corrects: str | None = None
    look: Literal["key", "money"] | None = None
    verify: Literal["probe", "production"] = "production"
    prevents: bool = False

    def in_short(self) -> str:
        """Return what to do in one line: the title and the first step."""
        return f"{self.title}: {self.steps[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lever:
    """A team's own switch or dashboard: what it is called, which mitigations it serves, where it is, whose, and how."""

    name: str
    mitigations: tuple[str, ...]
    url: str = ""
    owner: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All leaves and mitigations by id."""

    leaves: Mapping[str, Leaf]
    mitigations: Mapping[str, Mitigation]

    def leaf(self, branch: str) -> Leaf:
        """Return the leaf with this id, else its family's, else `unknown`."""
        family = branch.partition(".")[0]
        return self.leaves.get(branch) or self.leaves.get(family) or self.leaves["unknown"]
