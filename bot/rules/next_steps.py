"""What to do next, in an order that never tells anybody to change a key or to pay before a look."""

import re
from dataclasses import dataclass
from typing import Final

from bot.rules.evidence import Fault
from bot.rules.page import KEY_FAMILIES, MONEY_FAMILIES, PageState
from bot.rules.severity import Decision
from bot.rules.taxonomy import Leaf, Taxonomy

LOOK_AT_PAGE: Final = (
    "Look at the status page for an incident about keys, permissions or credits; it lags, so green settles nothing."
)
LOOK_AT_KEY: Final = "Look at the key's status in the Console (API keys): active, expiry, workspace, owner still there?"
LOOK_AT_BALANCE: Final = "Look at the balance and the limits in the Console (Billing, Limits): is one really used up?"
WHICH_KEY: Final = (
    "Look up the key's status in the Console (API keys): which key is it, in which workspace, who uses it?"
)
HOLD: Final = "Leave key and account as they are while the provider's incident is open; measure again when it is over."
ASK: Final = (
    "Ask what production sees: failed of total, the error's text, since when, and what changed in the last hour."
)
ONLY_IF: Final = "Only if that look shows it to be the cause"
SET_KEY: Final = "Set ANTHROPIC_API_KEY for this bot: without a key nothing can be measured."
COMPARE: Final = "Compare with production's own numbers: `anth-triage triage --traffic FILE` in a terminal."

_KEY_ACTION = re.compile(
    r"\b(?:rotat|revok|regenerat|deactivat|(?:new|another|replace\b.*) (?:\S+ )?key)", re.IGNORECASE
)
_MONEY_ACTION = re.compile(
    r"\b(?:buy|pay|purchas|top(?:ping)? up|(?:add|more|extra) (?:credit|usage)|upgrad"
    r"|(?:use|change) .*\bplan\b|rais\w* .*\blimit)",
    re.IGNORECASE,
)
_HELD: Final = frozenset({"incident_api", "auth_or_billing_incident"})
_KEY_COMPROMISE = "revoke_key"
_SHOWN_IDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What the advice is drawn from: the verdict's parts, and what was measured."""

    decision: Decision
    leaf: Leaf | None
    fault: Fault
    page: PageState
    request_ids: tuple[str, ...]
    attempts: int
    has_traffic: bool
    has_key: bool = True


def next_steps(advice: Advice, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the steps in order; whatever changes a key or costs money stands behind the look that it needs."""
    number = advice.decision.row.number
    if number == 1:
        return (WHICH_KEY, *_compromise(taxonomy))
    steps = [*_measure_more(advice), *_from_leaf(advice, taxonomy), *_support(advice)]
    if not advice.has_traffic and number != 0:
        steps.append(COMPARE)
    held = [HOLD] if HOLD in steps else []
    return tuple(dict.fromkeys([*held, *_looks(advice.leaf, steps), *steps]))


def _looks(leaf: Leaf | None, steps: list[str]) -> list[str]:
    family = leaf.family if leaf else ""
    key = family in KEY_FAMILIES or any(map(_KEY_ACTION.search, steps))
    money = family in MONEY_FAMILIES or any(map(_MONEY_ACTION.search, steps))
    looks = [LOOK_AT_PAGE] if key or money else []
    return looks + ([LOOK_AT_KEY] if key else []) + ([LOOK_AT_BALANCE] if money else [])


def _measure_more(advice: Advice) -> list[str]:
    row = advice.decision.row
    if row.number == 0 or row.id == "8-reported":
        return [ASK] if advice.has_key else [SET_KEY, ASK]
    if advice.decision.provisional and advice.attempts < row.provisional_below:
        return [f"Measure again with {row.provisional_below} probes: so few attempts give only a provisional severity."]
    return []


def _from_leaf(advice: Advice, taxonomy: Taxonomy) -> list[str]:
    leaf = advice.leaf
    if leaf is None:
        return []
    cures = [taxonomy.mitigations[name].title for name in leaf.mitigations if name in taxonomy.mitigations]
    return [*leaf.check, *(_careful(cure, advice) for cure in cures)]


def needs_a_look(cure: str) -> bool:
    """Tell whether a mitigation changes a key or costs money, so that nobody should do it before a look."""
    return _KEY_ACTION.search(cure) is not None or _MONEY_ACTION.search(cure) is not None


def _careful(cure: str, advice: Advice) -> str:
    if not needs_a_look(cure):
        return cure
    held = advice.page in _HELD or advice.fault is Fault.THEIRS
    return HOLD if held else f"{ONLY_IF}: {cure}"


def _support(advice: Advice) -> list[str]:
    if not advice.request_ids or advice.fault is Fault.OURS:
        return []
    shown = ", ".join(advice.request_ids[:_SHOWN_IDS])
    more = len(advice.request_ids) - _SHOWN_IDS
    rest = f" and {more} more" if more > 0 else ""
    return [f"Give the provider's support these request ids, with the times in UTC: {shown}{rest}."]


def _compromise(taxonomy: Taxonomy) -> tuple[str, ...]:
    cure = taxonomy.mitigations.get(_KEY_COMPROMISE)
    if cure is None:
        return ("Deactivate that key at once, deploy a new one everywhere, then audit what the old one was used for.",)
    return (cure.title, *cure.steps)
