"""Reads what a command is given: a file, or standard input for `-`."""

import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import Final

from bot.errors import BadInput

_MOST: Final = 32 * 1024 * 1024  # bytes that are read
_MARKS: Final = {BOM_UTF8: "utf-8-sig", BOM_UTF16_LE: "utf-16", BOM_UTF16_BE: "utf-16"}


def read_source(source: str) -> str:
    """Return the text, UTF-8 unless it begins with another mark; raises BadInput when it cannot be read or is huge."""
    try:
        raw = sys.stdin.buffer.read(_MOST + 1) if source == "-" else _file(Path(source))
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}.", "Name a file, or - for standard input.") from None
    if len(raw) > _MOST:
        raise BadInput(f"{source} holds more than 32 MiB.", "Give the part around the failure, such as `tail -n 5000`.")
    coding = next((coding for mark, coding in _MARKS.items() if raw.startswith(mark)), "utf-8")
    return raw.decode(coding, "replace")


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST + 1)
