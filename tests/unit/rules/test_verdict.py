"""The answer as people read it: who, how bad, why, what next, and what was not tested."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.case import SILENT, Key
from bot.rules.evidence import Bucket, CheckStatus, Evidence, Fault, Observation, Sample, Severity, Verdict
from bot.rules.next_steps import ASK, SET_KEY
from bot.rules.report import verdict_json
from bot.rules.severity import RANK, HumanReport
from tests.unit.rules.cases import (
    MODEL,
    NOW,
    OTHER,
    TAXONOMY,
    control,
    incident,
    judge_here,
    messages,
    on_page,
    page,
    probes,
    sample,
    traffic,
    verdict,
)
from tests.unit.rules.shipped import judged

RISKY = re.compile(r"\b(?:rotate|revoke|buy|pay|purchase)", re.IGNORECASE)
LOOK = re.compile(r"\bLook (?:up|at) the (?:key's status|balance)")
GREEN = on_page(page())
AUTH_OUTAGE = on_page(page(incident("Elevated authentication errors on the API")))
LATE_CREDITS = on_page(page(incident("Delayed credits on the Claude Platform", names_api=False, impact="none")))

EVIDENCE = st.lists(
    st.one_of(
        st.builds(
            lambda branch, count: messages(*probes((count, branch))),
            st.sampled_from([None, *TAXONOMY.leaves]),
            st.integers(0, 7),
        ),
        st.builds(
            lambda branch, count: messages(*traffic((count, branch))),
            st.sampled_from([None, *TAXONOMY.leaves]),
            st.integers(0, 110),
        ),
        st.sampled_from((GREEN, AUTH_OUTAGE, LATE_CREDITS, on_page(page(readable=False)))),
        st.sampled_from([control(status) for status in CheckStatus]),
        st.just(messages(replace(sample("auth"), source="report"))),
        st.just(messages(sample(latency_s=12.0))),
    ),
    max_size=5,
)
KEYS = st.sampled_from(get_args(Key))
REPORTS = st.one_of(
    st.none(),
    st.builds(HumanReport, kind=st.sampled_from(("errors", "quality", "compromise", "none"))),
    st.builds(
        HumanReport,
        kind=st.just("errors"),
        failed=st.integers(0, 9),
        total=st.integers(9, 200),
        branch=st.sampled_from([None, *TAXONOMY.leaves]),
    ),
)


def is_careful(steps: tuple[str, ...]) -> bool:
    """Tell whether every step that changes a key or costs money stands behind a look."""
    risky = [at for at, step in enumerate(steps) if RISKY.search(step)]
    looks = [at for at, step in enumerate(steps) if LOOK.search(step)]
    return not risky or (bool(looks) and looks[0] < risky[0])


def test_an_overload_is_theirs() -> None:
    """529 on all probes under a green page: theirs, P1, with k of n and the request ids for support."""
    found = verdict(messages(*probes((5, "overloaded"))), GREEN)

    assert (Severity.P1, Fault.THEIRS, "overloaded", "high") == (
        found.severity,
        found.fault,
        found.branch,
        found.confidence,
    )
    assert "5 of 5 probes failed, each with HTTP 500 or 529 (5 request ids)." in found.because
    assert any("request ids below (5)" in step for step in found.next_steps)
    assert 5 == len(found.request_ids)


def test_a_refused_key_is_looked_at_before_it_is_changed() -> None:
    """401 on all probes: ours, and the first steps are looks; a green page does not release the advice."""
    found = verdict(messages(*probes((5, "auth"))), GREEN)

    assert (Severity.P1, Fault.OURS, "medium") == (found.severity, found.fault, found.confidence)
    assert is_careful(found.next_steps)
    assert any("Rotate the key" in step for step in found.next_steps)
    assert "green settles nothing" in found.next_steps[0]


def test_a_vendor_auth_outage_is_not_our_key() -> None:
    """401 on all probes while the provider has an incident about authentication: theirs, hands off the key."""
    found = verdict(messages(*probes((5, "auth"))), AUTH_OUTAGE)

    assert (Severity.P1, Fault.THEIRS, "auth") == (found.severity, found.fault, found.branch)
    assert not any("Rotate" in step for step in found.next_steps)
    assert any("Leave key and account as they are" in step for step in found.next_steps)


def test_refused_keys_under_any_incident_of_the_api() -> None:
    """The page first said only 'elevated errors' on 2026-04-28: not ours, and no advice to change the key."""
    found = verdict(messages(*probes((5, "auth"))), on_page(page(incident("Elevated errors on the API"))))

    assert Fault.UNKNOWN is found.fault
    assert not any("Rotate" in step for step in found.next_steps)


def test_late_credits_are_not_an_empty_account() -> None:
    """No balance while credits arrive late, under an all-green page: theirs, and nobody is told to buy more."""
    found = verdict(messages(*probes((5, "billing.credit"))), LATE_CREDITS)

    assert (Fault.THEIRS, "billing.credit") == (found.fault, found.branch)
    assert not any("Buy" in step for step in found.next_steps)


def test_an_empty_account_is_looked_at_before_paying() -> None:
    """Without an incident the balance comes before the purchase."""
    found = verdict(messages(*probes((5, "billing.credit"))), GREEN)

    assert Fault.OURS is found.fault
    assert is_careful(found.next_steps)
    assert any("Buy credits" in step for step in found.next_steps)


def test_a_compromised_key_is_looked_up_and_revoked() -> None:
    """A leak is P1 with the runbook's procedure, once it is known which key it is."""
    found = verdict(messages(*probes((5, None))), report=HumanReport(kind="compromise"))

    assert (Severity.P1, Fault.OURS, "1-key-compromise") == (found.severity, found.fault, found.rule)
    assert is_careful(found.next_steps)
    assert "Revoke the key" == found.next_steps[1]


