"""What people see in the workspace, and waiting until they see something."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bot.playground.reading import read_message, read_view
from bot.playground.workspace.model import Channel, Message, UploadedFile, User, View
from bot.playground.workspace.refusal import NotPossible
from bot.playground.workspace.state import State

T = TypeVar("T")

_SHOWN_WHEN_MISSED = 5


class NotSeen(AssertionError):
    """What somebody waited for did not happen in time; the text shows what was there instead."""


class Seen:
    """The workspace through people's eyes. Users are named by id or name, channels by id, `name` or `#name`."""

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def people(self) -> dict[str, User]:
        """Return everybody but bots, by name."""
        return {user.name: user for user in self.state.users.values() if not user.is_bot}

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """Return what stands in a channel outside threads, or in one thread (its first message first)."""
        found = self.state.channel(channel).messages
        if thread_ts is None:
            return [message for message in found if not message.in_thread]
        return [message for message in found if thread_ts in {message.ts, message.thread_ts}]

    def ephemerals(self, user: str) -> list[Message]:
        """Return the messages that only this person sees."""
        person = self.state.user(user).id
        return [message for message in self.state.ephemerals if message.only_for == person]

    def message(self, channel: str, ts: str) -> Message:
        """Return one message, ephemeral ones included.

        Raises NotPossible when it is not there.
        """
        found = self.state.message(self.state.channel(channel).id, ts)
        if found is None:
            raise NotPossible(f"no message {ts} in {channel}")
        return found

    def view(self, user: str) -> View | None:
        """Return the topmost modal that somebody has open, with the errors in it."""
        stack = self.state.modals.get(self.state.user(user).id)
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        """Return somebody's App Home, if the bot has published one."""
        return self.state.homes.get(self.state.user(user).id)

    def channel(self, name_or_id: str) -> Channel:
        """Return a channel.

        Raises NotPossible when there is none.
        """
        return self.state.channel(name_or_id)

    def channels_of(self, user: str) -> list[Channel]:
        """Return the conversations that somebody knows of: public channels, unless they are a guest, and their own."""
        person = self.state.user(user)
        every = self.state.channels.values()
        return [one for one in every if person.id in one.members or not (one.private or person.is_restricted)]

    def channel_of(self, user: str, name_or_id: str) -> Channel:
        """Return a channel that somebody knows of.

        Raises NotPossible when there is none for them.
        """
        channel = self.state.channel(name_or_id)
        if channel not in self.channels_of(user):
            raise NotPossible(f"no channel {name_or_id!r} that {user} can see")
        return channel

    def direct(self, user: str) -> list[Message]:
        """Return the direct messages between somebody and the bot."""
        return list(self.state.direct(self.state.user(user).id).messages)

    def file(self, file_id: str) -> UploadedFile:
        """Return a shared file.

        Raises NotPossible when it is unknown or its upload was not completed.
        """
        if file_id not in self.state.files:
            raise NotPossible(f"no file {file_id}")
        return self.state.files[file_id]

    def canvas(self, channel: str) -> str | None:
        """Return the Markdown of a channel's canvas."""
        canvas_id = self.state.channel(channel).canvas
        return self.state.canvases[canvas_id] if canvas_id else None

    def name_of(self, some_id: str) -> str:
        """Return the name behind the id of a person or a channel."""
        known = self.state.users.get(some_id) or self.state.channels.get(some_id)
        return known.name if known else some_id

    def read(self, message: Message) -> str:
        """Return a message as a person reads it."""
        return read_message(message, self.name_of)

    async def until(self, seen: Callable[[], T | None], *, within_s: float = 10.0, what: str = "") -> T:
        """Wait for the first truthy value of `seen`, asked again at every change, and return it.

        Raises NotSeen after `within_s` real seconds, with what is visible then.
        """
        try:
            async with asyncio.timeout(within_s):
                while True:
                    changed = self.state.changed()
                    if found := seen():
                        return found
                    await changed.wait()
        except TimeoutError:
            raise NotSeen(f"not seen within {within_s} s: {what or 'what was waited for'}\n{self.visible()}") from None

    def visible(self) -> str:
        """Return all that can be seen at the moment, the newest of each place last."""
        lines = []
        for channel in self.state.channels.values():
            lines.append(f"#{channel.name or channel.id}{' (archived)' if channel.archived else ''}")
            lines += [_line(message, self) for message in channel.messages[-_SHOWN_WHEN_MISSED:]]
        lines.append("only for one person")
        lines += [_line(message, self) for message in self.state.ephemerals[-_SHOWN_WHEN_MISSED:]]
        for user, stack in self.state.modals.items():
            lines += [f"modal of {self.name_of(user)}\n{read_view(view, self.name_of)}" for view in stack]
        return "\n".join(lines)


def _line(message: Message, seen: Seen) -> str:
    return f"  {message.ts} {seen.name_of(message.user)}: {seen.read(message)}"
