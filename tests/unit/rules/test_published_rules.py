"""The published severity table over every leaf that ships: one example a row, and the mistakes that cost most."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.rules import explain
from bot.rules.evidence import CheckStatus, Evidence, Fault, Sample, Severity
from bot.rules.next_steps import LOOK_AT_KEY
from bot.rules.severity import RANK, HumanReport
from bot.rules.tally import KEY_BOUND, SLOW_S
from bot.rules.taxonomy import Leaf
from tests.unit.rules.cases import (
    MODEL,
    NOW,
    OTHER,
    SEVERITY,
    control,
    incident,
    messages,
    on_page,
    page,
    probes,
    sample,
    traffic,
)
from tests.unit.rules.shipped import CHANGES_A_KEY, COSTS_MONEY, FAILING_LEAVES, judged

ERRORS, QUALITY, LEAK = (HumanReport(kind="errors"), HumanReport(kind="quality"), HumanReport(kind="compromise"))
GREEN = on_page(page())
API_INCIDENT = on_page(page(incident("Elevated errors on the API")))
AUTH_OUTAGE = on_page(page(incident("Elevated authentication errors on the API")))
LATE_CREDITS = on_page(page(incident("Delayed credits on the Claude Platform", names_api=False, impact="none")))
UNREADABLE = on_page(replace(page(readable=False, component=None), why_unreadable="405"))
RETIRING = {f"lifecycle:{MODEL}": "deprecated", f"retires_at:{MODEL}": "2026-12-20T00:00:00+00:00"}
CLEAN = messages(*probes((5, None)))
SLOW = sample(latency_s=12.0)
LATE = replace(SLOW, source="traffic")

# Refused before anything was sent, or as a bug of the caller: as probes they measure nothing.
MEASURABLE = tuple(
    leaf for leaf in FAILING_LEAVES if leaf.family != "invalid_request" and leaf.id != "auth.missing_key"
)


@pytest.mark.parametrize(
    ("rule", "severity", "evidence", "report"),
    [
        ("0-nothing-measured", "unknown", [GREEN], None),
        ("1-key-compromise", "P1", [CLEAN, GREEN], LEAK),
        ("2-all-500-529", "P1", [messages(*probes((2, "server_error"), (3, "overloaded"))), GREEN], None),
        ("3-all-failing", "P1", [messages(*probes((5, "billing.credit")))], None),
        ("3-all-failing", "P1", [messages(*probes((5, "model_not_found.gone")))], None),
        ("4-rate-limited", "P2", [messages(*probes((1, "rate_limit"), (4, None)))], None),
        ("4-rate-limited", "P2", [messages(*probes((5, "rate_limit.ramp")))], None),
        ("5-share-failing", "P2", [messages(*probes((2, "timeout.read"), (3, None)))], None),
        ("5-part-down", "P2", [messages(*probes((23, None)), *probes((2, "overloaded"), model=OTHER))], None),
        ("5-invalid-requests", "P2", [CLEAN, messages(*traffic((9, "invalid_request"), (60, None)))], None),
        (None, "none", [CLEAN, messages(*traffic((1, "invalid_request"), (60, None)))], None),
        ("6-slow-p99", "P2", [messages(*traffic((98, None)), LATE, LATE)], None),
        ("6-slow", "P2", [messages(*probes((3, None)), SLOW, SLOW)], None),
        ("7-intermittent", "P3", [messages(*probes((1, "server_error"), (19, None)))], None),
        ("7-one-slow", "P3", [messages(*probes((4, None)), SLOW)], None),
        ("8-reported", "P3", [CLEAN], ERRORS),
        ("8-status-page", "P3", [CLEAN, API_INCIDENT], None),
        ("9-quality-reported", "P4", [CLEAN], QUALITY),
        ("9-quality-measured", "P4", [messages(*probes((2, "quality.refusal"), (3, None)))], None),
        ("10-deadline", "P4", [messages(*probes((5, None)), facts=RETIRING)], None),
        (None, "none", [CLEAN, GREEN], None),
    ],
)
def test_one_example_of_each_row(
    rule: str | None, severity: str, evidence: list[Evidence], report: HumanReport | None
) -> None:
    """Rows 0 to 11 as a triage meets them."""
    found = judged(*evidence, models=(MODEL, OTHER), report=report)

    assert (rule, severity) == (found.rule, str(found.severity))


SEEN = (
    *((None, 200), ("server_error", 500), ("overloaded", 529), ("server_error", 503)),
    *(("server_error.edge", 502), ("timeout.read", None), ("auth", 401), ("rate_limit", 429)),
)


@given(st.lists(st.sampled_from(SEEN), max_size=8) | st.lists(st.sampled_from(SEEN[1:3]), min_size=1, max_size=8))
@example([*[("server_error", 500)] * 24, (None, 200)])
@settings(max_examples=150)
def test_row_2_is_the_runbooks_p1_and_nothing_else(seen: list[tuple[str | None, int | None]]) -> None:
    """Row 2 fires if and only if every attempt ended in 500 or 529, and is firm from five attempts on."""
    found = judged(messages(*(replace(sample(branch), status=status) for branch, status in seen)))
    expected = bool(seen) and all(status in {500, 529} for _, status in seen)

    assert expected is (found.rule == "2-all-500-529")
    assert not expected or (Severity.P1, len(seen) < 5) == (found.severity, found.provisional)


ATTEMPTS = st.lists(
    st.builds(
        Sample,
        at=st.just(NOW),
        source=st.sampled_from(("probe", "traffic")),
        model=st.sampled_from((MODEL, OTHER)),
        branch=st.none() | st.sampled_from([leaf.id for leaf in MEASURABLE]),
        latency_s=st.sampled_from((None, 0.4, 12.0)),
        streamed=st.booleans(),
    ),
    max_size=25,
)
FAILED = st.sampled_from([leaf.id for leaf in MEASURABLE])
PAGES = st.sampled_from((GREEN, UNREADABLE, API_INCIDENT, AUTH_OUTAGE, LATE_CREDITS))
REPORTS = st.sampled_from((None, ERRORS, QUALITY, HumanReport(kind="errors", failed=1, total=90, branch="overloaded")))


@given(ATTEMPTS, FAILED, REPORTS, st.data())
def test_a_failure_of_any_kind_never_lowers_severity(
    seen: list[Sample], branch: str, report: HumanReport | None, data: st.DataObject
) -> None:
    """A failing attempt of any shipped leaf, added or in the place of a clean one, never makes it look better."""
    both = (MODEL, OTHER)
    before = RANK[judged(messages(*seen), models=both, report=report).severity]
    added = replace(sample(branch), source="traffic" if data.draw(st.booleans()) else "probe")
    clean = [at for at, one in enumerate(seen) if one.branch is None]

    assert before <= RANK[judged(messages(*seen, added), models=both, report=report).severity]
    if clean:
        at = data.draw(st.sampled_from(clean))
        turned = [*seen[:at], replace(seen[at], branch=branch), *seen[at + 1 :]]
        assert before <= RANK[judged(messages(*turned), models=both, report=report).severity]


@given(ATTEMPTS, PAGES, REPORTS)
def test_a_page_or_a_report_only_raises(seen: list[Sample], status: Evidence, report: HumanReport | None) -> None:
    """Neither a green page nor a person's word takes anything off what was measured."""
    alone = RANK[judged(messages(*seen)).severity]

    assert alone <= RANK[judged(messages(*seen), status).severity]
    assert alone <= RANK[judged(messages(*seen), status, report=report).severity]


