"""Tables of the page: a row is one token that is read when it is written, for a timeline may have 10,000 of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import table as standard
from markdown_it.token import Token

from bot.postmortem.wording import breakable, simple

MOST_ROWS: Final = 1000
"""On paper, where a row costs several milliseconds, of a longer table the first and the last 500 are laid out."""
MOST_OF_A_LINE: Final = 20_000
"""Characters of one line of Markdown that go on paper, of which a million would take minutes."""
_PIPE: Final = re.compile(r"(?<!\\)\|")
_ROW: Final = "row"


def install(reader: MarkdownIt) -> None:
    """Let the reader read and write tables in this way."""
    reader.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})

    def row(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: object, env: dict[str, Any]) -> str:
        return _written(reader, tokens[index].meta, env)

    reader.add_render_rule(_ROW, row)
    reader.add_render_rule("table_open", _open)
    reader.add_render_rule("table_close", _close)


def fit_for_paper(markdown: str) -> str:
    """Return the Markdown; of a line that is longer than any person reads on paper its begin, and what is left out."""
    return "\n".join(line if len(line) <= MOST_OF_A_LINE else _begin(line) for line in markdown.split("\n"))


def _begin(line: str) -> str:
    left_out = f"… ({len(line) - MOST_OF_A_LINE:,} more characters are in the Markdown and on the web page)"
    return f"{line[:MOST_OF_A_LINE].rstrip(chr(92))} {left_out}"


def shortened(tokens: Sequence[Token], most: int = MOST_ROWS) -> list[Token]:
    """Return the tokens; of each table with more rows the first and the last, and how many are left out."""
    kept: list[Token] = []
    begin = 0
    for token in tokens:
        if token.type == "tbody_close":
            kept[begin:] = _fewer(kept[begin:], most)
        kept.append(token)
        if token.type == "tbody_open":
            begin = len(kept)
    return kept


def _fewer(rows: list[Token], most: int) -> list[Token]:
    if len(rows) <= most or rows[0].type != _ROW:
        return rows
    half = most // 2
    left_out = f"… {len(rows) - 2 * half:,} rows are left out on paper; the Markdown and the web page have them."
    told = Token("html_block", "", 0, content=f'<tr><td colspan="{len(rows[0].meta["styles"])}">{left_out}</td></tr>\n')
    return [*rows[:half], told, *rows[-half:]]


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - the reader's own signature
    """Read a table whose lines begin with a pipe; leave any other to the standard rule."""
    head = start + 2
    last = head
    while last < end and _line(state, last).startswith("|") and state.sCount[last] - state.blkIndent in range(4):
        last += 1
    if silent or last == head or (last < end and not state.isEmpty(last)):
        return standard(state, start, end, silent)
    if not standard(state, start, head, silent):
        return False
    close = state.tokens.pop()
    styles = [token.attrGet("style") for token in state.tokens[_opened(state.tokens) :] if token.type == "th_open"]
    state.push("tbody_open", "tbody", 1)
    for line in range(head, last):
        state.push(_ROW, "", 0).meta = {"cells": _cells(_line(state, line)), "styles": styles}
    state.push("tbody_close", "tbody", -1)
    state.tokens.append(close)
    state.line = last
    return True


def _opened(tokens: Sequence[Token]) -> int:
    return next(place for place in range(len(tokens) - 1, -1, -1) if tokens[place].type == "table_open")


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


def _cells(line: str) -> list[str]:
    cells = [cell.replace("\\|", "|") for cell in _PIPE.split(line)]
    cells = cells[1:] if cells[0] == "" else cells
    return [cell.strip() for cell in (cells[:-1] if cells and cells[-1] == "" else cells)]


def _written(reader: MarkdownIt, row: Mapping[str, Any], env: dict[str, Any]) -> str:
    cells, styles = row["cells"], row["styles"]
    filled = [*cells, *[""] * len(styles)]  # a short row has empty cells in the end, a long one is cut
    return f"<tr>\n{''.join(_cell(reader, *one, env) for one in zip(filled, styles, strict=False))}</tr>\n"


def _cell(reader: MarkdownIt, text: str, style: str | None, env: dict[str, Any]) -> str:
    words = simple(text)
    if words is not None:
        shown = breakable(words)
    else:
        shown = reader.renderer.render(reader.parseInline(text, env), reader.options, env)
    return f"<td{f' style={chr(34)}{style}{chr(34)}' if style else ''}>{shown}</td>\n"


def _open(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: object, env: dict[str, Any]) -> str:
    number = env["tables"] = env.get("tables", 0) + 1
    first = next((token.content for token in tokens[index : index + 20] if token.type == "inline"), "")
    named = re.sub(r"[^\w ()-]", "", first) or "table"
    return f'<div class="wide" role="region" aria-label="Table {number}: {named}" tabindex="0"><table>\n'


def _close(*_: object) -> str:
    return "</table></div>\n"
