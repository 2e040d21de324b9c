"""The first lines of a postmortem, which answer a reader who reads nothing else: plain sentences from the facts."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from bot.postmortem.shape import MEASURED, PROVIDER, Measurement, ProviderView, Statement
from bot.postmortem.words import clock, span

_OVER: Final = frozenset({"resolved", "closed"})
_PROBES: Final = "the bot's own requests"


def summary(facts: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Return what broke, for whom, how long, who saw it first and what is left, each sentence with its source.

    `facts` are the other variables of the template.
    """
    return tuple(_sentences(facts))


def _sentences(facts: Mapping[str, Any]) -> Iterator[Statement]:
    yield Statement(text=_ended(facts["because"]), source=MEASURED if facts["rule"] else facts["opened_by"])
    yield _for_whom(facts)
    yield from _how_long(facts)
    yield from _measured(facts["measurements"])
    yield from _provider(facts["provider"])
    yield from _rounds(facts)
    yield from _left(facts)


def _for_whom(facts: Mapping[str, Any]) -> Statement:
    affected, impact = facts["affected"], facts["impact"]
    if not affected.text and not impact.text:
        return Statement(text="Whom it hit, and how much, nobody has written down.")
    told = [_ended(f"It hit {affected.text}")] if affected.text else []
    told += [_ended(impact.text)] if impact.text else []
    sources = dict.fromkeys(one.source for one in (affected, impact) if one.text)
    return Statement(text=" ".join(told), source=", ".join(sources))


def _how_long(facts: Mapping[str, Any]) -> Iterator[Statement]:
    """Yield how long it hurt, from the first that anybody knows of it until it was mitigated."""
    since, first = facts["production_since"], facts["first_failure_at"]
    began: datetime | None = min((at for at in (since, first) if at is not None), default=None)
    ended = next((moment for moment in facts["moments"] if moment.what.startswith("mitigated")), None)
    if began is None:
        return
    known = "in production, people say" if began == since else "as far as was observed"
    if ended is not None and not facts["reopenings"]:
        lasted = span(round((ended.at - began).total_seconds()))
        yield Statement(text=f"It hurt for {lasted}: from {clock(began)} ({known}) to {clock(ended.at)}.")
    elif facts["status"] not in _OVER:
        yield Statement(text=f"It began at {clock(began)} ({known}), and is not over.")
    else:
        yield Statement(text=f"It began at {clock(began)} ({known}).")


def _measured(measured: tuple[Measurement, ...]) -> Iterator[Statement]:
    total, failed = sum(one.total for one in measured), sum(one.failed for one in measured)
    if not total:
        yield Statement(text="Nothing was measured: what broke is known from people alone.")
        return
    bad = [one for one in measured if one.failed]
    if not bad:
        yield Statement(text=f"None of {total} of {_PROBES} failed.", source=MEASURED)
        return
    if len(bad) == 1:
        when = f"in one measurement, at {clock(bad[0].at)}"
    else:
        between = sum(bad[0].at < one.at < bad[-1].at and not one.failed for one in measured)
        among = f", with {between} clean ones among them" if between else ""
        when = f"in {len(bad)} measurements from {clock(bad[0].at)} to {clock(bad[-1].at)}{among}"
    yield Statement(text=f"{failed} of {total} of {_PROBES} failed, {when}.", source=MEASURED)


def _provider(view: ProviderView) -> Iterator[Statement]:
    if not view.asked:
        return
    if not view.readable:
        yield Statement(text="The provider's status page could not be read.", source=MEASURED)
    elif not view.incidents:
        text = "The provider's status page named no incident of the API while we measured."
        yield Statement(text=text, source=PROVIDER)
    elif view.ahead_s is None:
        yield Statement(text=f"The provider's status page named “{view.incidents[0].name}”.", source=PROVIDER)
    elif view.ahead_s > 0:
        yield Statement(text=f"We saw it {span(view.ahead_s)} before the provider's status page.", source=PROVIDER)
    else:
        text = f"The provider's status page told of it {span(-view.ahead_s)} before our first failure."
        yield Statement(text=text, source=PROVIDER)


def _rounds(facts: Mapping[str, Any]) -> Iterator[Statement]:
    again = facts["reopenings"]
    if again:
        times = "once" if len(again) == 1 else f"{len(again)} times"
        yield Statement(text=f"It was thought to be over, and was not, {times}.", source=again[-1].who)


def _left(facts: Mapping[str, Any]) -> Iterator[Statement]:
    left = len(facts["action_items"]) + sum(not task.done for task in facts["tasks"])
    if left:
        yield Statement(text=f"Still to be done: {left} action item{'s' if left > 1 else ''}.")


def _ended(text: str) -> str:
    """Return the text on one line, with an end that another sentence can follow."""
    told = " ".join(text.split())
    return told if told.endswith((".", "!", "?")) or not told else f"{told}."
