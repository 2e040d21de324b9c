"""The first lines of a postmortem, which answer a reader who reads nothing else: plain sentences from the facts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from bot.postmortem.moments import Round
from bot.postmortem.shape import MEASURED, PROVIDER, LeakedKey, Measurement, ProviderIncident, ProviderView, Statement
from bot.postmortem.words import clock, span

_OVER: Final = frozenset({"resolved", "closed"})
_ROUNDS: Final = 5  # that the first lines tell one by one
_ENDS: Final = tuple(".!?…。！？؟۔।")  # noqa: RUF001 - in the scripts that people write
_PROBES: Final = "the bot's own requests"


def summary(facts: Mapping[str, Any], rounds: Sequence[Round]) -> tuple[Statement, ...]:
    """Return what broke, for whom, how long, why, who saw it first and what is left, each sentence with its source.

    `facts` are the other variables of the template, `rounds` the times that it hurt.
    """
    return tuple(_sentences(facts, rounds))


def _sentences(facts: Mapping[str, Any], rounds: Sequence[Round]) -> Iterator[Statement]:
    yield _what_broke(facts)
    yield _for_whom(facts)
    yield from _how_long(facts, rounds)
    yield _why(facts["root_cause"])
    yield from _measured(facts["measurements"])
    yield from _provider(facts["provider"], facts["fault"])
    yield from _rounds(facts)
    yield from _left(facts)


def _what_broke(facts: Mapping[str, Any]) -> Statement:
    """Return what was measured at its worst, or else what was known at the opening; a leaked key is what broke."""
    opening = facts["severity_changes"][0]
    failed = [one for one in facts["measurements"] if one.failed]
    if not failed or (opening.rule and opening.by != MEASURED):
        return Statement(text=_ended(opening.reason), source=opening.by)
    worst = max(failed, key=lambda one: one.failed / one.total)
    kind = f"{worst.branch}: " if worst.branch else ""
    return Statement(text=_ended(f"{kind}{worst.because}"), source=MEASURED)


def _why(cause: Statement) -> Statement:
    lines = [line for line in cause.text.splitlines() if line.strip()]
    if not lines:
        return Statement(text="Why: nobody has written it down.")
    return Statement(text=_ended(f"Root cause: {lines[0]}"), source=cause.source)


def _for_whom(facts: Mapping[str, Any]) -> Statement:
    affected, impact = facts["affected"], facts["impact"]
    if not affected.text and not impact.text:
        return Statement(text="Whom it hit, and how much, nobody has written down.")
    told = [_ended(f"It hit {affected.text}")] if affected.text else []
    told += [_ended(impact.text)] if impact.text else []
    sources = dict.fromkeys(one.source for one in (affected, impact) if one.text)
    return Statement(text=" ".join(told), source=", ".join(sources))


def _how_long(facts: Mapping[str, Any], rounds: Sequence[Round]) -> Iterator[Statement]:
    """Yield how long it hurt, in each round from the first that anybody knows of it until it was mitigated."""
    key, first = facts["leaked_key"], facts["first_failure_at"]
    if key is not None:
        yield _key_active(facts, key)
    if key is not None and key.contained_at is not None:
        return
    if rounds:
        yield _hurt(rounds, over=facts["status"] in _OVER)
    elif first is not None:
        yield Statement(text=f"It failed first at {clock(first)}, after it was resolved.", source=MEASURED)


def _key_active(facts: Mapping[str, Any], key: LeakedKey) -> Statement:
    """Return how long a key in the wrong hands was active, as far as anybody knows."""
    leaked = [one for one in facts["moments"] if one.what == "began in production" and one.at <= key.reported_at]
    began, known, who = key.reported_at, "reported", key.reported_by
    if leaked:
        began, known, who = leaked[0].at, "leaked, people say", leaked[0].source
    if key.contained_at is None:
        return Statement(text=f"Since {clock(began)} ({known}) the key is not known to be inactive.", source=who)
    lasted = span(max(0, round((key.contained_at - began).total_seconds())))
    text = f"The key was active for {lasted}: {_from_to(began, key.contained_at, known)}."
    return Statement(text=text, source=f"{who}, {MEASURED}")


def _hurt(rounds: Sequence[Round], *, over: bool) -> Statement:
    known = [one for round_ in rounds for one in (round_.began, round_.ended) if one is not None]
    ends = [(one.began.at, one.ended.at) for one in rounds if one.ended is not None]
    lasted = span(round(sum((ended - began).total_seconds() for began, ended in ends)))
    often = f" in {len(rounds)} rounds" if len(rounds) > 1 else ""
    told = "; ".join(_stretch(one) for one in rounds[:_ROUNDS])
    told += "; and so on" if len(rounds) > _ROUNDS else ""
    going_on = "" if over or rounds[-1].ended is not None else ", and is not over"
    if len(ends) == len(rounds):
        text = f"It hurt for {lasted}{often}: {told}."
    elif often:
        text = f"It hurt{often}: {told}{going_on}."
    else:
        text = f"It began at {clock(rounds[0].began.at)} ({rounds[0].began.what}){going_on}."
    return Statement(text=text, source=", ".join(dict.fromkeys(one.source for one in known)))


def _stretch(one: Round) -> str:
    if one.ended is None:
        return f"from {clock(one.began.at)} ({one.began.what}) on"
    return _from_to(one.began.at, one.ended.at, one.began.what)


def _from_to(began: datetime, ended: datetime, known: str = "") -> str:
    """Return both ends, to the second where they lie in the same minute."""
    if clock(began) == clock(ended):
        told = tuple(f"{at:%Y-%m-%d %H:%M:%S} UTC" for at in (began, ended))
    else:
        told = (clock(began), clock(ended))
    return f"from {told[0]}{f' ({known})' if known else ''} to {told[1]}"


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
        when = f"in {len(bad)} measurements {_from_to(bad[0].at, bad[-1].at)}{among}"
    yield Statement(text=f"{failed} of {total} of {_PROBES} failed, {when}.", source=MEASURED)


def _provider(view: ProviderView, fault: str) -> Iterator[Statement]:
    if not view.asked:
        return
    if not view.readable:
        yield Statement(text="The provider's status page could not be read.", source=MEASURED)
    elif not view.incidents:
        text = "The provider's status page named no incident of the API while we measured."
        yield Statement(text=text, source=PROVIDER)
    elif view.ahead_s is None:
        if fault != "ours":
            yield _named(view.incidents[0])
    elif view.ahead_s > 0:
        yield Statement(text=f"We saw it {span(view.ahead_s)} before the provider's status page.", source=PROVIDER)
    else:
        text = f"The provider's status page told of it {span(-view.ahead_s)} before our first failure."
        yield Statement(text=text, source=PROVIDER)


def _named(one: ProviderIncident) -> Statement:
    posted = f", posted {clock(one.posted_at)}" if one.posted_at is not None else ""
    return Statement(text=f"The provider's status page named “{one.name}”{posted}.", source=PROVIDER)


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
    return told if told.endswith(_ENDS) or not told else f"{told}."
