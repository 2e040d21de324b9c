"""An answer before it is sent: as a value, and as the raw bytes that hostile answers are cut from."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

JSON_TYPE = "application/json"
HTML_TYPE = "text/html; charset=UTF-8"
_LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One HTTP answer; `streamed` ones go out chunk by chunk, the others with a content length."""

    status: int
    headers: Mapping[str, str]
    chunks: tuple[bytes, ...]
    streamed: bool = False

    @classmethod
    def of_json(cls, status: int, payload: object, headers: Mapping[str, str] | None = None) -> Self:
        """Return an answer that carries `payload` as JSON."""
        body = json.dumps(payload, separators=(",", ":")).encode()
        return cls(status=status, headers={"content-type": JSON_TYPE, **(headers or {})}, chunks=(body,))

    @classmethod
    def of_html(cls, status: int, body: str, headers: Mapping[str, str] | None = None) -> Self:
        """Return a page of HTML."""
        return cls(status=status, headers={"content-type": HTML_TYPE, **(headers or {})}, chunks=(body.encode(),))

    @property
    def body(self) -> bytes:
        """Return the whole body."""
        return b"".join(self.chunks)

    def head(self) -> bytes:
        """Return status line and headers as bytes, with the framing that `pieces` follow."""
        framing = {"transfer-encoding": "chunked"} if self.streamed else {"content-length": str(len(self.body))}
        return raw_head(self.status, {**self.headers, **framing})

    def pieces(self) -> tuple[bytes, ...]:
        """Return the body as bytes on the wire: a stream's chunks and its end, or two halves."""
        if self.streamed:
            return (*(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in self.chunks), _LAST_CHUNK)
        middle = len(self.body) // 2
        return self.body[:middle], self.body[middle:]


def raw_head(status: int, headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> bytes:
    """Return an HTTP/1.1 status line and headers as bytes, exactly as given and unchecked."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    lines = [f"HTTP/1.1 {status} {_reason(status)}", *(f"{name}: {value}" for name, value in pairs)]
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1")


def raw_answer(status: int, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return a whole answer as bytes; adds the right content length unless `headers` name one."""
    return raw_head(status, {"content-length": str(len(body)), **headers}) + body


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase if status in list(HTTPStatus) else ""
