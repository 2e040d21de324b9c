"""What to do next after a verdict: whatever changes a key or costs money stands behind the look that it needs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from bot.rules.evidence import Fault
from bot.rules.page import KEY_FAMILIES, MONEY_FAMILIES, PageState
from bot.rules.severity import Decision
from bot.rules.taxonomy import Leaf, Mitigation, Taxonomy

LOOK_AT_PAGE: Final = (
    "Look at the status page for an incident about keys, permissions or credits; it lags, so green settles nothing."
)
LOOK_AT_KEY: Final = "Look at the key's status in the Console (API keys): active, expiry, workspace, owner still there?"
LOOK_AT_BALANCE: Final = "Look at the balance and the limits in the Console (Billing, Limits): is one really used up?"
WHICH_KEY: Final = (
    "Look up the key's status in the Console (API keys): which key is it, in which workspace, who uses it?"
)
HOLD: Final = (
    "Leave key and account as they are while this may be the provider's own trouble; measure again when it is over."
)
ASK: Final = (
    "Ask what production sees: failed of total, the error's text, since when, and what changed in the last hour."
)
ONLY_IF: Final = "Only if that look shows it to be the cause"
LOOK_FIRST: Final = {"key": LOOK_AT_KEY, "money": LOOK_AT_BALANCE}
"""What to look at before a mitigation, by the kind of look that it names."""
SET_KEY: Final = "Set ANTHROPIC_API_KEY for this bot: without a key no request can be measured."
COMPARE: Final = (
    "Say what production sees: `/anth-triage evidence`, or `anth-triage triage --traffic FILE`. Probes do not clear it."
)

HELD: Final = frozenset({"incident_api", "auth_or_billing_incident"})
"""The states of the status page under which nothing is changed or paid."""
_KEY_COMPROMISE = "revoke_key"
_READ_PAGE = "check_status_page"
_WAIT_FOR_DATE = "wait_for_date"
_WAIT_FOR_RESET = "wait_for_reset"
_ALREADY: Final = {
    LOOK_AT_KEY: re.compile(r"\bconsole\b|settings > api keys", re.IGNORECASE),
    LOOK_AT_BALANCE: re.compile(r"settings > (?:billing|limits)", re.IGNORECASE),
    LOOK_AT_PAGE: re.compile(r"\bstatus page\b", re.IGNORECASE),
}
"""What a look of ours has said: a check of the leaf that says the same is left out."""
_ANSWERED: Final = {
    "messages": re.compile(r"\bown probes\b"),
    "models": re.compile(r"GET /v1/models"),
    "network": re.compile(r"\bDNS, TCP and TLS\b"),
}
"""The questions of leaves that a check of ours answers, by the check's name."""
_CHECKS: Final = 2
_CURES: Final = 3
"""So many checks and mitigations are named: at 3 a.m. a short list is read, and the decision tree has the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What the advice is drawn from: the verdict's parts, and what was measured.

    `attempts` are those of the population that decided, which was our own if `probed`.
    `access_returns` is the date at which a limit ends, as the provider's message names it,
    `wait_s` the seconds that it asked to wait when it was measured. `key_works` says that the same key got through,
    `way_ends` that nothing was sent because nothing would arrive. `asked` are the checks that had an answer.
    """

    decision: Decision
    leaf: Leaf | None
    fault: Fault
    page: PageState
    request_ids: tuple[str, ...]
    attempts: int
    has_traffic: bool
    probed: bool = True
    has_key: bool = True
    access_returns: str | None = None
    wait_s: float | None = None
    key_works: bool = False
    way_ends: bool = False
    asked: frozenset[str] = frozenset()


