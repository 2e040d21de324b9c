"""The first lines of a postmortem, and who says what: nothing negative, nothing that nobody said."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.incidents.events import (
    Amended,
    Event,
    EvidenceReported,
    KeyContained,
    KeyLookedUp,
    KeyReported,
    Recorded,
    Reopened,
    Resolved,
    StageSet,
    TaskAdded,
)
from bot.incidents.model import fold
from bot.incidents.words import ERASED, corrected
from bot.postmortem.context import build
from bot.postmortem.render import render_markdown
from bot.postmortem.shape import PostmortemContext, Statement
from bot.rules.api_keys import ApiKey
from tests.factories import LENA, NOW, RAVI, answered, opened, resolved, severity_changed
from tests.quarter import clean, failing, minutes, on_the_page


def _built(*story: Event, fault: str = "theirs") -> PostmortemContext:
    events = [opened(triage_id=None, fault=fault), *story]
    incident = fold(7, corrected(events))
    assert incident is not None
    return build(incident, [Recorded(seq=n, at=NOW, event=event) for n, event in enumerate(events, start=1)])


def _said(context: PostmortemContext, start: str) -> list[Statement]:
    return [one for one in context.summary if one.text.startswith(start)]


def _mitigated(after: float) -> StageSet:
    return StageSet(actor=RAVI, happened_at=NOW + minutes(after), before="investigating", after="monitoring")


def test_what_fails_after_a_resolution_does_not_hurt_backwards() -> None:
    """Mitigated before anything failed: no span is told, least of all one below zero."""
    context = _built(_mitigated(5), resolved(happened_at=NOW + minutes(10)), failing(NOW + minutes(50)))
    assert [] == _said(context, "It hurt")
    assert [Statement(text="It failed first at 2026-11-24 03:49 UTC, after it was resolved.", source="measured")] == (
        _said(context, "It failed first")
    )


def test_the_first_round_is_told_without_what_failed_after_it() -> None:
    """A failure after the resolution changes nothing of how long it hurt."""
    first: list[Event] = [failing(NOW), clean(NOW + minutes(10)), resolved(happened_at=NOW + minutes(12))]
    assert _said(_built(*first), "It hurt") == _said(_built(*first, failing(NOW + minutes(50))), "It hurt")


def test_each_round_is_told_and_many_are_counted() -> None:
    """The span is that of all rounds together; of many the first five are told one by one."""
    story: list[Event] = []
    for start in range(0, 700, 100):
        again = [Reopened(actor=LENA, happened_at=NOW + minutes(start), reason="again")] if start else []
        story += [*again, failing(NOW + minutes(start + 1)), clean(NOW + minutes(start + 11))]
        story += [resolved(happened_at=NOW + minutes(start + 20))]
    (two,) = _said(_built(*story[:7]), "It hurt")
    assert two.text.startswith("It hurt for 21 min in 2 rounds: from 2026-11-24 03:00 UTC (as far as was observed) to")
    assert "; from 2026-11-24 04:40 UTC (when it was reopened) to 2026-11-24 04:51 UTC." in two.text
    assert "measured, lena" == two.source
    (many,) = _said(_built(*story), "It hurt")
    assert "in 7 rounds" in many.text
    assert many.text.endswith("; and so on.")


def test_an_open_incident_is_not_over() -> None:
    """In its first round and in a later one."""
    assert _said(_built(failing(NOW)), "It began")[0].text.endswith(", and is not over.")
    again = Reopened(actor=LENA, happened_at=NOW + minutes(30), reason="again")
    story: list[Event] = [failing(NOW), clean(NOW + minutes(5)), resolved(happened_at=NOW + minutes(9)), again]
    assert _said(_built(*story), "It hurt in 2 rounds")[0].text.endswith("on, and is not over.")


def test_the_worst_measurement_says_what_broke() -> None:
    """Not the opening, which came first and knew less; where nothing failed, it is the opening after all."""
    worst = failing(NOW + minutes(1), branch="billing.credit", because="All attempts were refused")
    first = _built(failing(NOW, samples_failed=1), worst).summary[0]
    assert Statement(text="billing.credit: All attempts were refused.", source="measured") == first
    assert "5 of 5 attempts failed with 529." == _built(clean(NOW)).summary[0].text


def _key_story() -> list[Event]:
    key = ApiKey(
        id="k1",
        name="job",
        hint="sk-ant-api03-Qw7...x9AA",
        status="inactive",
        workspace_id="w1",
        workspace_name="w",
        created_by="lena",
        created_at=NOW,
        expires_at=None,
    )
    reported = KeyReported(actor=RAVI, happened_at=NOW + minutes(3), wanted=key.hint, looked_up=True)
    found = KeyLookedUp(actor=LENA, happened_at=NOW + minutes(4), keys=(key,))
    return [reported, found, KeyContained(actor=LENA, happened_at=NOW + minutes(9), key=key)]


def test_a_leaked_key_was_active_since_it_leaked_or_was_reported() -> None:
    """As people say; one that is not contained is not known to be inactive."""
    assert ["The key was active for 6 min: from 2026-11-24 03:03 UTC (reported) to 2026-11-24 03:09 UTC."] == [
        one.text for one in _said(_built(*_key_story()), "The key")
    ]
    leaked = EvidenceReported(actor=RAVI, happened_at=NOW, said="pushed", since=NOW - minutes(60))
    (since,) = _said(_built(leaked, *_key_story()), "The key")
    assert ("1 h 9 min", "ravi, measured") == (since.text[23:32], since.source)
    (open_,) = _said(_built(_key_story()[0]), "Since")
    assert open_.text.endswith("(reported) the key is not known to be inactive.")


@pytest.mark.parametrize(("fault", "told"), [("ours", 0), ("theirs", 1), ("unknown", 1)])
def test_an_unrelated_incident_of_the_page_is_no_first_line_where_the_fault_is_ours(fault: str, told: int) -> None:
    """It stays in the provider's view."""
    old = on_the_page(NOW + minutes(600), NOW - timedelta(days=3))
    context = _built(failing(NOW, fault=fault, **old), clean(NOW + minutes(1)), fault=fault)
    assert told == len(_said(context, "The provider's status page named"))
    assert 1 == len(context.provider.incidents)


