"""The chart of an incident as SVG: failed requests and latency over one time axis, with what people did marked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, pairwise
from typing import Any, Final

from bot.postmortem.axis import TimeAxis, round_top, time_axis
from bot.postmortem.marks import Mark, labels, marks_of, seconds
from bot.postmortem.render import markup_of

_WIDTH: Final = 960
_LEFT, _RIGHT = 64.0, 932.0
_FAILED_TOP, _FAILED_BOTTOM = 122.0, 262.0
_LATENCY_TOP, _LATENCY_BOTTOM = 312.0, 412.0
_ROW: Final = 24
_COLUMN: Final = 2.0
"""Of measurements that fall into one column of this width the lowest and the highest are drawn."""
_MOST_DOTS: Final = 120
_LABELLED: Final = 26.0
"""A bar from this width on has room for its word."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time with a word on it, if there is room."""

    x: float
    width: float
    words: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time: lines where measurements follow each other, dots where they are few or alone."""

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]


def chart(variables: Mapping[str, Any]) -> str:
    """Return the chart of these variables (plain data); the same variables give the same text."""
    return markup_of("chart.svg.j2", _drawn(variables))


def legend(variables: Mapping[str, Any]) -> list[Mark]:
    """Return what the numbers in the chart mean."""
    return marks_of(variables)


def _drawn(variables: Mapping[str, Any]) -> dict[str, Any]:
    marks = marks_of(variables)
    axis = _axis(variables, marks)
    labelled = labels(marks, axis)
    measured = sorted(variables["measurements"], key=lambda one: seconds(one["at"]))
    shares = [(seconds(one["at"]), one["failed"] / one["total"] if one["total"] else None) for one in measured]
    took = [(seconds(one["at"]), one["latency_s"]) for one in measured]
    top = round_top(max((value for _, value in took if value is not None), default=0))
    return {
        "title": f"{variables['name']}: failed requests and latency",
        "description": _described(variables, measured),
        "width": _WIDTH,
        "left": _LEFT,
        "right": _RIGHT,
        "ticks": list(axis.ticks()),
        "labels": labelled,
        "lower": _ROW * max((label.row for label in labelled), default=0),
        "severities": list(_severities(variables, axis)),
        "provider": list(_provider(variables, axis)),
        "failed": _curve(shares, axis, 1.0, _FAILED_TOP, _FAILED_BOTTOM),
        "latency": _curve(took, axis, top, _LATENCY_TOP, _LATENCY_BOTTOM),
        "latency_top": f"{top:g} s",
        "latency_half": f"{top / 2:g} s",
        "measured": bool(measured),
        "timed": any(value is not None for _, value in took),
    }


def _axis(variables: Mapping[str, Any], marks: Sequence[Mark]) -> TimeAxis:
    own = [mark.at for mark in marks] + [seconds(one["at"]) for one in variables["measurements"]]
    page = variables["provider"]["incidents"]
    beside = [seconds(one[name]) for one in page for name in ("posted_at", "gone_by") if one[name]]
    return time_axis(own or [seconds(variables["opened_at"])], beside, _LEFT, _RIGHT)


def _severities(variables: Mapping[str, Any], axis: TimeAxis) -> Iterator[Bar]:
    """Yield each severity from its moment to the next one's, the last to the end of the incident."""
    changes = sorted((seconds(one["at"]), one["severity"]) for one in variables["severity_changes"])
    over = variables["resolved_at"]
    end = seconds(over) if over else axis.end
    for (begin, severity), (until, _) in pairwise([*changes, (max(end, changes[-1][0]) if changes else end, "")]):
        yield _bar(axis, begin, until, severity, still=not over and until == end)


def _provider(variables: Mapping[str, Any], axis: TimeAxis) -> Iterator[Bar]:
    """Yield how long the provider's page showed each of its incidents, as far as that is on the paper."""
    for one in variables["provider"]["incidents"]:
        begin = seconds(one["posted_at"] or one["seen_at"])
        gone = one["gone_by"]
        end = seconds(gone) if gone else axis.end
        if begin <= axis.end and end >= axis.begin:
            yield _bar(axis, begin, end, "posted", still=not gone)


def _bar(axis: TimeAxis, begin: float, end: float, words: str, *, still: bool) -> Bar:
    x, right = axis.place(begin), axis.place(end)
    width = max(round(right - x, 1), 2.0)
    room = _LABELLED if len(words) <= 2 else 2 * _LABELLED  # noqa: PLR2004 - P1 to P4
    return Bar(x, width, words if width >= room else "", open=still)


def _curve(
    values: Iterable[tuple[float, float | None]], axis: TimeAxis, most: float, top: float, bottom: float
) -> Curve:
    """Return the curve of these values (None: nothing to show there, so the line is broken)."""
    runs = [
        [(axis.place(at), round(bottom - (value or 0) / most * (bottom - top), 1)) for at, value in run]
        for known, run in groupby(values, key=lambda one: one[1] is not None)
        if known
    ]
    few = sum(len(run) for run in runs) <= _MOST_DOTS
    thinned = [list(_thinned(run)) for run in runs]
    return Curve(
        lines=tuple(" ".join(f"{x},{y}" for x, y in run) for run in thinned if len(run) > 1),
        dots=tuple(dict.fromkeys(place for run in thinned if few or len(run) == 1 for place in run)),
    )


def _thinned(run: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the points; of many in one column the first, the highest, the lowest and the last, in order."""
    for _, column in groupby(run, key=lambda place: place[0] // _COLUMN):
        points = list(column)
        places = range(len(points))
        kept = {0, len(points) - 1, min(places, key=lambda n: points[n][1]), max(places, key=lambda n: points[n][1])}
        yield from (points[n] for n in sorted(kept))


def _described(variables: Mapping[str, Any], measured: Sequence[Mapping[str, Any]]) -> str:
    """Return in words what the chart shows, for those who do not see it."""
    told = list(_sentences(measured))
    changes = [f"{one['severity']} from {_clock(seconds(one['at']))}" for one in variables["severity_changes"]]
    if changes:
        told.append(f"Severity: {', '.join(changes)}.")
    for one in variables["provider"]["incidents"]:
        since = f" from {_clock(seconds(one['posted_at']))}" if one["posted_at"] else ""
        told.append(f"The provider's page showed an incident{since}.")
    return " ".join(told)


def _sentences(measured: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not measured:
        yield "Nothing was measured."
        return
    times = f"{len(measured)} measurement{'s' if len(measured) > 1 else ''}"
    yield f"{times} from {_clock(seconds(measured[0]['at']))} to {_clock(seconds(measured[-1]['at']))}."
    asked = [one for one in measured if one["total"]]
    if asked:
        worst = max(asked, key=lambda one: one["failed"] / one["total"])
        share = worst["failed"] / worst["total"]
        yield f"At worst {share:.0%} of the requests failed, at {_clock(seconds(worst['at']))}."
    timed = [one for one in measured if one["latency_s"] is not None]
    if timed:
        slowest = max(timed, key=lambda one: float(one["latency_s"]))
        yield f"The slowest median latency was {slowest['latency_s']} s, at {_clock(seconds(slowest['at']))}."


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
