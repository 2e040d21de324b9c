"""A triage's evidence sorted by who saw it, and weighed: probes, production's traffic and people's reports apart."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.rules.deadlines import Deadline, deadlines
from bot.rules.evidence import CheckStatus, Evidence, Sample, Severity, StatusPage
from bot.rules.fault import Control, Scope, Side, Situation, scope_of, side_of, side_of_leaf
from bot.rules.page import KEY_FAMILIES, MONEY_FAMILIES, page_state
from bot.rules.severity import RANK, Decision, HumanReport, Row, decide
from bot.rules.tally import (
    MIN_OF_TRAFFIC,
    OURS,
    Tally,
    is_failing,
    is_late,
    leaf_of,
    letter_of,
    sort_out,
    tally,
    tally_of_report,
)
from bot.rules.taxonomy import Taxonomy

Key = Literal["production", "monitoring", "none"]

SILENT: Final = "silent"
"""The fact of a status page of which no host could be reached, as opposed to one that answers something odd."""

_OF_ONE_KEY: Final = KEY_FAMILIES | MONEY_FAMILIES
_OF_ALL_KEYS: Final = frozenset({"billing"})
_IN_PART: Final = frozenset({"auth", "permission", "auth.doubtful", "permission.doubtful"})
"""What a dead key or a missing right would refuse every time."""
_EDGE: Final = "permission.edge"  # refused before the key was looked at
_CLASS_ORDER: Final = "FAR"
_NOT_FAILING: Final = frozenset({"clean", "none", "slow"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was handed to `judge`, sorted by who saw it.

    `reported` are errors that somebody picked out and pasted: they tell what fails, never how often.
    `traffic_is_old` says that production's requests are of an earlier time.
    `way` is the leaf at which the way to the provider's host ends, where it does.
    `other_model_clean` says that a model which nobody configured answered when the configured one did not.
    """

    taxonomy: Taxonomy
    evidence: tuple[Evidence, ...]
    models: tuple[str, ...]
    key: Key
    report: HumanReport | None
    probes: tuple[Sample, ...]
    traffic: tuple[Sample, ...]
    reported: tuple[Sample, ...]
    page: StatusPage | None
    control: Control
    other_model_clean: bool
    due: tuple[Deadline, ...]
    traffic_is_old: bool = False
    way: str | None = None

    @property
    def own_key(self) -> bool:
        """Tell whether the probes used production's key."""
        return self.key != "monitoring"

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Return every attempt, whoever saw it."""
        return (*self.probes, *self.traffic, *self.reported)

    @property
    def measured_probes(self) -> tuple[Sample, ...]:
        """Return the probes that tell about the provider: none that a dead egress of ours kept from reaching it."""
        if self.control != "failed":
            return self.probes
        return tuple(probe for probe in self.probes if not self._is_network(probe))

    def _is_network(self, probe: Sample) -> bool:
        leaf = leaf_of(probe, self.taxonomy)
        return leaf is not None and leaf.family == "network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One population: what the severity table says of it, its counts, and the attempts behind them."""

    decision: Decision
    counts: Tally
    samples: tuple[Sample, ...]


def build_case(
    evidence: Sequence[Evidence],
    taxonomy: Taxonomy,
    models: Sequence[str],
    key: Key,
    report: HumanReport | None,
) -> Case:
    """Sort the evidence. A pasted error without a report counts as a person's report of errors."""
    samples = [sample for item in evidence for sample in item.samples]
    reported = tuple(sample for sample in samples if sample.source == "report")
    pasted = next((sample.branch for sample in reported if is_failing(sample, taxonomy)), None)
    if report is None and pasted is not None:
        report = HumanReport(kind="errors", branch=pasted)
    return Case(
        taxonomy=taxonomy,
        evidence=tuple(evidence),
        models=tuple(models),
        key=key,
        report=report,
        probes=tuple(sample for sample in samples if sample.source == "probe"),
        traffic=tuple(sample for sample in samples if sample.source == "traffic"),
        reported=reported,
        page=next((item.page for item in evidence if item.page is not None), None),
        control=_control(evidence),
        other_model_clean=any(item.facts.get("other_model_result") == "clean" for item in evidence),
        due=deadlines(evidence, models, max((sample.at for sample in samples), default=None)),
        way=next((item.facts.get("branch") for item in evidence if item.check == "network"), None),
        traffic_is_old=any(item.check == "traffic" and "stale" in item.facts for item in evidence),
    )


def weigh(case: Case, rows: Sequence[Row]) -> Weighed:
    """Return the population whose severity is worst: clean probes must not thin production's failures out.

    Of equals the one that is not provisional comes first, then one in which something fails, then our probes.
    """
    weighed = [_decided(case, *one, rows) for one in _populations(case)]
    return max((one for one in weighed if not _is_old_calm(case, one)), key=_weight)


