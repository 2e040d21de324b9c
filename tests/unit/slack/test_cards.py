"""What people see: every card is legal, small enough, and cannot be turned into markup."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.events import ChannelFailed
from bot.paths import read_rules
from bot.playground.lint import lint_message, lint_view
from bot.rules.answer import Answer, answer_text
from bot.rules.book import load_book
from bot.rules.evidence import CheckStatus, Evidence, Fault, Severity
from bot.rules.next_steps import HOLD, LOOK_FIRST, ONLY_IF
from bot.rules.redact import Redactor
from bot.rules.taxonomy import Mitigation
from bot.rules.tree import Option, Step
from bot.slack.cards import blocks as kit
from bot.slack.cards.blocks import Message, safe
from bot.slack.cards.ending import resolve_form
from bot.slack.cards.explain import explain_card, explain_form, explained_view
from bot.slack.cards.help import VERB_LINES, help_text
from bot.slack.cards.incident import topic
from bot.slack.cards.lists import incident_lines
from bot.slack.cards.plain import LONGEST, plainly
from bot.slack.cards.severity import severity_form
from bot.slack.cards.tree import answered_step, open_step
from bot.slack.cards.triage import triage_card
from bot.slack.listeners.commands import VERBS
from tests.factories import (
    LENA,
    NOW,
    a_triage,
    a_verdict,
    an_incident,
    answered,
    card_of,
    channel_created,
    measured,
    resolved,
    severity_changed,
)

RULES = load_book(read_rules()).rules
TAXONOMY = RULES.taxonomy
NAMES = ("status_page", "messages", "rate_limits")
STEP = Step(
    id="symptom",
    question="What do your own services get?",
    detail="Look at production.",
    source="runbook",
    option=(Option(id="overloaded", label="529", next="overloaded", families=("overloaded",)),),
)
ADVICE = Mitigation(
    id="wait", title="Wait", steps=("Back off",), snippet="retry()", source="runbook", corrects="30-60 s has no source"
)
REFUSED = ChannelFailed(actor=LENA, happened_at=NOW, error="missing_scope", hint="Add the scope.")

CARDS: dict[str, Message] = {
    "triage running": triage_card(a_triage(verdict=None), None, NAMES),
    "triage finished": triage_card(a_triage(), None, NAMES),
    "triage clean": triage_card(a_triage(verdict=a_verdict(severity=Severity.NONE, branch=None)), None, NAMES),
    "triage with incident": triage_card(a_triage(), an_incident(channel_created()), NAMES),
    "triage without channel": triage_card(a_triage(), an_incident(REFUSED), NAMES),
    "incident open": card_of(an_incident(channel_created()), step_question=STEP.question),
    "incident set": card_of(an_incident(channel_created(), severity_changed()), step_question=STEP.question),
    "incident resolved": card_of(an_incident(channel_created(), resolved()), step_question=""),
    "step open": open_step(an_incident(), STEP, advice=(ADVICE,), suggested=STEP.option[0]),
    "step answered": answered_step(0, answered()),
    "explained": explain_card(answer_text("HTTP 429 rate_limit_error req_011Cabc", RULES), "HTTP 429"),
    "not recognised": explain_card(answer_text("the cat sat", RULES), "the cat sat"),
}
VIEWS: dict[str, dict[str, object]] = {
    "resolve": resolve_form(an_incident(), ()),
    "severity": severity_form(an_incident()),
    "severity set": severity_form(an_incident(severity_changed())),
    "severity unknown": severity_form(replace(an_incident(), severity=Severity.UNKNOWN)),
    "explain": explain_form(),
    "explain with a note": explain_form("That message has no text."),
    "explained": explained_view(answer_text("HTTP 401", RULES), "HTTP 401"),
}


@pytest.mark.parametrize("name", CARDS)
def test_every_card_is_legal(name: str) -> None:
    """Slack would take each card as it is."""
    assert [] == lint_message(CARDS[name].blocks, CARDS[name].text)


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_legal(name: str) -> None:
    """Slack would open each form as it is."""
    assert [] == lint_view(VIEWS[name])


@pytest.mark.parametrize("branch", TAXONOMY.leaves)
def test_every_kind_of_failure_can_be_explained(branch: str) -> None:
    """Slack would take the explanation of each leaf, its links and actions included."""
    leaf = TAXONOMY.leaf(branch)
    card = explain_card(_an_answer(title=leaf.title, branch=branch, checks=leaf.check, links=leaf.links), "HTTP 500")
    assert [] == lint_message(card.blocks, card.text)


def _an_answer(**changes: Any) -> Answer:
    values: dict[str, Any] = {
        "title": "Overloaded (529)",
        "branch": "overloaded",
        "fault": Fault.THEIRS,
        "severity": "not told by one error",
        "severity_is_told": False,
        "retry": "no",
        "because": "HTTP 529.",
        "checks": (),
        "actions": (),
        "links": (),
        "request_id": None,
    }
    return Answer(**(values | changes))


def test_at_most_five_actions_are_listed() -> None:
    """A card at 3 a.m. is short: the rest is counted, and the links lead on."""
    text = _dump(explain_card(_an_answer(actions=tuple(f"Do {n}" for n in range(8))), "x"))
    assert "Do 4" in text
    assert "Do 5" not in text
    assert "… and 3 more" in text


def _dump(message: Message) -> str:
    return json.dumps([message.text, message.blocks], ensure_ascii=False)


@given(st.text(max_size=4000))
def test_hostile_text_stays_text(text: str) -> None:
    """No foreign text can mention, link or break the limits, however long or odd it is."""
    evidence = Evidence(check="messages", status=CheckStatus.FAILED, summary=text, request_ids=(text,))
    verdict = a_verdict(because=text, next_steps=(text,) * 9, request_ids=(text,) * 12, branch=text)
    triage = a_triage(evidence={"messages": evidence}, verdict=verdict)
    incident = replace(an_incident(severity_changed(reason=text)), title=text, because=text, branch=text, rule=text)
    told = _an_answer(because=text, checks=(text,) * 9, request_id=text)
    cards = (
        triage_card(triage, None, NAMES),
        card_of(incident, step_question=text),
        explain_card(told, text),
    )
    for card in cards:
        assert [] == lint_message(card.blocks, card.text)
    for view in (explained_view(told, text), severity_form(incident)):
        assert [] == lint_view(view)
    assert len(topic(incident)) <= 250


@pytest.mark.parametrize("attack", ["<!channel>", "<@U0EVIL0001>", "<https://evil.example|ok>", "<#C1>"])
def test_an_attack_in_an_error_text_is_shown_not_obeyed(attack: str) -> None:
    """A provider's error text cannot wake the whole channel."""
    card = triage_card(a_triage(verdict=a_verdict(because=attack)), None, NAMES)
    assert attack not in _dump(card)
    assert safe(attack) in _dump(card)