@pytest.mark.parametrize("leaf", MEASURABLE, ids=lambda leaf: leaf.id)
def test_key_and_purse_stay_shut_during_a_vendors_incident(leaf: Leaf) -> None:
    """Refused keys and empty accounts under a matching open incident are theirs, and nothing is changed or bought."""
    status = LATE_CREDITS if leaf.family in {"billing", "quota_or_plan"} else AUTH_OUTAGE
    found = judged(messages(*probes((5, leaf.id))), status)

    if leaf.family in {"auth", "permission", "billing", "quota_or_plan"}:
        assert Fault.THEIRS is found.fault
    assert not [step for step in found.next_steps if any(title in step for title in CHANGES_A_KEY | COSTS_MONEY)]


@pytest.mark.parametrize("leaf", [leaf for leaf in MEASURABLE if leaf.family in KEY_BOUND], ids=lambda leaf: leaf.id)
@pytest.mark.parametrize("status", [GREEN, UNREADABLE, API_INCIDENT, AUTH_OUTAGE])
def test_a_monitoring_key_never_says_that_production_is_down(leaf: Leaf, status: Evidence) -> None:
    """What fails for the bot's own key is a provisional P3 that says whose key it is."""
    found = judged(messages(*probes((5, leaf.id))), status, key="monitoring")

    assert (Severity.P3, True, "7-bots-key") == (found.severity, found.provisional, found.rule)
    assert "that says nothing about production" in found.because
    assert "production's key" in found.vantage.not_tested


