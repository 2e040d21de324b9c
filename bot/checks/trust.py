"""Which certificates this machine trusts: read once, and anew when they or the environment change."""

import os
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Final

import httpx

_NAMED_BY: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


def trusted() -> ssl.SSLContext:
    """Return what TLS connections trust. To read it takes some 40 ms of disk and CPU, so the same is read once.

    Raises OSError or ValueError for a bad certificate file in the environment.
    """
    named = tuple(os.environ.get(name, "") for name in _NAMED_BY)  # lint-skip: environment - as the HTTP library does
    return _read(named, tuple(_changed_at(place) for place in named[:2]))


@lru_cache(maxsize=4)
def _read(named: tuple[str, ...], changed: tuple[float, ...]) -> ssl.SSLContext:  # noqa: ARG001 - what it was read from
    return httpx.create_ssl_context(trust_env=True)


def _changed_at(place: str) -> float:
    """Return when a file or directory was changed, in seconds; 0 where there is none."""
    try:
        return Path(place).stat().st_mtime if place else 0.0
    except OSError:
        return 0.0
