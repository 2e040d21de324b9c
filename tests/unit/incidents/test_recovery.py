"""Whether it is over: what measurements must show before *Resolve* is offered, and what makes them doubt the end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.incidents.ending import is_watched, news_of, resolved
from bot.incidents.events import Closed, Event, Measured, ModelSeen, Recovered, Relapsed, Reopened
from bot.incidents.model import Incident
from bot.incidents.recovery import Watch, watched
from bot.incidents.timers import Put, changes
from bot.rules.evidence import Fault, Severity
from bot.rules.recovery import Recovery
from bot.rules.response import Response
from bot.slack.cards.ending import afterwards_text, recovery_text
from tests.factories import LENA, NOW, an_incident, answered, measured
from tests.factories import resolved as over

RULE = Recovery(checks=3, lasting=timedelta(minutes=10))


def _seen(failed: int = 0, *, after: float = 0, model: str = "a-model", **changes: Any) -> Measured:
    """Return a measurement so many minutes on, of five requests to a model."""
    models = (ModelSeen(model=model, total=5, failed=failed),)
    values: dict[str, Any] = {"samples_failed": failed, "models": models, "happened_at": NOW + timedelta(minutes=after)}
    if not failed:
        values |= {"severity": Severity.NONE, "fault": None, "branch": None}
    return measured(**(values | changes))


def _lacks(*story: Event) -> tuple[str, ...]:
    return an_incident(*story).watch.lacks(RULE)


def test_three_clean_measurements_over_ten_minutes_are_the_end() -> None:
    """Not two of them, not three within a minute, and a failure between them begins anew."""
    bad, clean = _seen(5), [_seen(after=minutes) for minutes in (5, 10, 15)]
    assert () == _lacks(bad, *clean)
    assert ("2 of 3 clean measurements in a row",) == _lacks(bad, *clean[:2])
    assert ("clean for 1 of 10 min",) == _lacks(bad, *(_seen(after=minutes) for minutes in (5, 5.5, 6)))
    assert ("2 of 3 clean measurements in a row",) == _lacks(bad, clean[0], _seen(1, after=7), *clean[1:])
    assert ("clean for 9 of 10 min",) == _lacks(bad, *(_seen(after=minutes) for minutes in (5, 10, 14.75)))


def test_every_model_that_had_failed_must_work_again() -> None:
    """One that is not asked any more holds the end up, and says so by name."""
    both = (ModelSeen(model="big", total=5, failed=5), ModelSeen(model="small", total=5, failed=1))
    story = [_seen(5, models=both), *(_seen(after=minutes, model="small") for minutes in (5, 10, 15))]
    assert ("big had failed and was not measured again",) == _lacks(*story)


def test_a_model_that_the_team_uses_no_more_holds_nothing_up() -> None:
    """Whoever replaced it is offered the end, and reads why it was not measured again; one still in use must work."""
    bad = _seen(5, model="old", in_use=("old",))
    rows = [[_seen(after=m, model="new", in_use=used) for m in (5, 10, 15)] for used in (("new",), ("new", "old"))]
    assert [(), ("old had failed and was not measured again",)] == [_lacks(bad, *row) for row in rows]
    assert "Out of use by now, so not measured again: old." in recovery_text(an_incident(bad, *rows[0]), RULE)


def test_after_the_end_it_is_measured_often_enough_to_see_a_relapse_and_says_what_that_costs() -> None:
    """However long the team's span is; as often as the team allows, until the hour is over or somebody closes it."""
    slow = Recovery(checks=3, lasting=timedelta(minutes=180), most=36, cost_usd=0.1)
    assert (timedelta(minutes=90), timedelta(minutes=15), 4) == (
        slow.every,
        slow.every_afterwards,
        slow.most_afterwards,
    )
    story: list[Event] = [_seen(5), over(early="x")]
    puts = changes(an_incident(*story), story[-1], Response(), slow, NOW)
    assert [NOW + timedelta(minutes=15)] == [put.at for put in puts if isinstance(put, Put)]
    assert "at most 4 times, for at most $0.40" in afterwards_text(an_incident(*story), slow)
    assert not afterwards_text(an_incident(_seen(5)), slow)
    assert not afterwards_text(an_incident(*story, Closed(actor=LENA, happened_at=NOW)), slow)


def test_a_model_asked_for_comparison_alone_holds_nothing_up() -> None:
    """It is asked only while the configured one fails, so it could never be seen to work again."""
    models = (ModelSeen(model="a-model", total=5, failed=5), ModelSeen(model="other", total=1, failed=1, compared=True))
    assert () == _lacks(_seen(5, models=models), *(_seen(after=minutes) for minutes in (5, 10, 15)))


@pytest.mark.parametrize(
    ("changes", "clean"),
    [
        ({}, True),
        ({"contradicted": True}, False),
        ({"samples_total": 0, "models": ()}, False),
        ({"models": (ModelSeen(model="a-model", total=5, failed=0, slow=1),)}, False),
        ({"severity": Severity.P4, "branch": "model_not_found.deprecated"}, True),
    ],
)
def test_what_counts_as_clean(changes: dict[str, Any], *, clean: bool) -> None:
    """Nothing failed, nothing was slow, something was asked, and production says nothing else."""
    assert clean == (an_incident(_seen(5), _seen(after=5, **changes)).watch.clean == 1)


def test_an_open_incident_of_the_provider_holds_the_end_up_an_unreadable_page_never() -> None:
    """What the page says last counts; one that cannot be read says nothing."""
    story = [_seen(5), *(_seen(after=minutes, provider=("“Errors” (monitoring)",)) for minutes in (5, 10, 15))]
    assert ("the provider's incident “Errors” (monitoring) is still open",) == _lacks(*story)
    for page in ((), None):
        assert () == _lacks(*story, _seen(after=20, provider=page))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 600)), max_size=12))
