"""The postmortem in Slack: a file in the incident's channel, and the channel's canvas where the workspace has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from bot.errors import BadInput
from bot.incidents.effects import CANVAS, SHARE, canvas, word_to
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
_TO_MAKE: Final = "-"
"""In the place of a canvas's id: there was none, and ours is to be made."""
_KEPT: Final = (
    "> Kept as it is by the bot: what is typed here is replaced. *Write postmortem* on the card changes it.\n\n"
)
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
        """Share the postmortem as a file in the incident's channel; who asked hears what cannot be made."""
        try:
            return await self._share(job)
        except BadInput as error:
            return _told(job, f"{error.user_message} {error.hint}")

    async def _share(self, job: Job) -> Finish:
        incident = await incident_of(self._context, job)
        channel = incident.channel_id or (None if incident.private else incident.origin_channel)
        if channel is None:
            raise GiveUp(f"{incident.name} has no channel for its postmortem; `repair {incident.name}` makes one")
        if incident.channel_id is None and await self._slack.is_shared(channel):
            raise GiveUp(f"{incident.name} was opened where another organisation reads along; it needs its own channel")
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
        name = f"incident:{incident.id}:canvas"
        document = {"type": "markdown", "markdown": _KEPT + content.decode()}
        try:
            return await self._in_the_canvas(name, incident.channel_id, document)
        except Refused as refusal:
            hint = "add the optional scope canvases:write" if refusal.code == "missing_scope" else "the file has it all"
            log.warning("canvas_not_drawn", incident=incident.id, error=str(refusal), hint=hint)
            return None

    async def _in_the_canvas(self, name: str, channel: str, document: dict[str, str]) -> Finish | None:
        """Edit our canvas; make one only where Slack said first that there was none, so that ours is told from others'.

        When the answer to that was lost, what is there then is ours.
        """
        async with self._context.store.read() as unit:
            known = await unit.deliveries.posted(name)
        known = known if known is not None and known.channel_id == channel else None
        if known is not None and known.ts != _TO_MAKE and await self._edited(known.ts, document):
            return None
        if known is None or known.ts != _TO_MAKE:
            if await self._there(channel):
                log.info("canvas_left_alone", channel=channel, hint="people made one in the channel")
                return None
            return _remember(name, Posted(channel_id=channel, ts=_TO_MAKE), again=True)
        arguments = {"channel_id": channel, "document_content": document}
        answer = await self._slack.call("conversations.canvases.create", passes=frozenset({_EXISTS}), **arguments)
        canvas_id = str(answer["canvas_id"]) if answer["ok"] else await self._there(channel)
        if not answer["ok"] and not (canvas_id and await self._edited(canvas_id, document)):
            return None
        return _remember(name, Posted(channel_id=channel, ts=canvas_id))

    async def _there(self, channel: str) -> str:
        """Return the id of the channel's canvas; empty for none."""
        shown = await self._slack.call("conversations.info", channel=channel)
        properties = (shown.get("channel") or {}).get("properties") or {}
        return str((properties.get("canvas") or {}).get("file_id") or "")

    async def _edited(self, canvas_id: str, document: dict[str, str]) -> bool:
        """Replace what a canvas of ours holds; return whether it is still there."""
        change = {"operation": "replace", "document_content": document}
        answer = await self._slack.call("canvases.edit", passes=_GONE, canvas_id=canvas_id, changes=[change])
        return bool(answer["ok"])


def _files(paper: Paper) -> list[tuple[str, bytes]]:
    """Return the file, and the picture of its chart beside it."""
    picture = [(f"{paper.name.rpartition('.')[0]}.png", paper.chart)] if paper.chart else []
    return [(paper.name, paper.content), *picture]


def _comment(incident: Incident, paper: Paper) -> str:
    why = f"\nOur own template was not used: {safe(paper.problem)}" if paper.problem else ""
    return f"Postmortem of {incident.name}{why}"


def _remember(name: str, posted: Posted, *, again: bool = False) -> Finish:
    """Return the finish that stores where the canvas is; `again`: and has it drawn."""

    async def finish(unit: UnitOfWork) -> None:
        await unit.deliveries.remember_posted(name, posted, unit.now)
        if again:
            await unit.wish(canvas(int(name.split(":")[1])))

    return finish


def _told(job: Job, text: str) -> Finish:
    """Return the finish that tells who asked why there is no file."""

    async def finish(unit: UnitOfWork) -> None:
        user, place = str(job.payload.get("asked_by") or ""), str(job.payload.get("place") or "")
        log.warning("postmortem_not_made", incident=job.payload["incident_id"], error=text)
        if user:
            await unit.wish(word_to(user, text, f"tell:{job.uuid}", channel=place))

    return finish
