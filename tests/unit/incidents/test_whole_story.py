"""Every field of a state and of an event, compared with what it must be: nothing is left to chance."""

from datetime import timedelta

from bot.incidents import decisions, ending
from bot.incidents.events import (
    BOT,
    Acknowledged,
    Captured,
    Failing,
    ModelSeen,
    PostmortemExported,
    Reminded,
    Retracted,
    Snoozed,
    StepAnswered,
    UpdateSent,
)
from bot.incidents.measuring import measured as measure
from bot.incidents.model import Incident, Override, Reading, Status, Update, fold
from bot.incidents.recovery import Watch
from bot.incidents.walk import Choice, Walk
from bot.rules.evidence import Fault, Severity
from bot.rules.recovery import Recovery
from tests.factories import (
    LENA,
    NOW,
    RAVI,
    a_verdict,
    an_incident,
    answered,
    channel_created,
    measured,
    opened,
    resolved,
    severity_changed,
    some_evidence,
)
from tests.unit.incidents.test_decisions import TREE
from tests.unit.rules.shipped import TAXONOMY

STORY = (
    opened(),
    measured(),
    channel_created(),
    Reminded(actor=BOT, happened_at=NOW, about="ack", level=0, told=None),
    Reminded(actor=BOT, happened_at=NOW, about="update", level=0, told=None),
    Acknowledged(actor=RAVI, happened_at=NOW + timedelta(minutes=1)),
    answered(reached="advice", branch="rate_limit"),
    severity_changed(happened_at=NOW + timedelta(minutes=2)),
    Snoozed(actor=RAVI, happened_at=NOW, until=None),
    UpdateSent(actor=LENA, happened_at=NOW + timedelta(minutes=2), text="half of it works", next_minutes=30),
    Captured(actor=LENA, happened_at=NOW, author=RAVI, text="seen in eu", channel_id="C7", ts="1.5"),
    Captured(actor=LENA, happened_at=NOW, author=RAVI, text="wrong", channel_id="C7", ts="2.5", thread_ts="1.5"),
    Retracted(actor=LENA, happened_at=NOW, seq=12, reason="wrong thread"),
    resolved(happened_at=NOW + timedelta(minutes=3)),
    PostmortemExported(actor=BOT, happened_at=NOW + timedelta(minutes=4), format="Markdown", file_id="F1"),
)


def test_the_state_after_a_whole_story() -> None:
    """Who, when, how often: each event left exactly its mark."""
    assert fold(7, STORY) == Incident(
        id=7,
        version=len(STORY),
        title="Claude API: overloaded",
        status=Status.RESOLVED,
        severity=Severity.P2,
        rule="2",
        provisional=False,
        fault=Fault.THEIRS,
        branch="rate_limit",
        because="5 of 5 attempts failed with 529.",
        opened_by=LENA,
        opened_at=NOW,
        lead=LENA,
        step="overloaded",
        answers=1,
        triage_id=3,
        origin_channel="C1",
        channel_id="C7",
        channel_name="inc-7-overloaded",
        channel_problem=None,
        resolved_by=LENA,
        resolved_at=NOW + timedelta(minutes=3),
        exported_at=NOW + timedelta(minutes=4),
        private=False,
        acknowledged_by=RAVI,
        acknowledged_at=NOW + timedelta(minutes=1),
        silent=True,
        reminders=2,
        unanswered=1,
        answered_by=RAVI,
        override=Override(
            by=RAVI, at=NOW + timedelta(minutes=2), reason="only batch traffic is hit", measured=Severity.P1
        ),
        watch=Watch(measured=1),
        reading=Reading(at=NOW, severity=Severity.P1, fault=Fault.THEIRS, because=measured().because),
        updates=(Update(by=LENA, at=NOW + timedelta(minutes=2), text="half of it works", next_minutes=30),),
        captured={"C7:1.5": 11, "C7:2.5": 12},
        retracted=(12,),
    )


def test_an_answer_s_event() -> None:
    """It holds the question and the button as people read them, and the advice that it led to."""
    walk = Walk(reached_at=NOW, measured=measured())
    said = Choice(incident_id=7, index=0, step="symptom", option="overloaded")
    event = decisions.answered(an_incident(), TREE, walk, said, actor=RAVI, now=NOW)
    assert event == StepAnswered(
        actor=RAVI,
        happened_at=NOW,
        step="symptom",
        question="What do your own services get?",
        option="overloaded",
        label="529",
        next_step="overloaded",
        reached="advice",
        branch="overloaded",
        advice="Overloaded",
        suggested="529",
        measured_at=NOW,
    )


def test_a_measurement_s_event() -> None:
    """It is the verdict with a line for each check."""
    event = measure(a_verdict(), some_evidence(), TAXONOMY, ("a-model",), actor=LENA, now=NOW)
    assert event == measured(
        checks=(
            "status page: ok - operational",
            "messages: failed - 5 of 5 failed",
            "rate limits: ok - 98 % left",
        ),
        models=(ModelSeen(model="a-model", total=1, failed=1),),
        failures=(
            Failing(branch="overloaded", count=1, first_at=NOW, last_at=NOW, statuses=(529,), models=("a-model",)),
        ),
        in_use=("a-model",),
    )


def test_a_resolution_s_event() -> None:
    """It holds what the form said."""
    event = ending.resolved(
        an_incident(),
        rule=Recovery(),
        actor=LENA,
        now=NOW,
        early="the whole team sees it work",
    )
    words = {"impact": "", "root_cause": "", "mitigation": "", "action_items": ()}
    assert event == resolved(early="the whole team sees it work", **words)


def test_a_changed_severity_s_event() -> None:
    """It holds the value before, and the reason on one line."""
    event = decisions.severity_changed(
        an_incident(), actor=RAVI, now=NOW, to=" p2 ", reason="only  batch\ntraffic is hit ", seen="P1"
    )
    assert event == severity_changed()
