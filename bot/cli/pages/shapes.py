"""Dataclasses as tables that people read: what each field holds, in words instead of types."""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Annotated, Final, Literal, get_args, get_origin, get_type_hints

from bot.cli.pages.markdown import any_of

_NAMES: Final = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "true or false",
    "datetime": "moment",
    "date": "day",
}
_OWN: Final = ", in a person's own words"


def table(kind: type, besides: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield a table of the fields, but for those `besides`."""
    hints = get_type_hints(kind, include_extras=True)
    shown = [one.name for one in fields(kind) if one.name not in besides]
    if shown:
        yield "| name | holds |\n| --- | --- |"
        yield from (f"| `{name}` | {holds(hints[name])} |" for name in shown)


def holds(hint: object) -> str:
    """Return a type in words; a part that is described on the same page becomes a link to it."""
    arguments = get_args(hint)
    if get_origin(hint) is Annotated:  # the only mark there is: what a person wrote
        return holds(arguments[0]) + _OWN
    if type(None) in arguments:
        return f"{holds(next(one for one in arguments if one is not type(None)))}, or none"
    if get_origin(hint) is tuple:
        some = [one for one in arguments if one is not Ellipsis]
        inner = holds(some[0]) if len(some) == 1 else f"pairs of {' and '.join(map(holds, some))}"
        return f"list of {inner}"
    if get_origin(hint) is Literal:
        return any_of([f"`{one}`" for one in arguments])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return any_of([f"`{one.value}`" for one in hint])
    name = getattr(hint, "__name__", str(hint))
    return f"[{name}](#{name.lower()})" if is_dataclass(hint) else _NAMES.get(name, name)


def parts(kind: type, seen: tuple[type, ...] = ()) -> tuple[type, ...]:
    """Return the dataclasses within this one, each once, in the order of their first use."""
    for hint in get_type_hints(kind).values():
        for one in (hint, *get_args(hint)):
            if isinstance(one, type) and is_dataclass(one) and one not in seen:
                seen = parts(one, (*seen, one))
    return seen


def says(thing: object) -> str:
    """Return the docstring as one paragraph."""
    return " ".join((inspect.getdoc(thing) or "").split())
