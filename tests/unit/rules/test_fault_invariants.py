"""What the truth table of fault may never say, proven over every one of its combinations."""

from dataclasses import replace

from bot.rules.evidence import Fault
from bot.rules.fault import FaultRow, Situation, decide_fault, situations
from tests.unit.rules.cases import FAULT

SAID: dict[Situation, FaultRow] = {one: decide_fault(one, FAULT) for one in situations()}
NOT_FAILING = {"clean", "none"}


def which(fault: Fault) -> list[tuple[Situation, FaultRow]]:
    """Return the combinations in which it is this side's fault."""
    return [(one, row) for one, row in SAID.items() if row.fault is fault]


def test_a_green_page_never_makes_it_ours_for_certain() -> None:
    """The page lags, so that green leaves at most medium confidence."""
    green = [row.confidence for one, row in which(Fault.OURS) if one.page == "ok"]

    assert {"medium", "low"} == set(green)


def test_trouble_on_the_page_alone_blames_nobody() -> None:
    """Where neither probes nor production fail or are slow, any page says unknown with low confidence."""
    calm = [row for one, row in SAID.items() if {one.probes, one.production} <= NOT_FAILING]

    assert {("unknown", "low")} == {(str(row.fault), row.confidence) for row in calm}


def test_trouble_on_the_page_never_speaks_against_us() -> None:
    """What is ours under an open incident was ours under a green page as well."""
    for one, _ in which(Fault.OURS):
        if one.page in {"incident_api", "auth_or_billing_incident"}:
            assert SAID[replace(one, page="ok")].fault is Fault.OURS, one


def test_the_provider_is_blamed_for_certain_only_by_its_own_answers() -> None:
    """High confidence in theirs needs failures that the provider itself answered with."""
    sure = [one for one, row in which(Fault.THEIRS) if row.confidence == "high"]

    assert sure
    assert all("failing_theirs" in {one.probes, one.production} for one in sure)


def test_a_provider_that_fails_us_is_never_cleared() -> None:
    """Failures of the provider's on either side are theirs or mixed, whatever page and control endpoint say."""
    failing = [row for one, row in SAID.items() if "failing_theirs" in {one.probes, one.production}]

    assert {Fault.THEIRS, Fault.MIXED} == {row.fault for row in failing}


def test_a_live_control_endpoint_clears_our_own_egress() -> None:
    """While another endpoint answers, a silent provider is ours only where production reaches it or is refused."""
    silent = [(one, row) for one, row in which(Fault.OURS) if (one.probes, one.control) == ("failing_network", "ok")]

    assert not [row.id for _, row in silent if row.id.startswith("own-egress")]
    assert {"clean", "failing_ours"} == {one.production for one, _ in silent}


def test_only_a_dead_control_endpoint_proves_our_own_egress() -> None:
    """Nothing back from the provider is firmly ours if and only if nothing else answers either."""
    firm = {
        (one.control, row.confidence)
        for one, row in which(Fault.OURS)
        if one.probes == "failing_network" and one.production == "none"
    }

    assert {("failed", "high"), ("failed", "medium"), ("off", "low"), ("silent", "low")} == firm


def test_mixed_needs_both_sides() -> None:
    """Mixed is said only where both the provider and we fail something."""
    for one, _ in which(Fault.MIXED):
        sides = {one.probes, one.production}
        assert "failing_both" in sides or {"failing_theirs", "failing_ours"} <= sides, one
