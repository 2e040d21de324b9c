"""Where a walk through the tree stands: the way back, and whether what was measured is young enough."""

from datetime import timedelta

import pytest

from bot.errors import BadButton
from bot.incidents.decisions import answered
from bot.incidents.events import Event, StepAnswered
from bot.incidents.lifecycle import reopened
from bot.incidents.model import fold
from bot.incidents.walk import FRESH, Choice, walk_of
from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.tree import BACK, SKIP
from tests.factories import LENA, NOW, measured, opened, resolved

BOOK = load_book(read_rules())
TREE, TAXONOMY = BOOK.tree, BOOK.rules.taxonomy


def _story(*options: str) -> list[Event]:
    """Return an incident's events, with these answers one after the other."""
    story: list[Event] = [opened(step=TREE.start), measured()]
    for index, option in enumerate(options):
        incident = fold(1, story)
        assert incident is not None
        said = Choice(incident_id=1, index=index, step=incident.step, option=option)
        story.append(answered(incident, TREE, walk_of(story), said, actor=LENA, now=NOW))
    return story


def _walk(*options: str) -> list[str]:
    """Return the steps to which these answers lead."""
    return [event.next_step for event in _story(*options) if isinstance(event, StepAnswered)]


def test_back_leads_to_the_step_before_however_often() -> None:
    """Back from where one came back to is a step further back; at the first question there is no back."""
    assert ["overloaded", "overloaded_all", "overloaded", "symptom", "key"] == _walk(
        "overloaded", "all", BACK, BACK, "key"
    )
    with pytest.raises(BadButton):
        _walk(BACK)


def test_after_its_end_the_walk_begins_anew_with_a_reopening() -> None:
    """Where it stood elsewhere, or the team has changed the tree meanwhile, nobody loses what they know."""
    for options, begins in ((("overloaded", "all", "recovered"), TREE.start), (("overloaded", "all"), None)):
        story: list[Event] = [*_story(*options), resolved()]
        incident = fold(1, story)
        assert incident is not None
        event = reopened(incident, actor=LENA, now=NOW, reason="again", tree=TREE)
        assert begins == event.step
        again = fold(1, [*story, event])
        assert again is not None
        assert (begins or incident.step) == again.step
        assert (begins is None) == bool(walk_of([*story, event]).path)


def test_a_step_that_is_in_the_tree_no_more_is_its_start() -> None:
    """Drawn and answered there; *Back* never leads to what is gone."""
    story: list[Event] = [opened(step="gone"), measured()]
    incident = fold(1, story)
    assert incident is not None
    said = Choice(incident_id=1, index=0, step=TREE.at("gone").id, option="overloaded")
    assert "overloaded" == answered(incident, TREE, walk_of(story), said, actor=LENA, now=NOW).next_step
    assert [SKIP] == [option.id for option in TREE.beside(TREE.step("overloaded"), ("gone",))]


def test_skip_leads_to_the_handing_over_and_back_again() -> None:
    """Who cannot answer goes on; there it cannot be skipped again."""
    assert ["escalate", "symptom"] == _walk(SKIP, BACK)
    with pytest.raises(BadButton):
        _walk(SKIP, SKIP)


@pytest.mark.parametrize(("age_s", "fresh"), [(0, True), (60, True), (61, False), (-5, True)])
def test_a_measurement_of_a_minute_may_advise(age_s: int, *, fresh: bool) -> None:
    """Counted from when the step was reached, not from when somebody reads it; a later one always may."""
    at = NOW + timedelta(seconds=FRESH.total_seconds() - age_s)
    story: list[Event] = [opened(happened_at=NOW + FRESH), measured(happened_at=at)]
    assert fresh is walk_of(story).is_fresh
    assert not walk_of(story[:1]).is_fresh


@pytest.mark.parametrize("leaf", TAXONOMY.leaves)
def test_every_leaf_has_a_way_that_the_measurement_shows(leaf: str) -> None:
    """Following what is pre-selected ends in the advice of the very leaf, then in a look whether it helped."""
    step = TREE.step(TREE.start)
    while step.kind == "question":
        option = TREE.suggest(step.id, leaf) or next(one for one in step.option if one.id == "all")
        step = TREE.step(option.next)
    assert TAXONOMY.leaf(leaf).mitigations == tuple(item.id for item in TREE.advice(step, TAXONOMY, leaf))
    assert {"recovered", "escalate"} == {option.next for option in step.option}


def test_the_timeline_says_who_went_against_the_measurement() -> None:
    """With the answer for which it spoke, and when it was taken."""
    story: list[Event] = [opened(step=TREE.start), measured(branch="overloaded")]
    incident = fold(1, story)
    assert incident is not None
    said = Choice(incident_id=1, index=0, step="symptom", option="key")
    event = answered(incident, TREE, walk_of(story), said, actor=LENA, now=NOW)
    assert event.disagrees
    assert NOW == event.measured_at
    assert event.sentence().endswith("with “401 or 403”; the measurement spoke for “529”")
