"""What several people write of one postmortem: only what was changed is written, and nobody's words are lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput, StaleButton
from bot.incidents import writing
from bot.incidents.events import Amended, Event, PostmortemWritten
from bot.incidents.words import ERASED, LONGEST, erased
from bot.incidents.writing import Draft, Form, together
from tests.factories import LENA, NOW, RAVI, opened, resolved

FIRST = opened(impact="Chat is down")


def _wrote(**parts: str) -> PostmortemWritten:
    return PostmortemWritten(actor=RAVI, happened_at=NOW, **parts)  # type: ignore[arg-type] # parts are texts


def _form(seen: int, story: list[Event], **parts: str) -> Form:
    """Return the form as it was drawn then, with what a person typed into it."""
    shown = {part: draft.text for part, draft in writing.drafts(story[:seen]).items()}
    return Form(seen=seen, texts={**dict.fromkeys(writing.PARTS, ""), **shown, **parts})


def _written(story: list[Event], form: Form) -> dict[str, str]:
    event = writing.written(story, form, actor=LENA, now=NOW)
    return {} if event is None else event.parts


def test_only_what_was_changed_is_written() -> None:
    """What stood in the form and was left alone stays its author's; emptied, a part is taken back."""
    story: list[Event] = [FIRST, _wrote(root_cause="No fallback")]
    assert {} == _written(story, _form(2, story))
    assert {"lessons": "Test it"} == _written(story, _form(2, story, lessons="Test it"))
    assert {"impact": ""} == _written(story, _form(2, story, impact=""))


def test_two_in_one_part_see_both_texts_before_anything_is_saved() -> None:
    """Not so where the second wrote the same, or in another part."""
    story: list[Event] = [FIRST, _wrote(root_cause="A retry storm")]
    late = _form(1, story, root_cause="No fallback")
    assert {"root_cause": Draft(text="A retry storm", by=RAVI)} == writing.overtaken(story, late)
    with pytest.raises(StaleButton):
        _written(story, late)
    assert {} == writing.overtaken(story, _form(1, story, root_cause="A retry storm"))
    assert {"lessons": "x"} == _written(story, _form(1, story, lessons="x"))


def test_what_was_corrected_or_erased_meanwhile_does_not_come_back() -> None:
    """A form that left a part alone writes nothing there, whatever became of it since it was drawn."""
    mended: list[Event] = [
        FIRST,
        Amended(actor=RAVI, happened_at=NOW, seq=1, part="impact", text="Chat is slow", reason="measured"),
    ]
    gone: list[Event] = [erased(FIRST)]
    drawn = _form(1, [FIRST], lessons="x")
    assert {"lessons": "x"} == _written(mended, drawn)
    assert ERASED == writing.drafts(gone)["impact"].text
    assert "impact" not in _written([*gone, mended[1]], _form(1, gone, lessons="x"))


@given(st.text(max_size=LONGEST), st.text(max_size=LONGEST))
def test_both_texts_are_whole_or_mine_is(theirs: str, mine: str) -> None:
    """Neither is cut: where both do not fit, the other stands above the field."""
    shown = together(Draft(text=theirs, by=RAVI), mine)
    assert shown == mine or (theirs in shown and mine in shown)
    assert len(shown) <= LONGEST


def test_too_long_a_text_is_refused_at_its_field() -> None:
    """So that nothing of it is lost."""
    with pytest.raises(BadInput) as refused:
        _written([FIRST], _form(1, [FIRST], lessons="x" * (LONGEST + 1)))
    assert "lessons" == refused.value.field


def test_old_endings_still_tell_what_was_written() -> None:
    """Before, the end itself carried the words."""
    assert "Overload." == writing.drafts([FIRST, resolved()])["root_cause"].text
