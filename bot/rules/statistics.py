"""What so few samples can say about an error rate or a latency, and what they cannot."""

from collections.abc import Sequence
from math import ceil, sqrt

ENOUGH_FOR_POINT_ESTIMATE = 100
"""From this many samples on a share may be read as it stands and a p99 may be named (anthropic-api.md, 5)."""

_Z_95 = 1.959963984540054


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval (low, high, each 0-1) for a rate of which `hits` of `total` were seen.

    With no sample at all the rate may be anything: (0, 1). Raises ValueError for impossible counts.
    """
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} is no count")
    if total == 0:
        return 0.0, 1.0
    share = hits / total
    z2 = _Z_95 * _Z_95
    scale = 1 + z2 / total
    middle = (share + z2 / (2 * total)) / scale
    reach = _Z_95 * sqrt(share * (1 - share) / total + z2 / (4 * total * total)) / scale
    low = 0.0 if hits == 0 else max(0.0, middle - reach)
    high = 1.0 if hits == total else min(1.0, middle + reach)
    return low, high


def error_rate_bound(clean: int) -> float:
    """Return the error rate (0-1) that `clean` samples without a failure exclude with 95 % confidence."""
    return 1.0 if clean <= 0 else 1.0 - 0.05 ** (1 / clean)


def share_reached(hits: int, total: int, share: float, *, seen: int | None = None) -> bool:
    """Tell whether `hits` of `total` show a rate of at least `share`.

    From 100 samples on the point estimate counts; below, Wilson's lower bound must reach the share.
    `seen` says how many samples there were when some of them are not part of `total`.
    """
    if total <= 0:
        return False
    if (total if seen is None else seen) >= ENOUGH_FOR_POINT_ESTIMATE:
        return hits / total >= share
    return wilson(hits, total)[0] >= share


def p99(latencies_s: Sequence[float]) -> float | None:
    """Return the 99th percentile (nearest rank, seconds); None below 100 samples, where it cannot be known."""
    total = len(latencies_s)
    if total < ENOUGH_FOR_POINT_ESTIMATE:
        return None
    return sorted(latencies_s)[ceil(99 * total / 100) - 1]


def percent(share: float) -> str:
    """Return a share as people read it: `45 %`, and with one decimal below ten per cent."""
    return f"{share:.0%}".replace("%", " %") if share >= 0.095 else f"{share:.1%}".replace("%", " %")  # noqa: PLR2004 - where one decimal would read 10.0 %
