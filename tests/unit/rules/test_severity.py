"""How bad it is: one row for any input, and never less for more failures."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput, BadRules
from bot.rules.evidence import Sample, Severity, StatusPage
from bot.rules.severity import RANK, Decision, HumanReport, decide, load_severity
from bot.rules.tally import Tally, tally
from tests.unit.rules.cases import (
    MODEL,
    NOW,
    OTHER,
    SEVERITY,
    TAXONOMY,
    TEXTS,
    incident,
    page,
    probes,
    sample,
    traffic,
)

FAILURES = ("server_error", "overloaded", "server_error.edge", "timeout.read", "network.dns", "auth", "rate_limit")
CLEAN = (None, "quality.refusal", "quality.paused")
LATENCIES = st.sampled_from((None, 0.3, 9.9, 10.0, 10.1, 15.0))
PAGES = st.sampled_from(
    (
        None,
        page(),
        page(readable=False, component=None),
        page(component="major_outage"),
        page(component="something_new"),
        page(incident("Elevated errors on the API")),
        page(incident("Elevated errors on the API", impact="none")),
        page(incident("Issues with Google Play subscriptions", names_api=False)),
    )
)
REPORTS = st.sampled_from((None, *(HumanReport(kind=kind) for kind in ("errors", "quality", "compromise", "none"))))


def attempts_of(source: Literal["probe", "traffic"], most: int) -> st.SearchStrategy[list[Sample]]:
    """Return strategies for a population; only production sends requests that are refused as invalid."""
    branches = (*CLEAN, *FAILURES) if source == "probe" else (*CLEAN, *FAILURES, "invalid_request")
    attempt = st.builds(
        Sample,
        at=st.just(NOW),
        source=st.just(source),
        model=st.sampled_from((MODEL, OTHER)),
        branch=st.sampled_from(branches) | st.none(),
        latency_s=LATENCIES,
        streamed=st.booleans(),
    )
    few = st.lists(attempt, max_size=12)
    filler = st.integers(0, most).map(lambda count: [replace(sample(), source=source)] * count)
    return st.builds(lambda some, rest: [*some, *rest], few, filler)


POPULATIONS = st.one_of(attempts_of("probe", 25), attempts_of("traffic", 130))


def decided(
    samples: list[Sample] | tuple[Sample, ...],
    *,
    seen: StatusPage | None = None,
    human: HumanReport | None = None,
    deadlines: tuple[str, ...] = (),
    own_key: bool = True,
) -> Decision:
    """Return what the shipped table says of these attempts."""
    return decide(tally(samples, TAXONOMY, own_key=own_key), seen, human, SEVERITY, deadlines=deadlines)


def verdict_of(decision: Decision) -> tuple[str, str, bool]:
    """Return severity, row and whether it is provisional."""
    return str(decision.row.severity), decision.row.id, decision.provisional


def test_row_0_nothing_measured() -> None:
    """Without a measurement and without a report the severity is unknown, even under a red page."""
    assert ("unknown", "0-nothing-measured", True) == verdict_of(decided([]))
    assert Severity.UNKNOWN is decided([], seen=page(component="major_outage")).row.severity


def test_row_0_all_probes_rejected_as_our_own_bug() -> None:
    """Probes that were all refused as invalid measured nothing, and no key is no measurement either."""
    assert "0-nothing-measured" == decided(probes((5, "invalid_request"))).row.id
    assert "0-nothing-measured" == decided(probes((5, "auth.missing_key"))).row.id
    assert "5-share-failing" == decided(probes((3, "invalid_request"), (2, None))).row.id


def test_row_1_key_compromise() -> None:
    """A key in the wrong hands is P1 whatever the probes say."""
    compromise = HumanReport(kind="compromise")

    assert ("P1", "1-key-compromise", False) == verdict_of(decided(probes((5, None)), human=compromise))
    assert "1-key-compromise" == decided([], human=compromise).row.id


@pytest.mark.parametrize(("count", "provisional"), [(1, True), (4, True), (5, False), (25, False)])
def test_row_2_all_500_529(count: int, provisional: bool) -> None:  # noqa: FBT001 - a table of cases
    """All attempts with 500 or 529 are the runbook's P1, provisional below five."""
    found = decided(probes((count - 1, "server_error"), (1, "overloaded")))

    assert ("P1", "2-all-500-529", provisional) == verdict_of(found)
    assert f"{count} of {count} attempts failed" in found.because


