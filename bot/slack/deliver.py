"""Carries effects out in Slack: each handler reads the state, acts once, and returns what to write down."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from prometheus_client import Counter

from bot.incidents.access import may_see
from bot.incidents.effects import GIVEN, HOME, TELL, bookmarks, show, sweep
from bot.incidents.times import times
from bot.slack.calls import SETTLED_S, Slack
from bot.slack.cards.blocks import Message, said
from bot.slack.cards.home import home_view
from bot.slack.cards.lifecycle import given_text
from bot.slack.cards.pasted_key import pasted_key_blocks
from bot.slack.cards.plain import plainly
from bot.slack.drawing import Drawing, Drawn
from bot.slack.outside import Outside
from bot.slack.refusals import CLOSED_TO_US, LAYOUT_REFUSED, Refused
from bot.store.deliveries import Posted
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context
from bot.workflows.look_up import incident_of
from bot.workflows.worker import Finish, Handler, RetryLater

T = TypeVar("T")

_TOLD = "told:"  # names of messages that are remembered only until they were swept
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
_TIMES_DAYS = 30
_COUNTED = 1000  # incidents of which the times are taken
SURPLUS = Counter("anth_triage_surplus_copies_total", "Copies of a message that were deleted again.")
log = structlog.get_logger()


class Deliverer:
    """The handlers of the jobs that put messages and files into Slack, and keep them true."""

    def __init__(self, context: Context, slack: Slack, drawing: Drawing, outside: Outside) -> None:
        self._outside = outside
        self._context = context
        self._slack = slack
        self._drawing = drawing

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handler of each kind of job."""
        return {
            "slack.show": self.show,
            TELL: self.tell,
            "slack.sweep": self.sweep,
            GIVEN: self.tell_given,
            HOME: self.home,
        }

    async def show(self, job: Job) -> Finish | None:
        """Make the named message stand in Slack as it is now: post it once, edit it from then on."""
        name = str(job.payload["name"])
        if name.endswith(":announcement") and await self._outside.ask():
            return None
        async with self._context.store.read() as unit:
            posted = await unit.deliveries.posted(name)
            drawn = await self._drawing.draw(unit, name)
        if drawn is None:
            return None
        again, before = job.attempts > 1, posted
        async for standing in self._standing(job, posted, drawn):
            if await self._edit(job, standing, drawn):
                posted = standing
                break
        else:
            posted = await self._post(job, drawn)
        return _remember(name, posted, swept=job if again else None, moved=posted != before)

    async def _standing(self, job: Job, posted: Posted | None, drawn: Drawn) -> AsyncIterator[Posted]:
        """Yield where the message may stand: where it was last, and where an earlier attempt may have put it since."""
        if posted is not None:
            yield posted
        if job.attempts > 1 and (found := await self._adopted(job, drawn)) is not None and found != posted:
            yield found

    async def _edit(self, job: Job, posted: Posted, drawn: Drawn) -> bool:
        """Edit the message in place; False when somebody deleted it."""

        async def edit(message: Message) -> bool:
            shown = {"text": message.text, "blocks": message.blocks}
            where = {"channel": posted.channel_id, "ts": posted.ts}
            return bool((await self._slack.call("chat.update", passes=_GONE, **where, **shown))["ok"])

        return await _degrading(job, drawn.message, edit)

    async def _adopted(self, job: Job, drawn: Drawn) -> Posted | None:
        """Return the message of an earlier attempt whose answer was lost; what it shows may be old by now."""
        for channel in filter(None, (drawn.channel_id, drawn.instead)):
            if found := await self._slack.find(channel, job.uuid, job.first_tried_at):
                return Posted(channel_id=found[0], ts=found[1])
        return None

    async def _post(self, job: Job, drawn: Drawn) -> Posted:
        async def post(message: Message) -> Posted:
            shown = {"text": message.text, "blocks": message.blocks}
            try:
                channel, ts = await self._slack.post(drawn.channel_id, job.uuid, **shown)
            except Refused as refusal:
                if drawn.instead is None or refusal.code not in CLOSED_TO_US:
                    raise
                # The bot may not speak in that channel: the person who asked gets the answer in private.
                channel, ts = await self._slack.post(drawn.instead, job.uuid, **shown)
            return Posted(channel_id=channel, ts=ts)

        return await _degrading(job, drawn.message, post)

    async def tell(self, job: Job) -> Finish | None:
        """Tell one person something in private: an ephemeral message where they acted, else a direct one.

        For the auditor `user` may also be a channel.
        """
        channel, user, text = (str(job.payload[name]) for name in ("channel", "user", "text"))
        key = str(job.payload.get("key") or "")
        shown: dict[str, Any] = {"blocks": pasted_key_blocks(text, key)} if key else {}
        if channel != user:
            # Whatever the channel refuses, the person can still be told directly.
            with suppress(Refused):
                await self._slack.call("chat.postEphemeral", channel=channel, user=user, **{**said(text), **shown})
                return None
        return await self._tell_directly(job, user, text, shown)

    async def tell_given(self, job: Job) -> Finish | None:
        """Tell a person of a role or a task that somebody gave them, or of a task that is due."""
        incident = await incident_of(self._context, job)
        user, what, by = (str(job.payload[name]) for name in ("user", "what", "by"))
        return await self._tell_directly(job, user, given_text(incident, what, by), {})

    async def _tell_directly(self, job: Job, user: str, text: str, shown: dict[str, Any]) -> Finish | None:
        again = job.attempts > 1
        found = await self._slack.find(user, job.uuid, job.first_tried_at) if again else None
        where, ts = found or await self._slack.post(user, job.uuid, **{**said(text), **shown})
        # Only what a later sweep compares with its copies has to be remembered.
        return _remember(_TOLD + job.uuid, Posted(channel_id=where, ts=ts), swept=job) if again else None

    async def home(self, job: Job) -> None:
        """Draw a person's App Home as it is now."""
        user = str(job.payload["user"])
        async with self._context.store.read() as unit:
            every = [one for one in await unit.incidents.all(limit=_COUNTED) if may_see(one, user, "")]
            open_ones = [one for one in await unit.incidents.open() if may_see(one, user, "")]
            known = times(every, unit.now - timedelta(days=_TIMES_DAYS))
        view = home_view(open_ones, known, days=_TIMES_DAYS)
        await self._slack.call("views.publish", passes=frozenset({"not_enabled"}), user_id=user, view=view)

    async def sweep(self, job: Job) -> Finish | None:
        """Delete every copy of a message but the one that is remembered: an answer was lost, the copy came late."""
        payload = job.payload
        async with self._context.store.read() as unit:
            kept = await unit.deliveries.posted(str(payload["name"]))
        if kept is None:
            return None
        since = datetime.fromisoformat(str(payload["since"]))
        for ts in await self._slack.copies(kept.channel_id, str(payload["uuid"]), since):
            if ts != kept.ts:
                await self._slack.call("chat.delete", passes=_GONE, channel=kept.channel_id, ts=ts)
                SURPLUS.inc()
                log.warning("surplus_copy_deleted", name=payload["name"])
        return _swept(str(payload["name"]), str(payload["lane"]))


