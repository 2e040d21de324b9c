"""A body is read up to one mebibyte of decoded bytes, whatever it was packed into."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checks.body import MOST_BYTES, Body, UnreadableBody


def read(body: Body) -> bytes:
    """Return everything that was read."""
    return b"".join(piece for _, piece in body.pieces)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_plain_bytes_come_through(chunks: list[bytes]) -> None:
    """Without an encoding the pieces add up to what was sent."""
    body = Body("")
    for chunk in chunks:
        body.feed(0.0, chunk)
    assert b"".join(chunks) == read(body)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_packed_bytes_are_unpacked_piece_by_piece(encoding: str, pack: object) -> None:
    """Gzip and zlib arrive in single bytes and are whole in the end."""
    assert callable(pack)
    body = Body(encoding)
    for byte in pack(b"hello " * 10):
        body.feed(0.0, bytes([byte]))
    assert b"hello " * 10 == read(body)


def test_a_bomb_stops_at_the_limit() -> None:
    """Ten mebibytes in ten kibibytes give one mebibyte and an end."""
    body = Body("gzip")
    with pytest.raises(UnreadableBody, match="longer than 1 MiB"):
        body.feed(0.0, gzip.compress(bytes(10 * MOST_BYTES)))
    assert MOST_BYTES == len(read(body))


def test_exactly_the_limit_is_not_too_long() -> None:
    """The last byte that is allowed is read without complaint."""
    body = Body("")
    body.feed(0.0, bytes(MOST_BYTES))
    assert MOST_BYTES == len(read(body))


def test_a_body_in_too_many_pieces_is_given_up() -> None:
    """Single bytes without end cannot keep the bot busy."""
    body = Body("")
    for _ in range(4_000):
        body.feed(0.0, b"x")
    with pytest.raises(UnreadableBody, match="too many pieces"):
        body.feed(0.0, b"x")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_an_encoding_that_was_not_asked_for_is_not_read(encoding: str) -> None:
    """Brotli and zstd are refused, not guessed at."""
    with pytest.raises(UnreadableBody, match="not asked for"):
        Body(encoding)


def test_broken_packing_is_told() -> None:
    """Bytes that are no gzip end the reading."""
    with pytest.raises(UnreadableBody, match="cannot be unpacked"):
        Body("gzip").feed(0.0, b"certainly not gzip")


def test_pieces_keep_the_time_of_their_arrival() -> None:
    """What comes within 10 ms is one piece, what comes later another."""
    body = Body("")
    for after_s in (0.1, 0.105, 0.3):
        body.feed(after_s, b"x")
    assert ((0.1, b"xx"), (0.3, b"x")) == body.pieces
