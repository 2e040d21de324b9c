"""From Slack's payload to a delivery: who did it, where, and a key that is the same when Slack sends it again."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from bot.incidents.events import Actor
from bot.slack.ids import is_placed_in_private, place_of
from bot.slack.written import as_written, message_text
from bot.workflows.context import Delivery

NOBODY = "unknown"
"""Who acted when Slack names no person, as for the message of another app."""
_SHORT = 12  # characters
_HIDDEN = ("privategroup", "directmessage", "mpdm-")
"""How the names begin that Slack gives to what not everybody may see."""


def delivery(body: Mapping[str, Any]) -> Delivery:
    """Return who did what where, with a key that is the same when Slack delivers it again.

    The key is made of what slack-platform calls stable for the kind of payload: event_id; view id and hash;
    trigger_id with action_ts.
    """
    if isinstance(body.get("event"), Mapping):
        return _of_event(body)
    user = body.get("user") or {}
    actor = Actor(
        id=str(body.get("user_id") or user.get("id") or NOBODY),
        name=str(body.get("user_name") or user.get("username") or user.get("name") or NOBODY),
    )
    carried = str((body.get("view") or {}).get("private_metadata") or "")
    place = body.get("channel") or {}
    channel = body.get("channel_id") or place.get("id") or place_of(carried)
    named = str(body.get("channel_name") or place.get("name") or "")
    team = body.get("team_id") or (body.get("team") or {}).get("id") or ""
    return Delivery(
        key=_key(body),
        team_id=str(team),
        channel_id=str(channel),
        actor=actor,
        in_private=named.startswith(_HIDDEN) or is_placed_in_private(carried),
    )


def _of_event(body: Mapping[str, Any]) -> Delivery:
    """Return who did what where, for an event: their names Slack does not tell."""
    event = body["event"]
    message = event.get("message") or event.get("previous_message") or {}
    user = str(event.get("user") or message.get("user") or NOBODY)
    channel = event.get("channel") or (event.get("item") or {}).get("channel") or ""
    if isinstance(channel, Mapping):  # of a renamed one Slack tells more
        channel = channel.get("id") or ""
    return Delivery(
        key=_key(body), team_id=str(body["team_id"]), channel_id=str(channel), actor=Actor(id=user, name=user)
    )


def field(view: Mapping[str, Any], name: str) -> str:
    """Return what a submitted form holds in this field: a text, or what was chosen (a value, an id, a moment)."""
    blocks = view["state"]["values"].values()
    entry = next((block[name] or {} for block in blocks if name in block), {})
    option = (entry.get("selected_option") or {}).get("value")
    chosen = (option, *(entry.get(f"selected_{kind}") for kind in ("conversation", "date_time", "user", "date")))
    return str(entry.get("value") or next(filter(None, chosen), "")).strip()


def typed_texts(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a person wrote: behind the command, in the fields of a form, or in the message they point at."""
    if "command" in body:
        yield as_written(str(body.get("text") or ""))
    if body.get("type") == "message_action":
        yield message_text(body.get("message") or {})
    for block in (body.get("view") or {}).get("state", {}).get("values", {}).values():
        yield from (str(entry["value"]) for entry in block.values() if entry.get("value"))


def pressed(body: Mapping[str, Any]) -> str:
    """Return the value of the button that was pressed, empty for one without."""
    return str(body["actions"][0].get("value") or "")


def home_of(body: Mapping[str, Any]) -> str:
    """Return the person's own workspace where the payload tells it: Slack Connect brings people of others."""
    user = body.get("user") or {}
    return str(user.get("team_id") or "")


def request_id(body: Mapping[str, Any]) -> str:
    """Return the id under which the log speaks of it: a part of its key, the same when Slack delivers it again."""
    try:
        return _key(body)[:_SHORT]
    except (KeyError, TypeError, AttributeError, ValueError):
        return "unreadable"


def _key(body: Mapping[str, Any]) -> str:
    if body.get("event_id"):
        parts = ["event", body["event_id"]]
    elif body.get("type") == "view_submission":
        parts = ["view", body["view"]["id"], body["view"].get("hash")]
    else:
        acts = body.get("actions") or [{}]
        parts = ["act", body.get("trigger_id"), acts[0].get("action_ts"), acts[0].get("action_id")]
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()
