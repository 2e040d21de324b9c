"""Simulates a rate limit under production's traffic: a burst at once against one probe first. `make bench` runs it.

A token bucket refills continuously while production's requests arrive at random (Poisson) with a share of its refill.
Both ways of probing meet the same bucket at the same moment, and what production meets in the minute after.
"""

import random
from dataclasses import dataclass

from bot.rules.deadlines import LOW_HEADROOM

SEED = 20261125
TRIALS = 2_000
WARM_UP_S, AFTER_S = 3_600.0, 60.0
ROUND_TRIP_S = 0.3
PROBES, STREAMED = 5, 1
PART = 5  # one probe first: the rest may use a fifth of what is left
LIMITS = (10, 50, 1_000)
LOADS = (0.5, 0.8, 0.9, 0.95, 0.98, 1.0, 1.05)
HALF_OF_THE_TIME_S = 7.5


class Bucket:
    """One limit of requests a minute, full at the start."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.level = float(limit)
        self.at = 0.0

    def copy(self) -> "Bucket":
        """Return a bucket in the same state."""
        other = Bucket(self.limit)
        other.level, other.at = self.level, self.at
        return other

    def refill(self, at: float) -> None:
        """Add what has flowed in until now."""
        self.level = min(self.limit, self.level + (at - self.at) * self.limit / 60)
        self.at = at

    def take(self, at: float) -> bool:
        """Let one request through, unless too little is left."""
        self.refill(at)
        if self.level < 1:
            return False
        self.level -= 1
        return True


@dataclass
class Counts:
    """What happened at one limit and load, over all trials."""

    at_once: int = 0
    one_first: int = 0
    only_at_once: int = 0
    production_after: int = 0
    forgiven: int = 0
    caused: int = 0
    wait_s: float = 0.0


def arrivals(draw: random.Random, rate: float, start: float, end: float) -> list[float]:
    """Return the moments of production's requests between two moments."""
    found, at = [], start
    while (at := at + draw.expovariate(rate)) < end:
        found.append(at)
    return found


def watch(draw: random.Random, limit: int, load: float) -> Counts:
    """Follow one bucket for hours and try both ways every minute; the probes never touch the bucket itself."""
    counts, bucket, now = Counts(), Bucket(limit), 0.0
    rate = load * limit / 60
    for at in arrivals(draw, rate, now, WARM_UP_S):
        bucket.take(at)
    now = WARM_UP_S
    for _ in range(TRIALS):
        after = arrivals(draw, rate, now, now + AFTER_S)
        bucket.refill(now)
        compare(bucket, after, counts)
        for at in after:
            bucket.take(at)
        now += AFTER_S
    return counts


def compare(bucket: Bucket, after: list[float], counts: Counts) -> None:
    """Try both ways at this moment."""
    refused, waited_s, at_once = burst_at_once(bucket, after)
    first_refused, one_first = one_probe_first(bucket, after)
    alone = play(bucket, after, [])[1]
    counts.at_once += refused > 0
    counts.one_first += first_refused > 0
    counts.forgiven += refused > 0 and waited_s > 0
    counts.wait_s += waited_s
    if refused and not first_refused:
        counts.only_at_once += 1
        counts.production_after += alone > 0
    counts.caused += at_once > alone and one_first <= alone


def play(bucket: Bucket, traffic: list[float], probes: list[float]) -> tuple[int, int]:
    """Return how many probes and how many of production's requests this bucket would refuse."""
    bucket, refused = bucket.copy(), [0, 0]
    for at, who in sorted([(at, 1) for at in traffic] + [(at, 0) for at in probes]):
        refused[who] += not bucket.take(at)
    return refused[0], refused[1]


def level_at(bucket: Bucket, end: float, traffic: list[float], probes: list[float]) -> float:
    """Return what this bucket holds just after a moment, with all that is asked until then."""
    bucket = bucket.copy()
    for at in sorted(at for at in (*traffic, *probes) if at <= end):
        bucket.take(at)
    return bucket.level


def burst_at_once(bucket: Bucket, traffic: list[float]) -> tuple[int, float, int]:
    """Return the refused probes, the seconds waited until they were forgiven (0: they were not), and production's."""
    moments = [bucket.at] * (PROBES + STREAMED)
    refused, production = play(bucket, traffic, moments)
    if not 0 < refused < len(moments):
        return refused, 0.0, production
    gap = max(1.0, 60 / bucket.limit)
    if gap * refused > HALF_OF_THE_TIME_S:
        return refused, 0.0, production
    later = [bucket.at + gap * turn for turn in range(1, refused + 1)]
    again, production = play(bucket, traffic, moments + later)
    ours = len(moments) + len(later) - again
    left = level_at(bucket, later[-1], traffic, moments + later) + ours
    forgiven = again == refused and left >= LOW_HEADROOM * bucket.limit
    return refused, gap * refused if forgiven else 0.0, production


def one_probe_first(bucket: Bucket, traffic: list[float]) -> tuple[int, int]:
    """Return the refused probes and production's refused requests."""
    first = bucket.copy()
    refused = sum(not first.take(bucket.at) for _ in range(1 + STREAMED))
    rest = 0 if refused else min(PROBES - 1, int(first.level) // PART)
    moments = [bucket.at] * (1 + STREAMED) + [bucket.at + ROUND_TRIP_S] * rest
    return play(bucket, traffic, moments)


def main() -> None:
    """Print one line for each limit and load."""
    print(f"Rate limit under Poisson traffic, {TRIALS:,} trials each, seed {SEED}: {PROBES} probes and one stream.")
    print("Round trips: at once 1, one first 2. Shares are of all trials, 'after' is of 'only at once'.")
    print("'429 caused': production meets more 429s in the minute after than without probes, and not with one first.\n")
    print("limit  load   429 at once  one first  only at once  production 429 after  forgiven  mean wait  429 caused")
    for limit in LIMITS:
        for load in LOADS:
            draw = random.Random(f"{SEED} {limit} {load}")  # noqa: S311 - a seeded simulation
            print(line(limit, load, watch(draw, limit, load)))


def line(limit: int, load: float, counts: Counts) -> str:
    """Return one line of the table."""
    after = f"{counts.production_after / counts.only_at_once:.0%}" if counts.only_at_once else "-"
    wait = f"{counts.wait_s / counts.forgiven:.1f} s" if counts.forgiven else "-"
    shares = [f"{count / TRIALS:.2%}" for count in (counts.at_once, counts.one_first, counts.only_at_once)]
    forgiven, caused = f"{counts.forgiven / TRIALS:.2%}", f"{counts.caused / TRIALS:.2%}"
    return (
        f"{limit:5}  {load:4.0%}  {shares[0]:>12}  {shares[1]:>9}  {shares[2]:>12}  {after:>20}  {forgiven:>8}"
        f"  {wait:>9}  {caused:>10}"
    )


if __name__ == "__main__":
    main()
