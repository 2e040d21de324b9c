"""Reads an answer's body piece by piece and stops at 1 MiB of decoded bytes, whatever it was packed into."""

import zlib
from typing import Final

MOST_BYTES: Final = 1024 * 1024
_MOST_PIECES: Final = 4_000  # a body in single bytes would keep the event loop busy
_MERGED_S: Final = 0.01  # what arrives within this time is one piece
_ANY_ZLIB: Final = zlib.MAX_WBITS | 32  # gzip or zlib, by the header


class UnreadableBody(Exception):
    """The body cannot be read on; the text says why in a few words."""


class Body:
    """The decoded body so far. No input can make it hold, or unpack, more than 1 MiB."""

    def __init__(self, encoding: str) -> None:
        self._unpack = None
        if encoding in {"gzip", "x-gzip", "deflate"}:
            self._unpack = zlib.decompressobj(_ANY_ZLIB)
        elif encoding not in {"", "identity"}:
            raise UnreadableBody("the body came in an encoding that was not asked for")
        self._left = MOST_BYTES
        self._count = 0
        self._pieces: list[tuple[float, bytearray]] = []

    @property
    def pieces(self) -> tuple[tuple[float, bytes], ...]:
        """Return what was read: seconds since the request, and bytes."""
        return tuple((after_s, bytes(piece)) for after_s, piece in self._pieces)

    def feed(self, after_s: float, data: bytes) -> None:
        """Take what arrived `after_s` seconds after the request. Raises UnreadableBody when it is time to stop."""
        self._count += 1
        plain = self._plain(data)
        self._keep(after_s, plain[: self._left])
        self._left -= len(plain)
        if self._left < 0:
            raise UnreadableBody("the body is longer than 1 MiB, the rest was not read")
        if self._count > _MOST_PIECES:
            raise UnreadableBody("the body came in too many pieces, the rest was not read")

    def _plain(self, data: bytes) -> bytes:
        if self._unpack is None:
            return data
        try:
            return self._unpack.decompress(data, self._left + 1)
        except zlib.error:
            raise UnreadableBody("the body is broken: it cannot be unpacked") from None

    def _keep(self, after_s: float, plain: bytes) -> None:
        if self._pieces and after_s - self._pieces[-1][0] < _MERGED_S:
            self._pieces[-1][1].extend(plain)
        elif plain:
            self._pieces.append((after_s, bytearray(plain)))
