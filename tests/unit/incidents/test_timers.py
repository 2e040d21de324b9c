"""Which event puts, moves and cancels which timer."""

from datetime import timedelta

import pytest

from bot.incidents.events import (
    BOT,
    Acknowledged,
    Closed,
    Event,
    Noted,
    Reminded,
    Reopened,
    SeverityChanged,
    Snoozed,
    UpdateSent,
)
from bot.incidents.timers import ACK, RECHECK, UPDATE, Cancel, Put, changes
from bot.rules.evidence import Severity
from bot.rules.recovery import Recovery
from bot.rules.response import Response
from tests.factories import LENA, NOW, RAVI, an_incident, answered, channel_created, measured, opened, resolved

TEAM = Response()
ACKED = Acknowledged(actor=RAVI, happened_at=NOW)
STOPPED = Snoozed(actor=RAVI, happened_at=NOW, until=None)


def _put(kind: str, after: timedelta) -> Put:
    word = {ACK: "ack", UPDATE: "update", RECHECK: "recheck"}[kind]
    return Put(kind=kind, key=f"inc:7:{word}:", at=NOW + after)


AGAIN = Reopened(actor=RAVI, happened_at=NOW, reason="again")


def _changes(*story: Event) -> list[Put | Cancel]:
    last = story[-1] if story else opened()
    return list(changes(an_incident(measured(), *story), last, TEAM, Recovery(), last.happened_at))


def _changed_to(severity: Severity) -> SeverityChanged:
    later = NOW + timedelta(minutes=20)
    return SeverityChanged(actor=LENA, happened_at=later, before=Severity.P3, after=severity, reason="worse")


def test_an_opened_incident_waits_for_an_acknowledgement_and_for_words() -> None:
    """A P1 reminds at once, and half an hour of silence is too long."""
    assert [_put(ACK, timedelta(0)), _put(UPDATE, timedelta(minutes=30))] == _changes()


def test_a_changed_severity_counts_from_the_opening() -> None:
    """After twenty minutes a P2 is five minutes late: its timer stands in the past and rings at once."""
    assert _put(ACK, timedelta(minutes=15)) in _changes(_changed_to(Severity.P2))


def test_an_acknowledged_incident_gets_no_deadline_again() -> None:
    """Whoever has it in hand is not reminded of the response time, whatever the severity becomes."""
    assert Cancel(prefix="inc:7:ack:") in _changes(ACKED)
    assert not [one for one in _changes(ACKED, _changed_to(Severity.P1)) if isinstance(one, Put) and one.kind == ACK]


def test_what_people_do_is_a_word() -> None:
    """Each answer puts the next reminder for an update off; the bot's own reminders do not."""
    assert _put(UPDATE, timedelta(minutes=30)) in _changes(answered())
    assert [] == _changes(Reminded(actor=BOT, happened_at=NOW, about="update", level=0, told=None))


def test_snooze_and_stop() -> None:
    """Snoozed reminders wait until then, stopped ones never come again."""
    until = NOW + timedelta(hours=2)
    snoozed = Snoozed(actor=RAVI, happened_at=NOW, until=until)
    assert [_put(ACK, timedelta(hours=2)), _put(UPDATE, timedelta(hours=2))] == _changes(snoozed)
    assert [_put(UPDATE, timedelta(hours=2))] == _changes(ACKED, snoozed)
    assert [Cancel(prefix="inc:7:ack:"), Cancel(prefix="inc:7:update:")] == _changes(STOPPED)
    assert [] == _changes(STOPPED, answered())


def test_what_was_put_off_stays_put_off() -> None:
    """An answer or another severity within the two hours brings no reminder before their end."""
    snoozed = Snoozed(actor=RAVI, happened_at=NOW, until=NOW + timedelta(hours=2))
    assert [_put(UPDATE, timedelta(hours=2))] == _changes(snoozed, answered())
    assert [_put(ACK, timedelta(hours=2)), _put(UPDATE, timedelta(hours=2))] == _changes(
        snoozed, _changed_to(Severity.P1)
    )


def test_what_may_wait_for_a_business_day_gets_no_earlier_reminder() -> None:
    """A P4 is never reminded of words; putting it off for half an hour does not bring its deadline forward."""
    down = _changed_to(Severity.P4)
    deadline = Put(kind=ACK, key="inc:7:ack:", at=TEAM.due(Severity.P4, NOW))
    silence = Cancel(prefix="inc:7:update:")
    assert [deadline, silence] == _changes(down)
    assert [deadline, silence] == _changes(down, Snoozed(actor=RAVI, happened_at=NOW, until=NOW + timedelta(hours=1)))


def test_the_end_of_the_tree_is_measured_again() -> None:
    """Five minutes after somebody says that it works, the bot looks for itself."""
    assert _put(RECHECK, timedelta(minutes=5)) in _changes(answered(reached="end"))


def test_what_was_promised_to_those_outside_is_kept() -> None:
    """They were told when the next word comes: words inside move that nowhere; after it the usual pace counts."""
    promise = UpdateSent(actor=LENA, happened_at=NOW, text="we look", next_minutes=15)
    assert [_put(UPDATE, timedelta(minutes=15))] == _changes(promise)
    soon, late = (Noted(actor=LENA, happened_at=NOW + timedelta(minutes=m), text="x") for m in (1, 20))
    assert [_put(UPDATE, timedelta(minutes=15))] == _changes(promise, soon)
    assert [_put(UPDATE, timedelta(minutes=50))] == _changes(promise, late)
    assert [_put(UPDATE, timedelta(minutes=30))] == _changes(UpdateSent(actor=LENA, happened_at=NOW, text="we look"))


@pytest.mark.parametrize(
    "event", [answered(), channel_created(), Reopened(actor=RAVI, happened_at=NOW, reason="again")]
)
@pytest.mark.parametrize(("age_s", "again"), [(None, True), (61, True), (60, False), (0, False)])
def test_what_was_measured_a_minute_ago_is_measured_again(event: Event, age_s: int | None, *, again: bool) -> None:
    """As soon as a step is reached, so that its advice rests on what is true now; never before one that is fresh."""
    before = [] if age_s is None else [measured(happened_at=NOW - timedelta(seconds=age_s))]
    incident = an_incident(*before, *([resolved()] if event.kind == "reopened" else []), event)
    wanted = [_put(RECHECK, timedelta(0))] if again else []
    assert wanted == [
        one for one in changes(incident, event, TEAM, Recovery(), NOW) if isinstance(one, Put) and one.kind == RECHECK
    ]


def test_the_end_silences_everything() -> None:
    """A resolved incident reminds of nothing; it is only looked at for a while, until somebody closes it."""
    assert [Cancel(prefix="inc:7:"), _put(RECHECK, timedelta(minutes=5))] == _changes(resolved())
    assert [Cancel(prefix="inc:7:")] == _changes(resolved(), Closed(actor=LENA, happened_at=NOW))


def test_a_p4_wants_no_updates_in_the_night() -> None:
    """Degraded quality waits for the next business day."""
    assert not [one for one in _changes(_changed_to(Severity.P4)) if isinstance(one, Put) and one.kind == UPDATE]