@pytest.mark.parametrize("branch", ["server_error.edge", "timeout.read", "network.dns", "auth", "billing.credit"])
def test_row_3_all_failing(branch: str) -> None:
    """All attempts failing in any other way have the same impact: P1."""
    found = decided(probes((5, branch)))

    assert ("P1", "3-all-failing", False) == verdict_of(found)
    assert "(5 request ids)" in found.because


def test_row_3_counts_mixtures() -> None:
    """A 429 among failures of other kinds does not make it a mere rate limit."""
    found = decided(probes((3, "rate_limit"), (1, "server_error"), (1, "auth")))

    assert "3-all-failing" == found.row.id
    assert "1 without an answer of use, 1 refused, 3 rate-limited" in found.because


def test_row_3_the_only_model_fails_while_another_answers() -> None:
    """A model that production does not use is a comparison: its success makes nothing better."""
    other = probes((1, None), model=OTHER)
    counts = tally([*probes((5, "model_not_found.gone")), *other], TAXONOMY, configured=[MODEL])

    assert "3-all-failing" == decide(counts, None, None, SEVERITY).row.id


def test_row_3_production_sends_nothing_valid() -> None:
    """Invalid requests are production's outage when nothing else of it gets through."""
    assert ("P1", "3-all-failing", False) == verdict_of(decided(traffic((50, "invalid_request"))))
    assert 0 == tally(traffic((50, "invalid_request")), TAXONOMY).left_out


def test_row_4_rate_limited() -> None:
    """One 429 of five is P2 by point estimate, all of them stay P2; below 5 % it is row 7."""
    one = decided(probes((1, "rate_limit"), (4, None)))

    assert ("P2", "4-rate-limited", False) == verdict_of(one)
    assert "1 of 5 attempts were rate-limited" in one.because
    assert "4-rate-limited" == decided(probes((5, "rate_limit"))).row.id
    assert "4-rate-limited" == decided(probes((1, "rate_limit"), (19, None))).row.id
    assert "7-intermittent" == decided(probes((1, "rate_limit"), (20, None))).row.id


def test_row_4_is_not_thinned_out() -> None:
    """Two 429 of forty stay P2 when another attempt fails with 500."""
    assert Severity.P2 is decided(traffic((2, "rate_limit"), (38, None), (1, "server_error"))).row.severity


@pytest.mark.parametrize(("failed", "total"), [(2, 5), (2, 10), (3, 20), (5, 40), (7, 60), (5, 100), (20, 400)])
def test_row_5_share_failing(failed: int, total: int) -> None:
    """5 % and more is P2 as soon as it is proven, and P3 with one failure less."""
    assert "5-share-failing" == decided(traffic((failed, "server_error"), (total - failed, None))).row.id
    assert "7-intermittent" == decided(traffic((failed - 1, "server_error"), (total - failed + 1, None))).row.id


def test_row_5_reads_a_hundred_requests_as_a_hundred() -> None:
    """A request that is left out of the rate does not turn a hundred into few."""
    found = decided(traffic((5, "server_error"), (94, None), (1, "invalid_request")))

    assert "5-share-failing" == found.row.id


def test_row_5_counts_kinds_together() -> None:
    """Four 500 and four 429 of a hundred are eight failures: no kind reaches 5 %, their sum does."""
    assert "5-share-failing" == decided(traffic((4, "server_error"), (4, "rate_limit"), (92, None))).row.id


