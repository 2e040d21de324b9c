"""Whose fault it is: a complete truth table, and each combination that people get wrong at 3 a.m."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRules
from bot.rules.evidence import Fault, PageIncident, Sample
from bot.rules.fault import Control, Scope, Side, Situation, decide_fault, load_fault, scope_of, side_of, situations
from bot.rules.page import PageState, page_state
from tests.unit.rules.cases import FAULT, MODEL, OTHER, TAXONOMY, TEXTS, incident, page, probes, sample

EVERY = tuple(situations())


def found(
    *,
    probes: Side = "none",
    production: Side = "none",
    control: Control = "off",
    page: PageState = "ok",
    scope: Scope = "all",
) -> tuple[str, str]:
    """Return whose fault the shipped table says it is, and with how much confidence."""
    row = decide_fault(Situation(probes=probes, production=production, control=control, page=page, scope=scope), FAULT)
    return str(row.fault), row.confidence


def test_every_combination_meets_a_row_and_every_row_is_met() -> None:
    """The table is complete over all 4,320 combinations and holds nothing that never fires."""
    met = Counter(decide_fault(one, FAULT).id for one in EVERY)

    assert 8 * 9 * 4 * 5 * 3 == len(EVERY) == len(set(EVERY)) == met.total()
    assert {row.id for row in FAULT} == set(met)


def test_a_page_alone_is_never_the_providers_fault() -> None:
    """Where nothing we saw fails, no page makes it theirs."""
    calm = {"clean", "none"}
    said = {decide_fault(one, FAULT).fault for one in EVERY if {one.probes, one.production} <= calm}

    assert {Fault.UNKNOWN} == said


def test_our_fault_is_certain_only_for_a_dead_egress() -> None:
    """A page lags, so that refused keys are ours with medium confidence at most."""
    sure = [one for one in EVERY if decide_fault(one, FAULT).confidence == "high"]
    ours = {(one.probes, one.control) for one in sure if decide_fault(one, FAULT).fault is Fault.OURS}

    assert {("failing_network", "failed")} == ours


def test_an_access_incident_is_never_called_ours() -> None:
    """While the provider has an incident about keys or credits, failures that look like ours are not called ours."""
    incidents = [one for one in EVERY if one.page == "auth_or_billing_incident"]
    looks_ours = [one for one in incidents if {one.probes, one.production} & {"failing_ours", "failing_both"}]

    assert looks_ours
    assert Fault.OURS not in {decide_fault(one, FAULT).fault for one in looks_ours if one.control != "failed"}


def test_a_green_page_never_clears_the_provider() -> None:
    """What fails through the provider stays theirs under a page that is green or unread."""
    states: tuple[PageState, ...] = ("ok", "unreadable", "not_asked")

    assert {("theirs", "high")} == {found(probes="failing_theirs", page=state) for state in states}


def test_an_unread_page_is_weaker_than_a_green_one() -> None:
    """Nobody is told that it is ours with confidence when the page was not even read."""
    assert ("ours", "medium") == found(probes="failing_ours", page="ok")
    assert ("ours", "low") == found(probes="failing_ours", page="unreadable")
    assert ("ours", "low") == found(probes="failing_ours", page="not_asked")


def test_refused_keys_under_an_incident_of_the_api_are_open() -> None:
    """An open incident of the API can show as refused keys: neither theirs nor ours is claimed."""
    assert ("unknown", "low") == found(probes="failing_ours", page="incident_api")
    assert ("unknown", "low") == found(production="failing_ours", probes="clean", page="incident_api")


def test_a_dead_control_endpoint_is_our_egress() -> None:
    """When nothing else answers either, it is our own network; production's evidence outweighs a blind host."""
    assert ("ours", "high") == found(probes="failing_network", control="failed", page="unreadable")
    assert ("ours", "medium") == found(probes="failing_network", control="failed", page="ok")
    assert ("unknown", "low") == found(probes="failing_network", control="failed", page="incident_api")
    assert ("theirs", "medium") == found(probes="failing_network", control="failed", production="failing_theirs")


def test_a_live_control_endpoint_leaves_it_open() -> None:
    """Only the provider's host is out of reach: a rule of ours or their edge, until the page names an incident."""
    assert ("unknown", "low") == found(probes="failing_network", control="ok")
    assert ("theirs", "medium") == found(probes="failing_network", control="ok", page="incident_api")
    assert ("ours", "medium") == found(probes="failing_network", control="ok", production="clean")


