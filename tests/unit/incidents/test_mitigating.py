"""Whether what was tried helped: what the last measurement says that began after it was done."""

from datetime import timedelta
from typing import Any

from bot.incidents.events import Event, Measured, MitigationMarked
from bot.rules.evidence import Severity
from bot.rules.recovery import Recovery
from bot.slack.cards.checklist import tried_text
from tests.factories import LENA, NOW, an_incident, measured

DONE = MitigationMarked(
    actor=LENA, happened_at=NOW, mitigation="check_key", title="Check the key", mark="done", measurable=True
)
_CLEAN: dict[str, Any] = {"samples_failed": 0, "severity": Severity.NONE, "fault": None, "branch": None}


def _seen(began: float, ended: float, *, works: bool) -> Measured:
    """Return a measurement that began and ended so many minutes after the mitigation was done."""
    times = {"began_at": NOW + timedelta(minutes=began), "happened_at": NOW + timedelta(minutes=ended)}
    return measured(**(times | (_CLEAN if works else {})))


def _helped(*story: Event) -> bool | None:
    return an_incident(DONE, *story).tried[0].helped


def test_a_measurement_that_began_before_it_was_done_says_nothing_of_it() -> None:
    """It may have seen the failure that was mended while it ran."""
    assert _helped(_seen(-0.1, 0.1, works=False)) is None
    assert _helped(_seen(0.1, 0.2, works=False)) is False
    assert _helped(measured(happened_at=NOW + timedelta(minutes=1))) is False, "an older entry has one moment alone"


def test_the_last_measurement_counts() -> None:
    """What failed a moment after the change works once that has taken effect, and the other way round."""
    failing, working = _seen(0.1, 0.2, works=False), _seen(1, 1.1, works=True)
    assert _helped(failing, working) is True
    assert _helped(working, failing) is False


def test_what_nothing_measures_by_itself_any_more_says_what_to_press() -> None:
    """As often as the team allows it was measured; "being measured" would stand there for ever."""
    incident = an_incident(measured(), DONE)
    assert "being measured" in tried_text(incident, Recovery(most=2))
    assert "press *Measure whether it helped*" in tried_text(incident, Recovery(most=1))