def test_row_5_one_model_down() -> None:
    """One model down while another is clean is P2 though the share of all is small."""
    found = decided([*probes((2, "overloaded"), model=OTHER), *probes((23, None))])

    assert ("P2", "5-part-down", False) == verdict_of(found)
    assert f"Every attempt on {OTHER} failed" in found.because
    assert "7-intermittent" == decided([*probes((1, "overloaded"), model=OTHER), *probes((24, None))]).row.id


def test_row_5_streaming_down() -> None:
    """Streaming alone can be down."""
    streams = [replace(one, streamed=True) for one in probes((2, "streaming_error"))]

    assert "Every attempt on streaming failed" in decided([*streams, *probes((23, None))]).because


def test_row_5_streaming_is_not_blamed_for_a_model() -> None:
    """A stream that broke on a model which answers nothing else does not make streaming down."""
    down = [*probes((5, "overloaded")), *(replace(one, streamed=True) for one in probes((2, "overloaded")))]

    assert f"Every attempt on {MODEL} failed" in decided([*down, *probes((5, None), model=OTHER)]).because


def test_row_6_slow() -> None:
    """Two slow answers of five are P2 and shown as k of n; from a hundred on the p99 decides."""
    slow = sample(latency_s=12.0)
    few = decided([slow, slow, *probes((3, None))])
    many = decided([slow, slow, *probes((98, None))])

    assert ("P2", "6-slow", False) == verdict_of(few)
    assert "2 of 5 attempts took longer than 10 s" in few.because
    assert ("P2", "6-slow-p99") == verdict_of(many)[:2]
    assert "The p99 of 100 attempts is 12.0 s" in many.because
    assert "11-no-incident" == decided([slow, slow, *probes((298, None))]).row.id


def test_row_6_ten_seconds_are_not_slow() -> None:
    """The limit itself is not beyond the limit."""
    assert "11-no-incident" == decided([sample(latency_s=10.0)] * 5).row.id


def test_row_6_quick_refusals_do_not_flatter_the_p99() -> None:
    """Refusals in no time are no answers: the p99 is taken of the rest."""
    quick = replace(sample("server_error"), latency_s=0.01)

    assert "6-slow-p99" == decided([sample(latency_s=12.0)] * 2 + [quick] * 4 + list(probes((180, None)))).row.id


@pytest.mark.parametrize(("total", "provisional"), [(5, True), (19, True), (20, False)])
def test_row_7_intermittent(total: int, provisional: bool) -> None:  # noqa: FBT001 - a table of cases
    """One failure is P3, and provisional until twenty attempts were made."""
    found = decided(probes((1, "server_error"), (total - 1, None)))

    assert ("P3", "7-intermittent", provisional) == verdict_of(found)


def test_row_6_counts_slow_requests_that_were_refused_in_the_end() -> None:
    """A request that was refused as invalid after 12 s was slow all the same."""
    slow = replace(sample("invalid_request", latency_s=12.0), source="traffic")

    assert "6-slow" == decided([slow, slow, *traffic((58, None))]).row.id


def test_row_7_one_slow() -> None:
    """Exactly one slow answer is P3."""
    assert ("P3", "7-one-slow", True) == verdict_of(decided([sample(latency_s=11.0), *probes((4, None))]))


def test_row_7_the_bots_key() -> None:
    """A failing key of the bot's own is a provisional P3 and says nothing about production."""
    found = decided(probes((5, "auth")), own_key=False)

    assert ("P3", "7-bots-key", True) == verdict_of(found)
    assert "the bot's key" in found.because
    assert "2-all-500-529" == decided(probes((5, "overloaded")), own_key=False).row.id