def test_without_a_control_endpoint_the_usual_fault_holds() -> None:
    """Nothing was asked to tell egress from edge: mostly it is ours, said with low confidence."""
    assert ("ours", "low") == found(probes="failing_network")
    assert ("theirs", "low") == found(probes="failing_network", page="incident_api")


def test_both_sides_are_mixed() -> None:
    """Failures of both kinds, within the probes or between probes and production, are mixed."""
    assert ("mixed", "medium") == found(probes="failing_both")
    assert ("mixed", "medium") == found(probes="clean", production="failing_both")
    assert ("mixed", "medium") == found(probes="failing_theirs", production="failing_ours")
    assert ("mixed", "medium") == found(probes="failing_ours", production="failing_theirs")


def test_clean_probes_do_not_clear_production() -> None:
    """What production sees decides when the probes see nothing."""
    assert ("theirs", "medium") == found(probes="clean", production="failing_theirs")
    assert ("ours", "medium") == found(probes="clean", production="failing_ours")
    assert ("ours", "medium") == found(probes="clean", production="failing_network")
    assert ("unknown", "low") == found(probes="clean", production="failing_unknown")


def test_nothing_seen_is_unknown() -> None:
    """Without any evidence nobody is named."""
    assert ("unknown", "low") == found(page="incident_api")


@pytest.mark.parametrize(
    ("branches", "side"),
    [
        ((), "none"),
        ((None,), "clean"),
        (("overloaded",), "failing_theirs"),
        (("auth", None), "failing_ours"),
        (("network.dns",), "failing_network"),
        (("streaming_error",), "failing_unknown"),
        (("overloaded", "auth"), "failing_both"),
        (("network.dns", "overloaded"), "failing_theirs"),
        (("streaming_error", "auth"), "failing_ours"),
        (("overloaded",) * 9 + ("rate_limit",), "failing_theirs"),
        (("quality.refusal",), "clean"),
    ],
)
def test_attempts_speak_for_a_side(branches: tuple[str | None, ...], side: str) -> None:
    """Each kind of failure speaks by its usual fault; a few of another kind do not make it mixed."""
    assert side == side_of([sample(branch) for branch in branches], TAXONOMY)


def test_slow_attempts_are_a_side_of_their_own() -> None:
    """Clean but slow is neither clean nor failing."""
    assert "slow" == side_of([sample(latency_s=12.0), sample()], TAXONOMY)


def test_scope_tells_one_model_from_all() -> None:
    """One model clean and another failing all its probes by itself is partial; a refused key is not the model's."""
    clean = probes((3, None), model=OTHER)

    assert "partial_model" == scope_of([*probes((5, "overloaded"), model=MODEL), *clean], TAXONOMY)
    assert "partial_model" == scope_of([*probes((5, "model_not_found.gone")), *clean], TAXONOMY)
    assert "some" == scope_of([*probes((5, "auth")), *clean], TAXONOMY)
    assert "some" == scope_of([*probes((4, "overloaded"), (1, None)), *clean], TAXONOMY)
    assert "all" == scope_of(probes((5, "overloaded")), TAXONOMY)
    assert "some" == scope_of([], TAXONOMY)


def test_page_unreadable_is_never_green() -> None:
    """A page that was not read, or that says nothing of the API, is no green page."""
    assert "not_asked" == page_state(None, ())
    assert "unreadable" == page_state(page(readable=False), ())
    assert "unreadable" == page_state(page(component=None), ())
    assert "ok" == page_state(page(), ())


