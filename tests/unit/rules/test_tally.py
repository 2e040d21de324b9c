"""Counting: what is an attempt, what failed and how, what was slow, and what says nothing about production."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.evidence import Sample, SampleCount
from bot.rules.tally import KEY_BOUND, count_samples, leaf_of, letter_of, sort_out, tally, tally_of_report
from bot.rules.taxonomy import Leaf
from tests.unit.rules.cases import MODEL, NOW, OTHER, probes, sample, traffic
from tests.unit.rules.shipped import FAILING_LEAVES, TAXONOMY

BRANCHES = st.sampled_from((None, *TAXONOMY.leaves))
SAMPLES = st.lists(
    st.builds(
        Sample,
        at=st.just(NOW),
        source=st.sampled_from(("probe", "traffic")),
        model=st.sampled_from((MODEL, OTHER, None)),
        branch=BRANCHES,
        latency_s=st.sampled_from((None, 0.1, 10.0, 10.5)),
        request_id=st.sampled_from((None, "req_1", "req_2")),
        streamed=st.booleans(),
    ),
    max_size=30,
)


@given(SAMPLES, st.booleans())
def test_every_attempt_is_counted_once(samples: list[Sample], own_key: bool) -> None:  # noqa: FBT001 - drawn
    """No attempt is lost or counted twice, and the letters add up to the attempts."""
    counts = tally(samples, TAXONOMY, own_key=own_key)
    parts = sort_out(samples, TAXONOMY, own_key=own_key)
    through = [one for one in parts.counted if letter_of(one, TAXONOMY) in {"clean", "Q"}]

    assert len(samples) == counts.attempts + counts.left_out + counts.bots_key
    assert counts.attempts == counts.failing + len(through)
    assert counts.late <= counts.timed <= counts.attempts + counts.left_out
    assert counts.poor <= len(through)
    assert len(set(counts.down)) == len(counts.down)


@given(SAMPLES, st.booleans(), st.data())
def test_the_order_of_attempts_does_not_matter(
    samples: list[Sample],
    own_key: bool,  # noqa: FBT001 - drawn
    data: st.DataObject,
) -> None:
    """Evidence comes in as the checks end: the counts do not depend on what came first."""
    shuffled = data.draw(st.permutations(samples))
    one, other = (tally(seen, TAXONOMY, own_key=own_key) for seen in (samples, shuffled))

    assert set(one.down) == set(other.down)
    assert replace(one, down=()) == replace(other, down=())


@pytest.mark.parametrize(
    ("branch", "letter"),
    [
        (None, "clean"),
        ("unknown.no_failure", "clean"),
        ("server_error.edge", "F"),
        ("network.dns", "F"),
        ("permission.hold", "A"),
        ("quota_or_plan.tier_cap", "A"),
        ("quota_or_plan.suspected", "R"),
        ("rate_limit.ramp", "R"),
        ("quality.refusal", "Q"),
        ("streaming_error.of_a_new_kind", "F"),
        ("something.else", "F"),
    ],
)
def test_each_branch_has_its_letter(branch: str | None, letter: str) -> None:
    """A spend cap sent as 429 is refused access, not a rate limit; an unknown leaf counts like its family."""
    assert letter == letter_of(sample(branch), TAXONOMY)


def test_what_is_no_failure_has_no_leaf() -> None:
    """A leaf of the class none is a clean attempt in every respect."""
    assert leaf_of(sample("unknown.no_failure"), TAXONOMY) is None
    assert leaf_of(sample(), TAXONOMY) is None


@pytest.mark.parametrize(
    ("branch", "status", "counts"),
    [
        ("server_error", 500, True),
        ("overloaded", 529, True),
        ("overloaded", 200, True),
        ("overloaded", None, True),
        ("server_error", None, True),
        ("server_error", 503, False),
        ("server_error.edge", 502, False),
        ("timeout.read", None, False),
        ("auth", 401, False),
    ],
)
def test_500_and_529_are_told_from_the_rest(branch: str, status: int | None, counts: bool) -> None:  # noqa: FBT001 - a table of cases
    """Only HTTP 500 and 529 count, also where a stream or a pasted text hides the status."""
    five = [replace(one, status=status) for one in probes((5, branch))]

    assert counts is tally(five, TAXONOMY).all_500_529
    assert counts is tally([*five, sample()], TAXONOMY).all_500_529


def test_without_a_failure_nothing_is_all_500_529() -> None:
    """'All failing attempts' of none is not said."""
    assert not tally([], TAXONOMY).all_500_529
    assert not tally(probes((5, None)), TAXONOMY).all_500_529


def test_a_model_that_nobody_configured_is_a_comparison() -> None:
    """A probe of another model is not counted; production's request of another model is."""
    other = [replace(one, model=OTHER) for one in (*probes((2, None)), *traffic((3, None)))]
    counts = tally([*probes((5, "overloaded")), *other], TAXONOMY, configured=[MODEL])

    assert (8, 5) == (counts.attempts, counts.failing)


