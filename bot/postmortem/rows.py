"""Shortens the long tables of a page that goes on paper, where a row costs more time than anywhere else."""

from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it.token import Token

MOST_ROWS: Final = 1000
"""Of a longer table the first and the last 500 rows are laid out, which takes about ten seconds."""


def shortened(tokens: Sequence[Token], most: int = MOST_ROWS) -> list[Token]:
    """Return the tokens; of each table with more rows the first and the last, and how many are left out."""
    kept: list[Token] = []
    begin = columns = 0
    for place, token in enumerate(tokens):
        columns = 0 if token.type == "table_open" else columns + (token.type == "th_open")
        if token.type == "tbody_open":
            begin = place + 1
        elif token.type == "tbody_close":
            kept += _rows(tokens[begin:place], columns, most)
            begin = 0
        if not begin or token.type == "tbody_open":
            kept.append(token)
    return kept


def _rows(body: Sequence[Token], columns: int, most: int) -> Iterator[Token]:
    starts = [place for place, token in enumerate(body) if token.type == "tr_open"]
    if len(starts) <= most:
        yield from body
        return
    half = most // 2
    told = f"{len(starts) - 2 * half:,} rows are left out on paper; the Markdown and the web page have them."
    yield from body[: starts[half]]
    yield Token("html_block", "", 0, content=f'<tr><td colspan="{columns}">… {told}</td></tr>\n')
    yield from body[starts[-half] :]
