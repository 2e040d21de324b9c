"""Mean times and the recap: from what was recorded at the time, whatever is said later."""

from datetime import timedelta

from bot.incidents.events import Acknowledged, Amended, Event, Noted, Recorded, Reopened, Retracted
from bot.incidents.recap import recap
from bot.incidents.times import Times, times
from tests.factories import LENA, NOW, RAVI, an_incident, measured, opened, resolved


def _after(minutes: int) -> Acknowledged:
    return Acknowledged(actor=RAVI, happened_at=NOW + timedelta(minutes=minutes))


def test_the_means_are_those_of_what_was_acknowledged_and_resolved() -> None:
    """Incidents without an acknowledgement do not count into it, old ones not at all; corrections change nothing."""
    quick = an_incident(_after(2), resolved(happened_at=NOW + timedelta(minutes=30)))
    amended = Amended(actor=LENA, happened_at=NOW + timedelta(days=1), seq=1, part="title", text="y", reason="z")
    slow = an_incident(_after(10), resolved(happened_at=NOW + timedelta(minutes=60)), amended)
    alone = an_incident()
    found = times([quick, slow, alone], NOW - timedelta(days=1))
    assert Times(count=3, acknowledge=timedelta(minutes=6), resolve=timedelta(minutes=45)) == found
    assert Times(count=0, acknowledge=None, resolve=None) == times([quick], NOW + timedelta(days=1))


def test_a_reopened_incident_was_open_in_its_rounds_alone() -> None:
    """Five days between them count to nobody's time; the first acknowledgement is the one that counts."""
    day = timedelta(days=5)
    again = Reopened(actor=RAVI, happened_at=NOW + day, reason="again")
    last = resolved(happened_at=NOW + day + timedelta(minutes=10))
    found = an_incident(_after(2), resolved(happened_at=NOW + timedelta(minutes=30)), again, _after(7204), last)
    known = times([found], NOW - timedelta(days=1))
    assert Times(count=1, acknowledge=timedelta(minutes=2), resolve=timedelta(minutes=40)) == known


def test_a_recap_is_the_same_for_the_same_incident_and_short() -> None:
    """Forty notes leave the newest ones, in the order in which they happened; what was taken back is left out."""
    notes = [
        Noted(actor=RAVI, happened_at=NOW + timedelta(minutes=n), text=f"note {n} " + "x" * 500) for n in range(40)
    ]
    events: list[Event] = [opened(), measured(), *notes, Retracted(actor=LENA, happened_at=NOW, seq=42, reason="wrong")]
    story = [Recorded(seq=n, at=NOW, event=event) for n, event in enumerate(events, 1)]
    incident = an_incident(*events[1:])
    lines = recap(incident, story)
    assert lines == recap(incident, story)
    assert "note 38" in lines[-1]
    assert not any("note 39" in line for line in lines)
    assert any("earlier lines" in line for line in lines)
    assert all(len(line) < 300 for line in lines)
