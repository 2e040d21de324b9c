"""Observations: whatever an error is wrapped in, its status, type, code, message and request id are found."""

import json
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.observation import from_exception, from_json, observe, parse_text
from bot.rules.unwrap import LOOKED_AT, plain, unwrap

REQUEST_ID = "req_011CaaaaBBBBccccDDDDeeee"
BODY = json.dumps({
    "type": "error",
    "error": {"type": "overloaded_error", "message": "Overloaded"},
    "request_id": REQUEST_ID,
})  # fmt: skip
WRAPPINGS = {
    "bare": BODY,
    "log line": f"2026-11-22T10:00:00Z ERROR worker[7] Error code: 529 - {BODY}",
    "python repr": f"anthropic.OverloadedError: Error code: 529 - {json.loads(BODY)!r}",
    "bytes repr": f"litellm.InternalServerError: AnthropicException - {BODY.encode()!r}",
    "json in json": json.dumps({"error": {"code": 529, "message": BODY, "status": "UNAVAILABLE"}}),
    "json in json in json": json.dumps({"message": json.dumps({"error": {"message": BODY}})}),
    "sse": f"event: error\ndata: {BODY}\n\n",
    "sse after a beginning": f'event: message_start\ndata: {{"type":"message_start","message":{{"role":"assistant"}}}}'
    f"\n\nevent: error\ndata: {BODY}\n",
    "openai envelope": json.dumps({"error": {"message": BODY, "type": "invalid_request_error", "param": None}}),
    "html entities": BODY.replace('"', "&quot;"),
    "curly quotes": BODY.replace('"', "\u201c"),
    "terminal": f"\x1b[31m\u23bf API Error: 529 {BODY}\x1b[0m \u00b7 Retrying in 24s",
    "http dump": f"HTTP/1.1 529 \r\ncontent-type: application/json\r\nrequest-id: {REQUEST_ID}\r\n\r\n{BODY}",
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_the_provider_s_words_are_found_in_any_wrapping(name: str) -> None:
    """Type, message and request id survive every wrapping."""
    seen = parse_text(WRAPPINGS[name])
    assert ("overloaded_error", "Overloaded", REQUEST_ID) == (seen.error_type, seen.message, seen.request_id)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Error code: 401 - {'type': 'error'}", 401),
        ("API Error: 500 {", 500),
        ("Error: 400", 400),
        ("HTTP **529** (busy)", 529),
        ("HTTP/2 404", 404),
        ("429Too Many Requests", 429),
        ("error529", 529),
        ('{"message":"x","code":"404"}', 404),
        ('$metadata: {"httpStatusCode":429,"attempts":3}', 429),
        ("returned 503", 503),
        ("Forbidden (403)", 403),
        ("repeated 529 errors", 529),
        ("504: Gateway time-out", 504),
        ("timeout of 500 ms, then all 500 tokens came", None),
        ("Retrying in 36 seconds (attempt 8/10)", None),
        ("error: 400 tokens too many", None),
        ("port 443, 500000 rows", None),
    ],
)
def test_a_status_is_told_from_other_numbers(text: str, status: int | None) -> None:
    """A status needs a word beside it that makes it one."""
    assert status == parse_text(text).http_status


def test_an_answer_that_quotes_an_error_is_no_error() -> None:
    """What the model wrote is not read as the provider's statement; only its stop reason counts."""
    content = [{"type": "text", "text": f"The log says {BODY}"}]
    answer = {"id": "msg_1", "type": "message", "role": "assistant", "content": content, "stop_reason": "end_turn"}
    inner = unwrap(json.dumps(answer))
    assert (None, "end_turn") == (inner.error_type, inner.stop_reason)


def test_a_stream_without_its_last_event_is_incomplete() -> None:
    """A stop reason alone does not end a stream; message_stop does."""
    start = 'data: {"type":"message_start","message":{"role":"assistant","stop_reason":null}}\n'
    end = 'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n'
    stop = 'data: {"type":"message_stop"}\n'
    assert ["missing", "end_turn"] == [unwrap(start + end).stop_reason, unwrap(start + end + stop).stop_reason]


