"""The form in which a person declares an incident in their own words."""

from typing import Any, Final

from bot.incidents.decisions import LONGEST_TITLE, Declaration, title_of
from bot.incidents.model import Incident
from bot.incidents.prospect import Prospect
from bot.rules.evidence import Severity
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form
from bot.slack.cards.lists import incident_line
from bot.slack.cards.severity import LABELS

ACCESS: Final = {
    "public": "Everybody: a public channel",
    "private": "Only who is invited: a private channel",
}


def first_declaration(known: Prospect, title: str = "", impact: str = "", affected: str = "") -> Declaration:
    """Return what the form holds at first: what a fresh verdict proposes, and what the person has said already."""
    verdict = known.triage.verdict if known.triage else None
    proposed = verdict.severity if verdict and verdict.severity in LABELS else Severity.P3
    return Declaration(
        title=title or (title_of(verdict) if verdict and verdict.branch else ""),
        severity=proposed,
        impact=impact,
        affected=affected,
    )


def declare_form(
    said: Declaration, known: Prospect, channel_id: str, *, meanwhile: Incident | None = None
) -> dict[str, Any]:
    """Return the form; `meanwhile` is an incident that somebody else has opened since the person began to write."""
    return form.modal(
        ids.DECLARE_FORM,
        ids.declare_value(channel_id, known.seen),
        "Open an incident",
        [*_before(known, meanwhile), *_questions(said, known)],
        submit="Open another one" if meanwhile else "Open",
    )


def _before(known: Prospect, meanwhile: Incident | None) -> list[kit.Block]:
    if meanwhile:
        who = kit.person(meanwhile.opened_by)
        return [kit.section(f":warning: *{who} has opened one while you wrote:*\n{incident_line(meanwhile)}")]
    if known.others:
        return [kit.section(f"*Open already*\n{kit.bullets(map(incident_line, known.others), limit=3)}")]
    return []


def _questions(said: Declaration, known: Prospect) -> list[kit.Block]:
    house: kit.Block = {
        "type": "conversations_select",
        "filter": {
            "include": ["public", "private"],
            "exclude_external_shared_channels": True,
            "exclude_bot_users": True,
        },
    }
    if said.house:
        house["initial_conversation"] = said.house
    measured = known.triage.verdict if known.triage else None
    proposal = f"Measured: {measured.severity}. " if measured else "Nothing was measured in the last 15 minutes. "
    return [
        form.field("title", "What does not work?", form.line(said.title, most=LONGEST_TITLE)),
        form.field(
            "severity", "Severity", form.choice(LABELS, said.severity, kind="static_select"),
            hint=f"{proposal}The value that you choose is the one that holds.",
        ),
        form.field("impact", "Impact", form.lines(said.impact, asks="What do users notice?"), optional=True),
        form.field(
            "affected", "What is affected", form.line(said.affected), optional=True,
            hint="Services, models, regions.",
        ),
        form.field("access", "Who may see it?", form.choice(ACCESS, "private" if said.private else "public")),
        form.field(
            "house", "Run it in a channel that exists", house, optional=True,
            hint="Left empty, a channel is made. In a private channel it is private.",
        ),
    ]  # fmt: skip
