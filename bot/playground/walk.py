"""Plays one whole incident as a responder would: triage, incident, decision tree, resolve, postmortem."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.playground.narrator import Narrator
from bot.playground.workspace import Message, UploadedFile, Workspace
from bot.playground.world import World

T = TypeVar("T")
PATIENCE_S = 40.0
_ANSWERS = ("529", "All of them", "It works again")
_CLOSING = {
    "impact": "Chat answers failed for every customer.",
    "root_cause": "The provider was overloaded; our service had no fallback.",
    "mitigation": "Waited with backoff; switched the assistant to its offline message.",
    "action_items": "Add a fallback model\nAlert on the share of 529 answers",
}


class Walk:
    """One responder's way through an incident; every step waits for what the bot really shows."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self._world = world
        self._workspace: Workspace = world.workspace
        self._narrator = Narrator(world.workspace, say)
        self._lead = world.workspace.lead

    async def play(self, folder: Path) -> Path:
        """Play the whole incident and leave the postmortem in `folder`; returns its path."""
        verdict = await self._triage()
        channel = await self._open(verdict)
        await self._answer(channel)
        return self._keep(await self._resolve(channel), folder)

    async def _triage(self) -> Message:
        self._narrator.headline("Lena types /anth-triage in #ops")
        await self._workspace.command(self._lead, "#ops")
        self._narrator.whisper(self._lead)
        verdict = await self._until(lambda: self._with_button("#ops", "Open incident"), "a verdict")
        self._narrator.tell("#ops")
        return verdict

    async def _open(self, verdict: Message) -> str:
        self._narrator.headline("Lena presses Open incident")
        await self._workspace.press(self._lead, "#ops", verdict.ts, label="Open incident")
        await self._until(lambda: self._incident_channel() and self._with_button("#ops", "Run again") is None, "#inc-…")
        channel = self._incident_channel() or ""
        await self._until(lambda: self._with_button(channel, _ANSWERS[0]), "the first question")
        self._narrator.tell("#ops")
        self._narrator.tell(channel)
        return channel

    async def _answer(self, channel: str) -> None:
        for label in _ANSWERS:
            question = await self._until(partial(self._with_button, channel, label), f"[ {label} ]")
            self._narrator.tell(channel)
            self._narrator.headline(f"Lena answers: {label}")
            await self._world.jump(4 * 60)
            await self._workspace.press(self._lead, channel, question.ts, label=label)
            await self._until(partial(self._without_button, channel, label), "the answer shown")
            self._narrator.tell(channel)

    async def _recover(self, channel: str) -> None:
        """Let the provider recover, and five minutes pass between the measurements that show it."""
        await self._world.play("healthy")
        for seen in ("1 of 3 clean", "2 of 3 clean", "It seems to be over"):
            self._narrator.headline("Five minutes later the bot measures by itself")
            await self._world.jump(5 * 60)
            await self._until(partial(self._with_text, channel, seen), seen)
            self._narrator.tell(channel)

    async def _resolve(self, channel: str) -> UploadedFile:
        await self._recover(channel)
        card = await self._until(lambda: self._with_button(channel, "Resolve"), "the card")
        self._narrator.headline("Lena presses Resolve and fills the form")
        await self._workspace.press(self._lead, channel, card.ts, label="Resolve")
        self._narrator.form(await self._until(lambda: self._workspace.view(self._lead), "the form"))
        await self._workspace.submit(self._lead, _CLOSING)
        shared = await self._until(lambda: self._shared(channel), "the postmortem")
        await self._until(lambda: "Postmortem shared" in self._workspace.read(card), "the card with the postmortem")
        self._narrator.tell(channel)
        return shared

    def _keep(self, file: UploadedFile, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / Path(file.name).name
        path.write_bytes(file.bytes)
        return path

    async def _until(self, seen: Callable[[], T | None], what: str) -> T:
        return await self._workspace.until(seen, within_s=PATIENCE_S, what=what)

    def _with_button(self, channel: str, label: str) -> Message | None:
        return self._with_text(channel, f"[ {label} ]")

    def _with_text(self, channel: str, text: str) -> Message | None:
        return next((m for m in self._workspace.messages(channel) if text in self._workspace.read(m)), None)

    def _without_button(self, channel: str, label: str) -> bool:
        return self._with_button(channel, label) is None

    def _incident_channel(self) -> str | None:
        return next((c.name for c in self._workspace.state.channels.values() if c.name.startswith("inc-")), None)

    def _shared(self, channel: str) -> UploadedFile | None:
        return next((file for m in self._workspace.messages(channel) for file in m.files), None)
