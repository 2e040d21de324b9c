"""What earlier runs saw: our own probes of the last hour, told beside the verdict and never counted in it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.rules.evidence import CheckStatus, Evidence, Sample

MEMORY: Final = timedelta(hours=1)
_BETWEEN: Final = timedelta(seconds=60)  # the longest that a run may take: what goes out closer may be of one
FIRST_FAILURE: Final = "first_failure_at"
"""The fact that tells since when no run was clean: when its first probe failed (ISO 8601, UTC)."""


def earlier_probes(samples: Sequence[Sample]) -> Evidence | None:
    """Return what these samples of earlier runs tell; None without any.

    The severity table looks at one burst: an hour's mean would hide both a beginning and an end.
    """
    if not samples:
        return None
    failed = [sample for sample in samples if sample.branch is not None]
    summary = f"{len(failed)} of {len(samples)} probes of earlier runs failed in the last hour"
    if not failed:
        newest = max(sample.at for sample in samples)
        return Evidence(check="earlier", status=CheckStatus.OK, summary=f"{summary}, the last run at {_clock(newest)}.")
    [(branch, _)] = Counter(sample.branch for sample in failed).most_common(1)
    first = _unbroken_since(samples)
    if first is None:
        told = f"{summary}, mostly {branch}; in the last of them nothing failed."
        return Evidence(check="earlier", status=CheckStatus.OK, summary=told)
    told = f"{summary}, mostly {branch}; without a clean run since {_clock(first)}."
    return Evidence(check="earlier", status=CheckStatus.FAILED, summary=told, facts={FIRST_FAILURE: first.isoformat()})


def _unbroken_since(samples: Sequence[Sample]) -> datetime | None:
    """Return when the first probe failed since the last run in which none did; None when that is the newest run.

    What was over before that is another failure: nothing that begins now began with it.
    """
    runs: list[list[Sample]] = []
    for sample in sorted(samples, key=lambda one: one.at):
        if runs and sample.at - runs[-1][-1].at <= _BETWEEN:
            runs[-1].append(sample)
        else:
            runs.append([sample])
    since: datetime | None = None
    for run in runs:
        failed = [sample.at for sample in run if sample.branch is not None]
        since = (since or failed[0]) if failed else None
    return since


def _clock(at: datetime) -> str:
    return f"{at:%H:%M} UTC"
