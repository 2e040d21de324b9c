"""What is stored as JSON: written in one go; a row that cannot be read is told by its number and stops nothing else."""

import json
from typing import Any, Final, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.errors import Unreadable

T = TypeVar("T")
_TOLD: Final[set[tuple[str, int]]] = set()
log = structlog.get_logger()


class Written(str):
    """JSON as text already: it is stored as it is."""

    __slots__ = ()


def written(kind: TypeAdapter[T], value: T) -> Written:
    """Return the value as the JSON text to store."""
    return Written(kind.dump_json(value), "utf-8")


def write(value: object) -> str:
    """Return the JSON text of what is stored."""
    return value if isinstance(value, Written) else json.dumps(value)


class Garbage:
    """Stands for what is no JSON at all: no type is made of it."""


def parse(text: Any) -> object:  # noqa: ANN401 - whatever a driver finds in a JSON column
    """Return what the JSON text says, or Garbage: one bad row must not end the reading of the others."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return Garbage()


def read(kind: TypeAdapter[T], stored: object, table: str, number: int) -> T:
    """Return the stored value; raises Unreadable, and says so once in the log, without a word of its content."""
    try:
        return kind.validate_python(stored)
    except ValidationError:
        raise unreadable(table, number) from None


def unreadable(table: str, number: int) -> Unreadable:
    """Return the error for this row, which is told in the log once."""
    if (table, number) not in _TOLD:
        _TOLD.add((table, number))
        log.error("row_unreadable", table=table, id=number)
    return Unreadable(table, number)
