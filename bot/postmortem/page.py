"""The postmortem as one self-contained page of HTML, made from its Markdown and the chart: nothing is loaded by it."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from bot.postmortem import tables
from bot.postmortem.chart import chart, legend
from bot.postmortem.render import markup_of
from bot.postmortem.tables import fit_for_paper, shortened
from bot.postmortem.wording import breakable

_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that HTML forbids: controls, halves of a pair, and those that are none."""
_BOXES: Final = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}
_MOST_IN_PICTURE: Final = 40


def page(variables: Mapping[str, Any], markdown: str, *, on_paper: bool = False) -> str:
    """Return the page of this Markdown; the chart comes before its second heading, on paper long tables are cut."""
    before, after = _halves(_visible(markdown), on_paper=on_paper)
    return markup_of("postmortem.html.j2", _figure(variables) | {"before": before, "after": after})


def picture(variables: Mapping[str, Any]) -> str:
    """Return a page with the chart and what its marks mean, and nothing else."""
    figure = _figure(variables)
    marks: Sequence[object] = figure["legend"]
    more = max(len(marks) - _MOST_IN_PICTURE, 0)
    return markup_of("picture.html.j2", figure | {"legend": marks[:_MOST_IN_PICTURE], "more": more})


def _figure(variables: Mapping[str, Any]) -> dict[str, Any]:
    clean = _clean(variables)
    return {
        "name": clean["name"],
        "title": clean["title"],
        "chart": Markup(chart(clean)),  # noqa: S704 - our own template's, escaped there
        "legend": legend(clean),
        "more": 0,
    }


def _clean(value: Any) -> Any:  # noqa: ANN401 - plain data of any shape
    """Return the data without characters that HTML forbids."""
    if isinstance(value, str):
        return _visible(value)
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items() if name not in {"timeline", "transcript"}}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def _visible(text: str) -> str:
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _halves(markdown: str, *, on_paper: bool) -> tuple[Markup, Markup]:
    """Return the Markdown as HTML, divided where the chart belongs."""
    reader = _reader()
    tokens = shortened(reader.parse(fit_for_paper(markdown))) if on_paper else reader.parse(markdown)
    _raise_headings(tokens)
    headings = [n for n, token in enumerate(tokens) if token.type == "heading_open" and token.level == 0]
    cut = headings[1] if len(headings) > 1 else len(tokens)
    shared: dict[str, Any] = {}  # counts the tables, over both parts
    parts = (reader.renderer.render(some, reader.options, shared) for some in (tokens[:cut], tokens[cut:]))
    first, second = (Markup(part) for part in parts)  # noqa: S704 - the renderer escapes every text, HTML is off
    return first, second


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False})
    reader.enable("table").disable(["image", "html_block", "html_inline"])
    reader.validateLink = _leads_to_the_web  # type: ignore[method-assign] # the way its documentation names
    tables.install(reader)
    reader.core.ruler.push("tasks", _tick)
    reader.add_render_rule("text", _text)
    reader.add_render_rule("code_inline", _code)
    return reader


def _leads_to_the_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def _tick(state: StateCore) -> None:
    """Show the boxes of a task list; only what the Markdown wrote as such, no escaped bracket of a foreign text."""
    for before, token in zip(state.tokens, state.tokens[2:], strict=False):
        box = _BOXES.get(token.content[:4])
        if before.type == "list_item_open" and token.type == "inline" and box and token.children:
            first = token.children[0]
            first.content = box + first.content[4:]
            before.attrJoin("class", "task")


def _raise_headings(tokens: Sequence[Token]) -> None:
    """Make the highest heading the page's first, and the others keep their distance."""
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    highest = min((int(token.tag[1:]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{int(token.tag[1:]) - highest + 1}"


def _text(_self: RendererHTML, tokens: Sequence[Token], index: int, *_: object) -> str:
    return breakable(tokens[index].content)


def _code(_self: RendererHTML, tokens: Sequence[Token], index: int, *_: object) -> str:
    return f"<code>{breakable(tokens[index].content)}</code>"