def test_row_8_status_page() -> None:
    """Clean probes under an open incident of the API are P3; an incident of something else is nothing."""
    clean = probes((5, None))
    degraded = decided(clean, seen=page(component="degraded_performance"))

    assert "8-status-page" == decided(clean, seen=page(incident("Elevated errors"))).row.id
    assert "the status page says Claude API: degraded performance" in degraded.because
    assert "11-no-incident" == decided(clean, seen=page(incident("Cowork on Windows", names_api=False))).row.id
    assert "11-no-incident" == decided(clean, seen=page(incident("Notice", impact="none"))).row.id


def test_row_8_reported() -> None:
    """Errors that a person reports and probes do not show are P3, also when there are no probes."""
    errors = HumanReport(kind="errors")

    assert ("P3", "8-reported", True) == verdict_of(decided(probes((5, None)), human=errors))
    assert "8-reported" == decided([], human=errors).row.id


@pytest.mark.parametrize(("invalid", "passed"), [(2, 3), (9, 1), (5, 95), (40, 60)])
def test_row_5_invalid_requests_of_production(invalid: int, passed: int) -> None:
    """A proven 5 % of production's requests refused as invalid is P2, up to all of them, which is P1."""
    found = decided(traffic((invalid, "invalid_request"), (passed, None)))

    assert ("P2", "5-invalid-requests", False) == verdict_of(found)
    assert f"{invalid} of {invalid + passed} attempts" in found.because


def test_row_5_invalid_requests_are_not_thinned_out() -> None:
    """Five of a hundred refused as invalid stay P2 when another request fails with 500."""
    found = decided(traffic((5, "invalid_request"), (95, None), (1, "server_error")))

    assert "5-invalid-requests" == found.row.id


@pytest.mark.parametrize(("invalid", "passed"), [(1, 60), (1, 9), (4, 96)])
def test_row_11_a_trickle_of_invalid_requests(invalid: int, passed: int) -> None:
    """The usual trickle of 400s is told and raises no alarm."""
    found = decided(traffic((invalid, "invalid_request"), (passed, None)))

    assert ("none", "11-invalid-requests", False) == verdict_of(found)
    assert f"{invalid} of {invalid + passed}, refused as invalid" in found.because


def test_row_9_quality() -> None:
    """Degraded quality without errors is P4, reported or measured."""
    assert "9-quality-reported" == decided(probes((5, None)), human=HumanReport(kind="quality")).row.id
    assert ("P4", "9-quality-measured") == verdict_of(decided(probes((2, "quality.refusal"), (3, None))))[:2]


def test_row_10_deadline() -> None:
    """What is due soon is P4 while nothing fails."""
    found = decided(probes((5, None)), deadlines=("the key expires in 3 days",))

    assert ("P4", "10-deadline", False) == verdict_of(found)
    assert "Nothing fails yet: the key expires in 3 days." == found.because


@pytest.mark.parametrize(("count", "provisional"), [(1, True), (4, True), (5, False)])
def test_row_11_no_incident(count: int, provisional: bool) -> None:  # noqa: FBT001 - a table of cases
    """Clean and quick is no incident, with the error rate that so few attempts can exclude."""
    found = decided(probes((count, None)))

    assert ("none", "11-no-incident", provisional) == verdict_of(found)
    assert "0 of " in found.because


def test_a_paused_turn_is_no_failure() -> None:
    """A leaf of class none counts as clean."""
    assert "11-no-incident" == decided(probes((5, "quality.paused"))).row.id


@given(POPULATIONS, PAGES, REPORTS, st.booleans(), st.lists(st.just("x is due"), max_size=2))
def test_any_input_meets_one_row(
    samples: list[Sample],
    seen: StatusPage | None,
    human: HumanReport | None,
    own_key: bool,  # noqa: FBT001 - drawn
    due: list[str],
) -> None:
    """Whatever is seen, a row fires, its numbers are filled in, and p99 is never said below a hundred."""
    counts = tally(samples, TAXONOMY, own_key=own_key)
    found = decide(counts, seen, human, SEVERITY, deadlines=due)

    assert found.row in SEVERITY
    assert "{" not in found.because
    assert counts.timed >= 100 or "p99" not in found.because
    assert Severity.UNKNOWN is not found.row.severity or counts.attempts == 0
    assert Severity.NONE is not found.row.severity or counts.attempts > 0


