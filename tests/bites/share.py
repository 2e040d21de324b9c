"""Tells what came of `make mutants`: how many changes the tests noticed, and where those are that they did not."""

import re
import sys
from collections import Counter
from pathlib import Path

_COUNTS = re.compile(
    "(\\d+)/(\\d+)  \U0001f389 (\\d+) \U0001fae5 (\\d+)  ⏰ (\\d+)  \U0001f914 (\\d+)  \U0001f641 (\\d+)"
)
_SURVIVOR = re.compile(r"^\s*(\S+)__mutmut_\d+: survived", re.MULTILINE)


def main(log: str, results: str) -> None:
    """Print the share, then the functions with the most changes that nobody noticed."""
    done, total, killed, untested, late, odd, survived = map(int, _COUNTS.findall(Path(log).read_text("utf-8"))[-1])
    noticed = killed + late + odd
    print(f"{done} of {total} changes tried: {noticed} noticed, {survived} not, {untested} in code that no test runs")
    print(f"{noticed / (noticed + survived):.0%} of what the tests run is noticed")
    where = Counter(_SURVIVOR.findall(Path(results).read_text("utf-8")))
    for name, count in where.most_common(15):
        print(f"{count:>4} {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
