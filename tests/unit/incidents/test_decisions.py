"""What people may do to an incident, and what is refused."""

import pytest

from bot.errors import BadButton, StaleButton
from bot.incidents import decisions
from bot.rules.tree import Option, Step, Tree
from tests.factories import LENA, NOW, RAVI, a_verdict, an_incident, answered, opened, resolved, some_evidence

TREE = Tree(
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
    event = decisions.measured(a_verdict(), some_evidence(), actor=LENA, now=NOW)
    assert some_evidence()[1].samples[0].at == event.first_failure_at
    assert ("req_1", "req_2") == event.request_ids


def test_an_answer_leads_to_its_step() -> None:
    """The event says which advice was reached."""
    event = decisions.answered(
        an_incident(), TREE, index=0, step_id="symptom", option_id="overloaded", actor=RAVI, now=NOW
    )
    assert ("overloaded", "advice", "overloaded") == (event.next_step, event.reached, event.branch)


@pytest.mark.parametrize(("index", "step"), [(1, "symptom"), (0, "overloaded")])
def test_a_stale_answer_is_refused(index: int, step: str) -> None:
    """Only the question that stands now can be answered."""
    with pytest.raises(StaleButton, match="its answer already"):
        decisions.answered(an_incident(), TREE, index=index, step_id=step, option_id="overloaded", actor=RAVI, now=NOW)


def test_an_unknown_option_is_refused() -> None:
    """A button of an older tree does nothing and says so."""
    with pytest.raises(BadButton, match="not in the decision tree any more"):
        decisions.answered(an_incident(), TREE, index=0, step_id="symptom", option_id="gone", actor=RAVI, now=NOW)


def test_a_resolved_incident_takes_no_answer() -> None:
    """The tree rests when the incident is over."""
    with pytest.raises(StaleButton, match="INC-7 is resolved"):
        decisions.answered(
            an_incident(resolved()), TREE, index=0, step_id="symptom", option_id="overloaded", actor=RAVI, now=NOW
        )


def test_resolving_twice_names_who_did_it() -> None:
    """The second person reads who was first."""
    over = an_incident(answered(), resolved())
    with pytest.raises(StaleButton, match="resolved already by lena"):
        decisions.resolved(over, actor=RAVI, now=NOW, impact="", root_cause="", mitigation="", action_items=())
