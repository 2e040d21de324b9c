"""What people may do to an incident, and what is refused."""

import pytest

from bot.errors import BadButton, BadInput, StaleButton
from bot.incidents import decisions, ending
from bot.incidents.events import SeverityChanged
from bot.incidents.measuring import measured
from bot.incidents.model import Incident
from bot.incidents.walk import Choice, Walk
from bot.rules.recovery import Recovery
from bot.rules.tree import Option, Step, Tree
from tests.factories import (
    LENA,
    NOW,
    RAVI,
    a_verdict,
    an_incident,
    answered,
    opened,
    resolved,
    severity_changed,
    some_evidence,
)
from tests.unit.rules.shipped import TAXONOMY

WALK = Walk(reached_at=NOW)


def _choice(index: int, step: str, option: str) -> Choice:
    return Choice(incident_id=7, index=index, step=step, option=option)


TREE = Tree(
    skip="overloaded",
    start="symptom",
    steps={
        "symptom": Step(
            id="symptom",
            question="What do your own services get?",
            source="runbook",
            option=(Option(id="overloaded", label="529", next="overloaded", families=("overloaded",)),),
        ),
        "overloaded": Step(id="overloaded", question="Overloaded", source="runbook", leaf="overloaded"),
    },
)


def test_an_incident_opens_with_what_was_measured() -> None:
    """Severity, fault and branch of the incident are the verdict's."""
    event = decisions.opened(a_verdict(), TREE, actor=LENA, now=NOW, triage_id=3, origin_channel="C1")
    assert opened() == event


def test_the_first_failure_is_the_earliest_bad_sample() -> None:
    """The start that we can prove is the first bad sample, not the moment somebody pressed a button."""
    event = measured(a_verdict(), some_evidence(), TAXONOMY, (), actor=LENA, now=NOW)
    assert some_evidence()[1].samples[0].at == event.first_failure_at
    assert ("req_1", "req_2") == event.request_ids


def test_an_answer_leads_to_its_step() -> None:
    """The event says which advice was reached."""
    event = decisions.answered(an_incident(), TREE, WALK, _choice(0, "symptom", "overloaded"), actor=RAVI, now=NOW)
    assert ("overloaded", "advice", "overloaded") == (event.next_step, event.reached, event.branch)


@pytest.mark.parametrize(("index", "step"), [(1, "symptom"), (0, "overloaded")])
def test_a_stale_answer_is_refused(index: int, step: str) -> None:
    """Only the question that stands now can be answered."""
    with pytest.raises(StaleButton, match="its answer already"):
        decisions.answered(an_incident(), TREE, WALK, _choice(index, step, "overloaded"), actor=RAVI, now=NOW)


def test_an_unknown_option_is_refused() -> None:
    """A button of an older tree does nothing and says so."""
    with pytest.raises(BadButton, match="not in the decision tree any more"):
        decisions.answered(an_incident(), TREE, WALK, _choice(0, "symptom", "gone"), actor=RAVI, now=NOW)


def test_a_resolved_incident_takes_no_answer() -> None:
    """The tree rests when the incident is over."""
    with pytest.raises(StaleButton, match="INC-7 is resolved"):
        decisions.answered(
            an_incident(resolved()), TREE, WALK, _choice(0, "symptom", "overloaded"), actor=RAVI, now=NOW
        )


def test_resolving_twice_names_who_did_it() -> None:
    """The second person reads who was first."""
    over = an_incident(answered(), resolved())
    with pytest.raises(StaleButton, match="resolved already by lena"):
        ending.resolved(over, rule=Recovery(), actor=RAVI, now=NOW)


def _changed(incident: Incident, to: str = "P2", reason: str = "why", seen: str | None = None) -> SeverityChanged:
    return decisions.severity_changed(incident, actor=RAVI, now=NOW, to=to, reason=reason, seen=seen)


@pytest.mark.parametrize("to", ["P2", "p2", " P2 "])
def test_a_severity_is_set_with_its_reason(to: str) -> None:
    """The event holds both values, who set it, and the reason on one line."""
    event = _changed(an_incident(), to, "only batch\n traffic is hit ", "P1")
    assert severity_changed() == event
    assert "changed the severity from P1 to P2: only batch traffic is hit" == event.sentence()


@pytest.mark.parametrize("to", ["P1", "P5", "none", "unknown", "sev2", "", "P2 now"])
def test_a_severity_that_changes_nothing_or_does_not_exist_is_refused(to: str) -> None:
    """The same value and a word that is no severity leave the incident as it is."""
    with pytest.raises(BadInput, match="is P1 already" if to == "P1" else "no severity"):
        _changed(an_incident(), to)


@pytest.mark.parametrize(("reason", "said"), [("", "Say why"), (" \n ", "Say why"), ("x" * 501, "at most 500")])
def test_a_severity_needs_a_reason_of_sane_length(reason: str, said: str) -> None:
    """The refusal names the field that it is about, so that the form shows it there."""
    with pytest.raises(BadInput, match=said) as refused:
        _changed(an_incident(), reason=reason)
    assert "reason" == refused.value.field


def test_a_resolved_incident_keeps_its_severity() -> None:
    """What is over is not judged anew by a late press."""
    with pytest.raises(StaleButton, match="INC-7 is resolved"):
        _changed(an_incident(resolved()))


def test_a_severity_that_moved_meanwhile_is_not_overwritten() -> None:
    """Who opened the form before somebody else's change reads whose, and decides again."""
    with pytest.raises(StaleButton, match=r"is P2 by now \(set by ravi\); it was P1 when you looked"):
        _changed(an_incident(severity_changed()), "P3", seen="P1")
