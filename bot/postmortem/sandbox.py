"""Runs a team's own postmortem template: in a process of its own, on plain data, with limits on time and memory."""

import asyncio
import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bot.postmortem import own_template, page_child
from bot.postmortem.apart import TooMuch, apart

_WALL_S: Final = 10
"""More than the limit of CPU time, for a machine that is busy with other things."""
_MOST_BYTES: Final = 4 * own_template.OUTPUT
"""A character takes up to four bytes."""
_MOST_PAGE: Final = 32 << 20
_MOST_TEMPLATE: Final = 256 << 10
_MOST_WORDS: Final = 200


class Unusable(Exception):
    """The team's own template cannot be used; the text says why, in one line."""


async def own_markdown(template: Path, variables: Mapping[str, Any]) -> str:
    """Return what the team's own template makes of the variables (plain data); raises Unusable."""
    text = await asyncio.to_thread(_read, template)
    given = {"template": text, "variables": variables}
    made = await _made(own_template.__name__, given, own_template.CPU_S, _MOST_BYTES, template.name)
    return made.decode("utf-8", "replace")


async def own_page(template: Path, variables: Mapping[str, Any], markdown: str, *, on_paper: bool) -> str:
    """Return the page of what the team's own template made; raises Unusable."""
    given = {"variables": variables, "markdown": markdown, "on_paper": on_paper}
    made = await _made(page_child.__name__, given, page_child.CPU_S, _MOST_PAGE, f"the page of {template.name}")
    return made.decode("utf-8", "replace")


async def _made(module: str, given: Mapping[str, Any], cpu_s: int, most_bytes: int, what: str) -> bytes:
    packed = await asyncio.to_thread(lambda: json.dumps(given).encode())
    try:
        told = await apart(module, packed, wall_s=_WALL_S + cpu_s, most_bytes=most_bytes)
    except TooMuch as error:
        raise Unusable(f"{what}: {error}") from None
    if told.status != 0:
        raise Unusable(f"{what}: {_why(told.status, told.content, cpu_s)}")
    return told.content


def _read(template: Path) -> str:
    try:
        if not template.is_file():  # a pipe or a device would never end
            raise Unusable(f"{template.name} is no file")
        with template.open("rb") as file:
            found = file.read(_MOST_TEMPLATE + 1)
        text = found.decode("utf-8")
    except OSError as error:
        raise Unusable(f"{template.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Unusable(f"{template.name} is not UTF-8 text") from None
    if len(found) > _MOST_TEMPLATE:
        raise Unusable(f"{template.name} is longer than {_MOST_TEMPLATE >> 10} KiB")
    return text


def _why(status: int, content: bytes, cpu_s: int) -> str:
    if status == 1 and content:
        words = " ".join(content.decode("utf-8", "replace").split())
        return words if len(words) <= _MOST_WORDS else words[:_MOST_WORDS] + " …"
    if status in {-signal.SIGXCPU, -signal.SIGKILL}:
        return f"it took more than {cpu_s} s of the processor"
    return "its process broke down"
