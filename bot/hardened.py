"""The listener's protocol: whoever is slow to say what they want is cut off, so that nobody holds it up for free."""

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

HEAD_S: Final = 10.0
"""So long a connection may take from its first moment, or from its last answer, to a whole request's head."""


class HardenedProtocol(H11Protocol):
    """uvicorn's own, which waits for ever for the first head, and for the rest of one that has begun."""

    _cut: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Begin to count."""
        super().connection_made(transport)
        self._count()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count no more."""
        self._stop()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Deal with what came; count while a head is incomplete."""
        super().handle_events()
        waits = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        if not waits:
            self._stop()
        elif self._cut is None:
            self._count()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP; a request that was being answered on this connection is answered no more."""
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
        else:
            self.transport.close()

    def on_response_complete(self) -> None:
        """Begin to count again: the keep-alive timer of uvicorn ends with the first byte of the next head."""
        super().on_response_complete()
        if self._cut is None and not self.transport.is_closing():
            self._count()

    def _count(self) -> None:
        self._cut = self.loop.call_later(HEAD_S, self._end)

    def _stop(self) -> None:
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def _end(self) -> None:
        self._cut = None
        if self.conn.their_state is h11.IDLE:
            self.transport.close()
