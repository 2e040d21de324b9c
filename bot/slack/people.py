"""What a person is to the workspace: member, guest or outsider; asked of Slack once in a while, and remembered."""

import asyncio
from typing import Any, Final, NamedTuple

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.incidents.events import Actor
from bot.incidents.policy import Kind
from bot.slack.payload import NOBODY
from bot.slack.refusals import TROUBLE, code_of

_FRESH_S: Final = 600.0
_PATIENCE_S: Final = 0.8  # a person waits for the answer to what they did
_MOST: Final = 10_000  # people that are remembered
log = structlog.get_logger()


class People:
    """Asks `users.info`; an answer holds for ten minutes, and longer while Slack gives no new one."""

    def __init__(self, client: AsyncWebClient, clock: Clock, team_id: str) -> None:
        self._client = client
        self._clock = clock
        self._team_id = team_id
        self._known: dict[str, tuple[_Known, float]] = {}

    async def kind(self, user_id: str) -> Kind:
        """Return what the person is.

        Without the scope users:read everybody whom Slack lets act here counts as a member: the start says so.
        """
        return (await self._ask(user_id)).kind

    async def actor(self, user_id: str) -> Actor:
        """Return the person with the name that they have; with their id as the name when Slack tells none."""
        return Actor(id=user_id, name=(await self._ask(user_id)).name or user_id)

    async def _ask(self, user_id: str) -> "_Known":
        if user_id == NOBODY:
            return _Known("unknown", "")
        known, asked_at = self._known.get(user_id, (_Known("unknown", ""), 0.0))
        if known.kind != "unknown" and self._clock.monotonic() - asked_at < _FRESH_S:
            return known
        try:
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self._client.users_info(user=user_id)
            found = self._read(answer.get("user") or {})
        except TROUBLE as error:
            if code_of(error) != "missing_scope":
                log.warning("person_unknown", user=user_id, error=code_of(error))
                return known  # as it was
            found = _Known("member", "")
        self._remember(user_id, found)
        return found

    def _read(self, user: dict[str, Any]) -> "_Known":
        name = str((user.get("profile") or {}).get("display_name") or user.get("real_name") or user.get("name") or "")
        if (
            user.get("is_bot")
            or user.get("is_stranger")
            or user.get("deleted")
            or user.get("team_id", self._team_id) != self._team_id
        ):
            return _Known("outsider", name)
        return _Known("guest" if user.get("is_restricted") or user.get("is_ultra_restricted") else "member", name)

    def _remember(self, user_id: str, known: "_Known") -> None:
        if len(self._known) >= _MOST:
            self._known.pop(next(iter(self._known)))
        self._known[user_id] = (known, self._clock.monotonic())


class _Known(NamedTuple):
    kind: Kind
    name: str