def leading_branch(samples: Sequence[Sample], case: Case, *, left_out_first: bool = False) -> str | None:
    """Return the branch of most failures within the severity class with most failures; of equals F, A, R.

    What the severity table leaves out leads when nothing that counts failed, or when it is what decided.
    """
    population = sort_out(samples, case.taxonomy, case.models, own_key=case.own_key)
    parts = (population.counted, population.bots_key, population.left_out)
    for part in reversed(parts) if left_out_first else parts:
        failing = [sample for sample in part if is_failing(sample, case.taxonomy)]
        if failing:
            return _most_weighty(failing, case.taxonomy)
    return None


def families(case: Case) -> frozenset[str]:
    """Return the branch families of everything that failed or was reported to.

    A key that was never set is left out: nothing was sent, so no incident of the provider explains it.
    """
    leaves = [leaf_of(sample, case.taxonomy) for sample in case.samples if is_failing(sample, case.taxonomy)]
    named = case.report.branch if case.report else None
    told = [*leaves, case.taxonomy.leaf(named) if named else None]
    return frozenset(leaf.family for leaf in told if leaf is not None and leaf.id != "auth.missing_key")


def situation(case: Case, weighed: Weighed) -> Situation:
    """Return the cell of the fault table that the case is in."""
    production = _production_side(case)
    return Situation(
        probes=_probe_side(case, production),
        production=production,
        control=case.control,
        page=page_state(case.page, families(case)),
        scope=_scope(case, weighed),
    )


def contradicted_refusals(samples: Sequence[Sample], taxonomy: Taxonomy) -> tuple[Sample, ...]:
    """Return the attempts that were refused for key or money while others of the same key and model got through.

    A revoked key passes nowhere, and an empty balance pays for nothing: it is more likely a fault of the provider's.
    Production may use many keys, so that its successes contradict only what holds for all of them: money.
    """
    clean = {(one.source, one.model) for one in samples if letter_of(one, taxonomy) == "clean"}
    beside = (one for one in samples if (one.source, one.model) in clean)
    return tuple(one for one in beside if _is_for_key_or_money(one, taxonomy))


def _is_for_key_or_money(sample: Sample, taxonomy: Taxonomy) -> bool:
    leaf = leaf_of(sample, taxonomy)
    if leaf is None or leaf.severity_class != "A" or leaf.id.startswith(_EDGE):
        return False
    return leaf.family in (_OF_ONE_KEY if sample.source == "probe" else _OF_ALL_KEYS)


def request_ids(case: Case) -> tuple[str, ...]:
    """Return the request ids of the attempts that failed or were slow, each once."""
    bad = (sample for sample in case.samples if is_failing(sample, case.taxonomy) or is_late(sample))
    return tuple(dict.fromkeys(sample.request_id for sample in bad if sample.request_id))


def _control(evidence: Sequence[Evidence]) -> Control:
    """Return what the `control` check found: any answer means that our own egress works.

    Without one, the hosts of the status page stand in for it as far as nobody can be reached there either.
    """
    states: dict[CheckStatus, Control] = {CheckStatus.OK: "ok", CheckStatus.SKIPPED: "off"}
    status = next((item.status for item in evidence if item.check == "control"), CheckStatus.SKIPPED)
    silent = any(item.check == "status_page" and SILENT in item.facts for item in evidence)
    return "silent" if silent and status is CheckStatus.SKIPPED else states.get(status, "failed")


def _populations(case: Case) -> list[tuple[Tally, tuple[Sample, ...]]]:
    probes = case.measured_probes
    found = [(_probe_tally(case, probes), probes)]
    if case.traffic:
        found.append((tally(case.traffic, case.taxonomy, who="production requests"), case.traffic))
    counted = _reported(case)
    if counted is not None:
        found.append((counted, case.reported))
    return found


def _probe_tally(case: Case, probes: tuple[Sample, ...]) -> Tally:
    return tally(probes, case.taxonomy, configured=case.models, own_key=case.own_key, who=OURS)


def _reported(case: Case) -> Tally | None:
    """Return what a report counts for: its numbers, or one 429, since that is the server's own statement."""
    report = case.report
    if report is None or report.kind != "errors":
        return None
    leaf = case.taxonomy.leaf(report.branch or "unknown")
    if report.failed is not None and report.total is not None:
        return tally_of_report(report.failed, report.total, leaf, report.status)
    return tally_of_report(1, 1, leaf) if leaf.severity_class == "R" else None


