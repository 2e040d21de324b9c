"""The last thing done to evidence: every text in it loses secrets and characters that no reader should meet."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Final, TypeVar, cast

from bot.rules.evidence import Evidence

# Control characters but tab and line end, marks that turn the direction of text, and halves of surrogate pairs,
# which no database, socket or terminal takes.
_UNWANTED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

T = TypeVar("T")


def sealed(evidence: Evidence, redact: Callable[[str], str]) -> Evidence:
    """Return the evidence with each of its texts cleaned and redacted, however deep it lies."""
    return _sealed(evidence, lambda text: redact(_UNWANTED.sub("\N{REPLACEMENT CHARACTER}", text)))


def _sealed(value: T, clean: Callable[[str], str]) -> T:
    if isinstance(value, Enum):  # its members are texts too, but our own
        return value
    if isinstance(value, str):
        return cast("T", clean(value))
    if isinstance(value, tuple):
        return cast("T", tuple(_sealed(item, clean) for item in value))
    if isinstance(value, Mapping):
        return cast("T", {_sealed(key, clean): _sealed(item, clean) for key, item in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        changes = {field.name: _sealed(getattr(value, field.name), clean) for field in fields(value)}
        return cast("T", replace(value, **changes))
    return value