def test_a_failing_monitoring_key_is_only_the_bots() -> None:
    """401 on the bot's own key: a provisional P3, and never that production is down."""
    found = verdict(messages(*probes((5, "auth"))), GREEN, key="monitoring")

    assert (Severity.P3, True, Fault.OURS, "auth") == (found.severity, found.provisional, found.fault, found.branch)
    assert "the bot's key" in found.because
    assert "says nothing about production" in found.because
    assert "production's key" in found.vantage.not_tested
    assert "down" not in found.because


def test_a_monitoring_key_still_sees_an_outage() -> None:
    """500s do not depend on the key: P1, even when some probes also meet the bot's own limit."""
    found = verdict(messages(*probes((5, "server_error"), (2, "rate_limit"))), key="monitoring")

    assert (Severity.P1, Fault.THEIRS, "server_error") == (found.severity, found.fault, found.branch)


def test_a_monitoring_key_does_not_mix_into_productions_outage() -> None:
    """Production's 529 stay theirs although the bot's own key is refused."""
    found = verdict(messages(*probes((5, "auth")), *traffic((50, "overloaded"))), key="monitoring")

    assert (Severity.P1, Fault.THEIRS, "overloaded") == (found.severity, found.fault, found.branch)


def test_clean_probes_never_clear_production() -> None:
    """Twenty-five clean probes do not thin out a production that fails altogether."""
    found = verdict(messages(*probes((25, None)), *traffic((10, "overloaded"))), GREEN)

    assert (Severity.P1, Fault.THEIRS) == (found.severity, found.fault)
    assert "10 of 10 production requests failed" in found.because
    assert "our own small probes get through, which does not clear it" in found.because


def test_a_wrong_base_url_of_the_bot_is_no_outage() -> None:
    """Every probe met a web page instead of the API: nothing was measured, and the address is what to mend."""
    page = tuple(replace(one, status=404) for one in probes((5, "network.base_url")))
    told = verdict(messages(*page))
    assert (Severity.UNKNOWN, "network.base_url") == (told.severity, told.branch)


def test_requests_of_an_earlier_time_are_provisional() -> None:
    """Yesterday's outage, piped in today, tells what to ask about and settles nothing; clean probes do not hide it."""
    old = replace(messages(*traffic((50, "overloaded"))), check="traffic", facts={"stale": "2026-11-21T03:00:00"})
    now = replace(old, facts={})
    assert (Severity.P1, True) == (verdict(old).severity, verdict(old).provisional)
    assert (Severity.P1, False) == (verdict(now).severity, verdict(now).provisional)
    assert Severity.P1 is verdict(old, messages(*probes((5, None)))).severity


def test_clean_requests_of_an_earlier_time_clear_nobody() -> None:
    """What was fine in January is no word against what fails now: neither the fault nor its confidence is moved."""
    old = replace(messages(*traffic((50, None))), check="traffic", facts={"stale": "2026-01-21T03:00:00"})
    failing = messages(*probes((5, "overloaded")))
    alone, beside = verdict(failing), verdict(failing, old)
    assert (alone.fault, alone.confidence, alone.severity) == (beside.fault, beside.confidence, beside.severity)