def _decided(case: Case, counts: Tally, samples: tuple[Sample, ...], rows: Sequence[Row]) -> Weighed:
    due = [deadline.text for deadline in case.due]
    decision = decide(counts, case.page, case.report, rows, deadlines=due)
    note = _old(case) if samples is case.traffic else _contradicted(case, counts)
    if note:
        decision = replace(decision, provisional=True, because=f"{decision.because} {note}")
    return Weighed(decision=decision, counts=counts, samples=samples)


def _old(case: Case) -> str:
    """Return the sentence that tells how old production's requests are, empty where they are of now."""
    if not case.traffic_is_old:
        return ""
    return f"That was before {max(sample.at for sample in case.traffic):%Y-%m-%d %H:%M} UTC; now may be different."


def _contradicted(case: Case, counts: Tally) -> str:
    """Return the sentence that sets production's own success against our failing probes, empty where it does not."""
    fresh = len(case.traffic) >= MIN_OF_TRAFFIC and not case.traffic_is_old
    if counts.who != OURS or not counts.failing or not fresh:
        return ""
    if any(is_failing(sample, case.taxonomy) for sample in case.traffic):
        return ""
    return f"But 0 of {len(case.traffic)} production requests failed: it may be the bot's key, limits or network alone."


def _is_old_calm(case: Case, weighed: Weighed) -> bool:
    """Tell whether this only says that production was fine at an earlier time, which is no all-clear for now."""
    is_traffic = weighed.samples is case.traffic and bool(case.traffic)
    return case.traffic_is_old and is_traffic and weighed.decision.row.severity is Severity.NONE


def _weight(weighed: Weighed) -> tuple[int, bool, bool, int]:
    severity, counts = weighed.decision.row.severity, weighed.counts
    calm = counts.attempts if severity is Severity.NONE else 0  # the more attempts, the stronger an all-clear
    return RANK[severity], not weighed.decision.provisional, counts.failing > 0, calm


def _most_weighty(failing: Sequence[Sample], taxonomy: Taxonomy) -> str:
    classes: Counter[str] = Counter(letter_of(sample, taxonomy) for sample in failing)
    letter = max(_CLASS_ORDER, key=lambda one: classes[one])
    branches = Counter(sample.branch for sample in failing if letter_of(sample, taxonomy) == letter)
    return str(branches.most_common(1)[0][0])


def _production_side(case: Case) -> Side:
    seen = side_of((*case.traffic, *case.reported), case.taxonomy)
    seen = _doubted(seen, (*case.traffic, *case.reported), case.taxonomy)
    if seen == "failing_ours" and _is_refused_in_part(case):
        return "refused_in_part"
    if seen == "clean" and case.traffic_is_old and not case.reported:
        return "none"  # what was fine an hour ago says nothing against what fails now
    report = case.report
    if seen not in _NOT_FAILING or report is None or report.kind != "errors":
        return seen
    return side_of_leaf(case.taxonomy.leaf(report.branch)) if report.branch else "failing_unknown"


def _is_refused_in_part(case: Case) -> bool:
    """Tell whether production's failures are refusals for key or permission, and others of its requests got through."""
    failing = [sample for sample in case.traffic if is_failing(sample, case.taxonomy)]
    if not failing or len(failing) == len(case.traffic):
        return False
    leaves = [leaf_of(sample, case.taxonomy) for sample in failing]
    return all(leaf is not None and leaf.id in _IN_PART for leaf in leaves)


def _probe_side(case: Case, production: Side) -> Side:
    """Return what the probes say; a failing key of the bot's own speaks only where nothing else fails."""
    population = sort_out(case.probes, case.taxonomy, case.models, own_key=case.own_key)
    side = side_of((*population.counted, *population.left_out), case.taxonomy)
    if side == "none" and case.way is not None:
        side = side_of_leaf(case.taxonomy.leaf(case.way))  # no request was sent, and none would have arrived
    if population.bots_key and side in _NOT_FAILING and production in _NOT_FAILING:
        side = "failing_ours"
    return _doubted(side, case.probes, case.taxonomy)


def _doubted(side: Side, samples: Sequence[Sample], taxonomy: Taxonomy) -> Side:
    """Return the side; refusals that successes beside them contradict are nobody's for certain."""
    contradicted = contradicted_refusals(samples, taxonomy)
    failing = sum(is_failing(sample, taxonomy) for sample in samples)
    return "failing_unknown" if side == "failing_ours" and len(contradicted) == failing else side


def _scope(case: Case, weighed: Weighed) -> Scope:
    scope = scope_of(weighed.samples, case.taxonomy)
    alone = weighed.samples == case.probes and case.other_model_clean
    return "partial_model" if scope == "all" and alone else scope
