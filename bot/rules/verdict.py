"""The answer to a triage: branch, whose fault, how bad, why, what next, and from where it was seen."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.rules.case import (
    Case,
    Key,
    Weighed,
    build_case,
    contradicted_refusals,
    leading_branch,
    request_ids,
    situation,
    weigh,
)
from bot.rules.deadlines import tightest
from bot.rules.evidence import CheckStatus, Evidence, Fault, Sample, Severity, Verdict
from bot.rules.fault import Confidence, FaultRow, Situation, decide_fault
from bot.rules.next_steps import Advice, next_steps
from bot.rules.severity import HumanReport, Row
from bot.rules.tally import OURS, count_samples, is_comparison
from bot.rules.taxonomy import Leaf, Taxonomy
from bot.rules.vantage import not_tested_sentence, vantage
from bot.rules.wait import longest_wait, named_date

_KEY_WORKS: Final = "Others of the same key and model got through: a dead key or an empty balance lets nothing pass."
_TOLD: Final = frozenset({CheckStatus.OK, CheckStatus.FAILED})
_FEW: Final = 2
"""Fewer failures than this never make anybody's fault more than a low-confidence guess."""


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

    `report` is what a person said of production; its numbers must not also be in the evidence as samples.
    `provisional_deadline` says that some probes were still open. Traffic is taken as it is handed over: the caller
    cuts it to the window (the last 5 minutes).
    """
    case = build_case(evidence, taxonomy, configured_models, vantage_key, report)
    weighed = weigh(case, severity_rows)
    row = weighed.decision.row
    is_incident = row.severity is not Severity.NONE
    branch = _branch(case, weighed)
    cell = situation(case, weighed)
    fault, confidence, reason = _fault(case, weighed, cell, fault_rows)
    seen = vantage(case, host)
    leaf = taxonomy.leaf(branch) if is_incident else None
    works = bool(contradicted_refusals(case.samples, taxonomy))
    what = f"{leaf.title}." if leaf and row.steps != "prevent" else ""
    tail = reason if is_incident else not_tested_sentence(seen)
    return Verdict(
        severity=row.severity,
        provisional=weighed.decision.provisional or provisional_deadline,
        fault=fault if is_incident else None,
        branch=branch if is_incident else None,
        because=" ".join(
            filter(None, (what, weighed.decision.because, _KEY_WORKS if works and is_incident else "", tail))
        ),
        rule=row.id if is_incident else None,
        confidence=confidence if is_incident else _confidence_of_calm(weighed),
        samples=count_samples(_own(case), taxonomy),
        rate_limits=tightest(case.evidence),
        next_steps=next_steps(_advice(case, weighed, leaf, fault, cell), taxonomy),
        vantage=seen,
        request_ids=request_ids(case),
    )


def _branch(case: Case, weighed: Weighed) -> str:
    """Return the leaf that leads: what failed, else what is slow, due or reported, else what fails elsewhere."""
    row = weighed.decision.row
    if row.branch:
        return case.taxonomy.leaf(row.branch).id
    found = leading_branch(weighed.samples, case, left_out_first="left_out_share_proven" in row.when)
    if found:
        return found
    if weighed.counts.late:
        return case.taxonomy.leaf("timeout.slow").id
    if row.steps == "prevent":
        return case.taxonomy.leaf(case.due[0].branch).id
    named = case.report.branch if case.report else None
    return named or leading_branch(case.samples, case) or case.way or "unknown"


def _fault(case: Case, weighed: Weighed, cell: Situation, rows: Sequence[FaultRow]) -> tuple[Fault, Confidence, str]:
    """Return whose fault it is, with how much confidence, and the sentence that says why."""
    if weighed.decision.row.fault is not None:
        return weighed.decision.row.fault, "medium", ""
    if weighed.decision.row.branch is not None:  # the page decided, and nothing that was measured: it is asked alone
        cell = replace(cell, probes="clean", production="clean")
    row = decide_fault(cell, rows)
    failures = max(weighed.counts.failing, count_samples(case.samples, case.taxonomy).failed)
    return row.fault, row.confidence if failures >= _FEW else "low", row.because


def _advice(case: Case, weighed: Weighed, leaf: Leaf | None, fault: Fault, cell: Situation) -> Advice:
    return Advice(
        decision=weighed.decision,
        leaf=leaf,
        fault=fault,
        page=cell.page,
        request_ids=request_ids(case),
        attempts=weighed.counts.attempts,
        probed=weighed.counts.who == OURS,
        has_traffic=bool(case.traffic or (case.report and case.report.total)),
        has_key=case.key != "none",
        asked=frozenset(item.check for item in case.evidence if item.status in _TOLD),
        way_ends=case.way is not None and not case.samples,
        key_works=bool(contradicted_refusals(case.samples, case.taxonomy)),
        access_returns=_access_returns(case),
        wait_s=longest_wait(case.evidence),
    )


def _own(case: Case) -> tuple[Sample, ...]:
    """Return the attempts without those of a model that was only asked for comparison."""
    return tuple(sample for sample in case.samples if not is_comparison(sample, case.models))


def _access_returns(case: Case) -> str | None:
    """Return the date at which a limit ends, if a failure's own message names one."""
    told = (named_date(sample.message) for sample in case.samples if sample.branch and sample.message)
    return next(filter(None, told), None)


def _confidence_of_calm(weighed: Weighed) -> Confidence:
    return "low" if weighed.decision.provisional else "medium"
