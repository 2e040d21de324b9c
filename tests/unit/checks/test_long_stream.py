"""What the long stream check makes of the events it saw."""

import json
from typing import Any

import pytest

from bot.checks.base import Raw
from bot.checks.exchange import Exchange
from bot.checks.long_stream import LongStream, _flaw_of
from bot.rules.evidence import CheckStatus, Evidence
from tests.check_values import MODEL, a_target, an_error, an_exchange, by_status

START: dict[str, object] = {"type": "message_start", "message": {"usage": {"input_tokens": 20, "output_tokens": 1}}}
ENDED: list[dict[str, object]] = [
    {"type": "message_delta", "usage": {"output_tokens": 1_000}},
    {"type": "message_stop"},
]


def text(words: str) -> dict[str, object]:
    """Return an event that brings these characters."""
    return {"type": "content_block_delta", "delta": {"type": "text_delta", "text": words}}


def a_stream(*items: tuple[float, dict[str, object]], **changes: Any) -> Exchange:
    """Return a stream whose events came at these seconds."""
    pieces = tuple((after_s, f"data: {json.dumps(data)}\n\n".encode()) for after_s, data in items)
    headers = {"content-type": "text/event-stream"}
    latest = items[-1][0] if items else 0.0
    return an_exchange(200, **({"pieces": pieces, "headers": headers, "latency_s": latest} | changes))


def read(exchange: Exchange) -> Evidence:
    """Return the evidence of one long stream."""
    raw = Raw()
    raw.note(MODEL, exchange, _flaw_of(exchange), by_status)
    return LongStream().interpret(raw, a_target())


BEGUN = [(0.3, START), (0.5, text("one ")), (2.0, text("two "))]
CUT: dict[str, Any] = {"exception": "ReadTimeout", "cut": True}


def test_a_whole_long_stream_tells_its_times_and_size() -> None:
    """First token, longest silence, tokens and characters; its length of time is no slowness."""
    found = read(a_stream(*BEGUN, (11.5, text("three")), (12.0, ENDED[0]), (12.0, ENDED[1])))
    assert CheckStatus.OK == found.status
    told = {name: found.facts[name] for name in ("first_token_s", "longest_gap_s", "tokens", "characters")}
    assert {"first_token_s": "0.50", "longest_gap_s": "9.50", "tokens": "1,000", "characters": "13"} == told
    assert [(None, None, True)] == [(it.branch, it.latency_s, it.streamed) for it in found.samples]
    assert "1,000 tokens, 13 characters in 12.0 s" in found.summary


@pytest.mark.parametrize(
    ("exchange", "branch"),
    [
        (a_stream(*BEGUN), "streaming_error.truncated"),
        (a_stream(*BEGUN, exception="ReadError: reset"), "streaming_error.dropped"),
        (a_stream(*BEGUN, latency_s=14.9, **CUT), "streaming_error.stalled"),
        (an_exchange(529, an_error("overloaded_error", "Overloaded")), "overloaded"),
    ],
)
def test_a_long_stream_that_dies_is_a_sample(exchange: Exchange, branch: str) -> None:
    """How it ended names the branch, and what had arrived is said."""
    found = read(exchange)
    assert CheckStatus.FAILED == found.status
    assert [branch] == [sample.branch for sample in found.samples]
    assert branch in found.summary


def test_our_deadline_is_no_failure_while_events_flow() -> None:
    """The check timed out, honestly: no sample, and what flowed until then."""
    found = read(a_stream(*BEGUN, (14.6, text("more")), latency_s=14.9, **CUT))
    assert (CheckStatus.TIMEOUT, ()) == (found.status, found.samples)
    assert "still flowed when our own time was up" in found.summary
    assert "12 characters in 14.9 s" in found.summary


def test_an_error_event_is_a_failure_even_if_our_deadline_ends_the_stream() -> None:
    """What the stream itself says counts, however soon after it our time was up."""
    error: dict[str, object] = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    found = read(a_stream(*BEGUN, (14.6, error), latency_s=14.9, **CUT))
    assert "Overloaded" in found.summary
    assert (CheckStatus.FAILED, 1) == (found.status, len(found.samples))


def test_silence_from_the_beginning_is_the_short_streams_to_tell() -> None:
    """Without a single event nothing long was tested, so it is no sample of it."""
    found = read(an_exchange(None, latency_s=14.9, **CUT))
    assert (CheckStatus.TIMEOUT, ()) == (found.status, found.samples)


def test_nothing_yet_is_a_timeout() -> None:
    """Without an answer there is nothing to say."""
    found = LongStream().interpret(Raw(), a_target())
    assert (CheckStatus.TIMEOUT, "The long stream had not begun.") == (found.status, found.summary)


def test_a_skipped_one_says_why() -> None:
    """The reason stands in place of a result."""
    found = LongStream().interpret(Raw(skipped="Not asked: no key."), a_target())
    assert (CheckStatus.SKIPPED, "Not asked: no key.") == (found.status, found.summary)
