"""The one error boundary of listeners: whatever a person did ends in an acknowledgement with an answer."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.errors import BadInput, BotError, NotAllowed, Unsaved
from bot.incidents.events import Actor
from bot.incidents.policy import Act, Kind
from bot.slack.cards.blocks import SECTION, safe, said
from bot.slack.cards.pasted_key import hint_in, pasted_key_text
from bot.slack.cards.update import Announced
from bot.slack.payload import delivery as delivery_of
from bot.slack.payload import home_of, typed_texts
from bot.slack.watching import watched
from bot.slack.whisper import Whisper
from bot.store.unit_of_work import Repeated
from bot.workflows.context import Context, Delivery
from bot.workflows.tell import tell

Body = Mapping[str, Any]
Reply = str | dict[str, Any] | None
log = structlog.get_logger()
T = TypeVar("T")
# Slack tells the person after three seconds that the bot failed: by then they know what was saved.
_PATIENCE_S = 2.2
_TELLING_S = 0.5


async def _member(_user_id: str) -> Kind:
    return "member"


async def _nameless(user_id: str) -> Actor:
    return Actor(id=user_id, name=user_id)


def _unknown_kinds(_text: str) -> tuple[str, ...]:
    return ()


def _nowhere() -> Announced:
    return "nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a listener may use."""

    context: Context
    open_view: Callable[..., Awaitable[object]]
    whisper: Whisper
    team_id: str
    redact_data: Callable[[Any], Any]
    has_secret: Callable[[str], bool]
    kinds_of: Callable[[str], tuple[str, ...]] = _unknown_kinds
    """Of which kinds the secrets in a text are."""
    scopes: frozenset[str] = frozenset()
    """What Slack granted; empty when it did not say."""
    emoji: str = "pushpin"
    """The reaction that puts a message on the timeline."""
    bot_user_id: str = ""
    """The bot's own id."""
    announced: Callable[[], Announced] = _nowhere
    """What becomes of updates for those outside."""
    kind_of: Callable[[str], Awaitable[Kind]] = _member
    """What a person is to the workspace, by their id."""
    actor_of: Callable[[str], Awaitable[Actor]] = _nameless
    """A person with the name that they have, by their id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person did: the delivery (who, where, its key) and Slack's payload."""

    delivery: Delivery
    body: Body


Listener = Callable[[Request, Desk], Awaitable[Reply]]


def guard(listener: Listener, desk: Desk, act: Act | None) -> Callable[[AsyncAck, Body], Awaitable[None]]:
    """Return the listener as Bolt wants it: it always acknowledges and lets no exception out to Bolt.

    `act` is what it lets people do, by the policy; None for what everybody may, or what the listener asks itself.
    """

    async def bound(ack: AsyncAck, body: Body) -> None:
        with watched(body):
            reply = await _answer(listener, desk, act, body)
            answer = {"text": reply} if isinstance(reply, str) else reply or {}
            shown = answer if "blocks" in answer or not answer.get("text") else {**answer, **said(answer["text"])}
            await ack(**desk.redact_data(shown))

    return bound


def hear(listener: Callable[[Request, Desk], Awaitable[None]], desk: Desk) -> Callable[..., Awaitable[object]]:
    """Return a listener to events as Bolt wants it: acknowledged once what follows is saved, and answered by nobody.

    What could not be saved is not acknowledged: Slack brings it again.
    """

    async def bound(ack: AsyncAck, body: Body) -> BoltResponse | None:
        with watched(body):
            return await heard(ack, body)

    async def heard(ack: AsyncAck, body: Body) -> BoltResponse | None:
        try:
            delivery = delivery_of(body)
        except (KeyError, TypeError, AttributeError, ValueError):
            log.warning("payload_unreadable")
            delivery = None
        if delivery and delivery.team_id == desk.team_id and not await _heard(listener, desk, delivery, body):
            return BoltResponse(status=503)
        await ack()
        return None

    return bound


async def _heard(
    listener: Callable[[Request, Desk], Awaitable[None]], desk: Desk, delivery: Delivery, body: Body
) -> bool:
    """Return whether the event is dealt with."""
    try:
        kind = await desk.kind_of(delivery.actor.id)
        if kind != "unknown":  # an event names nobody; whom Slack did not tell of just now it is not asked for again
            delivery = replace(delivery, actor=await desk.actor_of(delivery.actor.id))
        delivery = replace(delivery, kind=kind)
        await _in_time(listener(Request(delivery=delivery, body=body), desk), _PATIENCE_S)
    except Unsaved:
        log.warning("event_not_saved")
        return False
    except Repeated:
        pass
    except BotError as error:
        log.info("event_left_alone", reason=type(error).__name__)
        if isinstance(error, NotAllowed) and body["event"].get("type") == "reaction_added":  # a mark is a request
            await _say(desk, delivery, body, f"{error.user_message} {error.hint}")
    except Exception:
        log.exception("event_failed", listener=getattr(listener, "__name__", "?"))
    return True


