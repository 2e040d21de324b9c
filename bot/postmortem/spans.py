"""Spans of time that are counted once, however often they overlap."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from bot.postmortem.shape import Measurement, PostmortemContext, ProviderIncident
from bot.rules.evidence import Fault


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From one moment (UTC) to another, never backwards."""

    begin: datetime
    end: datetime


def covered_s(spans: Iterable[Span], begin: datetime, end: datetime) -> int:
    """Return how many seconds between two moments lie in at least one of the spans."""
    covered, reached = 0.0, begin
    for span in sorted(spans):
        start, stop = max(span.begin, reached), min(span.end, end)
        if stop > start:
            covered += (stop - start).total_seconds()
            reached = stop
    return round(covered)


def failing(context: PostmortemContext) -> list[Span]:
    """Return when it was seen to fail by the provider's fault: from each failed measurement to the last one in a row.

    After the last failed one of a row nothing is claimed, though the failure may have gone on until the clean one. A
    row ends where the incident was resolved: what fails days later did not fail all the time.
    """
    ends = sorted(moment.at for moment in context.moments if moment.what.startswith("resolved"))
    rows = groupby(context.measurements, lambda one: (_fails_by_the_provider(one), bisect_left(ends, one.at)))
    runs = [list(row) for (fails, _), row in rows if fails]
    return [_run(context, run) for run in runs]


def _fails_by_the_provider(one: Measurement) -> bool:
    return one.failed > 0 and one.fault == Fault.THEIRS


def _run(context: PostmortemContext, run: list[Measurement]) -> Span:
    """Return the span of measurements in a row; the first and the last failure of all are known more exactly."""
    begin, end = run[0].at, run[-1].at
    first, last = context.first_failure_at, context.last_failure_at
    if first is not None and run[0] is next(one for one in context.measurements if one.failed):
        begin = min(begin, first)
    if last is not None:
        end = min(end, last)
    return Span(begin, max(begin, end))


def posted(context: PostmortemContext) -> list[Span]:
    """Return when the provider's page had an incident of the API, as far as it was read."""
    last_read = max((one.at for one in context.measurements), default=None)
    return [span for one in context.provider.incidents if (span := _posted(one, last_read)) is not None]


def _posted(one: ProviderIncident, last_read: datetime | None) -> Span | None:
    begin, end = one.posted_at or one.seen_at, one.gone_by or last_read
    return None if end is None else Span(begin, max(begin, end))
