"""The App Home: the open incidents, what to press, and how quickly the team reacts."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.incidents.model import Incident
from bot.incidents.times import Times
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards.links import LINKS
from bot.slack.cards.lists import incident_line

_LONGEST = 20


def home_view(incidents: Sequence[Incident], times: Times, *, days: int) -> dict[str, Any]:
    """Return the view; `incidents` are the open ones of which this person may know."""
    parts = [
        kit.header("Claude API incidents"),
        kit.actions(
            kit.button("Run triage", ids.RERUN, ids.value(0), style="primary"),
            kit.button("Open an incident", ids.DECLARE, ids.value(0)),
        ),
        {"type": "divider"},
    ]
    if incidents:
        parts += [kit.section(incident_line(one)) for one in incidents[:_LONGEST]]
        if len(incidents) > _LONGEST:
            parts.append(kit.context(f"… and {len(incidents) - _LONGEST} more: `{ids.COMMAND} list`"))
    else:
        parts.append(kit.section("No incident is open."))
    parts += [{"type": "divider"}, kit.context(times_text(times, days)), kit.context(LINKS)]
    return {"type": "home", "blocks": parts}


def times_text(times: Times, days: int) -> str:
    """Return the team's times in one line."""
    if not times.count:
        return f"No incident was opened in the last {days} days."
    count = "1 incident" if times.count == 1 else f"{times.count} incidents"
    return (
        f"Last {days} days, {count}: mean time to acknowledge {_span(times.acknowledge)},"
        f" to resolve {_span(times.resolve)}."
    )


def _span(span: timedelta | None) -> str:
    return "not known" if span is None else kit.span(span)
