"""One HTTP request and what came back, whole or in part, and how it reads as an observation."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Final

from bot.rules.evidence import Observation

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
_BODY_SHOWN: Final = 2_000  # characters of a bad body that are kept
_MESSAGE_SHOWN: Final = 500
_WORD_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its outcome; never an exception.

    `pieces` are parts of the decoded body with the seconds after the request at which they had arrived, 1 MiB in
    all at most. `exception` names a failure of the transport, `trouble` says why a body could not be read to its
    end. `cut` is true when our own time limit ended it; `sent` is false when certainly nothing of the request left
    this machine for the server. Header names are lower case.
    """

    at: datetime
    latency_s: float
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: tuple[tuple[float, bytes], ...] = ()
    exception: str | None = None
    trouble: str | None = None
    cut: bool = False
    sent: bool = True

    @property
    def answered(self) -> bool:
        """Tell whether it ended in a complete answer of 200."""
        return self.status == HTTPStatus.OK and self.exception is None and self.trouble is None

    def text(self) -> str:
        """Return the body as text; what is not UTF-8 becomes a replacement character."""
        return b"".join(piece for _, piece in self.pieces).decode("utf-8-sig", "replace")

    def data(self) -> Mapping[str, object]:
        """Return the body if it is a JSON object, else an empty one."""
        return json_object(self.text())


def json_object(text: str) -> Mapping[str, object]:
    """Return a JSON object, or an empty one for anything else, however it is broken."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def observe(exchange: Exchange, message: str | None = None) -> Observation:
    """Return an exchange as an observation, with `message` in place of the error's own text if given.

    Foreign text is cut to a sane length here; the runner redacts it before anyone sees it.
    """
    body = "" if exchange.answered else exchange.text()
    data = json_object(body)
    error = fields_of(data, "error")
    details = fields_of(error, "details")
    return Observation(
        http_status=exchange.status,
        headers=exchange.headers,
        error_type=word(error.get("type")),
        error_code=word(details.get("error_code")),
        message=message or word(error.get("message"), _MESSAGE_SHOWN) or exchange.trouble,
        body=body[:_BODY_SHOWN] or None,
        exception=exchange.exception,
        latency_s=exchange.latency_s,
        request_id=request_id(exchange.headers, data),
        via="probe",
    )


def fields_of(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return the object in this field, or an empty one."""
    value = data.get(name)
    return value if isinstance(value, dict) else {}


def word(value: object, longest: int = _WORD_SHOWN) -> str | None:
    """Return a text field cut to `longest` characters, None if it is no text or empty."""
    return value[:longest] or None if isinstance(value, str) else None


def request_id(headers: Mapping[str, str], data: Mapping[str, object]) -> str | None:
    """Return the request id of the headers or the body, None if there is none that looks like one."""
    for value in (headers.get("request-id"), headers.get("x-amzn-requestid"), data.get("request_id")):
        if isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return None
