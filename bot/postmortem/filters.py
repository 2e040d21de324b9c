"""The filters of postmortem templates, ours and a team's own: foreign text as Markdown, moments and spans in words."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.postmortem.words import span as in_words

BLANK: Final = "_not recorded_"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_ENTITY = re.compile(r"&(?=\w+(?:;|$))")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of all that follows; right-to-left words need none of them."""
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])", re.MULTILINE)
_MOST_ROWS: Final = 40
"""Of a long incident's measurements the first and the last are shown; the chart shows all."""


def markdown(text: object) -> str:
    """Return foreign text that Markdown shows letter by letter, on one line."""
    one_line = " ".join(_TURNS.sub("", str(text)).split())
    return _LINE_START.sub(r"\1\\\2", _ENTITY.sub(r"\\&", _MARKUP.sub(r"\\\1", one_line)))


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


def code(text: object) -> str:
    """Return foreign text as inline code."""
    return "`" + " ".join(_TURNS.sub("", str(text)).split()).replace("`", "'") + "`"


def utc(at: str | None) -> str:
    """Return the moment to the second, in UTC."""
    return BLANK if at is None else f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S} UTC"


def span(seconds: int | None) -> str:
    """Return a span of seconds in words."""
    return BLANK if seconds is None else in_words(seconds)


def some(rows: Sequence[object]) -> list[object]:
    """Return the rows; of very many the first and the last, with None for those between."""
    half = _MOST_ROWS // 2
    return list(rows) if len(rows) <= _MOST_ROWS else [*rows[:half], None, *rows[-half:]]


FILTERS: Final = {one.__name__: one for one in (markdown, known, stated, source, code, utc, span, some)}
