"""What the stream check makes of the events it saw."""

import json
from typing import Any

import pytest

from bot.checks.base import Raw
from bot.checks.events import events
from bot.checks.exchange import Exchange
from bot.checks.stream import Stream, flaw_of
from bot.rules.evidence import CheckStatus
from tests.check_values import MODEL, a_target, an_error, an_exchange, gathered

START, DELTA, STOP = "message_start", "content_block_delta", "message_stop"
ERROR: dict[str, object] = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def event(data: dict[str, object] | str) -> bytes:
    """Return one server-sent event."""
    fields = {"type": data} if isinstance(data, str) else data
    return f"event: {fields['type']}\ndata: {json.dumps(fields)}\n\n".encode()


def a_stream(*items: dict[str, object] | str, **changes: Any) -> Exchange:
    """Return a stream whose events came 0.1 s apart."""
    pieces = tuple((0.1 * place, event(item)) for place, item in enumerate(items, 1))
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    return an_exchange(200, **({"pieces": pieces, "headers": headers} | changes))


def test_a_whole_stream_is_clean_and_timed() -> None:
    """The time to the first token is that of the first delta, not of the first byte."""
    exchange = a_stream(START, "ping", DELTA, DELTA, STOP)
    assert flaw_of(exchange) is None
    found = Stream().interpret(gathered((MODEL, exchange, True)), a_target())
    assert (CheckStatus.OK, "0.30") == (found.status, found.facts["first_token_s"])
    assert [True] == [sample.streamed for sample in found.samples]


def test_an_error_inside_a_200_is_found() -> None:
    """`event: error` carries the error's own type."""
    flaw = flaw_of(a_stream(START, ERROR))
    assert flaw is not None
    seen = flaw.observation
    assert ("overloaded_error", "Overloaded", 200, "stream") == (
        seen.error_type,
        seen.message,
        seen.http_status,
        seen.via,
    )


@pytest.mark.parametrize(
    ("exchange", "branch"),
    [
        (a_stream(START, DELTA), "streaming_error.truncated"),
        (a_stream(START, DELTA, exception="ReadError: reset"), "streaming_error.dropped"),
        (a_stream(START, DELTA, exception="ReadTimeout: 15 s", cut=True), "streaming_error.stalled"),
        (a_stream(START, DELTA, STOP, exception="RemoteProtocolError: cut"), "streaming_error.dropped"),
        (a_stream(), "streaming_error.truncated"),
        (a_stream(exception="ReadTimeout: 15 s", cut=True), None),
        (an_exchange(529, an_error("overloaded_error", "Overloaded")), None),
        (an_exchange(200, b"<html></html>"), None),
        (an_exchange(None, exception="ConnectError: refused"), None),
    ],
)
def test_how_a_stream_ends_names_the_branch(exchange: Exchange, branch: str | None) -> None:
    """Only what streaming alone can show has a branch of its own; the rest is classified like any answer."""
    flaw = flaw_of(exchange)
    assert flaw is not None
    assert branch == flaw.branch


def test_a_failed_stream_says_why() -> None:
    """The summary repeats the provider's words."""
    found = Stream().interpret(gathered((MODEL, a_stream(START, ERROR), False)), a_target())
    assert CheckStatus.FAILED == found.status
    assert "Overloaded" not in Stream().interpret(Raw(), a_target()).summary


def test_events_survive_any_cutting() -> None:
    """Single bytes and both kinds of line end give the same events."""
    whole = event(START) + event(DELTA).replace(b"\n", b"\r\n") + event(STOP) + b": comment\n\ndata: [1]\n\n"
    pieces = [(float(place), bytes([byte])) for place, byte in enumerate(whole)]
    assert [START, DELTA, STOP] == [found.data["type"] for found in events(pieces)]


def test_an_unfinished_event_does_not_count() -> None:
    """Without its blank line an event has not arrived."""
    assert () == events([(0.1, event(STOP)[:-1])])
