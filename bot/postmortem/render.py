"""Renders the postmortem from its template: in a sandbox, on plain data, an unknown variable is an error."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.incidents.model import Incident
from bot.paths import data_folder
from bot.postmortem.context import PostmortemContext

BLANK = "_not recorded_"
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])", re.MULTILINE)


def markdown(text: str) -> str:
    """Return foreign text that Markdown shows letter by letter, on one line."""
    one_line = " ".join(str(text).split())
    return _LINE_START.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", one_line))


def known(text: str) -> str:
    """Return the text escaped, or words that leave the gap visible."""
    return markdown(text) if text else BLANK


def code(text: str) -> str:
    """Return foreign text as inline code."""
    return "`" + " ".join(str(text).split()).replace("`", "'") + "`"


def utc(at: datetime | None) -> str:
    """Return the moment to the second, in UTC."""
    return BLANK if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(data_folder("templates")),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(markdown=markdown, known=known, code=code, utc=utc)
    return environment


def render_markdown(context: PostmortemContext) -> str:
    """Return the postmortem as Markdown; the same context gives the same text."""
    variables: Mapping[str, Any] = asdict(context)
    return _environment().get_template("postmortem.md.j2").render(variables)


def file_name(incident: Incident, ending: str) -> str:
    """Return the name of the exported file: made of letters, digits and `-` only."""
    slug = re.sub(r"[^a-z0-9]+", "-", incident.title.lower()).strip("-")[:60].rstrip("-")
    return f"postmortem-{incident.name.lower()}-{slug or 'incident'}.{ending}"
