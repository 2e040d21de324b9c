"""Measures how long postmortems of growing incidents take, beside writing the same variables as JSON: the floor.

Each size is made in a process of its own, so that its memory is its own. `make bench` runs it.
"""

import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from bot.postmortem.document import KINDS, Kind, document
from bot.postmortem.shape import PostmortemContext, plain
from tests.postmortems import long_context

SIZES = (1_000, 2_500, 5_000, 10_000)
ROUNDS = 3
LIMIT_S, LIMIT_MB = 2.0, 200


def main() -> None:
    """Print a line for each size, then how time grows."""
    print("\nPostmortems of long incidents, medians of", ROUNDS, "rounds\n")
    print("events    JSON (floor)   Markdown           HTML               memory more than without")
    taken: dict[int, float] = {}
    for size in SIZES:
        done = subprocess.run([sys.executable, __file__, str(size)], capture_output=True, text=True, check=True)
        floor, md, html, grown = map(float, done.stdout.split())
        taken[size] = html
        shares = [f"{one:6.3f} s ({one / floor:5.1f} x)" for one in (md, html)]
        print(f"{size:6,}    {floor:6.3f} s       {shares[0]}   {shares[1]}   {grown:4.0f} MB")
        if size == SIZES[-1]:
            within = md < LIMIT_S and html < LIMIT_S and grown < LIMIT_MB
            print(f"\nbelow {LIMIT_S:.0f} s and {LIMIT_MB} MB             {'yes' if within else 'NO'}")
    growth = (taken[SIZES[-1]] / taken[SIZES[0]]) / (SIZES[-1] / SIZES[0])
    print(f"time per event, longest / shortest  {growth:.2f}   (linear: about 1)")


def one_size(size: int) -> None:
    """Print the seconds of JSON, Markdown and HTML, and the megabytes that making them took at most."""
    context = long_context(size)
    variables = plain(context)
    before = _peak_mb()
    floor = _median(lambda: json.dumps(variables))
    times = [_median(partial(_made, context, kind)) for kind in KINDS if kind != "pdf"]
    print(floor, *times, _peak_mb() - before)


def _made(context: PostmortemContext, kind: Kind) -> None:
    asyncio.run(document(context, kind, template=None))


def _median(work: Callable[[], object]) -> float:
    return statistics.median(_timed(work) for _ in range(ROUNDS))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    one_size(int(sys.argv[1])) if sys.argv[1:] else main()
