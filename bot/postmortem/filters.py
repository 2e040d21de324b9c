"""The filters of postmortem templates, ours and a team's own: foreign text as Markdown, moments and spans in words."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.postmortem.words import span as in_words
from bot.postmortem.words import whose

BLANK: Final = "_not recorded_"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_LINE_START = re.compile(r"^([-+=])")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_STEERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, which steer a terminal, and marks that turn the rest of a line round."""
_MOST_ROWS: Final = 60
"""Of a long incident's measurements the first and the last are shown; the chart shows all."""


def markdown(text: object) -> str:
    """Return foreign text that Markdown shows letter by letter, on one line."""
    one_line = " ".join(_STEERS.sub("", str(text)).split())
    escaped = _MARKUP.sub(r"\\\1", one_line)
    return _NUMBERED.sub(r"\1\\\2", _LINE_START.sub(r"\\\1", escaped))


def known(text: object) -> str:
    """Return the text escaped, or words that leave the gap visible."""
    return markdown(text) if text else BLANK


def stated(statement: Mapping[str, str]) -> str:
    """Return a statement, its lines as written and in the end who says so; or words that leave the gap visible."""
    lines = [markdown(line) for line in statement["text"].splitlines() if line.strip()]
    return "\\\n  ".join(lines) + source(statement["source"]) if lines else BLANK


def source(who: str) -> str:
    """Return who says so, or nothing when nobody has to."""
    return f" _({markdown(who)})_" if who else ""


def corrected(who: str) -> str:
    """Return who wrote the words anew, or nothing when nobody did."""
    return f" (corrected by {markdown(who)})" if who else ""


def code(text: object) -> str:
    """Return foreign text as inline code."""
    return "`" + " ".join(_STEERS.sub("", str(text)).split()).replace("`", "'") + "`"


def utc(at: str | None) -> str:
    """Return the moment to the second, in UTC."""
    return BLANK if at is None else f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S} UTC"


def at(moment: str | None) -> str:
    """Return the moment to the second, in a column that says that it is in UTC."""
    return BLANK if moment is None else f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M:%S}"


def severity(level: str) -> str:
    """Return a severity as people say it."""
    return {"none": "no incident", "unknown": "not known"}.get(level, level)


def span(seconds: int | None) -> str:
    """Return a span of seconds in words."""
    return BLANK if seconds is None else in_words(seconds)


def some(rows: Sequence[object]) -> list[object]:
    """Return the rows; of very many the first and the last, with None for those between."""
    half = _MOST_ROWS // 2
    return list(rows) if len(rows) <= _MOST_ROWS else [*rows[:half], None, *rows[-half:]]


_ALL = (markdown, known, stated, source, corrected, code, utc, at, span, severity, whose, some)
FILTERS: Final = {one.__name__: one for one in _ALL}
"""What a template may call; a team's own template has the same."""
