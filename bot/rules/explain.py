"""Explains a described failure: its branch, whose fault, how severe as far as told, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from bot.rules.classify import UNKNOWN, Finding, Rules, ToldRow, best, finding
from bot.rules.evidence import Fault, Observation, Severity
from bot.rules.next_steps import HELD, HOLD, is_doubtful
from bot.rules.observation import PASTED, from_json, parse_text
from bot.rules.page import PageState
from bot.rules.tally import SLOW_S
from bot.rules.taxonomy import Leaf, Retry
from bot.rules.told import Told, told_around

_MOST: Final = 20  # observations of one case that are looked at
MEASURED: Final = 5  # attempts from which "all failed" is more than a first impression (severity table, row 2)
PART: Final = 0.05  # the runbook's border between "intermittent" and more
EXPOSED: Final = "auth.exposed"
"""A key in the wrong hands is nothing that an incident explains, and it cannot wait for the end of one."""

_EXPOSED_WHY: Final = "A key in the wrong hands is P1, on a person's word."
_LIMITED: Final = 429
_MEASURABLE: Final = ("http_status", "error_type", "exception", "body", "headers", "request_id")  # more than words
_RATE_LIMITING: Final = "Rate limiting (429) is P2."
_ONE_LIMITED: Final = "Rate limiting (429) is P2, until the share is measured."


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer to one described case; `severity` is None when the case does not tell enough.

    `held` says that nothing must be changed or paid now: the provider may have an incident that looks like this.
    """

    id: str | None
    branch: str
    fault: Fault
    severity: Severity | None
    provisional: bool
    retry: Retry
    retry_after_s: float | None
    action: str
    because: str
    request_id: str | None = None
    held: bool = False

    def as_json(self) -> dict[str, object]:
        """Return the line that `explain --json` prints for this case; its shape is fixed, `because` names the id."""
        shown = {name: value for name, value in asdict(self).items() if name not in {"request_id", "held"}}
        return {**shown, "because": f"{self.because} {HOLD}"} if self.held else shown


def explain(case: Mapping[str, Any], rules: Rules) -> Explanation:
    """Return the explanation of a case as `design.md` describes it (`observations`, `context`, `statuspage`).

    Fields that are missing or of a wrong type are taken as not told. Never raises.
    """
    described = [one for one in _listed(case.get("observations"))[:_MOST] if isinstance(one, Mapping)]
    seen = list(map(_described, described))
    times = list(map(_times, described))
    told = told_around(case.get("context"), case.get("statuspage"), sum(times))
    identity = case.get("id")
    return explain_observations(seen, told, rules, identity if isinstance(identity, str) else None, times)


def explain_observations(
    seen: list[Observation], told: Told, rules: Rules, identity: str | None = None, times: Sequence[int] = ()
) -> Explanation:
    """Return the explanation of observations, how often each was made, and what is told around them.

    People's words refine what was observed; alone they decide only when nothing observed says what it is.
    """
    shown = best(seen, rules, times)
    observation = shown[0] if shown else Observation()
    if shown and shown[1].branch == UNKNOWN and observation.via == PASTED:  # a person's words, then
        told = replace(told, words=f"{told.words}\n{observation.message or observation.body or ''}".strip()[:4_000])
    found = _refined(shown[1] if shown else None, observation, told, rules)
    leaf = rules.taxonomy.leaf(found.branch)
    late = sum((one.latency_s or 0) > SLOW_S for one in seen)
    page = told.page_state(leaf.family)
    severity, provisional, why = _late(late, told) if leaf.id == "timeout.slow" else _severity(leaf, seen, told)
    return Explanation(
        id=identity,
        branch=found.branch,
        fault=_fault(leaf, told, page),
        severity=severity,
        provisional=provisional,
        retry=found.retry,
        retry_after_s=found.retry_after_s,
        action=leaf.action,
        because=" ".join(part for part in (_evidence(observation), leaf.because, why) if part),
        request_id=observation.request_id,
        held=is_doubtful(leaf) or (page in HELD and leaf.id != EXPOSED and _is_careful(leaf, rules)),
    )


def _is_careful(leaf: Leaf, rules: Rules) -> bool:
    """Tell whether something is advised that changes a key or costs money."""
    return any(rules.taxonomy.mitigations[name].look for name in leaf.mitigations)


def _refined(found: Finding | None, seen: Observation, told: Told, rules: Rules) -> Finding:
    """Return the finding that what is told leads to: a told row, else the told words read as an error text."""
    branch = found.branch if found else "none"
    row = next((row for row in rules.told if _holds(row, branch, told)), None)
    if row is not None:
        return finding(row.branch, rules, seen)
    if found is not None and found.branch != UNKNOWN:
        return found
    words = best([parse_text(text) for text in (told.words, told.page) if text], rules)
    return words[1] if words else found or finding(UNKNOWN, rules, seen)


