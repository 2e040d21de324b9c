"""What to do next: a look stands before every step that changes a key or costs money."""

import re
from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from bot.rules.evidence import Fault
from bot.rules.next_steps import (
    ASK,
    COMPARE,
    HOLD,
    LOOK_AT_BALANCE,
    LOOK_AT_KEY,
    LOOK_AT_PAGE,
    ONLY_IF,
    SET_KEY,
    WHICH_KEY,
    Advice,
    next_steps,
)
from bot.rules.page import PageState
from bot.rules.severity import Decision
from bot.rules.taxonomy import Leaf, Taxonomy
from tests.unit.rules.cases import SEVERITY
from tests.unit.rules.shipped import CHANGES_A_KEY, COSTS_MONEY, TAXONOMY

ROWS = {row.id: row for row in SEVERITY}
LEAVES = tuple(TAXONOMY.leaves.values())
CHANGES_A_KEY_WORDS = re.compile(r"\b(?:rotat|revok|regenerat|deactivat|replace the key)", re.IGNORECASE)
COSTS_MONEY_WORDS = re.compile(r"\b(?:buy|pay|purchas|top up|upgrad|use a .*\bplan\b|rais\w* .*\blimit)", re.IGNORECASE)
CALM: tuple[PageState, ...] = ("ok", "unreadable", "not_asked")
BLAME = (Fault.OURS, Fault.MIXED, Fault.UNKNOWN)


def advice(
    branch: str | None,
    *,
    row: str = "3-all-failing",
    fault: Fault = Fault.OURS,
    page: PageState = "ok",
    ids: int = 0,
    attempts: int = 5,
    provisional: bool = False,
    has_traffic: bool = True,
) -> Advice:
    """Return what the steps are drawn from: a firm verdict of ours, unless told otherwise."""
    return Advice(
        decision=Decision(row=ROWS[row], because="", provisional=provisional),
        leaf=None if branch is None else TAXONOMY.leaf(branch),
        fault=fault,
        page=page,
        request_ids=tuple(f"req_{number}" for number in range(ids)),
        attempts=attempts,
        has_traffic=has_traffic,
    )


def place(steps: tuple[str, ...], *titles: str) -> int | None:
    """Return where the first step stands that tells to do one of these things."""
    return next((at for at, step in enumerate(steps) if any(title in step for title in titles)), None)


@pytest.mark.parametrize(
    ("titles", "look"), [(CHANGES_A_KEY, LOOK_AT_KEY), (COSTS_MONEY, LOOK_AT_BALANCE)], ids=["key", "money"]
)
def test_a_look_stands_before_whatever_cannot_be_undone(titles: frozenset[str], look: str) -> None:
    """For every leaf, whoever is blamed: status page and key or balance come first, and the step says 'only if'."""
    offered = set()
    for leaf, fault, page in product(LEAVES, BLAME, CALM):
        steps = next_steps(advice(leaf.id, fault=fault, page=page), TAXONOMY)
        at = place(steps, *titles)
        if at is not None:
            offered.add(leaf.id)
            assert steps.index(LOOK_AT_PAGE) < steps.index(look) < at, leaf.id
            assert all(step.startswith(ONLY_IF) for step in steps if any(title in step for title in titles)), leaf.id

    assert {leaf.id for leaf in LEAVES if titles & _cures(leaf)} == offered != set()


def _cures(leaf: Leaf) -> set[str]:
    return {TAXONOMY.mitigations[name].title for name in leaf.mitigations}


def test_nothing_is_changed_or_paid_while_the_provider_fails() -> None:
    """Under an open incident, and whenever it is theirs, such a step gives way to 'leave it as it is'."""
    pages: tuple[PageState, ...] = ("incident_api", "auth_or_billing_incident")
    held = [(fault, page) for fault, page in product(Fault, get_args(PageState)) if page in pages or fault == "theirs"]
    assert len(held) == len(Fault) * len(pages) + len(CALM)
    for leaf, (fault, page) in product(LEAVES, held):
        steps = next_steps(advice(leaf.id, fault=fault, page=page), TAXONOMY)

        assert place(steps, *CHANGES_A_KEY, *COSTS_MONEY) is None, leaf.id
        assert (HOLD in steps) is bool((CHANGES_A_KEY | COSTS_MONEY) & _cures(leaf)), leaf.id


