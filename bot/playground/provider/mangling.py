"""The ways in which a good answer is spoilt on its way: named scripts of bytes, pauses and cuts."""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.playground.provider.hostile import HANG, Cut, Script, Send, trickle
from bot.playground.provider.wire import JSON_TYPE, Reply, raw_head

_TRICKLE_PAUSE_S = 0.5
_MEBIBYTE = 1024 * 1024
_BOMB_MEBIBYTES = 16
_OVERSIZED_MEBIBYTES = 50
_LONG_CHUNKS = 100


@dataclass(frozen=True, slots=True)
class Mangling:
    """What happens to an answer; `early` ones strike before the request is even looked at, others may let it pass."""

    script: Callable[[Reply], Reply | Script]
    early: bool = False


def _hang_body(reply: Reply) -> Script:
    return [Send(reply.head()), *_first_half(reply), HANG]


def _cut_body(reply: Reply) -> Script:
    return [Send(reply.head()), *_first_half(reply), Cut()]


def _cut_long(reply: Reply) -> Reply | Script:
    """Break off long streams only, as a proxy with a limit of its own does."""
    return _cut_body(reply) if len(reply.chunks) > _LONG_CHUNKS else reply


def _trickle(reply: Reply) -> Script:
    return [Send(reply.head()), *trickle(b"".join(reply.pieces()), _TRICKLE_PAUSE_S)]


def _gzip_bomb(_: Reply) -> Script:
    bomb = _bomb()
    head = {"content-type": JSON_TYPE, "content-encoding": "gzip", "content-length": str(len(bomb))}
    return [Send(raw_head(200, head)), Send(bomb)]


def _oversized(_: Reply) -> Script:
    size = str(_OVERSIZED_MEBIBYTES * _MEBIBYTE)
    head = {"content-type": JSON_TYPE, "content-length": size}
    return [Send(raw_head(200, head)), Send(b" " * _MEBIBYTE, times=_OVERSIZED_MEBIBYTES)]


def _bad_length(reply: Reply) -> Script:
    return [Send(raw_head(reply.status, {"content-type": JSON_TYPE, "content-length": "many"})), Send(reply.body)]


def _first_half(reply: Reply) -> Script:
    pieces = reply.pieces()
    return [Send(piece) for piece in pieces[: (len(pieces) + 1) // 2]]


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    return gzip.compress(bytes(_BOMB_MEBIBYTES * _MEBIBYTE))


MANGLINGS: Mapping[str, Mangling] = {
    "hang": Mangling(lambda _: [HANG], early=True),
    "cut": Mangling(lambda _: [Cut()], early=True),
    "hang_done": Mangling(lambda _: [HANG]),
    "cut_done": Mangling(lambda _: [Cut()]),
    "hang_body": Mangling(_hang_body),
    "cut_body": Mangling(_cut_body),
    "cut_long": Mangling(_cut_long),
    "trickle": Mangling(_trickle),
    "gzip_bomb": Mangling(_gzip_bomb, early=True),
    "oversized": Mangling(_oversized, early=True),
    "bad_length": Mangling(_bad_length),
}
"""Answers that no well-behaved server gives; the half ones need a good answer to cut."""


def _stream_truncated(reply: Reply) -> Reply:
    return replace(reply, chunks=reply.chunks[: (len(reply.chunks) + 1) // 2])


def _stream_error(reply: Reply) -> Reply:
    error = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    return replace(_stream_truncated(reply), chunks=(*_stream_truncated(reply).chunks, error))


STREAM_ENDINGS: Mapping[str, Callable[[Reply], Reply]] = {
    "stream_error": _stream_error,
    "stream_truncated": _stream_truncated,
}
"""Streams that break although the transport is in order; answers that are no stream pass unharmed."""
