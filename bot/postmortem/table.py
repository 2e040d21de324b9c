"""The incidents of a report as data: a table with a row for each, and one JSON document."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from bot.postmortem.numbers import Numbers, Row

_FORMULA: Final = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""A spreadsheet takes a cell that begins like this, also in full width, for a formula, or for more cells."""
_SPLITS: Final = re.compile('([;\t\r\n])(?=["\\s]*[=+\\-@\uff1d\uff0b\uff0d\uff20])')
"""Where the semicolon or the tab parts cells, a spreadsheet also parts what stands within one, quoted or not."""

COLUMNS: Final[Mapping[str, Callable[[Row], object]]] = {
    "incident": lambda row: row.name,
    "private": lambda row: "yes" if row.private else "no",
    "severity": lambda row: row.severity,
    "status": lambda row: row.status,
    "fault": lambda row: row.fault,
    "branch": lambda row: row.branch,
    "opened_at": lambda row: _utc(row.opened_at),
    "resolved_at": lambda row: _utc(row.resolved_at),
    "first_failure_at": lambda row: _utc(row.first_failure_at),
    "last_failure_at": lambda row: _utc(row.last_failure_at),
    "time_to_detect_s": lambda row: row.detect_s,
    "time_to_acknowledge_s": lambda row: row.acknowledge_s,
    "time_to_mitigate_s": lambda row: row.mitigate_s,
    "time_to_resolve_s": lambda row: row.resolve_s,
    "seen_before_page_s": lambda row: None if row.ahead_s is None else max(0, row.ahead_s),
    "seen_after_page_s": lambda row: None if row.ahead_s is None else max(0, -row.ahead_s),
    "failed_requests": lambda row: row.failed_requests,
    "reopened": lambda row: row.reopened,
    "open_tasks": lambda row: len(row.todo),
    "lead": lambda row: row.lead,
    "title": lambda row: row.title,
}
"""The columns in order; what nobody knows is an empty cell."""

_DATA: TypeAdapter[Numbers] = TypeAdapter(Numbers)


def csv_of(rows: Sequence[Row]) -> str:
    """Return the table as RFC 4180 has it, with a header; no cell is a formula."""
    paper = io.StringIO(newline="")
    writer = csv.writer(paper, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(value(row)) for value in COLUMNS.values()] for row in rows)
    return paper.getvalue()


def cell(value: object) -> str:
    """Return what stands in a cell; what a spreadsheet would calculate is behind an apostrophe."""
    text = "" if value is None else _SPLITS.sub(r"\1'", str(value).replace("\x00", ""))
    return f"'{text}" if text[:1] in _FORMULA else text


def data_of(numbers: Numbers, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the report as plain data: moments are ISO 8601 in UTC, spans whole seconds."""
    told: dict[str, Any] = _DATA.dump_python(numbers, mode="json")
    counts = {name: dict(told[name]) for name in ("severities", "faults", "branches")}
    incidents = [{name: value(row) for name, value in COLUMNS.items()} | {"private": row.private} for row in rows]
    period: dict[str, Any] = told.pop("period")
    return {**period, **told, **counts, "incidents": incidents}


def _utc(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