@pytest.mark.parametrize("leaf", FAILING_LEAVES, ids=lambda leaf: leaf.id)
def test_a_key_of_the_bots_own_fails_for_itself(leaf: Leaf) -> None:
    """What belongs to a key is set apart when the key is not production's; all else, and production, counts as ever."""
    clean = probes((1, None))
    set_apart = tally([*clean, *probes((5, leaf.id))], TAXONOMY, own_key=False).bots_key
    production = tally(traffic((5, leaf.id)), TAXONOMY, own_key=False)

    assert (5 if leaf.family in KEY_BOUND else 0) == set_apart
    assert (5, 0) == (production.failing, production.bots_key)


@pytest.mark.parametrize("branch", ["invalid_request.max_tokens", "auth.missing_key"])
def test_probes_refused_as_our_own_bug_measure_nothing(branch: str) -> None:
    """When every probe was refused that way, none counts; when one got through, all do."""
    none, some = tally(probes((5, branch)), TAXONOMY), tally(probes((3, branch), (2, None)), TAXONOMY)

    assert (0, 5) == (none.attempts, none.left_out)
    assert (5, 3, 0) == (some.attempts, some.refused, some.left_out)


def test_another_servers_answer_measures_nothing() -> None:
    """Where the bot's base URL leads to a login page the API was not asked; where nobody listens, that counts."""
    page = [replace(sample("network.base_url"), status=404)] * 5

    assert (0, 5) == (tally(page, TAXONOMY).attempts, tally(page, TAXONOMY).left_out)
    assert 5 == tally(probes((5, "network.base_url")), TAXONOMY).failing


def test_productions_invalid_requests_are_a_bug_of_its_own() -> None:
    """They are left out while something gets through, and are the outage when nothing does."""
    some, none = traffic((40, "invalid_request"), (1, None)), traffic((40, "invalid_request"), (1, "auth"))

    assert (1, 0, 40) == _counted(some)
    assert (41, 41, 0) == _counted(none)


def _counted(samples: tuple[Sample, ...]) -> tuple[int, int, int]:
    counts = tally(samples, TAXONOMY)
    return counts.attempts, counts.failing, counts.left_out


@pytest.mark.parametrize(
    ("branch", "latency_s", "late", "timed"),
    [
        (None, 10.0, 0, 1),
        ("invalid_request", 11.0, 1, 1),
        (None, 10.1, 1, 1),
        (None, None, 0, 0),
        ("auth", 0.1, 0, 0),
        ("timeout.read", 15.0, 1, 1),
        ("quality.refusal", 0.1, 0, 1),
    ],
)
def test_whose_latency_counts(branch: str | None, latency_s: float | None, late: int, timed: int) -> None:
    """More than ten seconds is late; a quick failure is no quick answer, a late one is late."""
    counts = tally([sample(branch, latency_s=latency_s)], TAXONOMY)

    assert (late, timed) == (counts.late, counts.timed)


@pytest.mark.parametrize(("clean", "p99_s"), [(99, None), (100, 0.5)])
def test_a_p99_needs_a_hundred_answers(clean: int, p99_s: float | None) -> None:
    """Quick failures do not fill up the hundred."""
    assert p99_s == tally(probes((clean, None), (5, "auth")), TAXONOMY).p99_s


