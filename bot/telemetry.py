"""Logs as event names and fields, every line through the redactor last."""

import logging
import sys
from collections.abc import Callable

import structlog

Redact = Callable[[str], str]


class RedactingFormatter(logging.Formatter):
    """Formats a line of another library and redacts it, its traceback included."""

    def __init__(self, redact: Redact) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._redact = redact

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
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