def test_of_equals_the_firm_one_leads() -> None:
    """Two of four probes and twenty of a hundred requests are both P2: the one that is not provisional is told."""
    found = verdict(messages(*probes((2, "auth"), (2, None)), *traffic((20, "server_error"), (80, None))))

    assert (Severity.P2, False, "server_error") == (found.severity, found.provisional, found.branch)
    assert "20 of 100 production requests failed" in found.because


def test_productions_failure_leads_before_the_bots_key() -> None:
    """Both are a provisional P3: production's own failure is told, not the bot's refused key."""
    found = verdict(messages(*probes((5, "auth")), *traffic((1, "server_error"), (4, None))), key="monitoring")

    assert (Severity.P3, True, "server_error") == (found.severity, found.provisional, found.branch)


def test_a_report_with_counts_passes_the_same_rules() -> None:
    """30 of 100 failed, says a person: P2 like measured ones, beside clean probes."""
    report = HumanReport(kind="errors", failed=30, total=100, branch="server_error")
    found = verdict(messages(*probes((5, None))), report=report)

    assert (Severity.P2, Fault.THEIRS, "server_error") == (found.severity, found.fault, found.branch)
    assert "30 of 100 reported requests failed" in found.because


def test_one_pasted_error_tells_no_severity() -> None:
    """A single pasted error is a report, not 'one of one failed'; a single 429 is P2 by itself."""
    pasted = verdict(messages(*probes((5, None)), replace(sample("server_error"), source="report")))
    limited = verdict(messages(*probes((5, None)), replace(sample("rate_limit"), source="report")))

    assert (Severity.P3, True, "8-reported") == (pasted.severity, pasted.provisional, pasted.rule)
    assert "server_error" == pasted.branch
    assert (Severity.P2, "rate_limit") == (limited.severity, limited.branch)


def test_a_dead_egress_measures_nothing() -> None:
    """Neither the provider nor the control endpoint answers: unknown severity, our network, and people are asked."""
    found = verdict(messages(*probes((5, "network.dns"))), control(CheckStatus.FAILED))

    assert (Severity.UNKNOWN, Fault.OURS, "network.dns", "high") == (
        found.severity,
        found.fault,
        found.branch,
        found.confidence,
    )
    assert "Ask what production sees" in found.next_steps[0]


def test_a_live_control_endpoint_keeps_it_an_incident() -> None:
    """Only the provider is out of reach: P1, and nobody is named."""
    found = verdict(messages(*probes((5, "network.dns"))), control(CheckStatus.OK), GREEN)

    assert (Severity.P1, Fault.UNKNOWN, "low") == (found.severity, found.fault, found.confidence)


def test_no_evidence_is_unknown() -> None:
    """Nothing asked and nothing told is never 'no incident'."""
    found = verdict()

    assert (Severity.UNKNOWN, Fault.UNKNOWN, "0-nothing-measured") == (found.severity, found.fault, found.rule)
    assert f"model {MODEL}" in found.vantage.not_tested


def test_an_all_clear_says_what_was_not_tested() -> None:
    """Clean probes: no incident, no fault, no branch, no rule; and the untested is part of the answer."""
    found = verdict(messages(*probes((5, None))), GREEN)

    assert (Severity.NONE, False, None, None, None) == (
        found.severity,
        found.provisional,
        found.fault,
        found.branch,
        found.rule,
    )
    assert "0 of 5 probes failed" in found.because
    assert "below 45 %" in found.because
    for untested in ("production's own traffic", "streaming", "long outputs", f"models other than {MODEL}"):
        assert untested in found.because


@pytest.mark.parametrize("status", CheckStatus)
def test_only_a_clean_long_stream_tests_long_outputs(status: CheckStatus) -> None:
    """Skipped, failed or cut short by our deadline, long outputs stay untested."""
    found = verdict(messages(*probes((5, None))), Evidence(check="long_stream", status=status, summary="")).vantage
    assert ("long outputs" in found.not_tested) is (status is not CheckStatus.OK)
    assert "large prompts" in found.not_tested


def test_too_few_clean_probes_are_provisional() -> None:
    """Four clean probes are no firm all-clear."""
    found = verdict(messages(*probes((4, None))))

    assert (Severity.NONE, True, "low") == (found.severity, found.provisional, found.confidence)


