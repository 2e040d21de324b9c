"""What an explanation says to people: the same words in a terminal and in Slack."""

import math
from dataclasses import dataclass
from typing import Final

from bot.rules.classify import UNKNOWN, Rules
from bot.rules.evidence import Fault
from bot.rules.explain import EXPOSED, Explanation
from bot.rules.next_steps import HOLD
from bot.rules.pasted import explain_text
from bot.rules.taxonomy import Mitigation, Retry, Taxonomy

NOT_TOLD: Final = "not told by one error"
NOT_KNOWN: Final = "not known; if you must, a few times, with growing pauses"
KEY_PROCEDURE: Final = "Start the procedure: `/anth-triage key` in Slack; docs/how-to/leaked-key.md has every step."
AFTER_A_LOOK: Final = "Only if the checks show it to be the cause"
_MINUTES_FROM: Final = 120  # seconds; a shorter wait is told in seconds
_HOURS_FROM: Final = 7_200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An explanation in words; `severity` and `retry` are phrases, `actions` are imperative."""

    title: str
    branch: str
    fault: Fault
    severity: str
    severity_is_told: bool
    retry: str
    because: str
    checks: tuple[str, ...]
    actions: tuple[str, ...]
    links: tuple[str, ...]
    request_id: str | None


def answer_text(text: str, rules: Rules) -> Answer:
    """Return what a pasted error, log line, stack trace or response means; never raises."""
    return answer(explain_text(text, rules), rules.taxonomy)


def answer(found: Explanation, taxonomy: Taxonomy) -> Answer:
    """Return the explanation in words; what changes a key or costs money stands behind the checks."""
    leaf = taxonomy.leaf(found.branch)
    provisional = " (provisional)" if found.provisional else ""
    cures = [taxonomy.mitigations[name] for name in leaf.mitigations]
    held = [HOLD] if found.held else []
    at_once = (KEY_PROCEDURE, *(cure.in_short() for cure in cures)) if leaf.id == EXPOSED else ()
    return Answer(
        title=leaf.title,
        branch=found.branch,
        fault=found.fault,
        severity=NOT_TOLD if found.severity is None else f"{found.severity}{provisional}",
        severity_is_told=found.severity is not None,
        retry=NOT_KNOWN if found.branch == UNKNOWN else _retry(found.retry, found.retry_after_s),
        because=found.because,
        checks=leaf.check,
        actions=at_once or tuple(dict.fromkeys([*held, *(_careful(cure, held=found.held) for cure in cures)])),
        links=leaf.links,
        request_id=found.request_id,
    )


def _careful(cure: Mitigation, *, held: bool) -> str:
    if cure.look is None:
        return cure.in_short()
    return HOLD if held else f"{AFTER_A_LOOK}: {cure.in_short()}"


def _retry(retry: Retry, after_s: float | None) -> str:
    if retry == "no":
        return "no; the same request gets the same answer until the cause is mended"
    if after_s is None:
        return {
            "after": "yes, after the time that the provider names (retry-after)",
            "backoff": "yes, a few times, with growing pauses and jitter",
        }[retry]
    wait = f"yes, but not before {_span(after_s)} have passed, as the provider asks"
    return wait if retry == "after" else f"{wait}; then with growing pauses"


def _span(seconds: float) -> str:
    """Return a time to wait, never shorter than asked."""
    if seconds < _MINUTES_FROM:
        return f"{math.ceil(seconds)} s"
    if seconds < _HOURS_FROM:
        return f"{math.ceil(seconds / 60)} minutes"
    return f"{math.ceil(seconds / 3600)} hours"
