"""Signed slash commands and presses over plain sockets: as little of the machine's time as a client can take."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

_APP = {
    "token": "stand-in",
    "team_id": "T0STANDIN1",
    "team_domain": "stand-in",
    "api_app_id": "A0STANDIN1",
    "is_enterprise_install": "false",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who types where, and the secret with which Slack signs."""

    port: int
    secret: str
    channel: str
    user: str

    def command(self, text: str) -> bytes:
        """Return one slash command as it comes over the wire."""
        return self._signed(
            {
                **_APP,
                "channel_id": self.channel,
                "channel_name": "inc-1",
                "user_id": self.user,
                "user_name": "lena",
                "command": "/anth-triage",
                "text": text,
                "response_url": "http://127.0.0.1:1/response/none",
                "trigger_id": uuid.uuid4().hex,
            }
        )

    def button(self, action_id: str, value: str) -> bytes:
        """Return one press of a button on a message of the channel."""
        at = f"{time.time():.6f}"
        action = {"action_id": action_id, "block_id": "b", "value": value, "type": "button", "action_ts": at}
        team, app = _APP["team_id"], _APP["api_app_id"]
        told = {
            "type": "block_actions",
            "team": {"id": team, "domain": "stand-in"},
            "user": {"id": self.user, "username": "lena", "name": "lena", "team_id": team},
            "api_app_id": app,
            "channel": {"id": self.channel, "name": "inc-1"},
            "container": {"type": "message", "message_ts": at, "channel_id": self.channel, "is_ephemeral": False},
            "message": {"ts": at, "type": "message", "text": "", "blocks": []},
            "trigger_id": uuid.uuid4().hex,
            "response_url": "http://127.0.0.1:1/response/none",
            "actions": [action],
        }
        return self._signed({"payload": json.dumps(told)})

    def _signed(self, told: Mapping[str, str]) -> bytes:
        body = urlencode(told)
        at = str(int(time.time()))
        signature = SignatureVerifier(self.secret).generate_signature(timestamp=at, body=body)
        head = (
            f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nX-Slack-Request-Timestamp: {at}\r\n"
            f"X-Slack-Signature: {signature}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return f"{head}{body}".encode()

    async def send(self, text: str, times: int) -> list[float]:
        """Send the command so often over one connection, each after the answer; return the seconds that each took."""
        return await self._one_by_one(lambda: self.command(text), times)

    async def press(self, action_id: str, value: str, times: int) -> list[float]:
        """Press the button so often, each after the answer; return the seconds that each took."""
        return await self._one_by_one(lambda: self.button(action_id, value), times)

    async def _one_by_one(self, request: Callable[[], bytes], times: int) -> list[float]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        took = []
        try:
            for _ in range(times):
                told = request()
                began = time.perf_counter()
                writer.write(told)
                await _answer(reader)
                took.append(time.perf_counter() - began)
        finally:
            writer.close()
        return took

    async def send_beside(self, text: str, times: int, connections: int) -> tuple[list[float], float]:
        """Send over several connections at once; return what each took, and how many were answered a second."""
        began = time.perf_counter()
        shares = await asyncio.gather(*(self.send(text, times // connections) for _ in range(connections)))
        took = [one for share in shares for one in share]
        return took, len(took) / (time.perf_counter() - began)


async def _answer(reader: asyncio.StreamReader) -> bytes:
    """Read one answer; raises AssertionError for any other than 200."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    body = await reader.readexactly(length)
    assert b" 200 " in head.split(b"\r\n", 1)[0], head + body
    return body