def test_one_model_down_is_partial() -> None:
    """One configured model fails all its probes, another is clean: P2, theirs, and the model is named."""
    both = [*probes((5, "overloaded")), *probes((5, None), model=OTHER)]
    found = verdict(messages(*both), models=(MODEL, OTHER))

    assert (Severity.P2, Fault.THEIRS) == (found.severity, found.fault)
    assert "fails one model while another answers" in found.because


def test_the_other_model_only_tells_the_scope() -> None:
    """The only configured model is down while a listed one answers: P1 for us, one model's trouble for them."""
    other = {"other_model": OTHER, "other_model_result": "clean"}
    found = verdict(messages(*probes((5, "overloaded")), facts=other))

    assert Severity.P1 is found.severity
    assert "fails one model while another answers" in found.because


def test_a_low_bucket_is_a_deadline() -> None:
    """Nothing fails, but a bucket is nearly empty: P4, ours to prevent."""
    low = Bucket(bucket="requests", limit=50, remaining=4, reset=NOW, headroom=0.08)
    limits = Evidence(check="rate_limits", status=CheckStatus.FAILED, summary="Low.", buckets=(low,))
    found = verdict(messages(*probes((5, None))), limits)

    assert (Severity.P4, Fault.OURS, "rate_limit", "10-deadline") == (
        found.severity,
        found.fault,
        found.branch,
        found.rule,
    )
    assert "limit requests (4 of 50, 8.0 %)" in found.because
    assert (low,) == found.rate_limits


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({f"lifecycle:{MODEL}": "retired"}, "past its retirement"),
        ({f"lifecycle:{MODEL}": "deprecated"}, "is deprecated"),
        ({f"lifecycle:{MODEL}": "deprecated", f"retires_at:{MODEL}": "2027-01-10T03:00:00+00:00"}, "in 49 days"),
        ({f"lifecycle:{MODEL}": "deprecated", f"retires_at:{MODEL}": "2026-01-10"}, "past its retirement"),
        ({f"lifecycle:{MODEL}": "deprecated", f"retires_at:{MODEL}": "2028-01-10"}, None),
        ({f"lifecycle:{MODEL}": "active", f"retires_at:{MODEL}": "2026-12-01"}, None),
        ({f"lifecycle:{OTHER}": "retired"}, None),
        ({f"lifecycle:{MODEL}": "deprecated", f"retires_at:{MODEL}": "soon"}, "is deprecated"),
    ],
)
def test_what_is_due(facts: dict[str, str], said: str | None) -> None:
    """Dates and limits of what we use are P4 when they are near; unreadable facts are no reason."""
    found = verdict(messages(*probes((5, None)), facts=facts))

    assert (Severity.NONE if said is None else Severity.P4) is found.severity
    assert said is None or said in found.because


def test_slow_answers_have_a_branch() -> None:
    """Slow but clean leads to the leaf for slowness, and the slow ones are counted."""
    found = verdict(messages(*probes((3, None)), sample(latency_s=12.0), sample(latency_s=14.0)))

    assert (Severity.P2, "timeout.slow", 2) == (found.severity, found.branch, found.samples.slow)
    assert "2 of 5 probes took longer than 10 s" in found.because


def test_the_heaviest_class_leads() -> None:
    """Most failures lead, of equals what is broken comes before what was refused."""
    assert "auth" == verdict(messages(*probes((3, "auth"), (2, "server_error")))).branch
    assert "server_error" == verdict(messages(*probes((2, "auth"), (2, "server_error")))).branch
    assert "timeout.read" == verdict(messages(*probes((2, "timeout.read"), (1, "overloaded"), (2, "auth")))).branch


def test_a_single_failure_is_a_guess() -> None:
    """One failing probe never gives more than low confidence."""
    assert "low" == verdict(messages(*probes((1, "auth"), (4, None))), GREEN).confidence


def test_few_attempts_ask_for_more() -> None:
    """A provisional severity comes with the step that makes it firm."""
    found = verdict(messages(*probes((1, "server_error"), (4, None))))

    assert found.provisional
    assert "Measure again with 20 probes" in found.next_steps[0]


def test_the_deadline_makes_it_provisional() -> None:
    """While probes are open, even a firm row is provisional."""
    evidence = [messages(*probes((5, "overloaded")))]
    found = judge_here(evidence, vantage_key="production", configured_models=(MODEL,), provisional_deadline=True)

    assert found.provisional


