"""What the bot's own requests gave over a whole incident: each measurement, and the failures by leaf."""

from collections.abc import Sequence
from itertools import chain, groupby
from statistics import median

from bot.incidents.events import Failing, Measured
from bot.postmortem.shape import FailedLeaf, InFull, Measurement, Run

_IDS = 20  # of one leaf


def measurements(measured: Sequence[Measured]) -> tuple[Measurement, ...]:
    """Return each measurement in a line of its own."""
    return tuple(
        Measurement(
            at=event.happened_at,
            severity=str(event.severity),
            fault=str(event.fault or ""),
            branch=event.branch or "",
            failed=event.samples_failed,
            total=event.samples_total,
            latency_s=event.latency_s,
            because=event.because,
        )
        for event in measured
    )


def runs(measured: Sequence[Measured]) -> tuple[Run, ...]:
    """Return measurements in a row that said the same as one line."""
    return tuple(_run(list(same)) for _, same in groupby(measured, key=_says))


def _says(event: Measured) -> tuple[object, ...]:
    return event.severity, event.fault, event.branch, bool(event.samples_failed), event.contradicted


def _run(same: Sequence[Measured]) -> Run:
    first = same[0]
    took = [event.latency_s for event in same if event.latency_s is not None]
    return Run(
        at=first.happened_at,
        until=same[-1].happened_at,
        count=len(same),
        severity=str(first.severity),
        fault=str(first.fault or ""),
        branch=first.branch or "",
        failed=sum(event.samples_failed for event in same),
        total=sum(event.samples_total for event in same),
        latency_s=round(median(took), 3) if took else None,
        contradicted=first.contradicted,
    )


def worst_of(measured: Sequence[Measured]) -> Measured | None:
    """Return the measurement of which most failed, the first of those; None without any."""
    return max(measured, key=_share, default=None)


def _share(event: Measured) -> float:
    return event.samples_failed / event.samples_total if event.samples_total else 0.0


def in_full(measured: Sequence[Measured]) -> tuple[InFull, ...]:
    """Return the worst measurement and the last one, each with a line for every check."""
    worst = worst_of(measured)
    if worst is None:
        return ()
    last = measured[-1]
    told = [("the worst", worst), ("the last", last)] if worst is not last else [("the last", last)]
    return tuple(InFull(what=what, at=event.happened_at, checks=event.checks) for what, event in told)


def failed_by_leaf(measured: Sequence[Measured]) -> tuple[FailedLeaf, ...]:
    """Return the failures of all measurements together, the most frequent leaf first."""
    found: dict[str, list[Failing]] = {}
    for one in chain.from_iterable(event.failures for event in measured):
        found.setdefault(one.branch, []).append(one)
    leaves = (_together(branch, parts) for branch, parts in found.items())
    return tuple(sorted(leaves, key=lambda leaf: (-leaf.count, leaf.branch)))


def _together(branch: str, parts: Sequence[Failing]) -> FailedLeaf:
    ids = dict.fromkeys(name for part in parts for name in part.request_ids)
    return FailedLeaf(
        branch=branch,
        count=sum(part.count for part in parts),
        first_at=min(part.first_at for part in parts),
        last_at=max(part.last_at for part in parts),
        statuses=tuple(sorted({status for part in parts for status in part.statuses})),
        models=tuple(sorted({model for part in parts for model in part.models})),
        request_ids=tuple(ids)[:_IDS],
        more_request_ids=max(0, len(ids) - _IDS),
        headers=next((part.headers for part in parts if part.headers), ()),
    )


def other_request_ids(measured: Sequence[Measured]) -> tuple[str, ...]:
    """Return the request ids of verdicts that stand at no leaf: those of production, and of measurements long ago."""
    at_a_leaf = {name for event in measured for one in event.failures for name in one.request_ids}
    ids = dict.fromkeys(name for event in measured for name in event.request_ids)
    return tuple(name for name in ids if name not in at_a_leaf)
