"""Pages on paper: a page as PDF, and as a picture, made in a process of its own where no address is fetched."""

from typing import Final, Literal

from bot.errors import BadInput
from bot.postmortem.apart import TooMuch, apart

_MODULE: Final = "bot.postmortem.print_child"
_WALL_S: Final = 240
_MOST_BYTES: Final = 64 << 20
_HINT: Final = "The formats md, html and json need nothing more."


async def printed(page: str, kind: Literal["pdf", "png"]) -> bytes:
    """Return the page as PDF or PNG; raises BadInput that says in one line what is missing."""
    try:
        told = await apart(_MODULE, page.encode(), wall_s=_WALL_S, most_bytes=_MOST_BYTES, arguments=(kind,))
    except TooMuch as error:
        raise BadInput(f"The {kind.upper()} cannot be made: {error}.", _HINT) from None
    if told.status == 0:
        return told.content
    why = told.content.decode("utf-8", "replace") if told.status == 1 else "laying it out took too much"
    raise BadInput(f"The {kind.upper()} cannot be made: {why or 'laying it out failed'}.", _HINT)