def _holds(row: ToldRow, branch: str, told: Told) -> bool:
    family = branch.partition(".")[0]
    return (
        (row.was is None or branch in row.was or (family in row.was and "." not in branch))
        and (row.told_any is None or row.told_any.search(told.words) is not None)
        and (row.told_none is None or row.told_none.search(told.words) is None)
        and (row.page_any is None or row.page_any.search(told.page) is not None)
        and (row.api_down is None or row.api_down == told.api_down)
        and (row.rate_max is None or (told.rate is not None and told.rate <= row.rate_max))
        and (row.in_part is None or row.in_part == _in_part(told))
    )


def _in_part(told: Told) -> bool:
    """Tell whether others are told to get through."""
    return told.scope == "intermittent" if told.rate is None else 0 < told.rate < 1


def _severity(leaf: Leaf, seen: list[Observation], told: Told) -> tuple[Severity | None, bool, str]:
    """Return severity, whether it is provisional, and why: the first line of the table that holds.

    It is the severity table as far as a description goes. One error tells no severity, except that a 429 is the
    server's own statement, provisional while it is the only one; what is only told stays so until it is measured.
    """
    every = told.rate >= 1 if told.rate is not None else told.scope == "all"
    part = told.scope == "most" or (told.rate or 0) >= PART
    some = told.scope == "intermittent" or (told.rate or 0) > 0
    limited = leaf.severity_class in {"R", "A"} and any(one.http_status == _LIMITED for one in seen)
    named = limited or any(one.error_type == "rate_limit_error" for one in seen)
    stated = named and (told.times > 1 or told.rate is not None or told.scope in {"all", "most"})
    limiting = _RATE_LIMITING if stated else _ONE_LIMITED
    measured = told.rate is not None and told.times >= MEASURED
    lasting = leaf.id == "quality" and told.scope in {"all", "most"}
    unclear = leaf.severity_class == "none" or leaf.id == UNKNOWN
    lines: tuple[tuple[bool, Severity | None, bool, str], ...] = (
        (leaf.id == EXPOSED, Severity.P1, False, _EXPOSED_WHY),
        (unclear, None, True, ""),
        (leaf.severity_class == "Q", Severity.P4, not lasting, "Degraded quality without errors is P4."),
        (
            leaf.severity_class == "R" and (limited or leaf.family == "rate_limit"),
            Severity.P2,
            not stated,
            limiting,
        ),
        (every, Severity.P1, not measured, "All requests fail: P1."),
        (part, Severity.P2, True, "A large part of the requests fails: P2, until measured."),
        (some, Severity.P3, True, "Errors come and go: P3, until the share is measured."),
        (limited, Severity.P2, True, _ONE_LIMITED),
        (True, None, True, "Too little is told of how many requests fail for a severity."),
    )
    return next((severity, open_, why) for holds, severity, open_, why in lines if holds)


def _late(times: int, told: Told) -> tuple[Severity, bool, str]:
    """Return the severity of answers that came late: two slow ones are high latency, one may be chance."""
    if times > 1:
        return Severity.P2, False, f"{times} answers took more than {SLOW_S:g} s: high latency is P2."
    if told.scope in {"all", "most"}:
        return Severity.P2, True, "Most answers are slow: P2, until measured."
    return Severity.P3, True, "Slow answers were seen: P3, until measured."


def _fault(leaf: Leaf, told: Told, page: PageState) -> Fault:
    """Return whose fault it usually is; while the provider has, or may have, an incident, nothing is ours alone."""
    if leaf.id == EXPOSED:
        return leaf.fault
    if told.api_down and leaf.fault is not Fault.THEIRS:
        return Fault.MIXED if leaf.fault is Fault.OURS else Fault.THEIRS
    return Fault.UNKNOWN if page in HELD and leaf.fault is Fault.OURS else leaf.fault


def _evidence(seen: Observation) -> str:
    """Return the facts that were read, for people: status, type, code and request id, no foreign sentences."""
    parts = [
        f"HTTP {seen.http_status}" if seen.http_status else "",
        seen.error_type or "",
        seen.error_code or "",
        seen.request_id or "",
    ]
    facts = " ".join(part for part in parts if part)
    return facts + "." if facts else ""


def _described(one: Mapping[object, object]) -> Observation:
    """Return the described observation; a message alone is hearsay, as a pasted text is."""
    seen = from_json({str(name): value for name, value in one.items()})
    told = any(one.get(name) for name in _MEASURABLE)
    return seen if told or seen.via else replace(seen, via=PASTED)


def _times(described: Mapping[object, object]) -> int:
    """Return how often an observation was made: `observed_n`, at least once."""
    count = described.get("observed_n")
    return max(1, count) if isinstance(count, int) else 1


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