def test_a_part_is_down_after_two_attempts() -> None:
    """One failure proves no part down; nothing is a part when everything fails."""
    rest = probes((3, None))

    assert () == tally([*rest, *probes((1, "overloaded"), model=OTHER)], TAXONOMY).down
    assert (OTHER,) == tally([*rest, *probes((2, "overloaded"), model=OTHER)], TAXONOMY).down
    assert () == tally([*rest, *probes((2, "overloaded"), (1, None), model=OTHER)], TAXONOMY).down
    assert () == tally(probes((5, "overloaded"), model=OTHER), TAXONOMY).down


@pytest.mark.parametrize(
    ("count", "branch", "down"),
    [(4, "overloaded", False), (5, "overloaded", True), (5, "model_not_found.gone", True), (9, "permission", False),
     (9, "rate_limit", False), (9, "billing.credit", False)],
)  # fmt: skip
def test_what_makes_a_part_of_production_down(count: int, branch: str, down: bool) -> None:  # noqa: FBT001 - a cell of the table
    """Production asks some models rarely: few failures there, or those of one caller's access, are no outage of it."""
    rare = [replace(one, source="traffic") for one in probes((count, branch), model=OTHER)]

    assert down is bool(tally([*rare, *traffic((500, None))], TAXONOMY).down)


def test_streaming_is_a_part() -> None:
    """Streams that all break while plain requests of the same model pass are named."""
    streams = [replace(one, streamed=True) for one in probes((2, "streaming_error.truncated"))]
    counts = tally([*streams, *probes((3, None))], TAXONOMY)

    assert ("streaming",) == counts.down


def test_request_ids_of_failures_are_counted_once() -> None:
    """Clean attempts' ids, missing ones and repeated ones do not count."""
    failures = [replace(sample("overloaded"), request_id=one) for one in ("req_1", "req_1", "req_2", None, "")]

    assert 2 == tally([*failures, replace(sample(), request_id="req_3")], TAXONOMY).request_ids


INVALID = [leaf for leaf in TAXONOMY.leaves.values() if leaf.family == "invalid_request"]
OTHERS = [leaf for leaf in TAXONOMY.leaves.values() if leaf.family != "invalid_request"]


@pytest.mark.parametrize("leaf", INVALID, ids=lambda leaf: leaf.id)
def test_a_report_of_invalid_requests_counts_as_in_traffic(leaf: Leaf) -> None:
    """A bug of the caller is left out while others get through, and is the outage when nothing does."""
    some, every = tally_of_report(3, 10, leaf), tally_of_report(10, 10, leaf)

    assert (7, 0, 3) == (some.attempts, some.failing, some.left_out)
    assert (10, 10, 0) == (every.attempts, every.refused, every.left_out)


@pytest.mark.parametrize("leaf", OTHERS, ids=lambda leaf: leaf.id)
def test_a_report_counts_by_its_leaf(leaf: Leaf) -> None:
    """Three of ten reported failures are three of ten in the class of their leaf; a quality word still failed."""
    counts = tally_of_report(3, 10, leaf)
    letters = {"A": counts.refused, "R": counts.limited}

    assert (10, 3) == (counts.attempts, counts.failing)
    assert 3 == letters.get(leaf.severity_class, counts.failed)
    assert counts.all_500_529 is (leaf.id in {"server_error", "overloaded"})


def test_a_report_of_no_failures_is_no_outage() -> None:
    """Zero of ten requests failed with 529: nothing was all 500 or 529."""
    assert not tally_of_report(0, 10, TAXONOMY.leaf("overloaded")).all_500_529


def test_every_card_shows_three_numbers() -> None:
    """All attempts, the failing ones, and those clean but slow; a slow failure is only a failure."""
    seen = (*probes((2, None), (3, "auth")), sample(latency_s=11.0), sample("timeout.read", latency_s=15.0))

    assert SampleCount(total=7, failed=4, slow=1) == count_samples(seen, TAXONOMY)
