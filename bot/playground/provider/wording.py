"""Small texts in the provider's own formats: times, made-up keys and ids."""

import secrets
from datetime import UTC, datetime
from email.utils import format_datetime

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_KEY_CHARACTERS = _BASE58.replace("i", "")  # so that none ends like the key in the catalogue that has leaked
_ID_LENGTH = 24
_KEY_TAIL_LENGTH = 93


def rfc3339(moment: datetime) -> str:
    """Return the moment to the second in UTC, as the rate-limit headers write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def http_date(moment: datetime) -> str:
    """Return the moment as the `date` header writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def next_month(moment: datetime) -> str:
    """Return the first day of the next month, the day on which a monthly cap opens again."""
    year, month = divmod(moment.year * 12 + moment.month, 12)
    return f"{year}-{month + 1:02d}-01"


def made_up_id(prefix: str) -> str:
    """Return a fresh id of the provider's shape: the prefix, `_` and 24 characters."""
    tail = "".join(secrets.choice(_BASE58) for _ in range(_ID_LENGTH - 4))
    return f"{prefix}_011C{tail}"


def made_up_key(kind: str = "api03") -> str:
    """Return a key of the right shape that says in itself that it is none; `kind` is `api03` or `admin01`."""
    label = "this-is-a-stand-in-and-not-a-real-key-"
    tail = "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(_KEY_TAIL_LENGTH - len(label)))
    return f"sk-ant-{kind}-{label}{tail}AA"
