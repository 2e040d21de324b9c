"""What people may do with an incident under way, and what is refused with which words."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput, StaleButton
from bot.incidents import lifecycle
from bot.incidents.effects import reactions
from bot.incidents.events import Closed, Event, Noted, Reopened, Resolved, RoleGiven, StageSet, TaskAdded, TaskTicked
from bot.incidents.model import Incident, Status, Task, apply, fold
from bot.incidents.timers import Put, changes
from bot.rules.recovery import Recovery
from bot.rules.response import Response
from tests.factories import LENA, NOW, RAVI, an_incident, channel_created, measured, opened, resolved

LATER = NOW + timedelta(minutes=9)
OPEN, OVER = an_incident(), an_incident(resolved())
SHUT = an_incident(resolved(), Closed(actor=LENA, happened_at=NOW))
TASKED = an_incident(TaskAdded(actor=LENA, happened_at=NOW, number=1, text="page the vendor"))


def does(decide: Callable[..., Event], incident: Incident, **said: Any) -> Event:
    """Return what ravi may do nine minutes after the opening."""
    return decide(incident, actor=RAVI, now=LATER, **said)


@pytest.mark.parametrize(
    ("before", "decide", "said", "after"),
    [
        (OPEN, lifecycle.stage_set, {"to": "Monitoring", "reason": "it calms down"}, {"status": Status.MONITORING}),
        (OPEN, lifecycle.role_given, {"role": "lead", "to": RAVI}, {"lead": RAVI}),
        (OPEN, lifecycle.role_given, {"role": "comms", "to": RAVI}, {}),
        (OPEN, lifecycle.role_given, {"role": "communications", "to": RAVI}, {"roles": {"communications": RAVI}}),
        (
            OPEN,
            lifecycle.task_added,
            {"text": " page the vendor ", "owner": LENA, "due": date(2026, 12, 1)},
            {"tasks": (Task(number=1, text="page the vendor", owner=LENA, due=date(2026, 12, 1)),)},
        ),
        (
            TASKED,
            lifecycle.task_ticked,
            {"number": 1, "done": True},
            {"tasks": (Task(number=1, text="page the vendor", done=True),)},
        ),
        (OVER, lifecycle.reopened, {"reason": "529 again"}, {"status": Status.INVESTIGATING, "resolved_at": None}),
        (SHUT, lifecycle.reopened, {"reason": "529 again"}, {"status": Status.INVESTIGATING, "resolved_by": None}),
        (OVER, lifecycle.closed, {}, {"status": Status.CLOSED, "resolved_at": NOW}),
    ],
)
def test_what_happens_changes_the_state(
    before: Incident, decide: Callable[..., Event], said: dict[str, Any], after: dict[str, Any]
) -> None:
    """Each act leaves its mark and nothing else; a role that nobody knows leaves none."""
    if not after:
        with pytest.raises(BadInput, match="There is no role"):
            does(decide, before, **said)
        return
    state = apply(7, before, does(decide, before, **said))
    assert after == {name: getattr(state, name) for name in after}
    assert before.version + 1 == state.version


@pytest.mark.parametrize(
    ("incident", "decide", "said", "told"),
    [
        (OPEN, lifecycle.stage_set, {"to": "investigating"}, "INC-7 is investigating already."),
        (OPEN, lifecycle.stage_set, {"to": "resolved"}, "An incident has no such status."),
        (OVER, lifecycle.stage_set, {"to": "monitoring"}, "INC-7 is resolved. Reopen it first"),
        (OPEN, lifecycle.role_given, {"role": "lead", "to": LENA}, "lena has the role lead already."),
        (OPEN, lifecycle.role_given, {"role": "", "to": RAVI}, "There is no role ''. The roles are lead"),
        (SHUT, lifecycle.role_given, {"role": "lead", "to": RAVI}, "INC-7 is closed. Reopen it first"),
        (OPEN, lifecycle.task_added, {"text": " "}, "The task is empty."),
        (OPEN, lifecycle.task_added, {"text": "x" * 501}, "The task has 501 characters."),
        (SHUT, lifecycle.task_added, {"text": "x"}, "INC-7 is closed."),
        (OPEN, lifecycle.task_ticked, {"number": 1, "done": True}, "INC-7 has no task 1."),
        (TASKED, lifecycle.task_ticked, {"number": 1, "done": False}, "Task 1 is open already."),
        (OPEN, lifecycle.reopened, {"reason": "x"}, "INC-7 is investigating: it is open."),
        (OVER, lifecycle.reopened, {"reason": ""}, "The reason is empty."),
        (OPEN, lifecycle.closed, {}, "INC-7 is investigating. Resolve it first."),
        (SHUT, lifecycle.closed, {}, "INC-7 is closed. Nothing was changed."),
        (OPEN, lifecycle.noted, {"text": ""}, "The note is empty."),
        (OPEN, lifecycle.noted, {"text": "x", "at": LATER + timedelta(seconds=1)}, "still to come"),
        (OPEN, lifecycle.noted, {"text": "x", "at": NOW - timedelta(days=31)}, "long before the incident"),
    ],
)
def test_what_cannot_be_is_refused(
    incident: Incident, decide: Callable[..., Event], said: dict[str, Any], told: str
) -> None:
    """Every refusal says why, and most say what to do instead."""
    with pytest.raises(BadInput) as refused:
        does(decide, incident, **said)
    assert told in str(refused.value)


def test_a_hundred_tasks_are_enough() -> None:
    """A card is no planning tool."""
    added = [TaskAdded(actor=LENA, happened_at=NOW, number=n + 1, text="x") for n in range(lifecycle.MOST_TASKS)]
    with pytest.raises(BadInput, match="has 100 tasks"):
        does(lifecycle.task_added, an_incident(*added), text="one more")


def test_a_note_may_be_about_the_past() -> None:
    """It stands at the moment that it tells of, not at the one when it was written."""
    assert NOW == does(lifecycle.noted, OPEN, text="the first 529", at=NOW).happened_at
    assert LATER == does(lifecycle.noted, SHUT, text="and that was it").happened_at


def test_a_reopened_incident_reminds_again() -> None:
    """Its reminders ended with it; who has not acknowledged is asked again, and an update is due again."""
    again = Reopened(actor=RAVI, happened_at=LATER, reason="529 again")
    incident = an_incident(measured(happened_at=LATER), resolved(), again)
    due = changes(incident, again, Response(), Recovery(), LATER)
    put = {change.kind: change.at for change in due if isinstance(change, Put)}
    assert {"timer.ack": LATER, "timer.update": LATER + Response().update_every} == put


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        (Noted(actor=LENA, happened_at=NOW, text="x"), ["show"]),
        (
            StageSet(actor=LENA, happened_at=NOW, before="investigating", after="identified"),
            ["show", "set_topic", "show"],
        ),
        (RoleGiven(actor=LENA, happened_at=NOW, role="scribe", to=RAVI), ["show", "invite", "tell_given"]),
        (TaskAdded(actor=LENA, happened_at=NOW, number=1, text="x"), ["show"]),
        (TaskTicked(actor=LENA, happened_at=NOW, number=1, done=True), ["show"]),
        (Closed(actor=LENA, happened_at=NOW), ["show", "set_topic", "show"]),
        (Reopened(actor=LENA, happened_at=NOW, reason="x"), ["show", "show", "set_topic", "show"]),
    ],
)
def test_people_see_what_changed(event: Event, kinds: list[str]) -> None:
    """What card, topic or run show is drawn anew, without a new message; who gets a role is invited, and told."""
    effects = reactions(an_incident(channel_created(), event), event)
    assert [f"slack.{kind}" for kind in kinds] == [effect.kind for effect in effects]


ACTS: tuple[tuple[Callable[..., Event], st.SearchStrategy[dict[str, Any]]], ...] = (
    (lifecycle.stage_set, st.fixed_dictionaries({"to": st.sampled_from([*lifecycle.STAGES, "resolved", ""])})),
    (lifecycle.role_given, st.fixed_dictionaries({"role": st.sampled_from(["lead", "scribe"]), "to": st.just(RAVI)})),
    (lifecycle.task_added, st.fixed_dictionaries({"text": st.text(max_size=5)})),
    (lifecycle.task_ticked, st.fixed_dictionaries({"number": st.integers(0, 3), "done": st.booleans()})),
    (lifecycle.reopened, st.fixed_dictionaries({"reason": st.text(max_size=3)})),
    (lifecycle.closed, st.just({})),
    (lifecycle.noted, st.fixed_dictionaries({"text": st.text(max_size=5)})),
    (lambda incident, **_: resolved() if incident.is_open else _refuse(), st.just({})),
)
OPEN_ONES = {Status.INVESTIGATING, Status.IDENTIFIED, Status.MONITORING}
NEXT = {
    Status.RESOLVED: {Status.INVESTIGATING, Status.CLOSED},
    Status.CLOSED: {Status.INVESTIGATING},
    **{status: OPEN_ONES | {Status.RESOLVED} for status in OPEN_ONES},
}


def _refuse() -> Resolved:
    raise StaleButton("over")


@given(st.lists(st.one_of(*(st.tuples(st.just(decide), said) for decide, said in ACTS)), max_size=25))
def test_no_order_of_acts_leads_astray(acts: list[tuple[Callable[..., Event], dict[str, Any]]]) -> None:
    """Whatever people do in whatever order: only legal changes of status, and the state is the fold of the events."""
    story: list[Event] = [opened()]
    for decide, said in acts:
        before = fold(7, story)
        assert before is not None
        try:
            event = does(decide, before, **said)
        except BadInput:
            continue
        story.append(event)
        after = apply(7, before, event)
        assert after == fold(7, story)
        assert after.status == before.status or after.status in NEXT[before.status]
