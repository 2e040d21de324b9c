"""Names a failed transport: the class that the HTTP library raised, and the cause it hides beneath."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final

_TELLING: Final = (ssl.SSLError, socket.gaierror, ConnectionRefusedError, ConnectionResetError, TimeoutError)
_DEEPEST: Final = 10
_TEXT_SHOWN: Final = 200


def name_failure(error: BaseException) -> str:
    """Return "ConnectError: gaierror: [Errno -2] Name or service not known": class, telling cause, its text.

    httpx wraps a refused connection and an unknown host alike as ConnectError; only the cause tells them apart.
    """
    cause = next((cause for cause in _causes(error) if isinstance(cause, _TELLING)), None)
    names = [type(error).__name__]
    if cause is not None and type(cause) is not type(error):
        names.append(type(cause).__name__)
    text = " ".join(str(error if cause is None else cause).split())[:_TEXT_SHOWN]
    return ": ".join([*names, text] if text else names)


def _causes(error: BaseException | None, depth: int = _DEEPEST) -> Iterator[BaseException]:
    """Yield an error and what it was raised from, also out of groups (one per address that was tried)."""
    if error is None or depth == 0:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _causes(inner, depth - 1)
    yield from _causes(error.__cause__ or error.__context__, depth - 1)