@pytest.mark.parametrize(
    ("seen", "families", "state"),
    [
        (incident("Elevated authentication errors on the API"), {"auth"}, "auth_or_billing_incident"),
        (incident("Elevated errors", latest="Users see authentication errors."), {"auth"}, "auth_or_billing_incident"),
        (incident("Elevated authentication errors on the API"), {"rate_limit"}, "incident_api"),
        (incident("Claude.ai: authentication issues", names_api=False), {"auth"}, "ok"),
        (
            incident("Delayed credits on the Claude Platform", names_api=False, impact="none"),
            {"billing"},
            "auth_or_billing_incident",
        ),
        (incident("Delayed credits on the Claude Platform", names_api=False), {"overloaded"}, "ok"),
        (incident("Elevated errors on many models"), {"overloaded"}, "incident_api"),
        (incident("Issues with Google Play subscriptions", names_api=False), {"billing", "auth"}, "ok"),
        (incident("Issues with Google Play subscription payments", names_api=False), {"billing"}, "ok"),
        (incident("Claude Code: usage limits shown incorrectly", names_api=False), {"quota_or_plan"}, "ok"),
        (
            incident("claude.ai authentication errors", names_api=False, latest="The API is not affected."),
            {"auth"},
            "ok",
        ),
        (
            incident("Authentication errors", names_api=False, latest="Requests to the API get 401."),
            {"auth"},
            "auth_or_billing_incident",
        ),
        (incident("API: purchased credits arrive late", names_api=False), {"billing"}, "auth_or_billing_incident"),
    ],
)
def test_the_page_counts_for_what_failed(seen: PageIncident, families: set[str], state: str) -> None:
    """An incident about keys or credits counts for failures of keys or credits, and only for those."""
    assert state == page_state(page(seen), families)


def test_an_incident_that_is_over_counts_for_nothing() -> None:
    """Resolved incidents that a page still lists are no suspicion."""
    seen = incident("Elevated errors")

    assert "incident_api" == page_state(page(seen), ())
    assert "ok" == page_state(page(replace(seen, status="resolved")), ())


def test_every_problem_of_a_table_is_named_with_its_line() -> None:
    """Unknown words, missing fields and bad types are all listed."""
    text = """[[row]]
id = "a"
probes = ["fine"]
weather = ["wet"]
fault = "nobody"
confidence = "sure"
because = "{why}"
[[row]]
id = "b"
page = "ok"
"""
    with pytest.raises(BadRules) as caught:
        load_fault(text)

    said = caught.value.user_message
    for part in (
        "fault.toml:4 [[row]] a: weather is not a field",
        "probes 'fine'",
        "fault 'nobody'",
        "confidence 'sure'",
        "{why} is not one of",
        "fault.toml:8 [[row]] b: because is missing",
        "page must be list",
    ):
        assert part in said


def test_gaps_and_dead_rows_are_refused() -> None:
    """A table that leaves a combination open, or has a row that never fires, does not load."""
    without_last = TEXTS["fault"][: TEXTS["fault"].rindex("[[row]]")]
    twice = TEXTS["fault"] + TEXTS["fault"][TEXTS["fault"].rindex("[[row]]") :]

    with pytest.raises(BadRules, match="situations meet no row"):
        load_fault(without_last)
    with pytest.raises(BadRules, match="no situation ever meets this row"):
        load_fault(twice)


@given(st.lists(st.sampled_from((None, "overloaded", "auth", "network.dns", "streaming_error")), max_size=20))
def test_any_attempts_have_a_side(branches: list[str | None]) -> None:
    """A side is found for whatever was seen, and it fails exactly when something fails."""
    samples: list[Sample] = [sample(branch) for branch in branches]
    side = side_of(samples, TAXONOMY)

    assert side.startswith("failing") is any(branches)


def test_only_probes_that_were_answered_show_anything() -> None:
    """Where no probe was answered, nothing is said about what our probes do or do not show."""
    unclear = Situation(probes="none", production="failing_unknown", control="off", page="not_asked", scope="all")

    assert "no probe of ours was answered" in decide_fault(unclear, FAULT).because
    assert "our probes do not show them" in decide_fault(replace(unclear, probes="clean"), FAULT).because


def test_a_tiny_probe_does_not_exclude_slow_decoding() -> None:
    """Quick one-token probes beside slow production requests blame nobody."""
    assert ("unknown", "low") == found(probes="clean", production="slow")


@pytest.mark.parametrize("page_state", ["unreadable", "not_asked"])
def test_a_host_that_reaches_no_status_page_either_is_said_so(page_state: PageState) -> None:
    """Two silent hosts beside the provider's are no control endpoint, yet they were asked."""
    here = Situation(probes="failing_network", production="none", control="silent", page=page_state, scope="all")
    row = decide_fault(here, FAULT)
    assert (Fault.OURS, "low") == (row.fault, row.confidence)
    assert "no other endpoint was tested" not in row.because
    assert "no other endpoint was tested" in decide_fault(replace(here, control="off"), FAULT).because