def test_the_row_of_clean_measurements_is_what_it_says(seen: list[tuple[int, int]]) -> None:
    """It counts those since the last failure, and spans from the first of them to the last, whatever came before."""
    watch, at = Watch(), 0.0
    for failed, later_s in seen:
        at += later_s
        watch = watched(watch, _seen(failed, after=at / 60))
    row = 0
    for failed, _ in reversed(seen):
        if failed:
            break
        row += 1
    assert row == watch.clean
    spans = [later_s for _, later_s in seen[len(seen) - row :]][1:]
    assert timedelta(seconds=sum(spans)) == watch.lasted if row else watch.clean_since is None
    assert (watch.clean < RULE.checks or watch.lasted < RULE.lasting) == bool(watch.lacks(RULE))


def _resolve(incident: Incident, early: str) -> str:
    return resolved(incident, rule=RULE, actor=LENA, now=NOW, early=early).early


def test_who_resolves_earlier_says_why() -> None:
    """The reason is kept; where measurements speak for the end none is needed, and none is kept."""
    with pytest.raises(BadInput, match="0 of 3 clean measurements") as refusal:
        _resolve(an_incident(_seen(5)), " ")
    assert "early" == refusal.value.field
    assert "customers confirm it" == _resolve(an_incident(_seen(5)), "customers confirm it ")
    assert not _resolve(an_incident(_seen(5), *(_seen(after=m) for m in (5, 10, 15))), "x")


def _news(*story: Event) -> list[str]:
    """Return what people are told as these events come one after the other."""
    told: list[Event] = []
    for event in story:
        told.append(event)
        if isinstance(event, Measured) and (news := news_of(an_incident(*told), event, RULE, told)) is not None:
            told.append(news)
    return [event.kind for event in told if isinstance(event, Recovered | Relapsed)]


def test_the_end_is_offered_once_for_each_row() -> None:
    """A flapping provider is offered as over again only after another whole row."""
    row = [_seen(after=minutes) for minutes in (5, 10, 15, 20)]
    assert ["recovered"] == _news(_seen(5), *row)
    later = [_seen(after=minutes) for minutes in (30, 35, 40)]
    assert ["recovered", "recovered"] == _news(_seen(5), *row, _seen(1, after=25), *later)
    assert [] == _news(_seen(5), *row[:2], _seen(1, after=12), row[2], row[3])


def test_who_fails_again_within_an_hour_is_proposed_to_be_reopened_once() -> None:
    """Not after the hour, not once somebody has closed it, and not for what only looks bad."""
    story: list[Event] = [_seen(5), answered(reached="end"), over(early="x")]
    assert ["relapsed"] == _news(*story, _seen(after=30), _seen(5, after=59), _seen(5, after=60))
    assert [] == _news(*story, _seen(5, after=61))
    assert [] == _news(*story, Closed(actor=LENA, happened_at=NOW), _seen(5, after=30))
    assert [] == _news(*story, _seen(after=30, severity=Severity.P4))
    again = Reopened(actor=LENA, happened_at=NOW + timedelta(minutes=31), reason="529")
    second = over(happened_at=NOW + timedelta(minutes=40))
    assert ["relapsed"] * 2 == _news(*story, _seen(5, after=30), again, second, _seen(5, after=50))


@pytest.mark.parametrize(
    ("was", "now", "other"),
    [
        (Fault.THEIRS, Fault.THEIRS, False),
        (Fault.THEIRS, Fault.OURS, True),
        (Fault.OURS, Fault.THEIRS, True),
        (Fault.OURS, Fault.MIXED, False),
        (Fault.UNKNOWN, Fault.OURS, False),
        (None, Fault.OURS, False),
        (Fault.THEIRS, None, False),
    ],
)
def test_what_is_plainly_another_fault_is_told_as_something_else(
    was: Fault | None, now: Fault | None, *, other: bool
) -> None:
    """A key that is turned off after an outage of the provider's is no relapse of it; in doubt it is one.

    What counts is what failed last before the end, whatever it was opened for.
    """
    before, failing = replace(_seen(5, after=5), fault=was), replace(_seen(5, after=30), fault=now)
    story: list[Event] = [before, answered(reached="end"), over(early="x"), failing]
    incident = replace(an_incident(*story), fault=was)
    news = news_of(incident, failing, RULE, story)
    assert isinstance(news, Relapsed)
    assert other is news.other
    opened_for_ours = news_of(replace(incident, fault=Fault.OURS), failing, RULE, story)
    assert was is None or opened_for_ours == news


def test_something_else_is_told_once_and_a_relapse_after_it_too() -> None:
    """That something else fails says nothing of what was resolved."""
    ours = [replace(_seen(5, after=minutes), fault=Fault.OURS) for minutes in (20, 25)]
    theirs = [replace(_seen(5, after=minutes), fault=Fault.THEIRS) for minutes in (0, 30, 35)]
    told: list[Event] = [theirs[0], answered(reached="end"), over(early="x")]
    for event in (*ours, *theirs[1:]):
        told.append(event)
        if (news := news_of(an_incident(*told), event, RULE, told)) is not None:
            told.append(news)
    assert [True, False] == [event.other for event in told if isinstance(event, Relapsed)]


def test_a_closed_incident_is_not_watched() -> None:
    """An open one always is, a resolved one for an hour."""
    done = an_incident(over())
    assert is_watched(an_incident(), NOW + timedelta(days=9))
    assert is_watched(done, NOW + timedelta(hours=1))
    assert not is_watched(done, NOW + timedelta(hours=1, seconds=1))