@given(POPULATIONS, PAGES, REPORTS, st.sampled_from(FAILURES), LATENCIES, st.data())
def test_one_more_failure_never_lowers_severity(
    samples: list[Sample],
    seen: StatusPage | None,
    human: HumanReport | None,
    branch: str,
    latency_s: float | None,
    data: st.DataObject,
) -> None:
    """A failure added, or put in the place of a clean attempt, never makes it look better."""
    source = samples[0].source if samples else "probe"
    before = RANK[decided(samples, seen=seen, human=human).row.severity]
    model = data.draw(st.sampled_from((MODEL, OTHER, "claude-third")))
    added = [*samples, replace(sample(branch, model=model, latency_s=latency_s), source=source)]
    clean = [at for at, one in enumerate(samples) if one.branch in CLEAN]

    assert before <= RANK[decided(added, seen=seen, human=human).row.severity]
    if clean:
        at = data.draw(st.sampled_from(clean))
        turned = [*samples[:at], replace(samples[at], branch=branch), *samples[at + 1 :]]
        assert before <= RANK[decided(turned, seen=seen, human=human).row.severity]


@given(attempts_of("traffic", 130), st.data())
def test_one_more_invalid_request_of_production_never_lowers_severity(
    samples: list[Sample], data: st.DataObject
) -> None:
    """Requests that are left out of the rate do not hide the failures that count."""
    before = RANK[decided(samples).row.severity]
    invalid = replace(sample("invalid_request"), source="traffic")
    clean = [at for at, one in enumerate(samples) if one.branch is None]  # another finding of its own would go

    assert before <= RANK[decided([*samples, invalid]).row.severity]
    if clean:
        at = data.draw(st.sampled_from(clean))
        turned = [*samples[:at], replace(samples[at], branch="invalid_request"), *samples[at + 1 :]]
        assert before <= RANK[decided(turned).row.severity]


@given(st.integers(0, 115), st.integers(0, 14), st.integers(0, 10), st.booleans())
def test_counts_near_the_thresholds_are_monotone(clean: int, failed: int, limited: int, takes_a_clean: bool) -> None:  # noqa: FBT001 - drawn
    """Around 5 % and around a hundred attempts, where the reading changes, nothing drops either."""

    def rank(clean: int, failed: int, limited: int) -> int:
        counts = Tally(attempts=clean + failed + limited, failed=failed, limited=limited, timed=clean)
        return RANK[decide(counts, None, None, SEVERITY).row.severity]

    rest = clean - 1 if takes_a_clean and clean else clean

    assert rank(clean, failed, limited) <= min(rank(rest, failed + 1, limited), rank(rest, failed, limited + 1))


@given(POPULATIONS, PAGES, REPORTS)
def test_the_status_page_only_raises(samples: list[Sample], seen: StatusPage | None, human: HumanReport | None) -> None:
    """No page, however green, makes it less than what was measured."""
    without = decided(samples, human=human).row.severity

    assert RANK[without] <= RANK[decided(samples, seen=seen, human=human).row.severity]


@given(attempts_of("probe", 25), st.sampled_from(("auth", "billing.credit", "rate_limit")))
def test_a_bots_key_never_goes_beyond_a_provisional_p3(samples: list[Sample], branch: str) -> None:
    """What only the bot's key meets adds at most a provisional P3."""
    added = [*samples, sample(branch)]
    before, after = decided(samples, own_key=False), decided(added, own_key=False)

    assert RANK[after.row.severity] <= max(RANK[before.row.severity], RANK[Severity.P3])
    assert after.row.id == before.row.id or after.provisional


