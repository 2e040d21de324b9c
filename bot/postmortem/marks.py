"""The numbered marks of the chart: changes of severity, actions and declared moments, and what each number means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bot.postmortem.axis import TimeAxis

_MOMENTS: Final = ("opened", "acknowledged", "mitigated", "resolved", "reopened")
_SIZE: Final = 20.0
_GAP: Final = 2.0
_ROWS: Final = 3
_PER_DIGIT: Final = 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that happened (seconds since 1970): its kind is `moment`, `severity` or `action`."""

    number: int
    at: float
    kind: str
    words: str

    @property
    def clock(self) -> str:
        """Return when it happened, to the second."""
        return f"{datetime.fromtimestamp(self.at, UTC):%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What stands above the chart for one mark, or for several that are too close: its place, width and stems."""

    kind: str
    words: str
    x: float
    row: int
    width: float
    stems: tuple[float, ...]


def marks_of(variables: Mapping[str, Any]) -> list[Mark]:
    """Return the marks in the order of time, numbered from 1."""
    told = sorted(_told(variables), key=lambda one: one[0])
    return [Mark(number=n, at=at, kind=kind, words=words) for n, (at, kind, words) in enumerate(told, start=1)]


def _told(variables: Mapping[str, Any]) -> Iterator[tuple[float, str, str]]:
    for one in variables["moments"]:
        if one["what"].startswith(_MOMENTS):
            yield seconds(one["at"]), "moment", f"{one['what']} ({one['source']})"
    for one in variables["severity_changes"]:
        yield seconds(one["at"]), "severity", f"severity {one['severity']} ({one['rule'] or one['by']})"
    for one in variables["tried"]:
        after = f"; after it {one['helped']}" if one["helped"] else ""
        yield seconds(one["at"]), "action", f"{one['state']}: {one['title']} ({one['who']}){after}"


def seconds(at: str) -> float:
    """Return the moment as seconds since 1970."""
    return datetime.fromisoformat(at).timestamp()


def labels(marks: Sequence[Mark], axis: TimeAxis) -> list[Label]:
    """Return the labels in the order of time, in up to three rows; where these are full, marks share one: `3-7`."""
    found: list[Label] = []
    groups: list[list[Mark]] = []
    for mark in marks:
        row = _free(found, axis.place(mark.at))
        if row is None:
            groups[-1].append(mark)
            found[-1] = _label(groups[-1], axis, found[-1].row)
        else:
            groups.append([mark])
            found.append(_label([mark], axis, row))
    return found


def _free(found: Sequence[Label], x: float) -> int | None:
    """Return the first row that has room for a label at this place."""
    ends = {label.row: label.x + label.width / 2 for label in found}  # of each row the last
    return next((row for row in range(_ROWS) if ends.get(row, 0) + _GAP <= x - _SIZE / 2), None)


def _label(group: Sequence[Mark], axis: TimeAxis, row: int) -> Label:
    stems = tuple(axis.place(mark.at) for mark in group)
    first, last = group[0].number, group[-1].number
    words = str(first) if first == last else f"{first}\N{EN DASH}{last}"
    width = _SIZE if first == last else round(14 + _PER_DIGIT * len(words), 1)
    return Label(
        kind=group[0].kind if first == last else "several",
        words=words,
        x=round(max((stems[0] + stems[-1]) / 2, stems[0] + (width - _SIZE) / 2), 1),
        row=row,
        width=width,
        stems=tuple(dict.fromkeys(stems)),
    )
