"""A postmortem as a CommonMark parser (with tables) reads it: headings, tables, blocks of text, kinds of tokens."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_CELL_END: Final = re.compile(r"(?<!\\)\|")
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
_UNREADABLE: Final = "\ufffd"  # what the parser makes of NUL


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A heading, paragraph, item or table row as plain text, the cells of a row apart; `under` is its heading."""

    kind: str
    under: str
    cells: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return all of it in one line."""
        return " ".join(self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A parsed document; `widths` are the numbers of cells in the rows of each table as they were written."""

    headings: tuple[tuple[int, str], ...]
    blocks: tuple[Block, ...]
    kinds: frozenset[str]
    references: int
    widths: tuple[tuple[int, ...], ...]

    def rows(self, heading: str) -> list[tuple[str, ...]]:
        """Return the rows of the tables under a heading, their heads apart."""
        return [block.cells for block in self.blocks if block.kind == "row" and block.under == heading]

    def items(self, heading: str) -> list[str]:
        """Return the items of lists under a heading."""
        return [block.text for block in self.blocks if block.kind == "item" and block.under == heading]

    @property
    def text(self) -> str:
        """Return everything that a reader sees."""
        return "\n".join(block.text for block in self.blocks)


def parse(markdown: str) -> Page:
    """Return the document as a CommonMark parser sees it."""
    environment: dict[str, object] = {}
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown, environment)
    references = environment.get("references")
    lines = markdown.split("\n")
    return Page(
        headings=tuple(_headings(tokens)),
        blocks=tuple(_blocks(tokens)),
        kinds=frozenset(_kinds(tokens)),
        references=len(references) if isinstance(references, dict) else 0,
        widths=tuple(_widths(token, lines) for token in tokens if token.type == "table_open"),
    )


def folded(text: str) -> str:
    """Return the text without whitespace and signs that nobody sees."""
    seen = (sign for sign in "".join(text.split()) if unicodedata.category(sign) not in _INVISIBLE)
    return "".join(seen).replace(_UNREADABLE, "")


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            yield int(token.tag[1:]), _text(inline)


def _blocks(tokens: Sequence[Token]) -> Iterator[Block]:
    under, depth, cells, in_head = "", 0, list[str](), False
    for before, token in pairwise(tokens):
        depth += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        in_head = {"thead_open": True, "thead_close": False}.get(token.type, in_head)
        if token.type == "tr_close":
            yield Block(kind="head" if in_head else "row", under=under, cells=tuple(cells))
            cells = []
        elif token.type == "inline" and before.type in {"td_open", "th_open"}:
            cells.append(_text(token))
        elif token.type == "inline" and before.type == "heading_open":
            under = _text(token)
            yield Block(kind="heading", under=under, cells=(under,))
        elif token.type == "inline":
            yield Block(kind="item" if depth else "paragraph", under=under, cells=(_text(token),))


def _text(inline: Token) -> str:
    breaks = {"softbreak": "\n", "hardbreak": "\n"}
    return "".join(breaks.get(child.type, child.content) for child in inline.children or ())


def _kinds(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        yield token.type.removesuffix("_open").removesuffix("_close")
        yield from _kinds(token.children or ())


def _widths(table: Token, lines: Sequence[str]) -> tuple[int, ...]:
    """Return how many cells each row has in the text itself: a parser fills rows that are short and cuts long ones."""
    begin, end = table.map or (0, 0)
    return tuple(len(_CELL_END.findall(line)) - 1 for line in lines[begin:end] if line.strip())
