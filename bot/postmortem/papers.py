"""Renders what is not the postmortem, the support bundle and the report over incidents, from their templates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment

from bot.postmortem.bundle import Api, bundle
from bot.postmortem.numbers import Numbers, Row
from bot.postmortem.render import our_templates
from bot.postmortem.shape import PostmortemContext
from bot.postmortem.weeks import BASE, HEIGHT, MOST, WIDTH, bars, highest, names, weeks
from bot.postmortem.words import clock, span

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def render_bundle(context: PostmortemContext, api: Api) -> str:
    """Return the support bundle as Markdown that reads as well as plain text; the same facts give the same text."""
    return _render("bundle.md.j2", asdict(bundle(context, api)))


def render_report(numbers: Numbers, rows: Sequence[Row]) -> str:
    """Return the numbers over incidents as one page that needs nothing else; the same facts give the same page."""
    drawn = weeks(rows, numbers.period)
    values = {
        "numbers": numbers,
        "rows": rows,
        "weeks": drawn,
        "bars": list(bars(drawn)),
        "mondays": list(names(drawn)),
        "highest": highest(drawn),
        "size": {"width": WIDTH, "height": HEIGHT, "base": BASE},
        "most": MOST,
    }
    return _render("report.html.j2", values)


def _render(template: str, values: Mapping[str, Any]) -> str:
    """Return the paper; in one of HTML every value is escaped."""
    environment = _environment(escaping=template.endswith(".html.j2"))
    return environment.get_template(template).render(values)


@cache
def _environment(*, escaping: bool) -> Environment:
    environment = our_templates(escaping=escaping, finalize=_clean)
    environment.filters |= {"span": _span, "clock": _clock}
    return environment


def _clean(value: object) -> object:
    """Return a text without signs that no page may hold; what is a page's own markup already passes."""
    return _CONTROL.sub("", value) if type(value) is str else value


def _span(seconds: int | None) -> str:
    return "not known" if seconds is None else span(seconds)


def _clock(at: datetime | None) -> str:
    return "" if at is None else clock(at)
