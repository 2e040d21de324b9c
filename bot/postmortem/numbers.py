"""Numbers over many incidents: how many and whose fault, how quick we were, and what is left to do.

All of it is counted from the moments of events: words that are corrected later, and notes of the past, change none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import fmean, median
from typing import Final

from bot.postmortem.period import Period
from bot.postmortem.shape import PostmortemContext
from bot.postmortem.spans import Span, covered_s, failing, posted
from bot.rules.evidence import Fault

Counted = tuple[tuple[str, int], ...]
_LEAF: Final = re.compile(r"[a-z0-9_]{1,40}(?:\.[a-z0-9_]{1,40})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One incident in numbers: moments are UTC, spans whole seconds, None: unknown or not yet.

    `ahead_s` is how long before the provider's page we saw it (negative: the page was first); `unposted`: the page
    could be read and had nothing, though the fault is the provider's.
    """

    name: str
    title: str
    private: bool
    severity: str
    status: str
    fault: str
    branch: str
    lead: str
    opened_at: datetime
    resolved_at: datetime | None
    first_failure_at: datetime | None
    last_failure_at: datetime | None
    detect_s: int | None
    acknowledge_s: int | None
    mitigate_s: int | None
    resolve_s: int | None
    reopened: int
    failed_requests: int
    ahead_s: int | None
    unposted: bool
    failing: tuple[Span, ...]
    posted: tuple[Span, ...]
    todo: tuple["FollowUp", ...]

    @property
    def is_open(self) -> bool:
        """Tell whether it is not over."""
        return self.resolved_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A task that nobody has done: `owner` may be empty, `due` None."""

    incident: str
    private: bool
    number: int
    text: str
    owner: str
    due: date | None
    overdue: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """Mean and median in whole seconds over the `n` incidents of which the span is known; None over none."""

    n: int
    mean_s: int | None
    median_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainstPage:
    """What the provider cost us, beside what its page says of it.

    `failing_s` is for how long we saw it fail by the provider's fault, `posted_s` for how long the page had an incident
    of the API while we looked: each second counted once. Of `compared` incidents that stood on the page we were `first`
    in some, `ahead_s` before it (median); `unposted` are those of the provider's fault that never stood there.
    """

    failing_s: int
    posted_s: int
    compared: int
    first: int
    ahead_s: int | None
    unposted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers of a period; counts are in falling order, severities in theirs."""

    period: Period
    count: int
    open: int
    private: int
    reopened: int
    reopenings: int
    severities: Counted
    faults: Counted
    branches: Counted
    detect: Average
    acknowledge: Average
    mitigate: Average
    resolve: Average
    page: AgainstPage
    todo: tuple[FollowUp, ...]


def row_of(context: PostmortemContext) -> Row:
    """Return what is counted of one incident."""
    told = context.provider.incidents
    theirs = context.fault == Fault.THEIRS
    return Row(
        name=context.name,
        title=context.title,
        private=context.private,
        severity=context.severity,
        status=context.status,
        fault=context.fault or "unknown",
        branch=context.branch if _LEAF.fullmatch(context.branch) else "unknown",
        lead=context.lead,
        opened_at=context.opened_at,
        resolved_at=context.resolved_at,
        first_failure_at=context.first_failure_at,
        last_failure_at=context.last_failure_at,
        detect_s=context.time_to_detect_s,
        acknowledge_s=context.time_to_acknowledge_s,
        mitigate_s=context.time_to_mitigate_s,
        resolve_s=context.time_to_resolve_s,
        reopened=len(context.reopenings),
        failed_requests=sum(leaf.count for leaf in context.failures),
        ahead_s=context.provider.ahead_s,
        unposted=theirs and context.provider.readable > 0 and not told,
        failing=tuple(failing(context)),
        posted=tuple(posted(context)),
        todo=tuple(_todo(context)),
    )


def numbers(rows: Sequence[Row], period: Period) -> Numbers:
    """Return the numbers over the incidents that were opened in the period."""
    rows = [row for row in rows if period.since is None or row.opened_at >= period.since]
    return Numbers(
        period=period,
        count=len(rows),
        open=sum(row.is_open for row in rows),
        private=sum(row.private for row in rows),
        reopened=sum(row.reopened > 0 for row in rows),
        reopenings=sum(row.reopened for row in rows),
        severities=tuple(sorted(Counter(row.severity for row in rows).items())),
        faults=_counted(row.fault for row in rows),
        branches=_counted(row.branch for row in rows),
        detect=_average(row.detect_s for row in rows),
        acknowledge=_average(row.acknowledge_s for row in rows),
        mitigate=_average(row.mitigate_s for row in rows),
        resolve=_average(row.resolve_s for row in rows),
        page=_against_page(rows, period),
        todo=_follow_ups(rows, period.until.date()),
    )


def _todo(context: PostmortemContext) -> Iterable[FollowUp]:
    for task in context.tasks:
        if not task.done:
            yield FollowUp(
                incident=context.name,
                private=context.private,
                number=task.number,
                text=task.text,
                owner=task.owner,
                due=task.due,
            )


def _follow_ups(rows: Sequence[Row], today: date) -> tuple[FollowUp, ...]:
    """Return what is left to do, the earliest due first; on its day a task is not late yet."""
    left = [_dated(one, today) for row in rows for one in row.todo]
    return tuple(sorted(left, key=lambda one: one.due or date.max))


def _dated(one: FollowUp, today: date) -> FollowUp:
    return replace(one, overdue=one.due is not None and one.due < today)


def _counted(found: Iterable[str]) -> Counted:
    return tuple(sorted(Counter(found).items(), key=lambda one: (-one[1], one[0])))


def _average(found: Iterable[int | None]) -> Average:
    known = [one for one in found if one is not None]
    if not known:
        return Average(n=0, mean_s=None, median_s=None)
    return Average(n=len(known), mean_s=round(fmean(known)), median_s=round(median(known)))


def _against_page(rows: Sequence[Row], period: Period) -> AgainstPage:
    spans = [span for row in rows for span in (*row.failing, *row.posted)]
    begin = period.since or min((span.begin for span in spans), default=period.until)
    known = [row.ahead_s for row in rows if row.ahead_s is not None]
    first = [one for one in known if one > 0]
    return AgainstPage(
        failing_s=covered_s((span for row in rows for span in row.failing), begin, period.until),
        posted_s=covered_s((span for row in rows for span in row.posted), begin, period.until),
        compared=len(known),
        first=len(first),
        ahead_s=round(median(first)) if first else None,
        unposted=sum(row.unposted for row in rows),
    )
