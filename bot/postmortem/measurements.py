"""What the bot's own requests gave over a whole incident: each measurement, and the failures by leaf."""

from collections.abc import Sequence
from itertools import chain

from bot.incidents.events import Failing, Measured
from bot.postmortem.shape import FailedLeaf, Measurement

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
        headers=next((part.headers for part in parts if part.headers), ()),
    )


def other_request_ids(measured: Sequence[Measured]) -> tuple[str, ...]:
    """Return the request ids of verdicts that stand at no leaf: those of production, and of measurements long ago."""
    at_a_leaf = {name for event in measured for one in event.failures for name in one.request_ids}
    ids = dict.fromkeys(name for event in measured for name in event.request_ids)
    return tuple(name for name in ids if name not in at_a_leaf)
