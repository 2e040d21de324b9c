"""Renders our own templates: on plain data only, an unknown variable is an error."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.paths import data_folder
from bot.postmortem.filters import FILTERS
from bot.postmortem.shape import PostmortemContext, plain

_BREADTHS: Final = {
    **dict.fromkeys("0123456789", 0.636),
    **dict.fromkeys(" .:", 0.325),
    "-": 0.361,
    "%": 0.95,
    "\N{EN DASH}": 0.5,
}
"""Of a letter, as a share of the font's size."""


def our_templates(*, escaping: bool, finalize: Callable[[object], object] | None = None) -> Environment:
    """Return what reads the templates that ship, and remembers them; `escaping` is for HTML and SVG."""
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(data_folder("templates")),
        undefined=StrictUndefined,
        autoescape=escaping,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _environment(*, escaping: bool) -> Environment:
    environment = our_templates(escaping=escaping)
    environment.filters |= {**FILTERS, "breadth": breadth}
    return environment


def breadth(text: str, size: float) -> float:
    """Return how broad the words are in a chart, by the letters of the font that paper has."""
    return round(sum(_BREADTHS.get(letter, 0.55) for letter in text) * size, 1)


def render_markdown(context: PostmortemContext) -> str:
    """Return the postmortem as Markdown; the same context gives the same text."""
    return markdown_of(plain(context))


def markdown_of(variables: Mapping[str, Any]) -> str:
    """Return the postmortem as Markdown, from the variables as plain data."""
    return _environment(escaping=False).get_template("postmortem.md.j2").render(variables)


def markup_of(template: str, variables: Mapping[str, Any]) -> str:
    """Return what this template of HTML or SVG gives; every text in it is escaped."""
    return _environment(escaping=True).get_template(template).render(variables)


def file_name(name: str, title: str, ending: str) -> str:
    """Return the name of an incident's exported file: made of letters, digits and `-` only."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].rstrip("-")
    return f"postmortem-{name.lower()}-{slug or 'incident'}.{ending}"
