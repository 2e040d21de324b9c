"""Reads what a command is given: a file, or standard input for `-`."""

import sys
from pathlib import Path

from bot.errors import BadInput

_MOST = 32 * 1024 * 1024  # bytes that are read


def read_source(source: str) -> str:
    """Return the text; raises BadInput when the file cannot be read."""
    try:
        raw = sys.stdin.buffer.read(_MOST) if source == "-" else _file(Path(source))
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}.", "Name a file, or - for standard input.") from None
    return raw.decode("utf-8", "replace")


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST)
