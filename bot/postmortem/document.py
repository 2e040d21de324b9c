"""A postmortem as a file: Markdown, a page of HTML or PDF, from our template or a team's own, and its chart."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import structlog

from bot.errors import BadInput
from bot.postmortem.filters import markdown
from bot.postmortem.page import page, picture
from bot.postmortem.prints import printed
from bot.postmortem.render import file_name, markdown_of
from bot.postmortem.sandbox import Unusable, own_markdown, own_page
from bot.postmortem.shape import PostmortemContext, plain

log = structlog.get_logger()

Kind = Literal["md", "html", "pdf"]
KINDS: Final[tuple[Kind, ...]] = ("md", "html", "pdf")


@dataclass(frozen=True, slots=True)
class Document:
    """A finished file: its name is ours, made of harmless characters.

    `problem` says in one line why a team's own template was not used; empty: it was, or there is none.
    """

    name: str
    kind: Kind
    content: bytes
    problem: str = ""


async def document(context: PostmortemContext, kind: Kind, *, template: Path | None) -> Document:
    """Return the postmortem as a file of this kind; the same context and template give the same bytes.

    `template` is a team's own; when it cannot be used, ours is, and the document says so. Raises BadInput when PDF
    needs what is not installed. The event loop turns meanwhile.
    """
    variables = await asyncio.to_thread(plain, context)
    problem = ""
    if template is None:
        text = await asyncio.to_thread(_ours, variables, kind, "")
    else:
        try:
            text = await _own(variables, kind, template)
        except Unusable as error:
            problem = str(error)
            log.warning("own_template_unusable", template=str(template), why=problem)
            text = await asyncio.to_thread(_ours, variables, kind, problem)
    content = await printed(text, "pdf") if kind == "pdf" else text.encode("utf-8", "replace")
    return Document(file_name(context.name, context.title, kind), kind, content, problem)


async def chart_png(context: PostmortemContext) -> bytes | None:
    """Return the chart with what its marks mean as a picture; None where the extra `pdf` is not installed."""
    variables = await asyncio.to_thread(plain, context)
    try:
        return await printed(await asyncio.to_thread(picture, variables), "png")
    except BadInput as error:
        log.warning("chart_not_drawn", why=error.user_message)
        return None


async def _own(variables: Mapping[str, Any], kind: Kind, template: Path) -> str:
    """Return the Markdown, or the page, from the team's own template; raises Unusable."""
    text = await own_markdown(template, variables)
    return text if kind == "md" else await own_page(template, variables, text, on_paper=kind == "pdf")


def _ours(variables: Mapping[str, Any], kind: Kind, problem: str) -> str:
    """Return the Markdown, or the page, from our template, with a line about the problem where there is one."""
    text = (_notice(problem) if problem else "") + markdown_of(variables)
    return text if kind == "md" else page(variables, text, on_paper=kind == "pdf")


def _notice(problem: str) -> str:
    return f"> This is the template that ships, for the team's own cannot be used: {markdown(problem)}\n\n"
