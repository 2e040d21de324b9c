"""One message as a person sees it in a channel or a thread: author, words, files, reactions, and what they may do."""

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.playground.page.blocks import blocks_html
from bot.playground.page.mrkdwn import EMOJI, Names, mrkdwn_html
from bot.playground.workspace import Message, UploadedFile

OFFERED: Final = ("pushpin", "eyes", "white_check_mark")
"""The emoji that a press away; the first is the one that puts a message on an incident's timeline."""
_SYSTEM: Final = frozenset(
    {"channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive"}
)
_PREVIEW: Final = 4_000


class Reader:
    """What one person sees: `names` are those of people and channels they know, `shortcuts` those of messages."""

    def __init__(self, user: str, names: Names, bots: frozenset[str], shortcuts: Sequence[tuple[str, str]]) -> None:
        self._user = user
        self._names = names
        self._bots = bots
        self._shortcuts = shortcuts

    def show(self, message: Message, replies: int = 0, *, pinned: bool = False) -> str:
        """Return the message; `replies` are those in its thread, 0 where the thread itself is shown."""
        if message.subtype in _SYSTEM:
            said = mrkdwn_html(message.text, self._names)
            return f'<article class="system" {_place(message)}>{said} <time>{_clock(message.ts)}</time></article>'
        author = message.username or self._names.get(message.user, message.user)
        marks = [
            '<div class="mark">Only visible to you</div>' if message.only_for else "",
            '<div class="mark">📌 Pinned</div>' if pinned else "",
        ]
        parts = [*marks, self._head(message, author), self._body(message), *map(_file, message.files)]
        parts += [self._reactions(message), _thread(replies)]
        own = " own" if message.user == self._user else ""
        private = " private" if message.only_for else ""
        return (
            f'<article class="message{own}{private}" {_place(message)} aria-label="message of {html.escape(author)}">'
            f'{_avatar(author, message.user)}<div class="content">{"".join(parts)}</div>{self._menu(message)}</article>'
        )

    def _head(self, message: Message, author: str) -> str:
        app = ' <span class="app">APP</span>' if message.user in self._bots else ""
        return f'<div class="head"><b>{html.escape(author)}</b>{app} <time>{_clock(message.ts)}</time></div>'

    def _body(self, message: Message) -> str:
        edited = '<span class="edited">(edited)</span>' if message.edited_by else ""
        if message.blocks:
            return f"{blocks_html(message.blocks, self._names, message.chosen)}{edited}"
        said = f'<div class="section">{mrkdwn_html(message.text, self._names)} {edited}</div>'
        return said if message.text else ""

    def _reactions(self, message: Message) -> str:
        if not message.reactions:
            return ""
        shown = "".join(self._reaction(name, who) for name, who in message.reactions.items())
        return f'<div class="reactions">{shown}</div>'

    def _reaction(self, name: str, who: Sequence[str]) -> str:
        people = ", ".join(html.escape(self._names.get(one, one)) for one in who)
        mine = self._user in who
        return (
            f'<button type="button" class="reaction" aria-pressed="{str(mine).lower()}" data-do="react" '
            f'data-emoji="{html.escape(name)}" data-key="{html.escape(name)}" title="{people}" '
            f'aria-label="{html.escape(name)}, {len(who)}: {people}">{EMOJI.get(name, f":{name}:")} {len(who)}</button>'
        )

    def _menu(self, message: Message) -> str:
        if message.only_for:
            return ""
        emoji = "".join(
            f'<button type="button" data-do="react" data-emoji="{name}" aria-label="React with {name}">'
            f"{EMOJI[name]}</button>"
            for name in OFFERED
        )
        own = ""
        if message.user == self._user:
            own = '<button type="button" data-do="edit">Edit message</button>'
            own += '<button type="button" data-do="delete">Delete message</button>'
        shortcuts = "".join(
            f'<button type="button" data-do="message_shortcut" data-callback="{html.escape(callback)}">'
            f"{html.escape(name)}</button>"
            for callback, name in self._shortcuts
        )
        return (
            f'<div class="tools">{emoji}<button type="button" data-do="thread" aria-label="Reply in thread">💬</button>'
            f'<details class="more" data-key="more"><summary aria-label="More actions">⋮</summary>'
            f"<div>{shortcuts}{own}</div></details></div>"
        )


def _place(message: Message) -> str:
    return f'data-in="{message.channel}" data-ts="{message.ts}"'


def _avatar(author: str, user: str) -> str:
    hue = sum(map(ord, user)) * 47 % 360
    return (
        f'<svg class="avatar" viewBox="0 0 36 36" aria-hidden="true"><rect width="36" height="36" rx="6" '
        f'fill="hsl({hue} 45% 38%)"/><text x="18" y="25" text-anchor="middle" fill="#fff" font-size="19">'
        f"{html.escape(author[:1].upper())}</text></svg>"
    )


def _clock(ts: str) -> str:
    return f"{datetime.fromtimestamp(float(ts), UTC):%H:%M} UTC"


def _thread(replies: int) -> str:
    if not replies:
        return ""
    words = "1 reply" if replies == 1 else f"{replies} replies"
    return f'<button type="button" class="link" data-do="thread" data-key="thread">{words}</button>'


def _file(file: UploadedFile) -> str:
    address = f"/files/{html.escape(file.id)}/{html.escape(file.name)}"
    title = html.escape(file.title or file.name)
    inside = ""
    if file.name.endswith(".png"):
        inside = f'<img src="{address}" alt="{title}">'
    elif file.name.endswith((".md", ".txt", ".json", ".csv")):
        text = html.escape(file.bytes[:_PREVIEW].decode("utf-8", errors="replace"))
        more = "\n…" if file.length > _PREVIEW else ""
        inside = f'<details data-key="{file.id}"><summary>Preview</summary><pre>{text}{more}</pre></details>'
    name = "" if file.title in {"", file.name} else f"{html.escape(file.name)}, "
    return (
        f'<div class="file"><div><b>{title}</b> <span class="hint">{name}{_size(file.length)}</span> '
        f'<a href="{address}" download="{html.escape(file.name)}">Download</a></div>{inside}</div>'
    )


def _size(length: int) -> str:
    return f"{length} bytes" if length < 1024 else f"{length / 1024:.0f} KiB"  # noqa: PLR2004 - bytes in a KiB