def test_the_vantage_is_told() -> None:
    """Workspace, key, models and host of the measurement are part of the verdict, and so is a skipped check."""
    skipped = Evidence(check="usage", status=CheckStatus.SKIPPED, summary="No Admin key.")
    unread = on_page(replace(page(readable=False), why_unreadable="405"))
    streamed = replace(sample(), streamed=True)
    found = verdict(messages(streamed, facts={"workspace": "wrkspc_1"}), skipped, unread).vantage

    assert ("wrkspc_1", "production", (MODEL,), "host-1") == (found.workspace, found.key, found.models, found.host)
    assert {"usage", "the status page (405)"} <= set(found.not_tested)
    assert "streaming" not in found.not_tested


def test_json_has_the_documented_shape() -> None:
    """The machine's answer has exactly the documented keys, in UTC, and can be dumped."""
    low = Bucket(bucket="requests", limit=50, remaining=4, reset=NOW, headroom=0.08)
    seen = replace(messages(*probes((5, "overloaded"))), latency_ms=812, request_ids=("req_a",), buckets=(low,))
    started = datetime(2026, 11, 22, 4, 0, tzinfo=timezone(timedelta(hours=1)))
    found = verdict_json(verdict(seen), [seen], started, 1200)

    assert found == json.loads(json.dumps(found))
    assert set(found) == {
        *("severity", "provisional", "fault", "branch", "because", "rule", "checks", "samples", "rate_limits"),
        *("next_steps", "vantage", "started_at", "duration_ms"),
    }
    assert {"workspace", "models", "key", "not_tested"} == set(found["vantage"])
    assert {"total": 5, "failed": 5, "slow": 0} == found["samples"]
    assert found["checks"] == [
        {"name": "messages", "status": "ok", "summary": "Asked.", "latency_ms": 812, "request_ids": ["req_a"]}
    ]
    assert found["rate_limits"] == [
        {"bucket": "requests", "limit": 50, "remaining": 4, "reset": "2026-11-22T03:00:00Z", "headroom": 0.08}
    ]
    assert ("P1", "theirs", "overloaded", "2-all-500-529") == (
        found["severity"],
        found["fault"],
        found["branch"],
        found["rule"],
    )
    assert ("2026-11-22T03:00:00Z", 1200) == (found["started_at"], found["duration_ms"])


def test_json_of_an_all_clear_names_nobody() -> None:
    """Branch, fault and rule are null when there is no incident."""
    calm = [messages(*probes((5, None)))]
    found = verdict_json(verdict(*calm), calm, NOW, 900)

    assert ["none", None, None, None] == [found[name] for name in ("severity", "branch", "fault", "rule")]


def drawn(evidence: list[Evidence], key: Key, report: HumanReport | None) -> Verdict:
    """Return the verdict on generated evidence."""
    return judge_here(evidence, vantage_key=key, configured_models=(MODEL,), report=report)


@given(EVIDENCE, KEYS, REPORTS)
def test_advice_is_always_careful(evidence: list[Evidence], key: Key, report: HumanReport | None) -> None:
    """Whatever was seen: a look comes before changing a key or paying, and never under an incident of theirs."""
    found = drawn(evidence, key, report)
    leaked = report is not None and report.kind == "compromise"

    assert is_careful(found.next_steps)
    assert leaked or found.fault is not Fault.THEIRS or not any(map(RISKY.search, found.next_steps))


@given(EVIDENCE, KEYS, REPORTS)
def test_verdicts_hold_together(evidence: list[Evidence], key: Key, report: HumanReport | None) -> None:
    """No incident names nobody, an incident always does; no all-clear without a clean attempt; no p99 of few."""
    found = drawn(evidence, key, report)
    named = [found.fault, found.branch, found.rule]
    samples = [one for item in evidence for one in item.samples]

    assert [None, None, None] == named if found.severity is Severity.NONE else None not in named
    assert found.severity is not Severity.NONE or any(one.branch is None or one.branch[:2] == "qu" for one in samples)
    assert found.severity is not Severity.NONE or "Not tested: " in found.because
    assert len(samples) >= 100 or "p99" not in found.because
    assert found.vantage.not_tested
    assert json.dumps(verdict_json(found, evidence, NOW, 1))


@given(EVIDENCE, KEYS, REPORTS, st.sampled_from(("server_error", "overloaded", "timeout.read")), st.booleans())
def test_one_more_failure_never_lowers_the_verdict(
    evidence: list[Evidence],
    key: Key,
    report: HumanReport | None,
    branch: str,
    of_production: bool,  # noqa: FBT001 - drawn
) -> None:
    """A failure more, of a probe or of production, never makes the whole verdict look better."""
    added: Sample = replace(sample(branch), source="traffic" if of_production else "probe")
    before, after = drawn(evidence, key, report), drawn([*evidence, messages(added)], key, report)

    assert RANK[before.severity] <= RANK[after.severity]


