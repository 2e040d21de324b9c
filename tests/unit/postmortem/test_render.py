"""The postmortem: every field of the runbook, filled from the timeline, blanks left visible."""

from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.events import Event, Recorded
from bot.postmortem.context import build
from bot.postmortem.filters import markdown
from bot.postmortem.render import file_name, render_markdown
from tests.factories import NOW, an_incident, answered, channel_created, measured, opened, resolved, severity_changed

FIELDS = (
    "## Incident:",
    "**Duration:**",
    "**Severity:**",
    "**Impact:**",
    "**Root Cause:**",
    "**Detection:**",
    "**Mitigation:**",
    "**Request IDs:**",
    "**Action Items:**",
)


def _rendered(*story: Event) -> str:
    recorded = [Recorded(seq=n, at=NOW, event=event) for n, event in enumerate((opened(), *story), start=1)]
    return render_markdown(build(an_incident(*story), recorded))


def test_every_field_of_the_runbook_is_there_and_filled() -> None:
    """An incident with a full story leaves no field blank."""
    text = _rendered(measured(), channel_created(), answered(reached="advice", advice="Overloaded"), resolved())
    assert [] == [field for field in FIELDS if field not in text]
    assert "_not recorded_" not in text.partition("### Lessons")[0]
    assert "`req_1`, `req_2`" in text
    assert "- [ ] Add a fallback (no owner) _(lena)_\n  - [ ] Alert on 529 (no owner) _(lena)_\n" in text


def test_what_nobody_knows_stays_visibly_blank() -> None:
    """An empty form leaves gaps that a reader sees, never invented words."""
    text = _rendered(resolved(impact="", root_cause="", mitigation="", action_items=()))
    assert [] == [field for field in FIELDS if field not in text]
    for field in ("Impact", "Root Cause", "Mitigation"):
        assert f"- **{field}:** _not recorded_" in text
    assert "- **Request IDs:** _none: nothing was measured_" in text


def test_a_set_severity_is_told_with_the_measured_one() -> None:
    """The document names both values, who set the one and which rule gave the other."""
    text = _rendered(measured(), severity_changed(), resolved())
    assert "- **Severity:** P2, set by ravi: only batch traffic is hit\n" in text
    assert "  - Measured at the opening: P1 - 5 of 5 attempts failed with 529. (rule 2)\n" in text
    assert "changed the severity from P1 to P2: only batch traffic is hit" in text
    assert "- **Severity:** P1 - 5 of 5" in _rendered(measured(), resolved())


def test_the_same_incident_gives_the_same_bytes() -> None:
    """Rendering twice changes nothing."""
    assert _rendered(measured(), resolved()) == _rendered(measured(), resolved())


@given(st.text(max_size=300))
def test_foreign_text_cannot_become_markup(text: str) -> None:
    """Whatever people or the provider wrote stays one line of text: no heading, table cell, link or HTML."""
    shown = markdown(text)
    assert "\n" not in shown
    bare = shown
    for mark in "\\`*_{}[]<>#|~":
        bare = bare.replace("\\" + mark, "")
    assert not set(bare) & set("`*_{}[]<>#|~")


@given(st.text(max_size=100))
def test_a_file_name_holds_only_harmless_characters(title: str) -> None:
    """No title can lead out of the folder where the file is written."""
    name = file_name("INC-7", title, "md")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert name.startswith("postmortem-inc-7-")
    assert name.endswith(".md")
