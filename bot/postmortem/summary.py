"""The first lines of a postmortem, which answer a reader who reads nothing else: plain sentences from the facts."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.postmortem.shape import MEASURED, FailedLeaf, ProviderView, Statement
from bot.postmortem.words import clock, span

_WHOSE = {
    "theirs": "the provider's fault",
    "ours": "our own fault",
    "mixed": "partly our own fault",
    "unknown": "nobody knows whose fault",
}


def summary(facts: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return what broke, how long, who saw it first and what is left, each sentence with its source.

    `facts` are the other variables of the template.
    """
    return tuple(_sentences(facts))


def _sentences(facts: Mapping[str, Any]) -> Iterator[Statement]:
    yield _what(facts)
    yield _how_long(facts)
    if (seen := _provider(facts["provider"])) is not None:
        yield seen
    if facts["reopenings"]:
        times = len(facts["reopenings"])
        yield Statement(text=f"It was thought to be over {times + 1} times.", source=facts["reopenings"][-1].who)


def _what(facts: Mapping[str, Any]) -> Statement:
    failures: tuple[FailedLeaf, ...] = facts["failures"]
    attempts = sum(one.total for one in facts["measurements"])
    failed = sum(one.failed for one in facts["measurements"])
    whose = _WHOSE.get(facts["fault"], "")
    told = f"{whose[:1].upper()}{whose[1:]}. " if whose else ""
    if not attempts:
        return Statement(text=f"{told}Nothing was measured: what broke is known from people alone.", source=MEASURED)
    mostly = f", mostly with {failures[0].branch}" if failures else ""
    text = f"{told}{failed} of {attempts} of the bot's own requests failed over the whole incident{mostly}."
    return Statement(text=text, source=MEASURED)


def _how_long(facts: Mapping[str, Any]) -> Statement:
    first, last = facts["first_failure_at"], facts["last_failure_at"]
    since = facts["production_since"]
    if first is None or last is None:
        began = f"People say it began at {clock(since)}." if since else "When it began is not recorded."
        return Statement(text=began, source="")
    lasted = span(round((last - first).total_seconds()))
    earlier = f" In production it began at {clock(since)}." if since and since < first else ""
    text = f"Failures were observed from {clock(first)} to {clock(last)} ({lasted}).{earlier}"
    return Statement(text=text, source=MEASURED)


def _provider(view: ProviderView) -> Statement | None:
    if not view.asked:
        return None
    if not view.readable:
        return Statement(text="The provider's status page could not be read.", source=MEASURED)
    if not view.incidents:
        return Statement(text="The provider's status page named no incident of the API.", source="provider")
    if view.ahead_s is None:
        return Statement(text=f"The provider's page named “{view.incidents[0].name}”.", source="provider")
    gap = span(abs(view.ahead_s))
    who = f"We saw it {gap} before" if view.ahead_s > 0 else f"It was {gap} later that we saw it than"
    return Statement(text=f"{who} the provider's status page.", source="provider")
