"""Renders our own templates: on plain data only, an unknown variable is an error."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.paths import data_folder
from bot.postmortem.filters import FILTERS
from bot.postmortem.shape import PostmortemContext, plain


@cache
def _environment(*, escaping: bool) -> Environment:
    """Return the environment, which remembers the templates it has read; `escaping` is for HTML and SVG."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(data_folder("templates")),
        undefined=StrictUndefined,
        autoescape=escaping,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment


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