def test_a_check_that_is_still_open_is_not_done() -> None:
    """What a running check knows so far is shown as open, and not counted."""
    known = Evidence(check="messages", status=CheckStatus.TIMEOUT, summary="Still open.", facts={"open": "5"})
    text = _dump(triage_card(a_triage(evidence={"messages": known}, verdict=None), None, NAMES))
    assert "0 of 3 checks done" in text
    assert "still open - *messages*: Still open." in text


def test_the_verdict_is_in_words_besides_colour() -> None:
    """Severity and fault can be read without seeing a colour."""
    text = _dump(CARDS["triage finished"])
    assert "P1 · fault: theirs (the provider's) · overloaded" in text


def test_a_set_severity_is_shown_with_the_measured_one() -> None:
    """The card names who set it, why, what was measured and by which rule."""
    text = _dump(CARDS["incident set"])
    assert "P2 (set by <@U0RAVI0001>: only batch traffic is hit; measured P1, rule 2)" in text
    assert "*Measured because*" in text
    assert "set by" not in _dump(CARDS["incident open"])


def test_the_form_begins_with_the_present_severity() -> None:
    """Nobody has to look up what holds now; a severity that nobody may set is not preset."""

    def preset(view: dict[str, object]) -> object:
        blocks = view["blocks"]
        assert isinstance(blocks, list)
        return blocks[1]["element"].get("initial_option", {}).get("value")

    names = ("severity", "severity set", "severity unknown")
    assert ["P1", "P2", None] == [preset(VIEWS[name]) for name in names]


def test_a_resolved_incident_offers_no_change() -> None:
    """What is over has no buttons that would be refused."""
    assert "Change severity" in _dump(CARDS["incident open"])
    assert "Change severity" not in _dump(CARDS["incident resolved"])


