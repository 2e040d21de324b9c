"""Logs as event names and fields, every line through the redactor last.

What is being dealt with (a request, a job, their incident) is bound once, where it comes in; each line says it, also
those of other libraries.
"""

import logging
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

Redact = Callable[[str], str]
# Shared with the tasks that are started on the way, so that whoever began hears of what they found out.
_ABOUT: ContextVar[dict[str, object] | None] = ContextVar("about", default=None)


@contextmanager
def about(**fields: object) -> Iterator[None]:
    """Let each line within the block carry these fields, and what `note` adds to them."""
    token = _ABOUT.set({name: value for name, value in fields.items() if value is not None})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def note(**fields: object) -> None:
    """Let each further line of what is being dealt with carry these fields; outside of `about` nobody does."""
    known = _ABOUT.get()
    if known is not None:
        known.update(fields)


def bound() -> dict[str, object]:
    """Return the fields that a line carries at present."""
    return dict(_ABOUT.get() or {})


def add_bound(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the bound fields to a line of ours; its own come first."""
    for name, value in bound().items():
        line.setdefault(name, value)
    return line


class RedactingFormatter(logging.Formatter):
    """Formats a line, with the bound fields where it has none of its own, and redacts it, its traceback included."""

    def __init__(self, redact: Redact) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._redact = redact

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the line before its traceback."""
        line = super().formatMessage(record)
        if record.message.startswith("event="):
            return line
        return " ".join([line, *(f"{name}={value}" for name, value in bound().items())])

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line."""
        return self._redact(super().format(record))


def configure(redact: Redact, *, level: int = logging.INFO) -> None:
    """Send our own and every library's log lines to standard error, redacted.

    Lines that would hold a whole request or a URL with its query are switched off at their source.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "slack_sdk", "slack_bolt", "aiosqlite", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_bound,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