def _amended(seq: int, part: str, text: str = "as it was") -> Amended:
    return Amended(actor=RAVI, happened_at=NOW + minutes(90), seq=seq, part=part, text=text, reason="wrong")


def test_words_stand_as_those_of_who_wrote_them_last() -> None:
    """A correction is its author's, in every place; an erased one and other parts change nothing."""
    ending: Sequence[Event] = [resolved(happened_at=NOW + minutes(9), early="it works")]
    mended = [_amended(2, part) for part in ("root_cause", "action_items", "early")]
    context = _built(*ending, *mended)
    assert Statement(text="as it was", source="ravi") == context.root_cause
    assert (Statement(text="as it was", source="ravi"),) == context.stated_items
    assert ("as it was", "ravi") == (context.resolved_early, context.resolved_early_by)
    assert "lena" == context.impact.source
    assert "lena" == _built(*ending, _amended(2, "root_cause", ERASED)).root_cause.source


def test_a_newer_writing_is_no_correction() -> None:
    """What was corrected earlier no longer stands."""
    later = Resolved(actor=LENA, happened_at=NOW + minutes(99), root_cause="Something else.")
    again = Reopened(actor=LENA, happened_at=NOW + minutes(95), reason="again")
    context = _built(resolved(happened_at=NOW + minutes(9)), _amended(2, "root_cause"), again, later)
    assert Statement(text="Something else.", source="lena") == context.root_cause


def test_corrected_reasons_and_tasks_name_their_hand() -> None:
    """Who set a severity stays; whose words the reason has stands beside it."""
    task = TaskAdded(actor=LENA, happened_at=NOW, number=1, text="alert")
    other = TaskAdded(actor=LENA, happened_at=NOW, number=2, text="test")
    story: list[Event] = [severity_changed(actor=LENA), task, other, _amended(2, "reason"), _amended(3, "text")]
    context = _built(*story)
    assert ("lena", "ravi") == (context.severity_changes[-1].by, context.severity_changes[-1].corrected_by)
    assert ["ravi", "lena"] == [one.by for one in context.tasks]
    assert "as it was (corrected by ravi) _(lena)_" in render_markdown(context)


def test_an_answer_stands_with_its_measurement() -> None:
    """Whether the person agreed or not, with its moment; also where the measurement spoke for nothing."""
    seen = {"measured_at": NOW}
    text = render_markdown(_built(answered(suggested="529", **seen), answered(**seen), answered()))
    assert "; the measurement spoke for **529**, measured 2026-11-24 03:00:00 UTC" in text
    assert "; the measurement spoke for no answer, measured 2026-11-24 03:00:00 UTC" in text
    assert "; no measurement is kept with it" in text
