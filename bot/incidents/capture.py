"""What becomes of messages that people mark: entries of the timeline, their corrections, their taking back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.errors import BadInput
from bot.incidents.decisions import LONGEST_REASON
from bot.incidents.events import Actor, Amended, Captured, Recorded, Retracted
from bot.incidents.model import Incident
from bot.incidents.said import Said, message_key
from bot.incidents.words import ERASED, LONGEST

_EDITED: Final = "edited in Slack"
DELETED: Final = "deleted in Slack"
UNMARKED: Final = "the mark was taken away"


def captured(
    incident: Incident, said: Said, *, author: Actor, actor: Actor, permalink: str | None, by_mark: bool = False
) -> Captured | None:
    """Return the entry for a message; None when it has one already, or there is nothing to read in it."""
    if _standing(incident, said.key) is not None or said.deleted or not said.text.strip():
        return None
    reply_to = said.thread_ts if said.thread_ts != said.ts else None
    return Captured(
        actor=actor,
        happened_at=said.at,
        author=author,
        text=_short(said.text),
        channel_id=said.channel_id,
        ts=said.ts,
        thread_ts=reply_to,
        permalink=permalink,
        by_mark=by_mark,
    )


def is_standing(incident: Incident, said: Said) -> bool:
    """Tell whether a message stands on the timeline."""
    return _standing(incident, said.key) is not None


def is_followed(incident: Incident, said: Said) -> bool:
    """Tell whether a message replies to one that stands on the timeline, and was never taken off it itself."""
    root = message_key(said.channel_id, said.thread_ts or "")
    return said.key not in incident.captured and _standing(incident, root) is not None


def edited(incident: Incident, story: Sequence[Recorded], said: Said, *, now: datetime) -> Amended | None:
    """Return the correction that follows from an edit of a captured message; None when it says nothing new."""
    seq = _standing(incident, said.key)
    entry = story[seq - 1].event if seq else None
    if seq is None or not isinstance(entry, Captured):
        return None
    corrections = [item.event for item in story if isinstance(item.event, Amended) and item.event.seq == seq]
    present = corrections[-1].text if corrections else entry.text
    text = _short(said.text)
    if not text.strip() or ERASED in (present, entry.text) or text == present:
        return None
    return Amended(actor=entry.author, happened_at=now, seq=seq, part="text", text=text, reason=_EDITED)


def vanished(incident: Incident, key: str, *, actor: Actor, now: datetime, reason: str) -> Retracted | None:
    """Return that a captured message was deleted, or its mark taken away; None when it has no (standing) entry."""
    seq = _standing(incident, key)
    return None if seq is None else Retracted(actor=actor, happened_at=now, seq=seq, reason=reason)


def retracted(
    incident: Incident, *, actor: Actor, now: datetime, story: Sequence[Recorded], seq: int, reason: str
) -> Retracted:
    """Return that a person takes a note or a captured message back.

    Raises BadInput for any other entry, one that was taken back already, or no reason.
    """
    entry = story[seq - 1].event if 1 <= seq <= len(story) else None
    if entry is None or entry.kind not in {"noted", "captured"}:
        raise BadInput(f"Entry {seq} is no note and no message.", "Only these can be taken back; nothing was changed.")
    if seq in incident.retracted:
        raise BadInput(f"Entry {seq} was taken back already.", "Nothing was changed.")
    said = " ".join(reason.split())
    if not said or len(said) > LONGEST_REASON:
        hint = f"Say why in at most {LONGEST_REASON} characters: `retract {seq} REASON`."
        raise BadInput("Taking an entry back needs a reason.", hint)
    return Retracted(actor=actor, happened_at=now, seq=seq, reason=said)


def _standing(incident: Incident, key: str) -> int | None:
    seq = incident.captured.get(key)
    return None if seq is None or seq in incident.retracted else seq


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
