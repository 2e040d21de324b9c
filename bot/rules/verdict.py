"""The answer to a triage: branch, whose fault, how bad, why, what next, and from where it was seen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from bot.rules.deadlines import Deadline, deadlines, tightest
from bot.rules.evidence import (
    Bucket,
    CheckStatus,
    Evidence,
    Fault,
    Sample,
    Severity,
    StatusPage,
    Vantage,
    Verdict,
)
from bot.rules.fault import Confidence, Control, FaultRow, Side, Situation, decide_fault, scope_of, side_of
from bot.rules.next_steps import Advice, next_steps
from bot.rules.page import page_state
from bot.rules.severity import Decision, HumanReport, Row, decide, worst
from bot.rules.tally import Tally, count_samples, is_failing, leaf_of, letter_of, sort_out, tally, tally_of_report
from bot.rules.taxonomy import Taxonomy

Key = Literal["production", "monitoring", "none"]

_FAMILY_ORDER: Final[Mapping[str, int]] = {"F": 0, "A": 1, "R": 2}
_BY_ROW: Final[Mapping[int, str]] = {1: "auth", 6: "timeout.slow", 9: "quality"}
_ROWS_WITHOUT_ATTEMPTS = frozenset({0, 1})
_STREAM_CHECK = "stream"
_PAGE_CHECK = "status_page"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """Everything that was handed to `judge`, sorted by who saw it."""

    taxonomy: Taxonomy
    evidence: tuple[Evidence, ...]
    probes: tuple[Sample, ...]
    traffic: tuple[Sample, ...]
    reported: tuple[Sample, ...]
    report: HumanReport | None
    page: StatusPage | None
    control: Control
    models: tuple[str, ...]
    key: Key
    due: tuple[Deadline, ...]

    @property
    def own_key(self) -> bool:
        """Tell whether the probes used production's key."""
        return self.key != "monitoring"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weighed:
    """One population's decision and the attempts behind it."""

    decision: Decision
    counts: Tally
    samples: tuple[Sample, ...]


def judge(
    evidence: Sequence[Evidence],
    *,
    taxonomy: Taxonomy,
    severity_rows: Sequence[Row],
    fault_rows: Sequence[FaultRow],
    vantage_key: Key,
    configured_models: Sequence[str],
    host: str,
    report: HumanReport | None = None,
    provisional_deadline: bool = False,
) -> Verdict:
    """Return the verdict on what was seen, from this host and with this key.

    Our probes, production's traffic and a person's counts are weighed apart and the worst counts, so that clean
    probes never thin production's failures out. `report` must not also be in the evidence as samples.
    `provisional_deadline` says that some probes were still open.
    """
    case = _case(tuple(evidence), taxonomy, report, tuple(configured_models), vantage_key)
    weighed = _weigh(case, severity_rows)
    decision = weighed.decision
    branch = _branch(case, weighed)
    state = page_state(case.page, _families(case), case.models)
    row = decide_fault(_situation(case, weighed, state_of_page=state), fault_rows)
    fault, confidence, reason = _fault(decision.row, row, case, weighed)
    ids = _request_ids(case)
    is_incident = decision.row.severity is not Severity.NONE
    vantage = _vantage(case, host)
    advice = Advice(
        decision=decision,
        leaf=taxonomy.leaf(branch) if is_incident and branch else None,
        fault=fault,
        page=state,
        request_ids=ids,
        attempts=weighed.counts.attempts,
        has_traffic=bool(case.traffic),
    )
    return Verdict(
        severity=decision.row.severity,
        provisional=decision.provisional or provisional_deadline,
        fault=fault if is_incident else None,
        branch=branch if is_incident else None,
        because=f"{decision.because} {reason if is_incident else _not_tested_sentence(vantage)}",
        rule=decision.row.id if is_incident else None,
        confidence=confidence if is_incident else "medium",
        samples=count_samples((*case.probes, *case.traffic, *case.reported), taxonomy),
        rate_limits=tightest(case.evidence),
        next_steps=next_steps(advice, taxonomy),
        vantage=vantage,
        request_ids=ids,
    )