def test_a_model_that_only_the_monitoring_key_lacks_is_no_outage() -> None:
    """Which models a key may use depends on its workspace: at most a provisional P3."""
    found = verdict(messages(*probes((5, "model_not_found.gone"))), GREEN, key="monitoring")
    assert (Severity.P3, True) == (found.severity, found.provisional)


def test_old_clean_traffic_is_no_all_clear() -> None:
    """What was fine an hour ago, with nothing measured since, is unknown now; and the missing probes are named."""
    old = Evidence(
        check="traffic",
        status=CheckStatus.OK,
        summary="",
        samples=(replace(sample(), source="traffic"),),
        facts={"stale": "2026-11-22T01:00:00+00:00"},
    )
    silent = Evidence(check="messages", status=CheckStatus.TIMEOUT, summary="No probe had an answer.")
    found = verdict(silent, old)
    assert Severity.UNKNOWN is found.severity
    assert "messages (our own probes)" in found.vantage.not_tested


def test_what_a_person_saw_is_not_made_firmer_by_more_probes() -> None:
    """After five clean probes and one reported 429 the next step asks what production sees."""
    report = HumanReport(kind="errors", branch="server_error", failed=1, total=3)
    steps = verdict(messages(*probes((5, None))), report=report).next_steps
    assert ASK in steps
    assert not any(step.startswith("Measure again") for step in steps)


def test_a_timeout_of_production_s_own_is_no_refusal() -> None:
    """While our probes hang, production's sixty seconds of waiting are not blamed on its key or limits."""
    found = verdict(messages(*probes((5, "timeout.read")), *traffic((9, "timeout.long"), (3, None))))
    assert Fault.THEIRS is found.fault
    alone = verdict(messages(*probes((5, None)), *traffic((9, "timeout.long"))))
    assert Fault.UNKNOWN is alone.fault


def test_production_s_success_makes_our_failing_probes_provisional() -> None:
    """Forty clean requests of production's own beside a refused key of ours: not a firm outage."""
    found = verdict(messages(*probes((5, "auth")), *traffic((40, None))))
    assert found.provisional
    assert "0 of 40 production requests failed" in found.because


def test_old_failures_are_told_with_their_time() -> None:
    """What failed two hours ago is not told as if it failed now."""
    old = replace(messages(*traffic((9, "overloaded"))), check="traffic", facts={"stale": "x"})
    found = verdict(messages(*probes((5, None))), old)
    assert "before 2026-11-22 03:00 UTC" in found.because


def test_the_all_clear_cites_the_stronger_evidence() -> None:
    """A hundred of production's requests say more than five probes."""
    found = verdict(messages(*probes((5, None)), *traffic((100, None))))
    assert "0 of 100 production requests" in found.because


def test_the_model_for_comparison_is_not_among_the_samples() -> None:
    """What the card counts is what the reason counts."""
    found = verdict(messages(*probes((7, "billing.credit")), *probes((1, "billing.credit"), model=OTHER)))

    assert (7, 7) == (found.samples.total, found.samples.failed)
    assert "7 of 7 probes failed" in found.because


def test_the_wait_that_was_measured_is_named() -> None:
    """Whoever is told to wait hears for how many seconds."""
    limited = Observation(http_status=429, headers={"retry-after": "12"})
    found = judged(replace(messages(*probes((5, "rate_limit"))), observations=(limited,)))

    assert any("Measured just now: 12 s." in step for step in found.next_steps)


def test_a_name_that_is_not_found_is_said_without_a_key() -> None:
    """The way to the host is measured without a key: it is told, with what mends it, before a key is asked for."""
    way = Evidence(check="network", status=CheckStatus.FAILED, summary="DNS failed.", facts={"branch": "network.dns"})
    silent = Evidence(
        check="status_page", status=CheckStatus.FAILED, summary="", page=page(readable=False), facts={SILENT: "yes"}
    )
    found = judged(way, silent, key="none")
    assert (Severity.UNKNOWN, "network.dns", Fault.OURS) == (found.severity, found.branch, found.fault)
    assert "status page" in found.because
    assert found.next_steps.index(SET_KEY) > 1
    assert "unknown" == judged(key="none").branch
    assert SET_KEY == judged(key="none").next_steps[0]