def next_steps(advice: Advice, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the steps in order; whatever changes a key or costs money stands behind the look that it needs."""
    steps_of_row = advice.decision.row.steps
    if steps_of_row == "compromise":
        return (WHICH_KEY, *_compromise(taxonomy))
    cures = _cures(advice, taxonomy)
    looks = _looks(advice.leaf, cures)
    more, mend = _measure_more(advice), _from_leaf(advice, cures, looks)
    steps = [*mend, *more] if advice.way_ends else [*more, *mend]
    steps += _support(advice)
    if not advice.has_traffic and steps_of_row != "ask":
        steps.append(COMPARE)
    held = [HOLD] if _is_held(advice) and any(cure.look for cure in cures) else []
    return tuple(dict.fromkeys([*held, *looks, *steps]))


def is_doubtful(leaf: Leaf | None) -> bool:
    """Tell a refusal that others contradict: nothing is changed for it."""
    return leaf is not None and leaf.id.endswith(".doubtful")


def _looks(leaf: Leaf | None, cures: list[Mitigation]) -> list[str]:
    wanted = {cure.look for cure in cures}
    access = leaf is not None and leaf.family in KEY_FAMILIES | MONEY_FAMILIES
    looks = [LOOK_AT_PAGE] if access or wanted & {"key", "money"} else []
    return looks + ([LOOK_AT_KEY] if "key" in wanted else []) + ([LOOK_AT_BALANCE] if "money" in wanted else [])


def _measure_more(advice: Advice) -> list[str]:
    row = advice.decision.row
    if row.steps == "ask":
        return [ASK] if advice.has_key else [SET_KEY, ASK]
    if advice.decision.provisional and advice.attempts < row.provisional_below:
        if not advice.probed:
            return [ASK]  # more probes of ours would not make what a person saw any firmer
        return [f"Measure again with {row.provisional_below} probes: so few attempts give only a provisional severity."]
    return []


def _from_leaf(advice: Advice, cures: list[Mitigation], looks: Sequence[str]) -> list[str]:
    """Return checks and mitigations; what helps at once comes first where the provider fails, else the checks."""
    if advice.fault is Fault.THEIRS and any(cure.look for cure in cures):
        return []  # it only looks like ours: whatever is done to key or account now would be undone later
    read = advice.page not in {"unreadable", "not_asked"} and "status_page" in advice.asked
    told = list(dict.fromkeys(_careful(cure, advice) for cure in cures if not (read and cure.id == _READ_PAGE)))[
        :_CURES
    ]
    if advice.leaf is None or advice.decision.row.steps == "prevent":
        return told
    said = [_ALREADY[look] for look in looks] + [_ANSWERED[name] for name in advice.asked if name in _ANSWERED]
    checks = [check for check in advice.leaf.check if not any(one.search(check) for one in said)][:_CHECKS]
    return [*told, *checks] if advice.fault is Fault.THEIRS else [*checks, *told]


def _cures(advice: Advice, taxonomy: Taxonomy) -> list[Mitigation]:
    """Return the leaf's mitigations, before anything fails only those that prevent it."""
    names = advice.leaf.mitigations if advice.leaf else ()
    known = [taxonomy.mitigations[name] for name in names if name in taxonomy.mitigations]
    early = advice.decision.row.steps == "prevent"
    return [cure for cure in known if cure.prevents or not early]


def _careful(cure: Mitigation, advice: Advice) -> str:
    if cure.id == _WAIT_FOR_DATE and advice.access_returns:
        return f"{cure.title}: access returns on {advice.access_returns}, as the provider's message says."
    if cure.id == _WAIT_FOR_RESET and advice.wait_s:
        return f"{cure.in_short()} Measured just now: {ceil(advice.wait_s)} s."
    if cure.look is None:
        return cure.in_short()
    return HOLD if _is_held(advice) else f"{ONLY_IF}: {cure.in_short()}"


def _is_held(advice: Advice) -> bool:
    refused = advice.leaf is not None and advice.leaf.family in KEY_FAMILIES
    return (
        advice.page in HELD
        or advice.fault is Fault.THEIRS
        or advice.key_works
        or (refused and advice.fault is Fault.UNKNOWN)
    )


def _support(advice: Advice) -> list[str]:
    if not advice.request_ids or advice.fault is Fault.OURS:
        return []
    return [f"Give the provider's support the request ids below ({len(advice.request_ids)}), with the times in UTC."]


def _compromise(taxonomy: Taxonomy) -> tuple[str, ...]:
    cure = taxonomy.mitigations.get(_KEY_COMPROMISE)
    if cure is None:
        return ("Deactivate that key at once, deploy a new one everywhere, then audit what the old one was used for.",)
    return (cure.title, *cure.steps)