def test_an_error_code_is_read_from_the_details() -> None:
    """The stable code in error.details is kept apart from the type."""
    error = {"type": "rate_limit_error", "message": "m", "details": {"error_code": "ramp_limit_exceeded"}}
    seen = observe(status=429, body=json.dumps({"type": "error", "error": error}))
    assert ("rate_limit_error", "ramp_limit_exceeded") == (seen.error_type, seen.error_code)


def test_a_gateway_s_code_is_the_type() -> None:
    """An OpenAI-style body calls anything invalid_request_error and puts the provider's type into code."""
    body = "{'error': {'code': 'rate_limit_error', 'message': 'm', 'type': 'invalid_request_error'}}"
    expected = "rate_limit_error"
    assert expected == parse_text(body).error_type


def test_an_exception_is_known_by_the_names_of_its_causes() -> None:
    """Causes are followed to the end, so that a wrapper does not hide a certificate error."""

    class APIConnectionError(Exception):
        """Stands for a client library's wrapper."""

    try:
        try:
            raise ssl.SSLCertVerificationError("certificate verify failed")
        except ssl.SSLError as cause:
            raise APIConnectionError("Connection error.") from cause
    except APIConnectionError as error:
        seen = from_exception(error)
    assert "APIConnectionError: Connection error. <- SSLCertVerificationError" in str(seen.exception)


def test_a_circle_of_causes_ends() -> None:
    """An exception that is its own cause's cause is followed a bounded number of times."""
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    links, shown = 10, from_exception(first).exception or ""
    assert links == shown.count("Error")


def test_an_exception_s_status_body_and_request_id_are_read() -> None:
    """A client library's status error carries the answer; it is used without importing the library."""
    error = RuntimeError("boom")
    error.status_code = 529  # type: ignore[attr-defined]
    error.body = json.loads(BODY)  # type: ignore[attr-defined]
    error.request_id = REQUEST_ID  # type: ignore[attr-defined]
    seen = from_exception(error)
    assert (529, "overloaded_error", REQUEST_ID) == (seen.http_status, seen.error_type, seen.request_id)


def test_a_pasted_dump_gives_its_headers() -> None:
    """Header lines of curl output are read; ordinary log lines are not taken for headers."""
    seen = parse_text("< HTTP/2 429\n< Retry-After: 7\n< anthropic-ratelimit-tokens-limit: 5\nerror: none")
    assert {"retry-after": "7", "anthropic-ratelimit-tokens-limit": "5"} == dict(seen.headers)


def test_no_secret_gets_into_an_observation() -> None:
    """Keys are masked in body, message, exception and headers alike."""
    key = "sk-ant-api03-R2D2c3poBB8R2D2c3poBB8R2D2c3poBB8igAA"
    seen = observe(status=401, headers={"Echo": key}, body=f"key {key}", exception=f"ValueError: {key}")
    assert "c3poBB8" not in repr(seen)
    assert "c3poBB8" not in repr(from_json({"message": key, "body": key, "headers": {"x-api-key": key}}))


def test_what_is_kept_of_a_huge_text_is_bounded() -> None:
    """A body of a megabyte is cut, keeping its beginning and its end."""
    seen = observe(status=500, body="start " + "x" * 1_000_000 + " end")
    assert seen.body is not None
    assert (True, True, True) == (len(seen.body) < LOOKED_AT, seen.body.startswith("start"), seen.body.endswith("end"))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = ["http_status", "headers", "error_type", "message", "body", "exception", "latency_s", "request_id", "via"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_wrong_types_are_ignored(data: dict[str, object]) -> None:
    """A field of a wrong type is taken as not told."""
    seen = from_json(data)
    assert seen.http_status is None or 100 <= seen.http_status <= 599
    assert seen.latency_s is None or seen.latency_s >= 0


@given(st.text(st.sampled_from("\\\"'{}[]:,nrtu0&;<>= \nabcdeftypmsg")))
def test_plain_text_stays_plain(text: str) -> None:
    """Any mixture of escapes, quotes and entities is made plain without an error, on one line."""
    assert "\n" not in plain(text)
