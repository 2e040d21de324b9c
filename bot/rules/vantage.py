"""From where it was seen, and what was not tested: without it a verdict would claim too much."""

from typing import Final

from bot.rules.case import Case
from bot.rules.evidence import CheckStatus, Evidence, Vantage

_NEVER_TESTED: Final = ("large prompts", "the quality of answers", "other hosts and regions")
_SAYS_NOTHING: Final = frozenset({CheckStatus.SKIPPED, CheckStatus.TIMEOUT})
_PLAIN: Final = {
    "messages": "messages (our own probes)",
    "status_page": "the status page",
    "control": "our own egress (control endpoint)",
}
_TOLD_ANYWAY: Final = frozenset({"stream", "long_stream"})


def vantage(case: Case, host: str) -> Vantage:
    """Return whose workspace, key, models and host measured, and what was left untested, in words."""
    workspaces = (item.facts.get("workspace") for item in case.evidence)
    models = dict.fromkeys(sample.model for sample in case.samples if sample.model)
    return Vantage(
        workspace=next(filter(None, workspaces), None),
        models=tuple(models),
        key=case.key,
        host=host,
        not_tested=tuple(dict.fromkeys([*_not_tested(case, set(models)), *_NEVER_TESTED])),
    )


def not_tested_sentence(seen: Vantage) -> str:
    """Return the sentence that stands behind every all-clear."""
    return f"Not tested: {', '.join(seen.not_tested)}."


def _not_tested(case: Case, measured: set[str]) -> list[str]:
    told = case.report is not None and case.report.kind in {"errors", "quality"}
    found = [] if case.traffic or told else ["production's own traffic"]
    if case.key == "monitoring":
        found.append("production's key")
    if not any(sample.streamed for sample in case.samples):
        found.append("streaming")
    if not any(item.check == "long_stream" and item.status is CheckStatus.OK for item in case.evidence):
        found.append("long outputs")
    found += [f"model {model}" for model in case.models if model not in measured]
    if measured or not case.models:
        found.append(f"models other than {', '.join(sorted(measured))}" if measured else "any model")
    if case.page is not None and not case.page.readable:
        found.append(f"the status page ({case.page.why_unreadable or 'unreadable'})")
    return found + [_PLAIN.get(item.check, item.check) for item in case.evidence if _is_untold(item)]


def _is_untold(item: Evidence) -> bool:
    """Tell whether a check came to no answer and nothing else says so; one that made attempts did."""
    return item.status in _SAYS_NOTHING and item.check not in _TOLD_ANYWAY and not item.samples and item.page is None
