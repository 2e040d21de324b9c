"""Turns an HTTP answer, an exception, pasted text or a JSON description into an Observation. Never raises."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from bot.rules.evidence import Observation
from bot.rules.redact import Redactor
from bot.rules.unwrap import ERROR_TYPES, Inner, clip, plain, unwrap

_CHAIN: Final = 10  # exceptions followed from effect to cause
_TEXT: Final = 2_000  # characters of a message, an exception or a header's value that are kept
_BODY: Final = 16_384  # characters of a body that are kept
_HEADERS: Final = 100
_LONGEST: Final = 1e9  # seconds
_LINES: Final = 1_000  # of a pasted text in which header lines are looked for
# Header names that a line must have, so that a log line `error: ...` is not taken for a header.
_TELLING: Final = frozenset({
    "cf-mitigated", "cf-ray", "content-type", "date", "request-id", "retry-after", "retry-after-ms", "server", "via",
    "x-should-retry", "anthropic-organization-id", "anthropic-workspace-id", "location",
})  # fmt: skip
_INVALID: Final = "invalid_request_error"
_OF_A_FIELD: Final = re.compile(r"^\W{0,3}(?:messages|system|tools|metadata|tool_choice|input)\b[\w.\[\]]{0,80}:")
_QUOTED: Final = re.compile(r"'[^'\s]{1,80}\s[^']{0,2000}'|\"[^\"\s]{1,80}\s[^\"]{0,2000}\"")
PASTED: Final = "text"
"""The `via` of what somebody pasted or said: it may be about any service, as an attempt of ours cannot."""
_redact: Final = Redactor()


def observe(
    *,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
    body: str | bytes | None = None,
    exception: str | BaseException | None = None,
    latency_s: float | None = None,
    request_id: str | None = None,
) -> Observation:
    """Return what one attempt showed: an HTTP answer, or the transport failure that came instead.

    `body` is as received (decoded leniently), `latency_s` in seconds; header names may have any case.
    Key-like text is masked; at most 64 KiB of the body are looked at and 16 KiB kept.
    """
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    name = chain(exception) if isinstance(exception, BaseException) else exception
    return _build(status, _header_texts(headers), text, exception=name, latency_s=latency_s, request_id=request_id)


def from_exception(exc: BaseException) -> Observation:
    """Return what an exception and its causes tell, by class names and texts.

    A client library's exception may carry `status_code`, `body` and `request_id`; they are read if present.
    """
    body = getattr(exc, "body", None)
    return observe(
        status=_status(getattr(exc, "status_code", None)),
        body=None if body is None else str(body)[:_BODY],
        exception=exc,
        request_id=_text(getattr(exc, "request_id", None)),
    )


def parse_text(text: str) -> Observation:
    """Return what a pasted text tells: HTTP dump, log line, stack trace, repr, SSE, HTML, a terminal's words."""
    return _build(None, _dumped_headers(text), text, via=PASTED)


def from_json(data: Mapping[str, object]) -> Observation:
    """Return the observation that a JSON object describes (fields in `design.md`, `explain --json`).

    Any field may be missing, null or of a wrong type: what cannot be read is ignored.
    """
    return _build(
        _status(data.get("http_status")),
        _header_texts(data.get("headers")),
        _text(data.get("body")),
        error_type=_text(data.get("error_type")),
        message=_text(data.get("message")),
        exception=_text(data.get("exception")),
        latency_s=_seconds(data.get("latency_s")),
        request_id=_text(data.get("request_id")),
        via=_text(data.get("via")),
    )


def chain(exc: BaseException) -> str:
    """Return the class names and texts of an exception and its causes, from effect to cause."""
    return " <- ".join(f"{type(link).__name__}: {str(link)[:300]}".removesuffix(": ") for link in _links(exc))


def facts(seen: Observation) -> Inner:
    """Return all that an observation says in one plain form: its own fields, completed by its texts.

    A type that the body's own envelope names wins over one that a wrapper reported. Where the provider named the
    error, `text` holds only its words: what a client prints around them ("please log in", "check your network") is
    advice for the usual case, not evidence.
    """
    body = unwrap(seen.body or "")
    around = unwrap("\n".join(part for part in (seen.exception, seen.error_type, seen.message) if part))
    kind = body.error_type or around.error_type
    said = " ".join(part for part in (around.message, body.message, plain(seen.message or "")) if part)
    if kind == _INVALID and _OF_A_FIELD.search(said):
        said = _QUOTED.sub("...", said)  # what stands in quotes is the value that the field had
    return Inner(
        text=f"{kind}: {said}" if kind and said else f"{around.text}\n{body.text}".strip(),
        status=seen.http_status or body.status or around.status,
        error_type=kind,
        error_code=seen.error_code or body.error_code or around.error_code,
        message=seen.message or body.message or around.message,
        request_id=seen.request_id or body.request_id or around.request_id,
        exception=", ".join(part for part in (around.exception, body.exception) if part) or None,
        stop_reason=body.stop_reason or around.stop_reason,
        own_body=body.own_body or around.own_body or (seen.request_id or "").startswith("req_"),
    )


def _build(
    status: int | None,
    headers: Mapping[str, str],
    body: str | None,
    *,
    error_type: str | None = None,
    message: str | None = None,
    exception: str | None = None,
    latency_s: float | None = None,
    request_id: str | None = None,
    via: str | None = None,
) -> Observation:
    told = Observation(
        http_status=status,
        error_type=_cut(error_type),
        message=_cut(message),
        body=None if body is None else _redact(clip(body)),
        exception=_cut(exception),
    )
    inner = facts(told)
    known = inner.error_type in ERROR_TYPES
    return Observation(
        http_status=inner.status,
        headers={name: _redact(value) for name, value in headers.items()},
        error_type=inner.error_type if known else told.error_type,
        error_code=inner.error_code,
        message=_cut(inner.message),
        body=None if told.body is None else clip(told.body, _BODY),
        exception=told.exception or _cut(inner.exception),
        latency_s=latency_s,
        request_id=request_id or headers.get("request-id") or inner.request_id,
        via=via,
    )


def _links(exc: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = exc
    for _ in range(_CHAIN):
        if link is None:
            return
        yield link
        if isinstance(link, BaseExceptionGroup):
            link = link.exceptions[0]
        else:
            link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _cut(text: str | None) -> str | None:
    return None if text is None else _redact(text[:_TEXT])


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value <= _LONGEST else None  # what is no number at all is in no range either


def _status(value: object) -> int | None:
    """Return an HTTP status from a number or from digits, else None."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:4])
    in_range = isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599  # noqa: PLR2004 - HTTP
    return value if in_range and isinstance(value, int) else None


def _header_texts(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {}
    pairs = list(value.items())[:_HEADERS]
    return {str(name).lower()[:100]: str(text)[:_TEXT] for name, text in pairs if text is not None}


def _dumped_headers(text: str) -> dict[str, str]:
    """Return the header lines (`name: value`) of a pasted HTTP response; curl's `< ` prefixes are dropped."""
    found: dict[str, str] = {}
    for line in clip(text).splitlines()[:_LINES]:
        name, _, value = line.removeprefix("<").strip().partition(":")
        name = name.lower()
        if value and len(found) < _HEADERS and (name in _TELLING or name.startswith("anthropic-ratelimit-")):
            found[name] = value.strip()[:_TEXT]
    return found
