"""The cards of the pictures: an overload from the verdict to its end, and each form on the way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot.incidents.decisions import Declaration
from bot.incidents.events import (
    BOT,
    Acknowledged,
    Measured,
    Recovered,
    Relapsed,
    Reminded,
    RoleGiven,
    TaskAdded,
    UpdateSent,
)
from bot.incidents.leaked_key import Procedure
from bot.incidents.model import Incident, fold
from bot.incidents.prospect import Prospect
from bot.incidents.times import Times
from bot.incidents.writing import Draft
from bot.paths import read_rules
from bot.postmortem.bundle import Api
from bot.postmortem.numbers import numbers
from bot.postmortem.papers import render_bundle
from bot.postmortem.period import period_of
from bot.rules.answer import answer_text
from bot.rules.book import load_book
from bot.rules.evidence import Severity
from bot.rules.finding import Finding
from bot.slack.cards import blocks as kit
from bot.slack.cards.blocks import Message
from bot.slack.cards.bundle import bundle_answer
from bot.slack.cards.declare import declare_form
from bot.slack.cards.doctor import findings_text
from bot.slack.cards.ending import recovered_card, relapsed_card, reopen_form, resolve_form
from bot.slack.cards.evidence import evidence_form
from bot.slack.cards.explain import explain_card, explain_form
from bot.slack.cards.home import home_view
from bot.slack.cards.leaked_key import procedure_card, which_key_form
from bot.slack.cards.postmortem import postmortem_form
from bot.slack.cards.reminder import reminder_card
from bot.slack.cards.report import report_text
from bot.slack.cards.severity import severity_form
from bot.slack.cards.tree import open_step
from bot.slack.cards.triage import triage_card
from bot.slack.cards.update import announcement, update_form
from tests.factories import (
    LENA,
    NOW,
    RAVI,
    a_triage,
    a_verdict,
    an_incident,
    card_of,
    channel_created,
    measured,
    resolved,
    some_evidence,
)
from tests.golden.stories import STORIES
from tests.quarter import contexts, rows

_BOOK: Final = load_book(read_rules())
_FINDING: Final = {"opened", "channel_created", "key_reported", "key_looked_up"}
_CLEAN: Final[dict[str, Any]] = {
    "severity": Severity.NONE,
    "fault": None,
    "branch": None,
    "because": "5 of 5 probes got through, slowest 1.1 s.",
    "samples_failed": 0,
    "first_failure_at": None,
}
_LATER: Final = NOW + timedelta(minutes=12)
NAMES: Final = {LENA.id: "lena", RAVI.id: "ravi", "C7": "inc-7-overloaded", "C0OPS00001": "ops"}

_EVIDENCE = {item.check: item for item in some_evidence()}
_VERDICT = a_verdict(
    because="5 of 5 probes failed, each with HTTP 529; the status page still says operational.",
    next_steps=("Retry with backoff and jitter.", "Fall back to another model.", "Open an incident for the team."),
)
_RUN = a_triage(verdict=_VERDICT, evidence=_EVIDENCE)
_STORY = (
    channel_created(),
    measured(happened_at=_LATER, because="2 of 5 probes failed with HTTP 529; the others took 1.2 s."),
    Acknowledged(actor=LENA, happened_at=NOW + timedelta(minutes=2)),
    RoleGiven(actor=LENA, happened_at=NOW, role="scribe", to=RAVI),
    TaskAdded(actor=LENA, happened_at=NOW, number=1, text="write to the customers in eu", owner=RAVI),
    UpdateSent(
        actor=LENA, happened_at=NOW, text="Chat answers are failing; it lies with the provider.", next_minutes=30
    ),
    UpdateSent(actor=LENA, happened_at=_LATER, text="Chat works for half of the users again.", next_minutes=30),
)
_OPEN = replace(an_incident(*_STORY), impact="Chat answers fail for all users", affected="chat, search summaries")
_STEP = _BOOK.tree.step("overloaded")
_SAID = Declaration(
    title="Chat answers are empty", severity="P2", impact="Customers see blank answers", affected="chat"
)
_KNOWN = Prospect(seen=7, others=(_OPEN,), triage=_RUN)

_LOOKED = measured(happened_at=_LATER, because="4 of 5 probes failed, each with HTTP 529; nothing else failed.")


def _step(name: str, looked: Measured, *, measuring: bool = False) -> Message:
    """Return a question of the tree, or an advice, as it stands after this measurement."""
    tree, step = _BOOK.tree, _BOOK.tree.step(name)
    return open_step(
        _OPEN,
        step,
        advice=tree.advice(step, _BOOK.rules.taxonomy, looked.branch),
        suggested=tree.suggest(name, looked.branch),
        measured=looked,
        measuring=measuring,
        beside=tree.beside(step, () if name == tree.start else (tree.start,)),
    )


_KEY = STORIES["key_compromise"]()
_RULE = Procedure(environments=("staging", "production"), has_admin=True)
_FOUND = fold(7, [item.event for item in _KEY.story if item.event.kind in _FINDING])
_LOOKS = [measured(happened_at=NOW + timedelta(minutes=at), **_CLEAN) for at in (20, 26, 32)]
_OFFER = Recovered(actor=BOT, happened_at=NOW + timedelta(minutes=32), checks=3, lasting_s=720, models=("a-model",))
_WELL = an_incident(channel_created(), *_LOOKS, _OFFER)
_AGAIN = Relapsed(actor=BOT, happened_at=NOW + timedelta(minutes=60), because="4 of 5 probes failed with HTTP 529.")
_ELSE = Relapsed(
    actor=BOT, happened_at=NOW + timedelta(minutes=60), because="5 of 5 probes failed with HTTP 401.", other=True
)
_WRITTEN = {
    "impact": Draft(text="Chat answers failed for every customer, for 41 minutes.", by=LENA),
    "root_cause": Draft(text="One model only, and no fallback behind it.", by=RAVI),
}


_FINDINGS = (
    Finding(
        "problem", "the app does not subscribe to the event message.groups", 'add "message.groups"', "app_manifest"
    ),
    Finding("problem", "this machine's clock is 94 s ahead", "let it follow a time server", "clocks"),
    Finding("note", "the folder /data is read by others", "`chmod 700 /data`", "disk"),
    Finding("ok", "the database answers", check="database"),
    Finding("ok", "two sockets are open", check="slack"),
)


def _procedure(incident: Incident | None) -> Message:
    """Return the procedure for a leaked key as it stands in this incident."""
    assert incident is not None
    assert incident.key_case is not None
    return procedure_card(incident, incident.key_case, _RULE)


def _answer(shown: dict[str, Any]) -> Message:
    """Return what one person reads as an answer."""
    return Message(text=shown["text"], blocks=shown["blocks"])


MESSAGES: Final[dict[str, Message]] = {
    "verdict": triage_card(_RUN, None, tuple(_EVIDENCE)),
    "card": card_of(_OPEN, step_question=_STEP.question, update_by=_LATER + timedelta(minutes=30)),
    "card-resolved": card_of(an_incident(*_STORY, resolved()), step_question=""),
    "step": _step("symptom", _LOOKED),
    "step-measuring": _step("overloaded_all", _LOOKED, measuring=True),
    "step-advice": _step("overloaded_all", _LOOKED),
    "reminder": reminder_card(
        an_incident(channel_created()), Reminded(actor=LENA, happened_at=NOW, about="ack", level=0, told=None)
    ),
    "recovered": recovered_card(_WELL, _OFFER),
    "something-else": relapsed_card(an_incident(channel_created(), resolved(), _ELSE), _ELSE),
    "relapsed": relapsed_card(an_incident(channel_created(), resolved(), _AGAIN), _AGAIN),
    "key-found": _procedure(_FOUND),
    "key-contained": _procedure(_KEY.incident),
    "announcement": announcement(_OPEN),
    "explained": explain_card(
        answer_text("HTTP 529 overloaded_error: Overloaded", _BOOK.rules), "HTTP 529 overloaded_error: Overloaded"
    ),
    "bundle": _answer(bundle_answer("INC-1", render_bundle(contexts()[0], Api()))),
    "doctor": _answer(kit.said(findings_text(_FINDINGS))),
    "numbers": _answer(kit.said(report_text(numbers(rows(), period_of("90d", NOW))))),
}
VIEWS: Final[dict[str, dict[str, Any]]] = {
    "form-open": declare_form(_SAID, _KNOWN, "C0OPS00001"),
    "form-open-meanwhile": declare_form(_SAID, _KNOWN, "C0OPS00001", meanwhile=_OPEN),
    "form-update": update_form(_OPEN, announced="there"),
    "form-severity": severity_form(_OPEN),
    "form-resolve": resolve_form(an_incident(), ()),
    "form-resolve-early": resolve_form(_OPEN, ("1 of 3 clean measurements in a row",), _WRITTEN),
    "form-reopen": reopen_form(_OPEN),
    "form-postmortem": postmortem_form(_OPEN, _WRITTEN),
    "form-key": which_key_form(7),
    "form-evidence": evidence_form("C0OPS00001"),
    "form-explain": explain_form(),
    "home": home_view(
        [_OPEN], Times(count=4, acknowledge=timedelta(minutes=3), resolve=timedelta(minutes=52)), days=30
    ),
}
