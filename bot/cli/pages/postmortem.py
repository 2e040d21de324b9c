"""What a postmortem template may use, as Markdown: every variable with what it holds, and every filter."""

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

from bot.postmortem.filters import FILTERS
from bot.postmortem.shape import PostmortemContext

_HEAD = """# What a postmortem template may use

Made from `bot/postmortem`; a test compares. [How to write one](../how-to/own-template.md). A template sees plain
data: text, numbers, true and false, lists, and dictionaries with the parts below. Moments are ISO 8601 in UTC.
"""


def postmortem_page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## Variables\n"
    yield f"{_says(PostmortemContext)}\n"
    yield from _table(PostmortemContext)
    for part in _parts(PostmortemContext):
        yield f"\n## {part.__name__}\n\n{_says(part)}\n"
        yield from _table(part)
    yield "\n## Filters\n\n| filter | what it gives |\n| --- | --- |"
    for name, function in FILTERS.items():
        gives = _says(function).removeprefix("Return ")
        yield f"| `{name}` | {gives[:1].upper()}{gives[1:]} |"


def _table(kind: type) -> Iterator[str]:
    yield "| name | holds |\n| --- | --- |"
    hints = get_type_hints(kind)
    yield from (f"| `{one.name}` | {_type(hints[one.name])} |" for one in fields(kind))


def _type(hint: object) -> str:
    """Return a type in the words of a template's author."""
    arguments = get_args(hint)
    if type(None) in arguments:
        return f"{_type(next(one for one in arguments if one is not type(None)))}, or none"
    if arguments and str(hint).startswith("tuple"):
        some = [one for one in arguments if one is not Ellipsis]
        inner = _type(some[0]) if len(some) == 1 else f"pairs of {' and '.join(map(_type, some))}"
        return f"list of {inner}"
    names = {"str": "text", "int": "number", "float": "number", "bool": "true or false", "datetime": "moment"}
    name = getattr(hint, "__name__", str(hint))
    if is_dataclass(hint):
        return f"[{name}](#{name.lower()})"
    return names.get(name, "day" if name == "date" else name)


def _parts(kind: type, seen: tuple[type, ...] = ()) -> tuple[type, ...]:
    """Return the dataclasses within this one, each once, in the order of their first use."""
    for hint in get_type_hints(kind).values():
        for one in (hint, *get_args(hint)):
            if isinstance(one, type) and is_dataclass(one) and one not in seen:
                seen = _parts(one, (*seen, one))
    return seen


def _says(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split())
