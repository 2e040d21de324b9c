"""Nothing is sent while a transaction is open: it would hold its locks for long, and no rollback could unsend it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_OPEN: Final = ContextVar("transaction_open", default=False)


@contextmanager
def open_transaction() -> Iterator[None]:
    """Mark the block as one in which nothing may be sent."""
    token = _OPEN.set(True)
    try:
        yield
    finally:
        _OPEN.reset(token)


def refuse_inside_transaction(what: str) -> None:
    """Raise RuntimeError, a slip of the programmer's, when a transaction is open where `what` would be sent."""
    if _OPEN.get():
        raise RuntimeError(f"{what} inside a transaction: commit first, then send")
