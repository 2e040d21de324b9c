"""Twenty thousand texts of people and providers through every card, form and export: they stay text, within limits."""

import html
import random
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, Final

import pytest

from bot.incidents.decisions import Declaration
from bot.incidents.events import (
    Actor,
    Captured,
    Event,
    Noted,
    Recorded,
    Recovered,
    Relapsed,
    Reminded,
    Retracted,
    UpdateSent,
)
from bot.incidents.leaked_key import KeyCase, Procedure
from bot.incidents.model import Incident, Status, Task
from bot.incidents.prospect import Prospect
from bot.incidents.recap import recap
from bot.incidents.recovery import Watch
from bot.incidents.times import times
from bot.incidents.writing import PARTS, Draft, Form
from bot.playground.lint import lint_message, lint_view
from bot.postmortem.context import build
from bot.postmortem.render import render_markdown
from bot.rules.answer import Answer
from bot.rules.api_keys import ApiKey
from bot.rules.evidence import CheckStatus, Evidence, Fault
from bot.rules.taxonomy import Mitigation
from bot.rules.tree import Option, Step
from bot.slack.cards import blocks as kit
from bot.slack.cards.declare import declare_form
from bot.slack.cards.ending import recovered_card, relapsed_card, reopen_form, resolve_form
from bot.slack.cards.evidence import evidence_form
from bot.slack.cards.explain import explain_card, explained_view
from bot.slack.cards.home import home_view
from bot.slack.cards.incident import topic
from bot.slack.cards.leaked_key import contain_form, procedure_card
from bot.slack.cards.lifecycle import roles_text, tasks_text
from bot.slack.cards.lists import found_lines, incident_lines
from bot.slack.cards.plain import plainly
from bot.slack.cards.postmortem import postmortem_form
from bot.slack.cards.reminder import reminder_card
from bot.slack.cards.severity import severity_form
from bot.slack.cards.tree import answered_step, open_step, reason_form
from bot.slack.cards.triage import triage_card
from bot.slack.cards.update import announcement, update_form
from tests.factories import (
    LENA,
    NOW,
    RAVI,
    a_triage,
    a_verdict,
    an_incident,
    answered,
    card_of,
    channel_created,
    measured,
    opened,
    resolved,
    severity_changed,
)
from tests.sim.scale import CHAOS

TEXTS: Final = 20_000 if CHAOS > 1 else 2_000
SHARES: Final = 8
NAMES: Final = ("messages",)
_TAG = re.compile(r"<[^<>]*>")
_BROKEN_ESCAPE = re.compile(r"&(?!(?:amp|lt|gt);)")
_ATTACKS: Final = (
    *("<!channel>", "<!here|x>", "<!everyone>", "<@U0EVIL0001>", "<#C0EVIL0001|ops>", "<!subteam^S0EVIL0001>"),
    *(
        "<https://evil.example|Status page>",
        "https://evil.example/?a=1&b=2",
        "mailto:a@evil.example",
        "@channel",
        "#ops",
    ),
    *(
        "&lt;!channel&gt;",
        "&amp;lt;",
        "<!date^1^{date}|now>",
        "```",
        "`",
        "*_~>",
        "\n> quote",
        "\n• item",
        "](http://e.ex)",
    ),
    *(
        "\u202e",
        "\u200b",
        "\x00",
        "\x1b[31m",
        "\ud83d",
        "\U0001f525",
        "\u05d0",
        "a\u0301" * 20,
        "|",
        "\\",
        "{{ x }}",
        "{% x %}",
    ),
    *("<script>", "<b>", "</a>", "-->", ":red_circle:", "\r\n", "\t", "| a | b |", "# head", "[x](y)", "<", ">", "&"),
)


