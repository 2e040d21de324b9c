"""Builds frozen dataclasses from TOML tables: keys are fields, and every misfit is noted with its place."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Made = TypeVar("Made")


def fit(kind: type[Made], table: Mapping[str, object], problems: list[str], place: str = "") -> Made | None:
    """Return the dataclass `kind` made from `table`; appends to `problems` what does not fit.

    Fields may be str, int, float, bool, Literal, another dataclass, X | None, tuple[X, ...] and Mapping[str, X].
    None means that a required key is missing; a value that does not fit is kept, so ask `problems` first.
    """
    hints = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # a dataclass, by contract
    problems.extend(f"{_at(place, key)}: unknown key" for key in table if key not in known)
    required = [f.name for f in known.values() if f.default is MISSING and f.default_factory is MISSING]
    missing = [name for name in required if name not in table]
    problems.extend(f"{_at(place, name)}: missing" for name in missing)
    given = {key: _fit(hints[key], value, problems, _at(place, key)) for key, value in table.items() if key in known}
    return None if missing else kind(**given)


def keys_of(kind: type) -> set[str]:
    """Return every key that a table for `kind` may hold, at any depth."""
    keys: set[str] = set()
    for name, hint in get_type_hints(kind).items():
        keys |= {name}.union(*(keys_of(part) for part in _dataclasses_in(hint)))
    return keys


def _dataclasses_in(hint: object) -> list[type]:
    if is_dataclass(hint) and isinstance(hint, type):
        return [hint]
    return [found for part in get_args(hint) for found in _dataclasses_in(part)]


def _fit(hint: object, value: object, problems: list[str], place: str) -> object:
    origin, parts = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _fit(parts[0], value, problems, place)
    if origin is tuple and isinstance(value, list):
        return tuple(_fit(parts[0], item, problems, f"{place}[{number}]") for number, item in enumerate(value, start=1))
    if isinstance(value, dict):
        if origin is Mapping:
            return {key: _fit_entry(parts, key, item, problems, place) for key, item in value.items()}
        if is_dataclass(hint):
            return fit(cast("type[object]", hint), value, problems, place)
    if _is_plain(hint, value):
        return float(cast("float", value)) if hint is float else value
    problems.append(f"{place}: {value!r} is not {_wanted(hint)}")
    return value


def _fit_entry(parts: tuple[object, ...], key: str, item: object, problems: list[str], place: str) -> object:
    _fit(parts[0], key, problems, f"{place}: key")
    return _fit(parts[1], item, problems, _at(place, key))


def _is_plain(hint: object, value: object) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return hint in {str, int, bool} and type(value) is hint


def _wanted(hint: object) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    plain = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    return plain.get(cast("type", hint), "a list" if get_origin(hint) is tuple else "a table")


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