async def _degrading(job: Job, message: Message, send: Callable[[Message], Awaitable[T]]) -> T:
    """Send the message; without its layout when Slack refuses that, which the job remembers if it has to wait then."""
    if job.payload.get("plain"):
        return await send(plainly(message))
    try:
        return await send(message)
    except Refused as refusal:
        if refusal.code not in LAYOUT_REFUSED:
            raise
        log.warning("layout_refused", error=str(refusal), hint="the words are shown without it")
    try:
        return await send(plainly(message))
    except RetryLater as later:

        async def remember(unit: UnitOfWork) -> None:
            await unit.wish(show(str(job.payload["name"]), job.lane or "", plain=True))

        raise RetryLater(later.after_s, remember, limit=later.limit) from None


def _swept(name: str, lane: str) -> Finish:
    """Return the finish of a sweep: a late edit may have brought old words back, so the message is drawn once more."""

    async def finish(unit: UnitOfWork) -> None:
        if name.startswith(_TOLD):
            await unit.deliveries.forget_posted(name)
        else:
            await unit.wish(show(name, lane))

    return finish


def _remember(name: str, posted: Posted, *, swept: Job | None, moved: bool = False) -> Finish:
    """Return the finish that stores where the message stands; `swept` is a job of which a copy may still appear."""

    async def finish(unit: UnitOfWork) -> None:
        await unit.deliveries.remember_posted(name, posted, unit.now)
        match name.split(":"):
            case ["incident", number, "step", _] if moved:
                await unit.wish(bookmarks(int(number)))
        if swept is not None:
            await unit.wish(sweep(swept.uuid, name, swept.lane or "", swept.first_tried_at), after_s=SETTLED_S)

    return finish
