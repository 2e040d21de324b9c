"""The postmortem in Slack: a file in the incident's channel, and the channel's canvas where the workspace has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from bot.incidents.effects import CANVAS, SHARE
from bot.incidents.events import BOT, PostmortemExported
from bot.incidents.model import Incident
from bot.slack.calls import Slack
from bot.slack.cards.blocks import safe
from bot.slack.refusals import Refused
from bot.store.deliveries import Posted
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context
from bot.workflows.export import Paper, file_of
from bot.workflows.look_up import incident_of
from bot.workflows.record import recording
from bot.workflows.worker import Finish, GiveUp, Handler

_EXISTS: Final = "channel_canvas_already_exists"
_GONE: Final = frozenset({"canvas_not_found", "canvas_deleted"})
_MOST_BYTES: Final = 1_000_000  # of Markdown that a canvas takes; Slack's limit is a little higher
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a team wants: a canvas, a picture of the chart, all that was said, and its own template."""

    canvas: bool = False
    chart: bool = False
    transcript: bool = False
    template: Path | None = None


class Sharing:
    """The handlers of the jobs that share a postmortem."""

    def __init__(self, context: Context, slack: Slack, wanted: Wanted) -> None:
        self._context = context
        self._slack = slack
        self._wanted = wanted

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each kind of job."""
        return {SHARE: self.share, CANVAS: self.draw_canvas}

    async def share(self, job: Job) -> Finish:
        """Share the postmortem as a file in the incident's channel."""
        incident = await incident_of(self._context, job)
        channel = incident.channel_id or (None if incident.private else incident.origin_channel)
        if channel is None:
            raise GiveUp(f"{incident.name} has no channel for its postmortem; `repair {incident.name}` makes one")
        kind = str(job.payload.get("format") or "md")
        wanted = self._wanted
        paper = await file_of(
            self._context.store,
            incident.id,
            kind,
            transcript=wanted.transcript,
            template=wanted.template,
            chart=wanted.chart and kind == "md",
        )
        found = await self._shared_already(job, channel, paper)
        file_id = found or await self._slack.upload(channel, _files(paper), _comment(incident, paper))

        return recording(
            incident.id,
            lambda now: PostmortemExported(actor=BOT, happened_at=now, format=paper.format, file_id=file_id),
        )

    async def _shared_already(self, job: Job, channel: str, paper: Paper) -> str | None:
        """Return the file of an earlier attempt whose answer was lost; those of earlier exports are on the timeline."""
        if job.attempts == 1:
            return None
        async with self._context.store.read() as unit:
            story = await unit.incidents.story(int(job.payload["incident_id"]))
        known = {item.event.file_id for item in story if isinstance(item.event, PostmortemExported)}
        return await self._slack.find_file(channel, paper.name, job.first_tried_at, {file for file in known if file})

    async def draw_canvas(self, job: Job) -> Finish | None:
        """Let the canvas of the incident's own channel hold the postmortem; one that people made is left alone."""
        incident = await incident_of(self._context, job)
        if not self._wanted.canvas or incident.channel_id is None or not incident.own_channel:
            return None
        paper = await file_of(self._context.store, incident.id, "md", template=self._wanted.template)
        content = paper.content
        if len(content) > _MOST_BYTES:
            log.warning("canvas_not_drawn", incident=incident.id, error="it is too long", hint="the file has all of it")
            return None
        document = {"type": "markdown", "markdown": content.decode()}
        name = f"incident:{incident.id}:canvas"
        async with self._context.store.read() as unit:
            known = await unit.deliveries.posted(name)
        try:
            if known is not None and known.channel_id == incident.channel_id and await self._edited(known.ts, document):
                return None
            canvas_id = await self._created(job, incident, document)
        except Refused as refusal:
            hint = "add the optional scope canvases:write" if refusal.code == "missing_scope" else "the file has it all"
            log.warning("canvas_not_drawn", incident=incident.id, error=str(refusal), hint=hint)
            return None
        return _remember(name, Posted(channel_id=incident.channel_id, ts=canvas_id)) if canvas_id else None

    async def _edited(self, canvas_id: str, document: dict[str, str]) -> bool:
        """Replace what a canvas of ours holds; return whether it is still there."""
        change = {"operation": "replace", "document_content": document}
        answer = await self._slack.call("canvases.edit", passes=_GONE, canvas_id=canvas_id, changes=[change])
        return bool(answer["ok"])

    async def _created(self, job: Job, incident: Incident, document: dict[str, str]) -> str | None:
        """Return the id of the channel's new canvas, or of the one that an attempt made whose answer was lost."""
        passes = frozenset({_EXISTS})
        where = {"channel_id": incident.channel_id, "document_content": document}
        answer = await self._slack.call("conversations.canvases.create", passes=passes, **where)
        if answer["ok"]:
            return str(answer["canvas_id"])
        if job.attempts == 1:
            log.info("canvas_left_alone", incident=incident.id, hint="people made one in the channel")
            return None
        shown = await self._slack.call("conversations.info", channel=incident.channel_id)
        canvas_id = ((shown.get("channel") or {}).get("properties") or {}).get("canvas", {}).get("file_id")
        return str(canvas_id) if canvas_id and await self._edited(str(canvas_id), document) else None


def _files(paper: Paper) -> list[tuple[str, bytes]]:
    """Return the file, and the picture of its chart beside it."""
    picture = [(f"{paper.name.rpartition('.')[0]}.png", paper.chart)] if paper.chart else []
    return [(paper.name, paper.content), *picture]


def _comment(incident: Incident, paper: Paper) -> str:
    why = f"\nOur own template was not used: {safe(paper.problem)}" if paper.problem else ""
    return f"Postmortem of {incident.name}{why}"


def _remember(name: str, posted: Posted) -> Finish:
    async def finish(unit: UnitOfWork) -> None:
        await unit.deliveries.remember_posted(name, posted, unit.now)

    return finish
