"""The JSON that other programs read: every severity that held, with whose word it was."""

from bot.incidents.events import Event, Recorded
from bot.postmortem.record_json import story_json
from tests.factories import NOW, an_incident, opened, severity_changed


def _story(*story: Event) -> dict[str, object]:
    recorded = [Recorded(seq=n, at=NOW, event=event) for n, event in enumerate((opened(), *story), start=1)]
    return story_json(an_incident(*story), recorded)


def test_the_history_of_the_severity_holds_both_values() -> None:
    """`severity` is the present one; the history begins with the measured one, then who set what and why."""
    found = _story(severity_changed())
    assert "P2" == found["severity"]
    at = "2026-11-24T03:00:00Z"
    measured = {"source": "measured", "rule": "2", "provisional": False, "actor": None, "reason": None}
    person = {"rule": None, "provisional": False, "actor": "ravi", "reason": "only batch traffic is hit"}
    assert [
        {"at": at, "severity": "P1", **measured},
        {"at": at, "severity": "P2", "source": "person", **person},
    ] == found["severity_history"]


def test_without_a_change_the_history_is_the_measured_value() -> None:
    """Nothing is invented."""
    history = _story()["severity_history"]
    assert isinstance(history, list)
    assert ["P1"] == [entry["severity"] for entry in history]
