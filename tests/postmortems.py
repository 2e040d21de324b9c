"""Ready-made postmortems for tests of documents: with any number of measurements and lines, and hostile words."""

from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.incidents.events import Event, Noted, Recorded
from bot.postmortem.context import build
from bot.postmortem.shape import (
    Measurement,
    Moment,
    PostmortemContext,
    ProviderIncident,
    ProviderView,
    SeverityChange,
    TriedMitigation,
)
from tests.factories import LENA, NOW, an_incident, answered, channel_created, measured, opened, resolved

HOSTILE = (
    "</p></title></style></svg><script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1))"
    " ![b](https://example.org/x.png) <https://example.org> `c` | d | &lt;b&gt; &#60;i&#62; {{ 7 * 7 }} {% raw %}"
    " ]]><!-- * _ ~~ # 1. - \x00\x08\x1b\u202e\ud800\ufffe \U0001f469\u200d\U0001f692 \u05e9\u05dc\u05d5\u05dd"
)


def a_context(*story: Event, **changes: Any) -> PostmortemContext:
    """Return the context of incident 7 after an opening, a measurement, an answer and its end, or another story."""
    events = story or (measured(), channel_created(), answered(reached="advice", advice="Overloaded"), resolved())
    recorded = [Recorded(seq=n, at=NOW, event=event) for n, event in enumerate((opened(), *events), start=1)]
    return replace(build(an_incident(*events), recorded), **changes)


def over_time(count: int, span: timedelta, *, tried: int = 1, page: bool = True) -> PostmortemContext:
    """Return the context of an incident that was measured so often within this span."""
    at = [NOW + span * share for share in (0.05, 0.1, 0.33, 0.55, 0.7, 0.9)]
    shown = ProviderIncident(
        name="Elevated errors", impact="major", url="", started_at=None, posted_at=at[2], seen_at=at[3], gone_by=at[5],
        updates=(),
    )  # fmt: skip
    return a_context(
        opened_at=at[0],
        resolved_at=NOW + span,
        measurements=tuple(_measured(n, count, span) for n in range(count)),
        moments=(
            Moment(what="opened", at=at[0], source="lena"),
            Moment(what="acknowledged", at=at[1], source="lena"),
            Moment(what="mitigated", at=at[4], source="measured"),
            Moment(what="resolved", at=NOW + span, source="lena"),
        ),
        severity_changes=(
            SeverityChange(at=at[0], severity="P1", by="lena", reason="5 of 5 failed", rule="rule 2"),
            SeverityChange(at=at[3], severity="P3", by="ravi", reason="only batch", rule=""),
        ),
        tried=tuple(_tried(NOW + span * (0.15 + 0.5 * n / tried), n) for n in range(tried)),
        provider=ProviderView(asked=count, readable=count, incidents=(shown,) if page else (), ahead_s=600),
    )


def _measured(number: int, count: int, span: timedelta) -> Measurement:
    failed = 5 if number < 0.3 * count else number % 4
    return Measurement(
        at=NOW + span * (number / max(count - 1, 1)),
        severity="P1",
        fault="theirs",
        branch="overloaded",
        failed=failed,
        total=5,
        latency_s=None if failed == 5 else 0.5 + failed,
        because="",
    )


def _tried(at: datetime, number: int) -> TriedMitigation:
    return TriedMitigation(
        title=f"Fallback {number}", owner="ravi", state="done", who="ravi", at=at, helped="it worked" * (number % 2)
    )


def long_context(lines: int) -> PostmortemContext:
    """Return the context of an incident on whose timeline people wrote so many lines."""
    notes = (
        Noted(actor=LENA, happened_at=NOW + timedelta(seconds=n), text=f"batch {n} <still> *fails* with 529 & 503")
        for n in range(lines)
    )
    return a_context(measured(), *notes, resolved())


_OURS = {  # words of closed lists, which nobody writes
    "PostmortemContext": {"name", "status", "severity", "measured_severity", "worst_severity", "people"},
    "TriedMitigation": {"state", "helped"},
    "Moment": {"what"},
    "Measurement": {"severity", "fault"},
    "SeverityChange": {"severity"},
    "Line": {"source"},
    "Run": {"severity", "fault"},
    "InFull": {"what"},
    "Part": {"did"},
}


def with_every_text(value: Any, text: str) -> Any:
    """Return the same shape with this text wherever people or the provider may have written one."""
    if isinstance(value, str):
        return text
    if isinstance(value, tuple):
        return tuple(with_every_text(one, text) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        foreign = {field.name for field in fields(value)} - _OURS.get(type(value).__name__, set())
        return replace(value, **{name: with_every_text(getattr(value, name), text) for name in foreign})
    return value