def _texts(share: int) -> Iterator[str]:
    """Yield this share of the texts: attacks, words and odd characters in any order, from nothing to very long."""
    dice = random.Random(share)  # noqa: S311 - a replayable order
    pieces = [*_ATTACKS, *string.printable, "word ", "overloaded ", "x" * 50, "&" * 40, "<" * 40]
    for _ in range(TEXTS // SHARES):
        length = dice.choice((0, 1, 2, 5, 12, 40, 200))
        yield "".join(dice.choices(pieces, k=length))


_OFFERED: Final = Watch(clean=3, offered=True)


class Seen:
    """Everything that is drawn with one text in the place of all that people and providers write."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.incident = _incident(text)
        verdict = a_verdict(because=text, branch=text, next_steps=(text,) * 3, request_ids=(text,) * 3)
        evidence = Evidence(check="messages", status=CheckStatus.FAILED, summary=text, request_ids=(text,))
        self.triage = a_triage(verdict=verdict, evidence={"messages": evidence})

    def messages(self) -> dict[str, kit.Message]:
        """Return every message, by name."""
        incident, text = self.incident, self.text
        step = Step(
            id="s",
            question=text,
            detail=text,
            source="ours",
            option=(Option(id="o", label="529", next="o", families=("x",)),),
        )
        advice = Mitigation(id="m", title=text, steps=(text,), snippet=text, source="ours", corrects=text)
        reminder = Reminded(actor=LENA, happened_at=NOW, about="ack", level=0, told=None)
        said = answered(question=text, label=text)
        drawn = {
            "triage": triage_card(self.triage, incident, NAMES),
            "card": card_of(incident, step_question=text),
            "over": card_of(replace(incident, status=Status.RESOLVED, exported_at=NOW), step_question=text),
            "step": open_step(incident, step, advice=(advice,), suggested=step.option[0]),
            "answered": answered_step(0, said),
            "announcement": announcement(incident),
            "reminder": reminder_card(incident, reminder),
            "explained": explain_card(_answer(text), text),
            "recovered": recovered_card(replace(incident, watch=_OFFERED), _recovered(text)),
            "relapsed": relapsed_card(
                replace(incident, status=Status.RESOLVED, relapsed=True),
                Relapsed(actor=LENA, happened_at=NOW, because=text),
            ),
            "key": procedure_card(incident, _case(text), Procedure(environments=(text[:40] or "x",))),
        }
        return drawn | {f"{name}, plain": plainly(message) for name, message in drawn.items()}

    def views(self) -> dict[str, dict[str, Any]]:
        """Return every form and the App Home, by name."""
        incident, text = self.incident, self.text
        drafts = {part: Draft(text=text, by=Actor(id="U1", name=text)) for part in PARTS}
        known = Prospect(seen=7, others=(incident,), triage=self.triage)
        said = Declaration(title=text, severity="P2", impact=text, affected=text)
        return {
            "declare": declare_form(said, known, "C1", meanwhile=incident),
            "update": update_form(incident, announced="there"),
            "severity": severity_form(incident),
            "evidence": evidence_form("C1", text),
            "resolve": resolve_form(incident, (text,), drafts),
            "reopen": reopen_form(incident),
            "postmortem": postmortem_form(incident, drafts),
            "postmortem of two": postmortem_form(
                incident,
                drafts,
                form=Form(seen=1, texts={"impact": text, "lessons": text}),
                both={"impact": drafts["impact"]},
            ),
            "reason": reason_form("1|1|0|s|o", answered(label=text, suggested=text, question=text)),
            "contain": contain_form(7, _case(text), _key(text), Procedure()),
            "explained": explained_view(_answer(text), text),
            "home": home_view([incident], times([incident], NOW - timedelta(days=1)), days=30),
        }

    def lines(self) -> dict[str, str]:
        """Return every answer that is text alone, by name."""
        return {
            "list": incident_lines([self.incident]),
            "found": found_lines([self.incident], self.text) + found_lines([], self.text),
            "tasks": tasks_text(self.incident),
            "roles": roles_text(self.incident),
        }


def _incident(text: str) -> Incident:
    odd = Actor(id=text or "x", name=text)
    task = Task(number=1, text=text, owner=odd)
    incident = an_incident(
        channel_created(),
        severity_changed(reason=text),
        UpdateSent(actor=odd, happened_at=NOW, text=text),
        UpdateSent(actor=LENA, happened_at=NOW, text=text, next_minutes=30),
    )
    told = {"title": text, "because": text, "rule": text, "branch": text, "impact": text, "affected": text}
    return replace(incident, **told, tasks=(task,), roles={"scribe": odd})  # type: ignore[arg-type] # texts all of them


def _recovered(text: str) -> Recovered:
    return Recovered(actor=LENA, happened_at=NOW, checks=3, lasting_s=600, models=(text,))


def _key(text: str) -> ApiKey:
    return ApiKey(
        id="apikey_1",
        name=text,
        hint=text,
        status="active",
        workspace_id=None,
        workspace_name=text,
        created_by=text,
        created_at=NOW,
        expires_at=None,
    )


def _case(text: str) -> KeyCase:
    return KeyCase(wanted=text, phase="several", keys=(_key(text), _key(text)), problem=text)


def _answer(text: str) -> Answer:
    return Answer(
        title=text,
        branch=text,
        fault=Fault.THEIRS,
        severity=text,
        severity_is_told=True,
        retry=text,
        because=text,
        checks=(text,) * 3,
        actions=(text,) * 3,
        links=(),
        request_id=text,
    )


@cache
def _ours() -> frozenset[str]:
    """Return every tag that we write ourselves: those that stand there when people write nothing odd."""
    plain = Seen("word")
    strings = [text for _, text in _strings(plain)]
    return frozenset(tag for text in strings for tag in _TAG.findall(text))


def _strings(seen: Seen) -> Iterator[tuple[str, str]]:
    """Yield every string that Slack reads as mrkdwn, with where it stands."""
    for name, message in seen.messages().items():
        yield name, message.text
        yield from ((name, text) for text in _mrkdwn(message.blocks))
    for name, view in seen.views().items():
        yield from ((name, text) for text in _mrkdwn(view["blocks"]))
    yield from seen.lines().items()


def _mrkdwn(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for one in part:
            yield from _mrkdwn(one)
    elif isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            assert part.get("verbatim") is True, "bare addresses and names must not become links"
            yield part["text"]
        for one in part.values():
            yield from _mrkdwn(one)


@pytest.mark.parametrize("share", range(SHARES))
def test_whatever_is_written_stays_text(share: int) -> None:
    """No tag but our own, no half escape, no limit broken, and what is cut is cut at its end."""
    for number, text in enumerate(_texts(share)):
        seen = Seen(text)
        for where, shown in _strings(seen):
            assert _ours().issuperset(_TAG.findall(shown)), (where, text, shown)
            assert not set(_TAG.sub("", shown)) & set("<>"), (where, text, shown)
            assert not _BROKEN_ESCAPE.search(_TAG.sub("", shown)), (where, text, shown)
        assert len(topic(seen.incident)) <= 250
        if number % 25 == 0:  # Slack's own rules, which are slow to check
            for where, message in seen.messages().items():
                assert [] == lint_message(message.blocks, message.text), (where, text)
                assert len(message.text) <= 4000, (where, text)
            for where, view in seen.views().items():
                assert [] == lint_view(view), (where, text)
        _is_recoverable(seen)


def _is_recoverable(seen: Seen) -> None:
    """Read back what a person wrote: all of a short text, the beginning of a long one."""
    clean = kit._CONTROL.sub("", seen.text).replace("\u2060", "")  # which we put ourselves between backticks
    card = card_of(seen.incident, step_question="")
    shown = next(text for text in _mrkdwn(card.blocks) if text.startswith("*Measured because* "))
    back = html.unescape(shown.removeprefix("*Measured because* ")).replace("\u2060", "")
    whole = back == clean
    assert whole or (len(back) > 150 and clean.startswith(back.removesuffix("…").rstrip())), (seen.text, back)


@pytest.mark.parametrize("share", range(SHARES))
def test_exports_hold_no_markup_of_others(share: int) -> None:
    """The postmortem and the recap show the same texts: no HTML, no link, no cell, no heading of theirs."""
    for text in list(_texts(share))[:: 1 if CHAOS > 1 else 10]:
        person = Actor(id="U1", name=text or "x")
        story: list[Event] = [
            opened(title=text, because=text),
            measured(because=text),
            Noted(actor=person, happened_at=NOW, text=text),
            Captured(actor=RAVI, happened_at=NOW, author=person, text=text, channel_id="C1", ts="1.0"),
            Retracted(actor=RAVI, happened_at=NOW, seq=3, reason=text),
            resolved(impact=text, root_cause=text, mitigation=text, action_items=(text,)),
        ]
        recorded = [Recorded(seq=n, at=NOW, event=event) for n, event in enumerate(story, 1)]
        incident = replace(_incident(text), tasks=())
        shown = render_markdown(build(incident, recorded))
        bare = re.sub(r"\\.", "", shown)
        assert "<script" not in bare
        assert "](http" not in bare
        assert "<!" not in bare
        assert shown.count("\n## ") == render_markdown(build(_incident("word"), recorded[:1])).count("\n## ")
        assert all("\n" not in line for line in recap(incident, recorded))