async def _answer(listener: Listener, desk: Desk, act: Act | None, body: Body) -> Reply:
    try:
        delivery = delivery_of(body)
        if delivery.team_id != desk.team_id or home_of(body) not in {"", desk.team_id}:
            return _foreign(desk, delivery, body)
        typed_key = any(map(desk.has_secret, typed_texts(body)))
    except (KeyError, TypeError, AttributeError, ValueError):
        log.warning("payload_unreadable")
        return None
    carry_out = _carry_out(listener, desk, act, delivery, body)
    if not typed_key:
        return await carry_out
    reply, _ = await asyncio.gather(carry_out, _warn(desk, delivery, body))
    return reply


async def _carry_out(listener: Listener, desk: Desk, act: Act | None, delivery: Delivery, body: Body) -> Reply:
    try:
        return await _in_time(_allowed(listener, desk, act, delivery, body), _PATIENCE_S)
    except Repeated:
        return None
    except BotError as error:
        about = error.field if isinstance(error, BadInput) else ""
        stored = not isinstance(error, Unsaved)
        return await _say(desk, delivery, body, f"{error.user_message} {error.hint}".strip(), about, stored=stored)
    except Exception:
        reference = uuid.uuid4().hex[:8]
        log.exception("listener_failed", reference=reference, listener=getattr(listener, "__name__", "?"))
        text = f"Something went wrong and nothing was saved. Try again; if it stays, tell the bot's owners {reference}."
        return await _say(desk, delivery, body, text)


async def _allowed(listener: Listener, desk: Desk, act: Act | None, delivery: Delivery, body: Body) -> Reply:
    """Call the listener when the policy lets this person do the act; raises NotAllowed."""
    delivery = replace(delivery, kind=await desk.kind_of(delivery.actor.id))
    if act is not None:
        desk.context.policy.require(act, delivery.person)
    return await listener(Request(delivery=delivery, body=body), desk)


async def _warn(desk: Desk, delivery: Delivery, body: Body) -> None:
    """Warn a person who has typed or pointed at a key, beside the answer and even while the database is away."""
    delivery = replace(delivery, channel_id=delivery.channel_id or delivery.actor.id)
    kinds = [kind for typed in typed_texts(body) for kind in desk.kinds_of(typed)]
    text = pasted_key_text(kinds, in_message="message" in body)
    hints = (hint_in(str(desk.redact_data(typed))) for typed in typed_texts(body))
    key = next(filter(None, hints), "")
    if not await _queued(desk, delivery, text, once=f"{delivery.key} key", key=key):
        desk.whisper.say(delivery.channel_id, delivery.actor.id, text)


async def _in_time(listening: Awaitable[T], limit_s: float) -> T:
    """Return what is awaited; raises Unsaved when it takes so long that Slack would give up.

    What takes so long is cancelled but not waited for: a driver may need long to let go of a dead connection.
    """
    work = asyncio.ensure_future(listening)
    work.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else may be there to hear it
    try:
        await asyncio.wait({work}, timeout=limit_s)
        if not work.done():
            raise Unsaved
        return work.result()
    finally:
        work.cancel()


def _foreign(desk: Desk, delivery: Delivery, body: Body) -> Reply:
    """Nothing is read or stored for another workspace, or for somebody from one: they hear so, and nothing else."""
    text = "This bot belongs to another workspace: only its members can use it."
    if "command" in body:
        return {"text": text, "response_type": "ephemeral"}
    if delivery.team_id != desk.team_id:
        return None
    if body.get("type") == "view_submission" and (inputs := _inputs(body)):
        return {"response_action": "errors", "errors": {inputs[0]: text}}
    if delivery.channel_id:
        desk.whisper.say(delivery.channel_id, delivery.actor.id, text)
    return None


def _inputs(body: Body) -> list[str]:
    """Return the fields of a submitted form: Slack shows an error under one of these only."""
    return [str(block["block_id"]) for block in body["view"]["blocks"] if block.get("type") == "input"]


async def _say(desk: Desk, delivery: Delivery, body: Body, text: str, about: str = "", *, stored: bool = True) -> Reply:
    """Return the acknowledgement that carries the text, where Slack shows one; else send it to the person.

    With `stored=False` it is sent at once, without the database, once.
    Names and what was typed may stand in the text, so it is escaped wherever Slack would read it as markup.
    """
    if body.get("type") == "view_submission" and (inputs := _inputs(body)):
        under = next((one for one in inputs if one.partition(".")[0] == about), inputs[0])
        return {"response_action": "errors", "errors": {under: text}}
    escaped = safe(text, SECTION)
    if "command" in body:
        return {"text": escaped, "response_type": "ephemeral"}
    if not (stored and await _queued(desk, delivery, escaped)):
        desk.whisper.say(delivery.channel_id, delivery.actor.id, escaped)
    return None


async def _queued(desk: Desk, delivery: Delivery, text: str, *, once: str | None = None, key: str = "") -> bool:
    """Return whether the database will see to it that the person hears this."""
    try:
        await _in_time(tell(desk.context, delivery, text, once=once, key=key), _TELLING_S)
    except Repeated:
        return True
    except Unsaved:
        log.warning("answer_not_queued", user=delivery.actor.id)
    except Exception:
        log.exception("answer_not_queued", user=delivery.actor.id)
    else:
        return True
    return False
