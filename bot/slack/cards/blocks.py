"""The few Block Kit shapes that the cards are built of; every foreign text is escaped here, once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.incidents.events import Actor
from bot.rules.evidence import Severity

Block = dict[str, Any]
SECTION = 3000  # characters of a section's text
_FIELD = 2000  # of a field's
BUTTON = 75
_TWO_HOURS = 120  # minutes
HEADER = 150

_MEMBER = re.compile(r"^[UW][A-Z0-9]{2,}$")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_JOINER = "\u2060"
"""Has no width: between backticks it keeps three of them from making code of all that follows."""

_HALF = re.compile(r"(?:&[a-z]{0,3}|<[^<>]*)$")

SEVERITY_SIGN = {
    Severity.P1: ":red_circle:",
    Severity.P2: ":large_orange_circle:",
    Severity.P3: ":large_yellow_circle:",
    Severity.P4: ":large_blue_circle:",
    Severity.NONE: ":large_green_circle:",
    Severity.UNKNOWN: ":white_circle:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a message shows: `text` for notifications and screen readers, `blocks` for everybody else."""

    text: str
    blocks: list[Block]


def cut(text: str, limit: int) -> str:
    """Return the text, or its beginning and an ellipsis, in at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def cut_markup(text: str, limit: int) -> str:
    """Return mrkdwn in at most `limit` characters, without half an escape or half a link at its end."""
    return text if len(text) <= limit else _HALF.sub("", text[: limit - 1]).rstrip() + "…"


def safe(text: str, limit: int = 600) -> str:
    """Return foreign text for mrkdwn: without control and direction marks, unable to mention, link or begin code.

    It has at most `limit` characters, escapes included.
    """
    clean = _CONTROL.sub("", text).replace("``", f"`{_JOINER}`").replace("``", f"`{_JOINER}`")
    return cut_markup(clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), limit)


def code(text: str) -> str:
    """Return foreign text as inline code."""
    quoted = safe(text).replace("`", "'")
    return f"`{quoted}`"


def person(actor: Actor) -> str:
    """Return a mention for a member of the workspace, else the name."""
    return f"<@{actor.id}>" if _MEMBER.match(actor.id) else safe(actor.name)


def member(slack_id: str) -> str:
    """Return a mention of a person or, for an id that begins with S, of a user group."""
    return f"<!subteam^{slack_id}>" if slack_id.startswith("S") else f"<@{slack_id}>"


def moment(at: datetime) -> str:
    """Return the moment as every reader's client shows it in their zone, with UTC for the rest."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time_secs}}|{at:%Y-%m-%d %H:%M:%S} UTC>"


def ago(at: datetime) -> str:
    """Return how long ago the moment was, as every reader's client counts it."""
    return f"<!date^{int(at.timestamp())}^{{ago}}|{at:%H:%M} UTC>"


def span(length: timedelta) -> str:
    """Return a length of time in few words; whole minutes, as the postmortem counts them."""
    seconds = length.total_seconds()
    minutes = int(seconds // 60) if seconds >= 60 else round(seconds / 60)  # noqa: PLR2004 - a minute
    return f"{minutes} min" if minutes < _TWO_HOURS else f"{minutes / 60:.1f} h"


def header(text: str) -> Block:
    """Return a header; its text is plain, never parsed. One in which nothing can be read says so: Slack takes none."""
    shown = cut(_CONTROL.sub("", text).strip() or "(no text)", HEADER)
    return {"type": "header", "text": {"type": "plain_text", "text": shown}}


def section(mrkdwn: str) -> Block:
    """Return a section of mrkdwn whose foreign parts are escaped already."""
    return {"type": "section", "text": _mrkdwn(mrkdwn, SECTION)}


def said(text: str) -> dict[str, Any]:
    """Return what a plain answer shows: the same lines in sections, in which no bare address becomes a link."""
    parts = [""]
    for line in text.splitlines():
        if len(parts[-1]) + len(line) >= SECTION:
            parts.append("")
        parts[-1] += f"{line}\n"
    return {"text": text, "blocks": [section(part.strip("\n")) for part in parts if part.strip()]}


def fields(*pairs: tuple[str, str]) -> Block:
    """Return a section of labelled fields, two in a row; at most ten."""
    return {"type": "section", "fields": [_mrkdwn(f"*{label}*\n{value}", _FIELD) for label, value in pairs[:10]]}


def context(mrkdwn: str) -> Block:
    """Return a line in small print."""
    return {"type": "context", "elements": [_mrkdwn(mrkdwn, SECTION)]}


def _mrkdwn(text: str, limit: int) -> Block:
    """Return mrkdwn in which only what we wrote in angle brackets becomes a link or a mention.

    `verbatim` keeps Slack from making links of bare addresses and names that foreign text holds.
    """
    return {"type": "mrkdwn", "text": cut_markup(text, limit), "verbatim": True}


def bullets(lines: Iterable[str], *, limit: int = 8) -> str:
    """Return escaped lines as a list, the rest counted."""
    every = list(lines)
    shown = [f"• {line}" for line in every[:limit]]
    return "\n".join([*shown, f"… and {len(every) - limit} more"] if len(every) > limit else shown)


def plain(text: str) -> Block:
    """Return words of ours as a label; they carry no markup."""
    return {"type": "plain_text", "text": text}


def button(
    label: str, action_id: str, value: str, *, style: Literal["primary", "danger"] | None = None, says: str = ""
) -> Block:
    """Return a button; `says` is what a screen reader reads in place of the label."""
    element: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": cut(label, BUTTON)},
        "action_id": action_id,
        "value": value,
    }
    if style:
        element["style"] = style
    if says:
        element["accessibility_label"] = cut(says, BUTTON)
    return element


def actions(*buttons: Block) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "elements": list(buttons)}