@pytest.mark.parametrize("family", ["auth", "permission", "billing", "quota_or_plan"])
def test_every_refusal_begins_with_the_page(family: str) -> None:
    """Whatever refused the key or the money, an incident of the provider's can look just like it."""
    for leaf in LEAVES:
        if leaf.family == family:
            assert LOOK_AT_PAGE == next_steps(advice(leaf.id), TAXONOMY)[0], leaf.id


def test_a_blocked_edge_says_nothing_of_the_key() -> None:
    """A firewall in front of the API never saw the key."""
    steps = next_steps(advice("permission.edge_blocked"), TAXONOMY)
    assert LOOK_AT_KEY not in steps
    assert place(steps, *CHANGES_A_KEY) is None


def test_the_mitigations_that_need_a_look_say_so() -> None:
    """Each mitigation whose words change a key or cost money is marked, so that no new one slips through."""
    words = {"key": CHANGES_A_KEY_WORDS, "money": COSTS_MONEY_WORDS}
    for cure in TAXONOMY.mitigations.values():
        for look, pattern in words.items():
            if pattern.search(cure.title):
                assert look == cure.look, cure.id
    assert CHANGES_A_KEY == {cure.title for cure in TAXONOMY.mitigations.values() if cure.look == "key"}
    assert COSTS_MONEY == {cure.title for cure in TAXONOMY.mitigations.values() if cure.look == "money"}


def test_the_list_is_short() -> None:
    """Nobody reads eleven steps at 3 a.m.: every leaf, whoever is blamed, gets at most nine short ones."""
    for leaf, fault, page in product(LEAVES, Fault, get_args(PageState)):
        steps = next_steps(advice(leaf.id, fault=fault, page=page, ids=7, has_traffic=False), TAXONOMY)
        assert len(steps) <= 9, (leaf.id, steps)


def test_what_prevents_is_all_that_is_said_before_anything_fails() -> None:
    """A deadline gets no steps of an acute failure."""
    steps = next_steps(advice("rate_limit", row="10-deadline"), TAXONOMY)
    assert place(steps, "Ask for higher limits", "Cache the prompt") is not None
    for acute in ("circuit breaker", "retry-after", "Which bucket is empty"):
        assert place(steps, acute) is None


def test_the_date_of_a_cap_is_told() -> None:
    """A cap that ends on a date says which, in the words of the provider's message."""
    capped = replace(advice("quota_or_plan.own_limit"), access_returns="2026-12-01 00:00 UTC")
    assert place(next_steps(capped, TAXONOMY), "access returns on 2026-12-01 00:00 UTC") is not None


def test_no_step_is_said_twice() -> None:
    """Several mitigations held back become one sentence."""
    for leaf, page in product(LEAVES, get_args(PageState)):
        steps = next_steps(advice(leaf.id, page=page, provisional=True, attempts=1, has_traffic=False), TAXONOMY)

        assert len(set(steps)) == len(steps), leaf.id


def test_an_overload_says_nothing_of_keys_or_money() -> None:
    """A failure of the provider's draws no look at key or balance, only its own checks and mitigations."""
    leaf = TAXONOMY.leaf("overloaded")
    steps = next_steps(advice("overloaded", fault=Fault.THEIRS), TAXONOMY)

    cures = [TAXONOMY.mitigations[name] for name in leaf.mitigations[:3]]
    assert (*(f"{cure.title}: {cure.steps[0]}" for cure in cures), *leaf.check[:2]) == steps


def test_a_leaked_key_is_found_then_revoked() -> None:
    """A compromise is the runbook's procedure in its order, behind the question which key it is."""
    cure = TAXONOMY.mitigations["revoke_key"]
    steps = next_steps(advice("auth", row="1-key-compromise", page="auth_or_billing_incident"), TAXONOMY)

    assert (WHICH_KEY, cure.title, *cure.steps) == steps