@pytest.mark.parametrize("leaf", FAILING_LEAVES, ids=lambda leaf: leaf.id)
def test_clean_probes_leave_the_verdict_to_production(leaf: Leaf) -> None:
    """Whatever production fails with, twenty-five clean probes change neither severity nor branch."""
    failing = messages(*traffic((10, leaf.id)))
    alone, beside = judged(failing, GREEN), judged(messages(*probes((25, None))), failing, GREEN)

    assert {"P1", "P2"} >= {str(beside.severity)} == {str(alone.severity)}
    assert leaf.id == alone.branch == beside.branch
    assert "10 of 10 production requests" in beside.because


SKIPPED = tuple(
    Evidence(check=check, status=status, summary="")
    for check, status in (("messages", CheckStatus.SKIPPED), ("stream", CheckStatus.TIMEOUT))
)


@pytest.mark.parametrize(
    "evidence",
    [
        *([], [GREEN], [GREEN, control(CheckStatus.OK)], [API_INCIDENT], list(SKIPPED), [messages()]),
        [messages(*probes((5, "auth.missing_key"))), GREEN],
        [messages(*probes((5, "invalid_request"))), GREEN],
        [messages(*probes((5, "network.dns"))), control(CheckStatus.FAILED), GREEN],
    ],
)
def test_no_measurement_is_never_an_all_clear(evidence: list[Evidence]) -> None:
    """A green page, a live control endpoint, probes that never left: unknown, and people are asked."""
    found = judged(*evidence)

    assert (Severity.UNKNOWN, True) == (found.severity, found.provisional)
    assert any(step.startswith("Ask what production sees") for step in found.next_steps)


def test_an_unreadable_page_is_not_tested() -> None:
    """It is named with its reason, and our fault is then only a guess."""
    found = judged(messages(*probes((5, "auth"))), UNREADABLE)

    assert "the status page (405)" in found.vantage.not_tested
    assert (Fault.OURS, "low") == (found.fault, found.confidence)
    assert LOOK_AT_KEY in found.next_steps
    assert "the status page (405)" in judged(CLEAN, UNREADABLE).because


def test_a_description_is_judged_by_the_tables_own_borders() -> None:
    """What an explanation and the tally call a large part, measured or slow is what the shipped table calls so."""
    rows = {row.id: row for row in SEVERITY}
    assert rows["5-share-failing"].when["failing_share_proven"] == explain.PART
    assert rows["2-all-500-529"].provisional_below == explain.MEASURED
    assert rows["6-slow-p99"].when["p99_s_above"] == SLOW_S
