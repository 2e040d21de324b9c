"""Whose fault it is: a truth table over probes, production's evidence, control endpoint, status page and scope."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, Literal, get_args

from bot.rules.evidence import Fault, Sample
from bot.rules.page import PageState
from bot.rules.rows import RawRow, field_problems, read_rows, refuse, template_problems
from bot.rules.tally import is_failing, is_late, leaf_of
from bot.rules.taxonomy import Leaf, Taxonomy

Side = Literal[
    "clean",
    "slow",
    "failing_theirs",
    "failing_ours",
    "failing_network",
    "failing_unknown",
    "failing_both",
    "refused_in_part",
    "none",
]
Control = Literal["ok", "failed", "off", "silent"]
Scope = Literal["all", "partial_model", "some"]
Confidence = Literal["high", "medium", "low"]

DIMENSIONS: Final[Mapping[str, tuple[Any, ...]]] = {
    "probes": tuple(side for side in get_args(Side) if side != "refused_in_part"),  # one key that gets through is doubt
    "production": get_args(Side),
    "control": get_args(Control),
    "page": get_args(PageState),
    "scope": get_args(Scope),
}

_MINOR_SHARE: Final = 0.2
"""Failures of one side below this share of all do not make a case mixed: retries in an overload draw a few 429s."""

_PARTIAL_FAMILIES = frozenset({"server_error", "overloaded", "model_not_found"})
_FIELDS: Final[Mapping[str, type]] = {
    **dict.fromkeys(DIMENSIONS, list),
    **dict.fromkeys(("id", "fault", "confidence", "because"), str),
}
_FILE = "fault.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One cell of the truth table."""

    probes: Side
    production: Side
    control: Control
    page: PageState
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """Whose fault it is where each of these dimensions has one of these values; missing ones may be anything."""

    id: str
    when: Mapping[str, Collection[str]]
    fault: Fault
    confidence: Confidence
    because: str

    def holds(self, situation: Situation) -> bool:
        """Tell whether this row covers the situation."""
        return all(getattr(situation, name) in values for name, values in self.when.items())


def load_fault(text: str) -> tuple[FaultRow, ...]:
    """Read the truth table. Raises BadRules naming every problem, and every row or combination that is never met."""
    raws = read_rows(text, _FILE)
    problems = [problem for raw in raws for problem in _row_problems(raw)]
    if problems:
        refuse(_FILE, problems)
    rows = tuple(_row(raw) for raw in raws)
    met = Counter(_first(situation, rows) for situation in situations())
    problems = [raw.problem("no situation ever meets this row") for at, raw in enumerate(raws) if not met[at]]
    if met[-1]:
        problems.append(f"{met[-1]} situations meet no row; let the last row name no dimension")
    if problems:
        refuse(_FILE, problems)
    return rows


def decide_fault(situation: Situation, rows: Sequence[FaultRow]) -> FaultRow:
    """Return the first row that covers the situation."""
    return next(row for row in rows if row.holds(situation))


def situations() -> Iterable[Situation]:
    """Yield every cell of the truth table."""
    for values in product(*DIMENSIONS.values()):
        yield Situation(**dict(zip(DIMENSIONS, values, strict=True)))


def side_of(samples: Sequence[Sample], taxonomy: Taxonomy) -> Side:
    """Return what these attempts say, by the usual fault of their failures.

    A side with less than a fifth of the failures is left aside; failures that name nobody yield to those that do.
    """
    if not samples:
        return "none"
    leaves = [leaf for sample in samples if is_failing(sample, taxonomy) and (leaf := leaf_of(sample, taxonomy))]
    if not leaves:
        return "slow" if any(map(is_late, samples)) else "clean"
    counts = Counter(map(side_of_leaf, leaves))
    weighty = {side for side, count in counts.items() if count >= _MINOR_SHARE * len(leaves)}
    if {"failing_theirs", "failing_ours"} <= weighty:
        return "failing_both"
    order: tuple[Side, ...] = ("failing_theirs", "failing_ours", "failing_network")
    return next((side for side in order if side in weighty), "failing_unknown")


def side_of_leaf(leaf: Leaf) -> Side:
    """Return the side that this kind of failure speaks for."""
    if leaf.id == "network.dropped":
        return "failing_unknown"  # the connection stood: a box in between or the server cut it
    if leaf.family == "network":
        return "failing_network"
    if leaf.severity_class == "F" and leaf.fault is Fault.OURS:
        return "failing_unknown"  # nothing came back in time: no refusal, and how long an answer takes is theirs too
    sides: Mapping[Fault, Side] = {Fault.THEIRS: "failing_theirs", Fault.OURS: "failing_ours"}
    return sides.get(leaf.fault, "failing_unknown")


def scope_of(samples: Sequence[Sample], taxonomy: Taxonomy) -> Scope:
    """Return whether all of it fails, some of it, or one model as a whole while another one is clean.

    Partial by model counts only for what a model can do alone: server errors, overload, not being there.
    """
    failing = [sample for sample in samples if is_failing(sample, taxonomy)]
    models = {sample.model for sample in samples if sample.model}
    touched = {sample.model for sample in failing}
    alone = {sample.model for sample in failing if _fails_alone(sample, taxonomy)}
    down = {model for model in alone if all(is_failing(s, taxonomy) for s in samples if s.model == model)}
    if down and models - touched:
        return "partial_model"
    return "all" if failing and len(failing) == len(samples) else "some"


def _fails_alone(sample: Sample, taxonomy: Taxonomy) -> bool:
    leaf = leaf_of(sample, taxonomy)
    return sample.model is not None and leaf is not None and leaf.family in _PARTIAL_FAMILIES


def _first(situation: Situation, rows: Sequence[FaultRow]) -> int:
    return next((at for at, row in enumerate(rows) if row.holds(situation)), -1)


def _row_problems(raw: RawRow) -> list[str]:
    problems = field_problems(raw, _FIELDS, frozenset(_FIELDS) - frozenset(DIMENSIONS))
    words = {"fault": frozenset(Fault), "confidence": frozenset(get_args(Confidence))}
    for name, known in words.items():
        value = raw.fields.get(name)
        if isinstance(value, str) and value not in known:
            problems.append(raw.problem(f"{name} {value!r} is not one of {', '.join(sorted(known))}"))
    for name, known_values in DIMENSIONS.items():
        values = raw.fields.get(name, [])
        for value in values if isinstance(values, list) else ():
            if value not in known_values:
                problems.append(raw.problem(f"{name} {value!r} is not one of {', '.join(known_values)}"))
    return problems + template_problems(raw, frozenset())


def _row(raw: RawRow) -> FaultRow:
    fields = dict(raw.fields)
    when = {name: frozenset(fields.pop(name)) for name in DIMENSIONS if name in fields}
    return FaultRow(**{**fields, "when": when, "fault": Fault(fields["fault"])})