def test_a_leaked_key_is_revoked_even_by_a_table_without_the_procedure() -> None:
    """A team whose mitigations lack the procedure still reads the one thing that must be done."""
    steps = next_steps(advice("auth", row="1-key-compromise"), Taxonomy(leaves=TAXONOMY.leaves, mitigations={}))

    assert WHICH_KEY == steps[0]
    assert "Deactivate that key at once" in steps[1]


def test_unknown_mitigations_are_passed_over() -> None:
    """A leaf that names a mitigation nobody wrote still gives its checks."""
    bare = replace(TAXONOMY.leaf("overloaded"), mitigations=("gone",))
    steps = next_steps(replace(advice(None), leaf=bare), TAXONOMY)

    assert bare.check == steps


@pytest.mark.parametrize("row", ["0-nothing-measured", "8-reported"])
def test_people_are_asked_when_we_saw_nothing(row: str) -> None:
    """Nothing measured, or errors that only a person saw: the first step is a question to people."""
    assert ASK == next_steps(advice("unknown", row=row), TAXONOMY)[0]


@pytest.mark.parametrize(("row", "attempts", "wanted"), [("2-all-500-529", 3, 5), ("7-intermittent", 5, 20)])
def test_few_attempts_are_completed(row: str, attempts: int, wanted: int) -> None:
    """A severity that is provisional for want of attempts says how many make it firm; a firm one does not ask."""
    few = next_steps(advice("overloaded", row=row, attempts=attempts, provisional=True), TAXONOMY)
    firm = next_steps(advice("overloaded", row=row, attempts=wanted), TAXONOMY)

    assert f"Measure again with {wanted} probes" in few[0]
    assert not any("Measure again" in step for step in firm)


def test_support_gets_the_request_ids() -> None:
    """The step counts the ids that stand below it, and spells none out a second time."""
    steps = next_steps(advice("overloaded", fault=Fault.THEIRS, ids=7), TAXONOMY)

    assert "Give the provider's support the request ids below (7), with the times in UTC." == steps[-1]


def test_support_is_not_sent_what_is_ours() -> None:
    """Without request ids, or when it is our own fault, nobody is sent to the provider's support with them."""
    for given in (advice("overloaded", fault=Fault.THEIRS), advice("auth", ids=3)):
        assert not any("request ids below" in step for step in next_steps(given, TAXONOMY))


@pytest.mark.parametrize(
    ("row", "has_traffic", "asked"),
    [("3-all-failing", False, True), ("3-all-failing", True, False), ("0-nothing-measured", False, False)],
)
def test_probes_are_compared_with_production(row: str, has_traffic: bool, asked: bool) -> None:  # noqa: FBT001 - a table of cases
    """A verdict without production's numbers asks for them last; one with them, or with nothing at all, does not."""
    steps = next_steps(advice("overloaded", row=row, has_traffic=has_traffic), TAXONOMY)

    assert asked is (COMPARE == steps[-1])
    assert asked is (COMPARE in steps)


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: leaf.id)
def test_no_step_asks_what_was_just_answered(leaf: Leaf) -> None:
    """After our checks have answered, no step asks for the same, and no look stands there in two wordings."""
    for fault, page in product(BLAME, get_args(PageState)):
        asked = frozenset({"messages", "models", "network", "status_page"})
        steps = next_steps(replace(advice(leaf.id, fault=fault, page=page), asked=asked), TAXONOMY)
        assert not [
            step for step in steps if step.endswith("?") and re.search(r"GET /v1/models|own probes measure", step)
        ]
        assert sum("Look at the key's status" in step or "key active in the Console" in step for step in steps) <= 1
        assert sum("Settings > Billing" in step or step == LOOK_AT_BALANCE for step in steps if "?" in step) <= 1
        if page not in {"unreadable", "not_asked"}:
            assert not [step for step in steps if step.startswith("Check the status page")]


def test_a_way_that_ends_is_mended_before_a_key_is_asked_for() -> None:
    """Where the network check failed, no key would help."""
    ended = replace(advice("network.dns", row="0-nothing-measured"), has_key=False, way_ends=True)
    first, *rest = next_steps(ended, TAXONOMY)
    assert TAXONOMY.leaf("network.dns").check[0] == first
    assert SET_KEY in rest
