"""What people do in the workspace: each act tells the bot and returns what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.playground.workspace import acts, payloads
from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.controls import Control, action_of, entered, fill, find, state_values, unanswered
from bot.playground.workspace.delivery import Deliveries
from bot.playground.workspace.modals import checked_view, drop_view, push_view, replace_view
from bot.playground.workspace.model import Json, Message, Outcome, View
from bot.playground.workspace.refusal import NotPossible, Refused
from bot.playground.workspace.response_urls import show_answer
from bot.playground.workspace.seen import Seen
from bot.playground.workspace.state import State


class People(Seen):
    """Everybody in the workspace. Users are named by id or name, channels by id, `name` or `#name`.

    All acts raise NotPossible when the person could not do this in Slack.
    """

    def __init__(self, state: State, deliveries: Deliveries) -> None:
        super().__init__(state)
        self.deliveries = deliveries

    async def command(self, user: str, channel: str, text: str = "", command: str = "/anth-triage") -> Outcome:
        """Type a slash command; the text of the acknowledgement is shown as Slack shows it."""
        place = self._place(user, channel)
        person = self.state.user(user)
        payload = payloads.slash_command(self.state, person, place, command, text)
        outcome = await self.deliveries.interact("slash_commands", payload)
        answer = outcome.payload or {}
        if not (answer.get("text") or answer.get("blocks")):
            return outcome
        try:
            show_answer(self.state, person.id, place, Arguments(answer))
        except Refused as refused:
            return replace(outcome, problems=(refused.error, *refused.messages))
        return outcome

    async def press(
        self,
        user: str,
        channel: str,
        ts: str,
        *,
        action_id: str | None = None,
        label: str | None = None,
        value: str | None = None,
    ) -> Outcome:
        """Press a button, or choose an option, of a message as it is now.

        `label` is the text of the button or option, `value` its value (for a menu of people: their id).
        """
        message = self.message(channel, ts)
        return await self._press(user, message, message.blocks, action_id, label, value)

    async def press_old(
        self,
        user: str,
        channel: str,
        ts: str,
        *,
        version: int = -2,
        action_id: str | None = None,
        label: str | None = None,
        value: str | None = None,
    ) -> Outcome:
        """Press a button of an older version of a message, as a client does that has not heard of the change.

        `version` counts the message's versions as a list does: 0 is the first, -2 (usual) the last but one.
        """
        message = self.message(channel, ts)
        return await self._press(user, message, message.versions[version].blocks, action_id, label, value)

    async def press_in_view(
        self,
        user: str,
        *,
        action_id: str | None = None,
        label: str | None = None,
        value: str | None = None,
        home: bool = False,
    ) -> Outcome:
        """Press a button, or choose an option, of the topmost modal, or of the App Home."""
        view = self.home(user) if home else self._open_view(user, None)
        if view is None:
            raise NotPossible(f"{user} has no App Home")
        control = find(view.blocks, action_id=action_id, label=label, value=value)
        _choose(view, control, value)
        action = action_of(control, self.state.new_ts(), value)
        payload = payloads.view_action(self.state, self.state.user(user), view, action)
        return await self.deliveries.interact("interactive", payload)

    async def submit(
        self, user: str, values: Mapping[str, object] | None = None, view_id: str | None = None
    ) -> Outcome:
        """Fill in the topmost modal and submit it.

        The answers are named by action_id, block_id or label; options by their text or value. When a required input
        is empty nothing is sent, and the outcome's problems say what Slack's form says.
        """
        view = self._open_view(user, view_id)
        view.chosen |= fill(view.blocks, values or {})
        view.errors = unanswered(view.blocks, state_values(view.blocks, view.chosen))
        if view.errors:
            self.state.touch()
            return Outcome(acked=False, problems=tuple(view.errors.values()))
        payload = payloads.view_submission(self.state, self.state.user(user), view)
        outcome = await self.deliveries.interact("interactive", payload)
        if not outcome.acked:
            return outcome
        try:
            self._answer_submission(view, outcome.payload or {})
        except Refused as refused:
            return replace(outcome, problems=(refused.error, *refused.messages))
        return outcome

    async def close_view(self, user: str) -> Outcome:
        """Close the topmost modal; the bot hears of it when it asked to (`notify_on_close`)."""
        view = self._open_view(user, None)
        payload = payloads.view_closed(self.state, self.state.user(user), view)
        drop_view(self.state, view)
        if not view.body.get("notify_on_close"):
            return Outcome(acked=False)
        return await self.deliveries.interact("interactive", payload)

    async def shortcut(self, user: str, callback_id: str) -> Outcome:
        """Start a global shortcut."""
        payload = payloads.shortcut(self.state, self.state.user(user), callback_id)
        return await self.deliveries.interact("interactive", payload)

    async def message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> Outcome:
        """Start a shortcut on a message."""
        message = self.message(channel, ts)
        payload = payloads.message_shortcut(self.state, self.state.user(user), message, callback_id)
        return await self.deliveries.interact("interactive", payload)

    async def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Write a message; the outcome's `ts` is its own."""
        place = self.state.channel(self._place(user, channel))
        if place.archived:
            raise NotPossible(f"#{place.name} is archived")
        ts = self.state.new_ts()
        words = payloads.escaped(self.state, text, with_names=False)
        acts.post(self.state, place, Message(place.id, ts, self.state.user(user).id, words, thread_ts=thread_ts))
        return replace(await self.deliveries.tell(), ts=ts)

    async def edit(self, user: str, channel: str, ts: str, text: str) -> Outcome:
        """Change one's own message."""
        message = self._own(user, channel, ts)
        acts.edit(self.state, message, text, [], by=message.user)
        return replace(await self.deliveries.tell(), ts=ts)

    async def delete(self, user: str, channel: str, ts: str) -> Outcome:
        """Delete one's own message."""
        acts.delete(self.state, self._own(user, channel, ts))
        return replace(await self.deliveries.tell(), ts=ts)

    async def react(self, user: str, channel: str, ts: str, emoji: str) -> Outcome:
        """Add a reaction to a message."""
        acts.react(self.state, self.message(channel, ts), self.state.user(user).id, emoji)
        return replace(await self.deliveries.tell(), ts=ts)

    async def unreact(self, user: str, channel: str, ts: str, emoji: str) -> Outcome:
        """Take one's reaction back."""
        person, message = self.state.user(user).id, self.message(channel, ts)
        if person not in message.reactions.get(emoji, []):
            raise NotPossible(f"{user} has not reacted with :{emoji}:")
        acts.unreact(self.state, message, person, emoji)
        return replace(await self.deliveries.tell(), ts=ts)

    async def open_home(self, user: str) -> Outcome:
        """Open the bot's App Home."""
        person = self.state.user(user).id
        event: Json = {"type": "app_home_opened", "user": person, "tab": "home", "event_ts": self.state.new_ts()}
        self.state.note({**event, "channel": self.state.direct(person).id})
        return await self.deliveries.tell()

    async def join(self, user: str, channel: str) -> Outcome:
        """Join a channel."""
        place = self.state.channel(channel)
        if self.state.user(user).id not in place.members:
            acts.join(self.state, place, self.state.user(user).id)
        return await self.deliveries.tell()

    async def leave(self, user: str, channel: str) -> Outcome:
        """Leave a channel."""
        acts.leave(self.state, self.state.channel(self._place(user, channel)), self.state.user(user).id)
        return await self.deliveries.tell()

    async def archive(self, user: str, channel: str) -> Outcome:
        """Archive a channel by hand."""
        acts.archive(self.state, self.state.channel(channel), self.state.user(user).id)
        return await self.deliveries.tell()

    async def rename(self, user: str, channel: str, name: str) -> Outcome:
        """Rename a channel by hand."""
        acts.rename(self.state, self.state.channel(channel), self.state.user(user).id, name)
        return await self.deliveries.tell()

    async def _press(
        self,
        user: str,
        message: Message,
        blocks: list[Json],
        action_id: str | None,
        label: str | None,
        value: str | None,
    ) -> Outcome:
        person = self.state.user(user)
        if message.only_for not in {None, person.id}:
            raise NotPossible(f"{user} cannot see this message")
        control = find(blocks, action_id=action_id, label=label, value=value)
        _choose(message, control, value)
        action = action_of(control, self.state.new_ts(), value)
        payload = payloads.message_action(self.state, person, message, action, blocks)
        return await self.deliveries.interact("interactive", payload)

    def _answer_submission(self, view: View, answer: Json) -> None:
        """Do with an open modal what the bot answered."""
        match answer.get("response_action"):
            case None:
                drop_view(self.state, view)
            case "clear":
                self.state.modals[view.user] = []
            case "errors":
                view.errors = _known_errors(view, answer.get("errors"))
            case "update":
                replace_view(self.state, view, checked_view(self.state, answer.get("view"), "modal"))
            case "push":
                push_view(self.state, view.user, checked_view(self.state, answer.get("view"), "modal"))
            case other:
                raise Refused("invalid_arguments", messages=[f"unknown response_action {other!r}"])
        self.state.touch()

    def _place(self, user: str, channel: str) -> str:
        place, person = self.state.channel(channel), self.state.user(user)
        if person.deleted or person.id not in place.members:
            raise NotPossible(f"{person.name} is not in #{place.name}")
        return place.id

    def _own(self, user: str, channel: str, ts: str) -> Message:
        message = self.message(channel, ts)
        if message.user != self.state.user(user).id:
            raise NotPossible(f"{ts} is not a message of {user}")
        return message

    def _open_view(self, user: str, view_id: str | None) -> View:
        view = self.view(user)
        if view is None or view_id not in {None, view.id}:
            raise NotPossible(f"{user} has no such modal open")
        return view


def _choose(place: Message | View, control: Control, given: Any) -> None:  # noqa: ANN401 - as `entered` takes it
    """Keep what was chosen in a menu, so that `state.values` tells it."""
    kind = control.element["type"]
    if kind in {"button", "overflow"}:
        return
    option = control.option
    chosen = given if option is None else [option] if kind in {"checkboxes", "multi_static_select"} else option
    place.chosen[f"{control.block_id} {control.action_id}"] = entered(control.element, chosen)


def _known_errors(view: View, errors: Any) -> dict[str, str]:  # noqa: ANN401 - whatever the app sent
    inputs = {block["block_id"] for block in view.blocks if block.get("type") == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refused("invalid_arguments", messages=[f"errors must name inputs of the view: {sorted(inputs)}"])
    return {str(block): str(text) for block, text in errors.items()}
