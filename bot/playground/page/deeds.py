"""What a person can do on the page: each deed becomes an act in the stand-in workspace or world."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import BotError
from bot.playground.page.offers import Offers
from bot.playground.page.panel import JUMPS, Machine
from bot.playground.workspace import NotPossible, Outcome, View, Workspace
from bot.playground.workspace.controls import controls
from bot.playground.world import World

Asked = Mapping[str, Any]
_LONGEST: Final = 40_000
_NO_ANSWER: Final = {
    "connection_failed": "The app is not connected: nobody answered.",
    "http_timeout": "The app did not answer within three seconds.",
}


@dataclass(frozen=True, slots=True)
class Deeds:
    """Does what the page asks for, and returns what Slack would complain of (empty: nothing)."""

    world: World
    offers: Offers
    machine: Machine | None

    async def do(self, asked: Asked) -> list[str]:
        """Do one deed: `do` names it, `as` the person. What cannot be done is told, not raised."""
        deed = _DEEDS.get(str(asked.get("do")))
        if deed is None:
            return [f"The page asked for {asked.get('do')!r}, which nobody can do here."]
        try:
            outcome = await deed(self, asked)
        except (NotPossible, BotError) as error:
            return [str(error)]
        return [] if outcome is None else _complaints(outcome)

    @property
    def workspace(self) -> Workspace:
        """Return the workspace."""
        return self.world.workspace

    async def say(self, asked: Asked) -> Outcome | None:
        """Write a message, or type a slash command."""
        text, thread = _text(asked, "text")[:_LONGEST].strip(), _text(asked, "thread")
        if not text:
            return None
        if not text.startswith("/"):
            await self.workspace.say(_who(asked), self._place(asked), text, thread or None)
            return None  # whether an app hears of a message is nothing that Slack shows
        command, _, rest = text.partition(" ")
        if command != self.offers.command:
            raise NotPossible(f"{command} is not a valid command. Here there is {self.offers.command}.")
        if thread:
            raise NotPossible(f"{command} is not supported in threads: type it in the channel.")
        outcome = await self.workspace.command(_who(asked), self._place(asked), rest.strip())
        if not outcome.acked:
            why = "operation_timeout" if outcome.failure == "http_timeout" else "dispatch_failed"
            raise NotPossible(f'{command} failed with the error "{why}"')
        return outcome

    async def press(self, asked: Asked) -> Outcome:
        """Press a button of a message, or choose in a menu of one."""
        where = {"action_id": _text(asked, "action"), "value": _value(asked)}
        if asked.get("ts"):
            return await self.workspace.press(_who(asked), self._place(asked), _text(asked, "ts"), **where)
        return await self.workspace.press_in_view(_who(asked), **where, home=asked.get("home") is True)

    async def submit(self, asked: Asked) -> Outcome:
        """Send the open form."""
        view = self.workspace.view(_who(asked))
        entered = asked.get("values")
        values = _entries(view, entered if isinstance(entered, Mapping) else {}) if view else {}
        return await self.workspace.submit(_who(asked), values)

    async def close(self, asked: Asked) -> Outcome:
        """Close the open form."""
        outcome = await self.workspace.close_view(_who(asked))
        return Outcome(acked=True) if not outcome.delivered else outcome

    async def shortcut(self, asked: Asked) -> Outcome:
        """Start a shortcut from anywhere."""
        return await self.workspace.shortcut(_who(asked), _text(asked, "callback"))

    async def message_shortcut(self, asked: Asked) -> Outcome:
        """Start a shortcut of a message."""
        place, ts = self._place(asked), _text(asked, "ts")
        return await self.workspace.message_shortcut(_who(asked), place, ts, _text(asked, "callback"))

    async def react(self, asked: Asked) -> None:
        """Add a reaction, or take one's own back."""
        who, place, ts, emoji = _who(asked), self._place(asked), _text(asked, "ts"), _text(asked, "emoji")
        person = self.workspace.state.user(who).id
        mine = person in self.workspace.message(place, ts).reactions.get(emoji, [])
        act = self.workspace.unreact if mine else self.workspace.react
        await act(who, place, ts, emoji)

    async def edit(self, asked: Asked) -> None:
        """Change one's own message."""
        text = _text(asked, "text")[:_LONGEST].strip()
        if text:
            await self.workspace.edit(_who(asked), self._place(asked), _text(asked, "ts"), text)

    async def delete(self, asked: Asked) -> None:
        """Delete one's own message."""
        await self.workspace.delete(_who(asked), self._place(asked), _text(asked, "ts"))

    async def join(self, asked: Asked) -> None:
        """Join a channel."""
        if self.workspace.state.user(_who(asked)).is_restricted:
            raise NotPossible("A guest is only where others put them.")
        await self.workspace.join(_who(asked), self._place(asked))

    async def home(self, asked: Asked) -> None:
        """Open the App Home."""
        await self.workspace.open_home(_who(asked))

    async def play(self, asked: Asked) -> None:
        """Begin another scenario."""
        await self.world.play(_text(asked, "scenario"))
        self.workspace.state.touch()

    async def jump(self, asked: Asked) -> None:
        """Move the clock on."""
        seconds = asked.get("seconds")
        if seconds not in dict(JUMPS):
            raise NotPossible(f"The clock moves on by one of {sorted(dict(JUMPS))} seconds.")
        await self.world.jump(float(seconds))
        self.workspace.state.touch()

    async def kill(self, _asked: Asked) -> None:
        """End the bot's process as a power cut would."""
        if self.machine is not None:
            await self.machine.kill()
            self.workspace.state.touch()

    async def start(self, _asked: Asked) -> None:
        """Start the bot's process again."""
        if self.machine is not None:
            await self.machine.start()
            self.workspace.state.touch()

    def _place(self, asked: Asked) -> str:
        """Return the channel's id, if the person can see it."""
        return self.workspace.channel_of(_who(asked), _text(asked, "in")).id


def _who(asked: Asked) -> str:
    return _text(asked, "as")


def _text(asked: Asked, name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str):
        raise NotPossible(f"{name} must be a text")
    return value


def _value(asked: Asked) -> str | None:
    """Return the value of a button or a choice; one without a value is told by its action alone."""
    return _text(asked, "value") or None


def _complaints(outcome: Outcome) -> list[str]:
    if outcome.problems:
        return [] if outcome.delivered == 0 else [f"Slack refuses the app's answer: {'; '.join(outcome.problems)}"]
    if outcome.acked or not outcome.failure:
        return []
    return [_NO_ANSWER.get(outcome.failure, outcome.failure)]


def _entries(view: View, entered: Asked) -> dict[str, Any]:
    """Return a form's answers by block: what is empty was not answered, and moments are numbers."""
    kinds = {control.block_id: control.element["type"] for control in controls(view.blocks)}
    return {
        block: _answer(kinds[block], text)
        for block, text in entered.items()
        if block in kinds and isinstance(text, str)
    }


def _answer(kind: str, text: str) -> str | int | None:
    if not text.strip():
        return None
    return int(text) if kind == "datetimepicker" and text.isdecimal() else text


_DEEDS: Final[Mapping[str, Callable[[Deeds, Asked], Awaitable[Outcome | None]]]] = {
    deed.__name__: deed
    for deed in (
        *(Deeds.say, Deeds.press, Deeds.submit, Deeds.close, Deeds.shortcut, Deeds.message_shortcut),
        *(Deeds.react, Deeds.edit, Deeds.delete, Deeds.join, Deeds.home),
        *(Deeds.play, Deeds.jump, Deeds.kill, Deeds.start),
    )
}
