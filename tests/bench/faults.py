"""Runs every fault of the provider against every check and prints the figures of the matrix. `make bench` runs it."""

import asyncio
import resource
import tracemalloc

from bot.checks.runner import checks_of
from bot.playground.provider import Send, raw_head
from tests.check_values import KEY, a_target
from tests.contract.hostile_faults import ALL, DEADLINE_S, MEBIBYTE, bomb, suffer


async def main() -> None:
    """Print how many faults and runs there were, and how each of the four claims held."""
    traced, grown = await _bomb()  # first, so that nothing else has raised the peak
    late: dict[str, float] = {}
    unhandled = leaks = strangers = 0
    checks = len(checks_of(a_target(long_stream=True)))
    for name, script in ALL.items():
        seen = await suffer(script)
        late[name] = seen.took_s - DEADLINE_S
        unhandled += len(seen.broken) + checks - len(seen.found)
        leaks += KEY[13:25] in repr(seen.found)
        strangers += seen.strangers_with_the_key
    worst = max(late, key=lambda name: late[name])
    print("\nThe fault matrix of the provider\n")
    print(f"faults x checks                     {len(ALL)} x {checks} = {len(ALL) * checks}")
    print(f"unhandled                           {unhandled}")
    print(f"latest end after the deadline       {late[worst]:+.3f} s  ({worst}; at most +0.2 s)")
    print(f"evidence that holds the key         {leaks}")
    print(f"hosts but the API sent the key      {strangers}")
    print(f"200 MiB gzip bomb to every check    {traced:.1f} MiB traced at most, {grown:.1f} MiB more resident")


async def _bomb() -> tuple[float, float]:
    packed = bomb()
    head = raw_head(200, {"content-encoding": "gzip", "content-length": str(len(packed))})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    await suffer([Send(head), Send(packed)])
    traced = tracemalloc.get_traced_memory()[1] / MEBIBYTE
    tracemalloc.stop()
    return traced, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


if __name__ == "__main__":
    asyncio.run(main())
