"""Slack's mrkdwn as HTML: what Slack would show of a text, and nothing that it would not obey."""

import html
import re
from collections.abc import Mapping
from typing import Final

Names = Mapping[str, str]
"""People, groups and channels by id: what a mention shows."""

EMOJI: Final = {
    "red_circle": "🔴",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "large_green_circle": "🟢",
    "large_blue_circle": "🔵",
    "white_circle": "⚪",
    "white_check_mark": "✅",
    "ballot_box_with_check": "☑️",
    "hourglass": "⌛",
    "hourglass_flowing_sand": "⏳",
    "mag": "🔍",
    "dart": "🎯",
    "eyes": "👀",
    "lock": "🔒",
    "bell": "🔔",
    "key": "🔑",
    "hand": "✋",
    "warning": "⚠️",
    "rotating_light": "🚨",
    "pushpin": "📌",
    "x": "❌",
    "+1": "👍",
    "leftwards_arrow_with_hook": "↩️",
    "level_slider": "🎚️",
    "memo": "📝",
    "question": "❓",
    "grey_question": "❔",
    "raised_hand": "✋",
    "raising_hand": "🙋",
    "repeat": "🔁",
    "wave": "👋",
    "white_large_square": "⬜",
}
_FENCE: Final = re.compile(r"```(.*?)```", re.DOTALL)
_CODE: Final = re.compile(r"`([^`\n]+)`")
_TAG: Final = re.compile(r"<([^<>]+)>")
_HELD: Final = "\x00"  # keeps the place of a tag while styles are read
_STYLES: Final = (("*", "strong"), ("_", "em"), ("~", "s"))


def mrkdwn_html(text: str, names: Names) -> str:
    """Return the text as HTML; it is safe whatever stands in it."""
    parts = _FENCE.split(text)
    return "".join(f"<pre>{_plain(part)}</pre>" if at % 2 else _lines(part, names) for at, part in enumerate(parts))


def plain_html(text: str) -> str:
    """Return plain text as HTML, its emoji shown."""
    return _emoji(html.escape(text))


def _lines(text: str, names: Names) -> str:
    shown = []
    for line in text.split("\n"):
        quoted = line.startswith("&gt; ")
        inner = _inline(line.removeprefix("&gt; "), names)
        shown.append(f"<blockquote>{inner}</blockquote>" if quoted else inner)
    return "<br>".join(shown)


def _inline(line: str, names: Names) -> str:
    parts = _CODE.split(line)
    return "".join(f"<code>{_plain(part)}</code>" if at % 2 else _styled(part, names) for at, part in enumerate(parts))


def _plain(text: str) -> str:
    """Return what stands in code: only the escapes are read."""
    return html.escape(html.unescape(text), quote=False)


def _styled(text: str, names: Names) -> str:
    """Return a line with its tags and styles; a style may reach over a tag, and never into its address."""
    parts = _TAG.split(text.replace(_HELD, ""))
    tags = [_tag(part, names) for part in parts[1::2]]
    shown = f"{_HELD}".join(map(_plain, parts[::2]))
    for mark, tag in _STYLES:
        sign = re.escape(mark)
        pattern = rf"(?<![\w{sign}]){sign}(?=\S)([^{sign}\n]*\S){sign}(?![\w{sign}])"
        shown = re.sub(pattern, rf"<{tag}>\1</{tag}>", shown)
    waiting = iter(tags)
    return re.sub(_HELD, lambda _: next(waiting), _emoji(shown))


def _tag(inside: str, names: Names) -> str:
    target, _, label = inside.partition("|")
    shown = html.escape(html.unescape(label)) if label else ""
    if target.startswith("!date^"):
        return f"<time>{shown}</time>"
    if target[:1] in "@#!":
        name = html.escape(names.get(target[1:].removeprefix("subteam^"), target[1:]))
        if target.startswith("#"):
            return f'<a class="mention" href="/archives/{html.escape(target[1:])}">#{name}</a>'
        return f'<span class="mention">@{name}</span>'
    address = html.escape(html.unescape(target), quote=True)
    return f'<a href="{address}" rel="noreferrer">{shown or address}</a>'


def _emoji(shown: str) -> str:
    return re.sub(r":([a-z0-9_+-]+):", lambda found: EMOJI.get(found[1], found[0]), shown)
