"""How people write an incident's name."""

import re

_NAME = re.compile(r"(?:inc-)?(\d{1,15})", re.IGNORECASE | re.ASCII)


def number_in(text: str) -> int | None:
    """Return the number in `INC-7`, `inc-7` or `7`; None when the text is no incident's name."""
    match = _NAME.fullmatch(text.strip())
    return int(match[1]) if match else None
