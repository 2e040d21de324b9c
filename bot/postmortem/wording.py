"""Words of the page: which need no parser, and where long ones may break."""

import re
from typing import Final

from markdown_it.common.utils import escapeHtml

_SIMPLE: Final = re.compile(r"(?:[^\\`*_\[\]<>&\n]|\\[!-/:-@\[-`{-~])*")
_ESCAPED: Final = re.compile(r"\\(.)")
_LONG: Final = re.compile("([!-~]{30})(?=[!-~])")
_BREAK: Final = "\0"


def simple(markdown: str) -> str | None:
    """Return the text of Markdown that holds no markup but escapes, as nearly all of a timeline; else None."""
    return _ESCAPED.sub(r"\1", markdown) if _SIMPLE.fullmatch(markdown) else None


def breakable(text: str) -> str:
    """Return the text escaped for HTML; only long words may break, which on paper costs less than letting all."""
    return escapeHtml(_LONG.sub(rf"\1{_BREAK}", text)).replace(_BREAK, "<wbr>")
