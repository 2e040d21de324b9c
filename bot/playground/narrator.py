"""Tells what happens in the workspace as a person would read it: each message when it appears or changes."""

from collections.abc import Callable

from bot.playground.reading import read_view
from bot.playground.workspace import Message, View, Workspace


class Narrator:
    """Prints through `say` what is new since the last look."""

    def __init__(self, workspace: Workspace, say: Callable[[str], None]) -> None:
        self._workspace = workspace
        self._say = say
        self._told: dict[tuple[str, str], str] = {}

    def headline(self, text: str) -> None:
        """Print what a person does next."""
        self._say(f"\n=== {text} ===")

    def tell(self, channel: str) -> None:
        """Print every message of the channel that is new or reads differently now."""
        name = self._workspace.channel(channel).name
        for message in self._workspace.messages(channel):
            self._once(f"#{name}", message)

    def whisper(self, user: str) -> None:
        """Print what only this person sees."""
        for message in self._workspace.ephemerals(user):
            self._once(f"only {self._workspace.name_of(user)} sees", message)

    def form(self, view: View) -> None:
        """Print an open form as its reader sees it."""
        indented = "\n".join(f"  | {line}" for line in read_view(view, self._workspace.name_of).splitlines())
        self._say(f"[a form opens]\n{indented}")

    def _once(self, where: str, message: Message) -> None:
        text = self._workspace.read(message)
        key = (message.channel, message.ts)
        if not text.strip() or self._told.get(key) == text:
            return
        before = self._told.get(key, "").splitlines()
        change = "edited" if before else "posted"
        self._told[key] = text
        # Of an edited message only the lines that changed are told again.
        indented = "\n".join(f"  | {line}" for line in text.splitlines() if line not in before)
        self._say(f"[{where}, {change} by {self._workspace.name_of(message.user)}]\n{indented}")