def test_links_of_the_runbook_are_on_the_card_and_in_the_help() -> None:
    """Status page, error reference and rate limits are one press away."""
    for text in (_dump(CARDS["incident open"]), _dump(CARDS["triage finished"]), help_text("")):
        for link in ("status.claude.com", "api/errors", "api/rate-limits"):
            assert link in text


def test_the_help_names_every_verb() -> None:
    """A verb that works is in the help, and the reverse."""
    assert {line.split(" ")[0] for line in VERB_LINES} == set(VERBS)


def test_a_list_without_incidents_says_what_to_do() -> None:
    """An empty list is an answer."""
    assert "No incident is open" in incident_lines([])


SAMPLES = [item for item in TAXONOMY.mitigations.values() if item.snippet]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda item: item.id)
def test_a_sample_reaches_people_whole(sample: Mitigation) -> None:
    """No redaction and no limit breaks the code that people are told to paste."""
    card = open_step(an_incident(), STEP, advice=(sample,), suggested=None)
    shown = str(Redactor().deep([block["text"]["text"] for block in card.blocks if block["type"] == "section"]))
    assert sample.snippet is not None
    assert repr(safe(sample.snippet.strip(), 10_000))[1:-1] in shown
    assert [] == lint_message(card.blocks, card.text)


@pytest.mark.parametrize(
    "cure", [item for item in TAXONOMY.mitigations.values() if item.look], ids=lambda item: item.id
)
@pytest.mark.parametrize("fault", [Fault.OURS, Fault.THEIRS, Fault.UNKNOWN])
def test_nobody_is_told_to_change_a_key_or_to_pay_before_a_look(cure: Mitigation, fault: Fault) -> None:
    """The tree too says where to look first; while the provider is at fault it says to leave everything as it is.

    What was measured last counts, not what was found at the opening.
    """
    other = Fault.OURS if fault is Fault.THEIRS else Fault.THEIRS
    opened = replace(an_incident(), fault=other)
    card = open_step(opened, STEP, advice=(cure,), suggested=None, measured=measured(fault=fault))
    unmeasured = open_step(opened, STEP, advice=(cure,), suggested=None)
    assert (other is Fault.THEIRS) == (HOLD in _dump(unmeasured))
    shown = _dump(card)
    assert cure.look is not None
    assert -1 < shown.find(LOOK_FIRST[cure.look][:40]) < shown.find(ONLY_IF) < shown.find(safe(cure.steps[0], 300)[:30])
    assert (fault is Fault.THEIRS) == (HOLD in shown)


def test_an_answered_question_has_no_button() -> None:
    """What was answered cannot be pressed again."""
    assert "button" not in _dump(CARDS["step answered"])


def test_without_its_layout_a_message_says_the_same() -> None:
    """Every word of the card but its buttons, which are named; an address behind a button becomes a link."""
    link = {"type": "button", "text": kit.plain("Status <page>"), "url": "https://status.example/", "action_id": "x"}
    press = kit.button("Resolve", "y", "1")
    blocks = [
        kit.header("INC-1 & more"),
        kit.section("why *this*"),
        kit.fields(("Lead", "<@U1>"), ("Rule", "p1-1")),
        kit.context("small print"),
        {"type": "actions", "elements": [link, press]},
    ]
    plain = plainly(kit.Message(text="short", blocks=blocks))
    assert ["section"] * 6 == [block["type"] for block in plain.blocks]
    assert [
        "*INC-1 &amp; more*",
        "why *this*",
        "*Lead* <@U1>\n*Rule* p1-1",
        "small print",
        "<https://status.example/|Status &lt;page&gt;>",
        "_Slack refused this message's layout. Its buttons are missing (Resolve): `/anth-triage help`._",
    ] == [block["text"]["text"] for block in plain.blocks]
    long = plainly(kit.Message(text="short", blocks=[kit.section("word " * 600)] * 9))
    assert sum(len(block["text"]["text"]) for block in long.blocks) <= LONGEST
    assert long.blocks[-1]["text"]["text"].endswith("…")


def test_what_is_shortened_says_where_the_whole_is() -> None:
    """The postmortem has every word; a card that shows all of it says nothing."""
    cards = (card_of(replace(an_incident(), impact="x" * size), step_question="?") for size in (900, 901))
    short, long = cards
    assert "Shortened here" not in str(short.blocks)
    assert "Shortened here: `/anth-triage export` shares the whole." in str(long.blocks)
