"""The screen of one person: every region of the page as HTML, made from what the workspace is now."""

import html
from dataclasses import dataclass
from typing import Any, Final

from markdown_it import MarkdownIt

from bot.playground.page.blocks import view_html
from bot.playground.page.messages import Reader
from bot.playground.page.mrkdwn import Names
from bot.playground.page.offers import Offers
from bot.playground.page.tour import done_steps, tour_html
from bot.playground.workspace import Channel, Message, Workspace

Json = dict[str, Any]
APP: Final = "app"
"""The place of the bot's App Home, beside the channels."""
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Who looks at what: a person's id, a channel's id or `app`, and what stands at the side ("" for nothing).

    `side` is `canvas`, `pins`, or the ts of a thread's first message.
    """

    user: str
    place: str
    side: str = ""


def screen(workspace: Workspace, offers: Offers, where: Where) -> Json:
    """Return the regions: HTML, or lists of {key, html} where parts come and go."""
    eyes = _Eyes(workspace, offers, where.user)
    channel = workspace.state.channels.get(where.place)
    return {
        "user": where.user,
        "place": where.place,
        "sidebar": eyes.sidebar(where.place),
        "newest": {one.id: eyes.newest(one) for one in eyes.channels()},
        "head": eyes.head(channel),
        "messages": eyes.home() if channel is None else eyes.messages(channel),
        "silent": eyes.why_silent(channel),
        "side": eyes.side(channel, where.side) if channel else None,
        "form": eyes.form(),
        "tour": tour_html(done_steps(workspace)),
    }


class _Eyes:
    """The workspace as one person sees it."""

    def __init__(self, workspace: Workspace, offers: Offers, user: str) -> None:
        self._workspace, self._user = workspace, user
        state = workspace.state
        self._bots = frozenset(one.id for one in state.users.values() if one.is_bot)
        self._names: Names = {
            **{one.id: one.name for one in state.users.values()},
            **{one.id: one.handle for one in state.groups.values()},
            **{one.id: one.name for one in self.channels() if one.name},
        }
        self._reader = Reader(user, self._names, self._bots, offers.on_messages)

    def channels(self) -> list[Channel]:
        """Return what the person can see."""
        return self._workspace.channels_of(self._user)

    def newest(self, channel: Channel) -> str:
        """Return the ts of the newest message of somebody else, by which the page tells what is unread."""
        others = [one.ts for one in self._all(channel) if one.user != self._user]
        return max(others, default="")

    def sidebar(self, place: str) -> str:
        """Return the list of channels and talks."""
        rooms = sorted((one for one in self.channels() if one.kind != "im"), key=lambda one: (one.archived, one.name))
        lines = "".join(
            _link(one.id, f"{'🔒' if one.private else '#'} {one.name}", place, faint=self._user not in one.members)
            for one in rooms
        )
        bot = self._names[self._workspace.bot_user_id]
        talk = "".join(_link(one.id, "💬 Messages", place) for one in self.channels() if one.kind == "im")
        return f"<h2>Channels</h2>{lines}<h2>{html.escape(bot)} (the app)</h2>{_link(APP, '🏠 Home', place)}{talk}"

    def head(self, channel: Channel | None) -> str:
        """Return name, topic, pins, bookmarks and members."""
        if channel is None:
            return f"<h1>{html.escape(self._names[self._workspace.bot_user_id])}</h1><p>App Home</p>"
        if channel.kind == "im":
            return f"<h1>{html.escape(self._names[self._workspace.bot_user_id])}</h1><p>Direct messages</p>"
        marks = [f'<span class="hint">{len(channel.members)} members</span>']
        if channel.pins:
            marks.append(_side_button("pins", f"📌 {len(channel.pins)} pinned"))
        if channel.canvas:
            marks.append(_side_button("canvas", "📄 Canvas"))
        marks += [_bookmark(one) for one in channel.bookmarks]
        archived = ' <span class="hint">(archived)</span>' if channel.archived else ""
        sign = "🔒 " if channel.private else "#"
        return (
            f"<h1>{sign}{html.escape(channel.name)}{archived}</h1><p>{html.escape(html.unescape(channel.topic))}</p>"
            f'<div class="marks">{"".join(marks)}</div>'
        )

    def messages(self, channel: Channel) -> list[Json]:
        """Return the channel's messages outside threads, those for this person only among them."""
        return [self._entry(one, channel, self._replies(channel, one)) for one in self._all(channel) if _outside(one)]

    def home(self) -> list[Json]:
        """Return the App Home."""
        view = self._workspace.home(self._user)
        if view is None:
            return [{"key": "home", "html": "<p>The bot has not published its Home yet.</p>"}]
        return [{"key": "home", "html": view_html(view.body, self._names, view.chosen)}]

    def why_silent(self, channel: Channel | None) -> str:
        """Return why nothing can be written here, as HTML; "" when it can."""
        if channel is None or channel.kind == "im":
            return "People write in channels."
        if channel.archived:
            return "This channel is archived."
        if self._user in channel.members:
            return ""
        name = html.escape(channel.name)
        return (
            f'You are not in this channel. <button type="button" class="primary" data-do="join">Join #{name}</button>'
        )

    def side(self, channel: Channel, side: str) -> Json | None:
        """Return what stands beside the channel: a thread, its canvas or its pinned messages."""
        if side == "canvas" and channel.canvas:
            text = self._workspace.canvas(channel.id) or ""
            return {"title": "Canvas", "items": [{"key": "canvas", "html": _MARKDOWN.render(text)}], "thread": ""}
        if side == "pins":
            pinned = [one for one in channel.messages if one.ts in channel.pins]
            return {"title": "Pinned", "items": [self._entry(one, channel, 0) for one in pinned], "thread": ""}
        if not any(one.ts == side for one in self._all(channel)):
            return None
        thread = [one for one in self._all(channel) if side in {one.ts, one.thread_ts}]
        return {"title": "Thread", "items": [self._entry(one, channel, 0) for one in thread], "thread": side}

    def form(self) -> Json | None:
        """Return the topmost modal."""
        view = self._workspace.view(self._user)
        if view is None:
            return None
        return {"key": view.id, "html": view_html(view.body, self._names, view.chosen, view.errors)}

    def _all(self, channel: Channel) -> list[Message]:
        private = [one for one in self._workspace.ephemerals(self._user) if one.channel == channel.id]
        return sorted([*channel.messages, *private], key=lambda one: one.ts)

    def _replies(self, channel: Channel, first: Message) -> int:
        return sum(one.thread_ts == first.ts and one.ts != first.ts for one in self._all(channel))

    def _entry(self, message: Message, channel: Channel, replies: int) -> Json:
        shown = self._reader.show(message, replies, pinned=message.ts in channel.pins)
        return {"key": message.ts, "html": shown}


def _outside(message: Message) -> bool:
    return not message.in_thread


def _link(place: str, words: str, here: str, *, faint: bool = False) -> str:
    current = ' aria-current="page"' if place == here else ""
    kind = ' class="faint"' if faint else ""
    return (
        f'<button type="button" data-go="{html.escape(place)}" data-key="{html.escape(place)}"{current}{kind}>'
        f"{html.escape(words)}</button>"
    )


def _side_button(side: str, words: str) -> str:
    return f'<button type="button" class="link" data-side="{side}" data-key="{side}">{words}</button>'


def _bookmark(bookmark: Json) -> str:
    title, link = html.escape(str(bookmark.get("title", ""))), html.escape(str(bookmark.get("link", "")))
    return f'<a href="{link}" rel="noreferrer" target="_blank">🔖 {title}</a>'
