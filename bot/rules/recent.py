"""What earlier runs saw: our own probes of the last hour, told beside the verdict and never counted in it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.rules.evidence import CheckStatus, Evidence, Sample

MEMORY: Final = timedelta(hours=1)
FIRST_FAILURE: Final = "first_failure_at"
"""The fact that tells when the first probe of the hour failed (ISO 8601, UTC)."""


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
    first = min(sample.at for sample in failed)
    [(branch, _)] = Counter(sample.branch for sample in failed).most_common(1)
    told = f"{summary}, the first at {_clock(first)}, mostly {branch}."
    return Evidence(check="earlier", status=CheckStatus.FAILED, summary=told, facts={FIRST_FAILURE: first.isoformat()})


def _clock(at: datetime) -> str:
    return f"{at:%H:%M} UTC"
