"""Signed slash commands over plain sockets: as little of the machine's time as a client can take."""

import asyncio
import time
import uuid
from dataclasses import dataclass
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who types where, and the secret with which Slack signs."""

    port: int
    secret: str
    channel: str
    user: str

    def request(self, text: str) -> bytes:
        """Return one command as it comes over the wire."""
        told = {
            "token": "stand-in",
            "team_id": "T0STANDIN1",
            "team_domain": "stand-in",
            "channel_id": self.channel,
            "channel_name": "inc-1",
            "user_id": self.user,
            "user_name": "lena",
            "command": "/anth-triage",
            "text": text,
            "api_app_id": "A0STANDIN1",
            "is_enterprise_install": "false",
            "response_url": "http://127.0.0.1:1/response/none",
            "trigger_id": uuid.uuid4().hex,
        }
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
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        took = []
        try:
            for _ in range(times):
                request = self.request(text)
                began = time.perf_counter()
                writer.write(request)
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
