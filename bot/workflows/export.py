"""Exporting the postmortem: from the database to a file of one kind, and asking for it in Slack."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from bot.errors import BadInput
from bot.incidents.effects import postmortem
from bot.incidents.events import Recorded
from bot.incidents.model import Incident
from bot.incidents.said import Said
from bot.postmortem.context import build
from bot.postmortem.document import Kind, chart_png, document
from bot.postmortem.record_json import story_json
from bot.postmortem.render import file_name
from bot.rules.recovery import RELAPSE
from bot.store.unit_of_work import Store, UnitOfWork
from bot.workflows.context import Context, Delivery

FORMATS: Final = {"md": "Markdown", "html": "HTML", "pdf": "PDF", "json": "JSON"}
"""What a postmortem can be exported as, by the ending of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A postmortem as a file: its name is made by us, `problem` is what a reader should know besides.

    `chart` is a picture (PNG), where one was asked for and can be drawn.
    """

    name: str
    format: str
    content: bytes
    problem: str = ""
    chart: bytes | None = None


async def file_of(
    store: Store,
    incident_id: int,
    kind: str,
    *,
    transcript: bool = False,
    template: Path | None = None,
    chart: bool = False,
) -> Paper:
    """Return the postmortem of an incident as a file; `transcript` adds what was said in its channel.

    `template` is a team's own. Raises UnknownIncident, and BadInput for a kind that there is not.
    """
    _require_format(kind)
    async with store.read() as unit:
        incident = await unit.incidents.get(incident_id)
        story = await unit.incidents.story(incident_id)
        said = await _said(unit, incident) if transcript else []
    if kind == "json":
        text = await asyncio.to_thread(_json, incident, story)
        name = file_name(incident.name, incident.title, kind)
        return Paper(name=name, format=FORMATS[kind], content=text.encode("utf-8", "replace"))
    told = await asyncio.to_thread(build, incident, story, said)
    made = await document(told, cast("Kind", kind), template=template)
    picture = await chart_png(told) if chart and told.measurements else None
    return Paper(name=made.name, format=FORMATS[kind], content=made.content, problem=made.problem, chart=picture)


def _json(incident: Incident, story: Sequence[Recorded]) -> str:
    return json.dumps(story_json(incident, story), ensure_ascii=False, indent=2) + "\n"


def _require_format(kind: str) -> None:
    if kind not in FORMATS:
        raise BadInput(f"A postmortem is no {kind[:20]!r}.", f"It can be {', '.join(FORMATS)}.")


async def _said(unit: UnitOfWork, incident: Incident) -> list[Said]:
    """Return what was said in the incident's channel until it was over, and a while after."""
    if incident.channel_id is None:
        return []
    ended = None if incident.is_open or incident.resolved_at is None else incident.resolved_at + RELAPSE
    said = await unit.messages.of(incident.channel_id, incident.opened_at, ended)
    return [one for one in said if not one.deleted]


async def share_postmortem(context: Context, delivery: Delivery, incident_id: int, kind: str = "md") -> Incident:
    """Ask for the postmortem to be shared in the incident's channel; raises UnknownIncident, and BadInput."""
    _require_format(kind)
    async with context.store.begin(once=delivery.key) as unit:
        incident = await unit.incidents.get(incident_id)
        context.policy.require("export", delivery.person, incident)
        for wish in postmortem(incident_id, kind, asked_by=delivery.actor.id, place=delivery.channel_id):
            await unit.wish(wish)
        return incident
