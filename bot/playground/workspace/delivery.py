"""Bringing events to the bot: who gets them, and again at once, after one and after five minutes without an ack."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from bot.clock import Clock
from bot.playground.workspace.errands import Errands
from bot.playground.workspace.methods import Catalogue
from bot.playground.workspace.model import Channel, Json, Outcome
from bot.playground.workspace.state import State

ACK_WITHIN_S = 3.0

# Seconds after the first attempt (vercel/chat#666, #667).
REDELIVERED_AT_S = (0.0, 60.0, 300.0)

_PLURAL = {"channel": "channels", "group": "groups", "im": "im"}


@dataclass(frozen=True)
class Envelope:
    """One delivery; each attempt has an envelope id of its own, given by the carrier."""

    kind: Literal["events_api", "slash_commands", "interactive"]
    payload: Json
    attempt: int = 0
    reason: str = ""


class Carrier(Protocol):
    """A way to the bot: the socket hub, or signed HTTP."""

    async def carry(self, envelope: Envelope) -> Outcome:
        """Bring one envelope and wait three seconds at most for the acknowledgement."""


class Deliveries:
    """Everything sent to the bot, oldest first, in `sent`."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        catalogue: Catalogue,
        carrier: Carrier,
        errands: Errands,
        events: Collection[str],
    ) -> None:
        self._state = state
        self._clock = clock
        self._catalogue = catalogue
        self._carrier = carrier
        self._errands = errands
        self.events = set(events)
        self.sent: list[Envelope] = []
        self._event_ids = itertools.count(1)

    async def interact(self, kind: Literal["slash_commands", "interactive"], payload: Json) -> Outcome:
        """Deliver what a person did. It is not delivered again."""
        return await self._attempt(Envelope(kind, payload))

    async def again(self, envelope: Envelope) -> Outcome:
        """Deliver a copy of an envelope, with a new envelope id: Slack's doubles."""
        return await self._attempt(envelope)

    async def tell(self) -> Outcome:
        """Deliver the events noted since the last time and wait for the first attempts.

        The outcome is acknowledged when every event was; with no event to deliver it is not, and `delivered` is 0.
        """
        outcomes = [await self._first_attempt(envelope) for envelope in self._noted()]
        return Outcome(
            acked=bool(outcomes) and all(outcome.acked for outcome in outcomes),
            after_s=sum(outcome.after_s for outcome in outcomes),
            delivered=len(outcomes),
            may_retry=all(outcome.may_retry for outcome in outcomes),
            failure=next((outcome.failure for outcome in outcomes if outcome.failure), ""),
        )

    def tell_later(self) -> None:
        """Deliver the events noted since the last time without waiting for them."""
        for envelope in self._noted():
            self._errands.start(self._first_attempt(envelope))

    async def _first_attempt(self, envelope: Envelope) -> Outcome:
        began = self._state.seconds()
        outcome = await self._attempt(envelope)
        if not outcome.acked and outcome.may_retry:
            self._errands.start(self._redeliver(envelope, outcome.failure, began))
        return outcome

    async def _redeliver(self, envelope: Envelope, failure: str, began: float) -> None:
        for attempt, due_s in enumerate(REDELIVERED_AT_S, start=1):
            await self._clock.sleep(max(0.0, began + due_s - self._state.seconds()))
            outcome = await self._attempt(replace(envelope, attempt=attempt, reason=failure))
            if outcome.acked or not outcome.may_retry:
                return
            failure = outcome.failure

    async def _attempt(self, envelope: Envelope) -> Outcome:
        self.sent.append(envelope)
        outcome = await self._carrier.carry(envelope)
        self._state.touch()
        return replace(outcome, delivered=1)

    def _noted(self) -> list[Envelope]:
        noted, self._state.noted = self._state.noted, []
        wanted = (event for event, channel in noted if self._wanted(event, channel))
        return [Envelope("events_api", self._callback(event)) for event in wanted]

    def _wanted(self, event: Json, channel: Channel | None) -> bool:
        name = event["type"]
        if name == "message" and channel is not None:
            name = f"message.{_PLURAL[channel.kind]}"
        if name not in self.events or (channel is not None and self._state.bot_user_id not in channel.members):
            return False
        scopes = self._catalogue.events[name]
        return not scopes or bool(self._state.scopes.intersection(scopes))

    def _callback(self, event: Json) -> Json:
        state = self._state
        bot = {"enterprise_id": None, "team_id": state.team_id, "user_id": state.bot_user_id, "is_bot": True}
        return {
            "token": "stand-in",
            "team_id": state.team_id,
            "context_team_id": state.team_id,
            "context_enterprise_id": None,
            "api_app_id": state.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev0{next(self._event_ids):09X}",
            "event_time": int(state.seconds()),
            "authorizations": [{**bot, "is_enterprise_install": False}],
            "is_ext_shared_channel": False,
        }
