"""An answer reads as an observation, however strange its body is."""

import pytest

from bot.checks.exchange import observe
from tests.check_values import an_error, an_exchange

STRANGE = [
    b"",
    b"[" * 300 + b"]" * 300,
    b"[" * 100_000,
    b'{"a": NaN}',
    b'{"error": {"type": 7, "message": ["x"], "details": "none"}}',
    b'{"error": []}',
    b'["an", "array"]',
    b'{"n": ' + b"9" * 5_000 + b"}",
    "\N{LATIN SMALL LETTER U WITH DIAERESIS}".encode("latin-1"),
    b"<html><h1>Sign in</h1></html>",
]


def test_the_providers_envelope_is_read() -> None:
    """Type, code, message and request id come out of the body."""
    seen = observe(an_exchange(429, an_error("rate_limit_error", "Slow down", "ramp_limit_exceeded")))
    assert ("rate_limit_error", "ramp_limit_exceeded", "Slow down", "req_0123", 429) == (
        seen.error_type,
        seen.error_code,
        seen.message,
        seen.request_id,
        seen.http_status,
    )


def test_details_may_be_null() -> None:
    """`details: null` is no code, not an error."""
    assert observe(an_exchange(529, an_error("overloaded_error", "Overloaded"))).error_code is None


@pytest.mark.parametrize("body", STRANGE, ids=range(len(STRANGE)))
def test_a_strange_body_is_kept_as_text(body: bytes) -> None:
    """No body raises; it is kept up to 2,000 characters."""
    seen = observe(an_exchange(502, body))
    assert seen.error_type is None
    assert len(seen.body or "") <= 2_000


def test_a_byte_order_mark_does_not_hide_the_error() -> None:
    """A BOM before the JSON is skipped."""
    body = b"\xef\xbb\xbf" + b'{"error": {"type": "api_error"}}'
    assert observe(an_exchange(500, body)).error_type == "api_error"


def test_a_clean_answer_keeps_no_body() -> None:
    """What a model said is nobody's business."""
    assert observe(an_exchange(200, {"content": "words"})).body is None


@pytest.mark.parametrize("name", ["<!channel>", "req_1\r\nx", "x" * 200, ""])
def test_a_request_id_that_is_none_is_dropped(name: str) -> None:
    """Markup, line ends and endless ids are not passed on; the body's own id is used instead."""
    headers = {"request-id": name}
    assert observe(an_exchange(500, headers=headers)).request_id is None
    assert observe(an_exchange(500, an_error("api_error", "x"), headers=headers)).request_id == "req_0123"


def test_why_a_body_was_not_read_is_its_message() -> None:
    """Trouble with the body is told when the error says nothing itself."""
    assert observe(an_exchange(502, b"x", trouble="too long")).message == "too long"