def test_every_published_row_is_there() -> None:
    """The shipped table has rows 0 to 11 in order, and the runbook's own are marked."""
    numbers = [row.number for row in SEVERITY]

    assert sorted(numbers) == numbers
    assert set(range(12)) == set(numbers)
    assert {2, 4, 6, 7, 9} == {row.number for row in SEVERITY if row.source == "runbook"}


def test_each_row_has_its_severity() -> None:
    """A row of one number has one severity, the published one."""
    published = ("unknown", "P1", "P1", "P1", "P2", "P2", "P2", "P3", "P3", "P4", "P4", "none")

    assert {(number, severity) for number, severity in enumerate(published)} == {
        (row.number, str(row.severity)) for row in SEVERITY
    }


def test_a_report_cannot_have_more_failures_than_requests() -> None:
    """Impossible counts are refused where they come in."""
    with pytest.raises(BadInput, match="9 failed of 3"):
        HumanReport(kind="errors", failed=9, total=3)


def test_a_lower_share_can_be_called_p1() -> None:
    """A team that calls 90 % an outage changes one number in its copy of the table."""
    rows = load_severity(TEXTS["severity"].replace("failing_share_min = 1.0", "failing_share_min = 0.9"))
    counts = tally(probes((9, "overloaded"), (1, None)), TAXONOMY)

    assert "2-all-500-529" == decide(counts, None, None, rows).row.id


def test_every_problem_of_a_table_is_named_with_its_line() -> None:
    """A bad file is refused at once, and all its problems are listed."""
    text = """[[row]]
number = 1
id = "a"
severity = "P9"
when = { sun_shines = true, attempts_min = "two", report = ["gossip"] }
because = "{secret} p99"
source = "ours"

[[row]]
number = true
id = "a"
severity = "P1"
when = { attempts_min = 1 }
because = "{"
colour = "red"
"""
    with pytest.raises(BadRules) as caught:
        load_severity(text)

    said = caught.value.user_message
    for part in (
        "severity.toml:4 [[row]] a: severity 'P9'",
        "severity.toml:5 [[row]] a: sun_shines is not a condition",
        "attempts_min must be int",
        "report knows",
        "{secret} is not one of",
        "names p99",
        "severity.toml:9 [[row]] a: source is missing",
        "number must be int",
        "colour is not a field",
        "because: ",
        "used twice",
        "the last row must catch all",
    ):
        assert part in said


@pytest.mark.parametrize("text", ["not toml", "row = 3", "[[row]]\n[other]", ""])
def test_a_file_without_rows_is_refused(text: str) -> None:
    """What is no table of rows is named as such."""
    with pytest.raises(BadRules, match=r"severity\.toml"):
        load_severity(text)


def test_only_the_last_row_may_catch_all() -> None:
    """A row without a condition hides all that follow it."""
    text = TEXTS["severity"].replace("when = { deadlines_min = 1 }", "when = {}")

    with pytest.raises(BadRules, match="only the last row may catch all"):
        load_severity(text)


@pytest.mark.parametrize("share", ["0", "-0.5", "1.5", "90"])
def test_a_share_is_above_nothing_and_at_most_all(share: str) -> None:
    """A slip like 90 for 90 % would switch a row off, and 0 would make everything an outage."""
    text = TEXTS["severity"].replace("failing_share_min = 1.0", f"failing_share_min = {share}", 1)

    with pytest.raises(BadRules, match=r"2-all-500-529: failing_share_min must be a share above 0"):
        load_severity(text)


def test_no_table_says_that_all_is_well_when_nothing_was_measured() -> None:
    """A team may change every row but this one: without a measurement the answer is unknown."""
    text = TEXTS["severity"].replace("attempts_max = 0", "attempts_max = 0, failing_min = 1", 1)

    with pytest.raises(BadRules, match=r"11-no-incident: it holds when nothing was measured"):
        load_severity(text)
