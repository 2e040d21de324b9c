"""Measures a healthy triage beside the runbook's three commands, with 300 ms of latency for each request.

Both ask the same stand-in, in turns, several times; the table shows medians. Then what a terminal triage imports, and
when the first partial result comes from a provider that hangs.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.app.measure import Rulebook, asking, rulebook, target_of
from bot.checks.target import Target
from bot.clock import SystemClock
from bot.playground.provider import ApiFault, Page, Provider
from bot.rules.evidence import Evidence
from bot.settings import Settings, load
from tests.bench.delay import Delayed, delayed

LATENCY_S = 0.3
ROUNDS = 7
IMPORT_ROUNDS = 9
REQUESTS = {  # which requests belong to a check: what they hold, and what they do not
    "status_page": ("summary.json", "\0"),
    "models": ("GET /v1/models", "\0"),
    "count_tokens": ("count_tokens", "\0"),
    "messages": ("POST /v1/messages ", '"stream": true'),
    "stream": ('"stream": true', "\0"),
}
RUNBOOK = """
curl -s "$PAGE/api/v2/status.json" | python3 -c \
  "import sys,json; d=json.load(sys.stdin); print(d['status']['indicator'], '-', d['status']['description'])"
curl -s -w "\nHTTP %{http_code} | Time: %{time_total}s\n" "$API/v1/messages" -H "x-api-key: $KEY" \
  -H "anthropic-version: 2023-06-01" -H "content-type: application/json" -d "$BODY"
curl -s -D - "$API/v1/messages" -H "x-api-key: $KEY" -H "anthropic-version: 2023-06-01" \
  -H "content-type: application/json" -d "$BODY" 2>/dev/null | grep -i "ratelimit\\|retry-after\\|request-id"
"""
BODY = '{"model":"claude-haiku-5-5","max_tokens":8,"messages":[{"role":"user","content":"1"}]}'


@dataclass(frozen=True)
class Place:
    """The stand-in and the two slow ways to it."""

    provider: Provider
    api: Delayed
    page: Delayed

    def settings(self) -> Settings:
        """Return the settings of a triage that goes the slow ways."""
        return load({
            "ANTHROPIC_API_KEY": self.provider.api_key,
            "ANTHROPIC_BASE_URL": self.api.url,
            "ANTH_TRIAGE_STATUS_URLS": self.page.url,
        })  # fmt: skip


async def main() -> None:
    """Print the three tables."""
    provider = Provider(clock=SystemClock())
    await provider.start()
    try:
        async with delayed(provider.api_url, LATENCY_S) as api, delayed(provider.status_url, LATENCY_S) as page:
            await compare(Place(provider, api, page))
            await first_partial(provider)
    finally:
        await provider.stop()
    imports()


async def compare(place: Place) -> None:
    """Measure triage and runbook in turns."""
    settings = place.settings()
    book = rulebook(settings)
    target = target_of(settings, book.prices)
    await triage(book, target)  # the first run of a process also loads the HTTP library
    totals: list[float] = []
    shares: list[float] = []
    commands: list[float] = []
    checks: dict[str, list[int]] = {}
    depths: dict[str, int] = {}
    for _ in range(ROUNDS):
        place.api.requests.clear()
        place.page.requests.clear()
        evidence, took_s = await triage(book, target)
        totals.append(took_s)
        shares.append(took_s * 1000 / max(item.latency_ms or 0 for item in evidence))
        for item in evidence:
            checks.setdefault(item.check, []).append(item.latency_ms or 0)
        for name, which in REQUESTS.items():
            found = place.page.depth(*which) if name == "status_page" else place.api.depth(*which)
            depths[name] = max(depths.get(name, 0), found)
        commands.append(await runbook(place))
    print(f"Healthy triage, {LATENCY_S * 1000:.0f} ms for each request, medians of {ROUNDS} rounds\n")
    print("check          time     requests in a row")
    for name, times in checks.items():
        print(f"{name:<13}  {statistics.median(times):4.0f} ms  {depths.get(name, '-'):>5}")
    total, three = statistics.median(totals), statistics.median(commands)
    print(f"\ntotal to the verdict                {total:.3f} s  (slowest round {max(totals):.3f} s)")
    print(f"total / slowest check               {statistics.median(shares):.3f}   (at most 1.15)")
    print(f"the runbook's three commands        {three:.3f} s  ({min(commands):.3f} to {max(commands):.3f} s)")
    print(f"triage / runbook                    {total / three:.3f}   (below 0.5)")


async def triage(book: Rulebook, target: Target) -> tuple[tuple[Evidence, ...], float]:
    """Run every check and judge; return the evidence and the seconds from the start to the verdict."""
    started = time.perf_counter()
    evidence = await asking(target, book.rules, SystemClock())(_ignore)
    book.judge(evidence)
    return evidence, time.perf_counter() - started


async def _ignore(_: Evidence) -> None:
    """Nobody watches."""


async def runbook(place: Place) -> float:
    """Run the runbook's three commands one after the other, with the real programs; return the seconds."""
    variables = {"API": place.api.url, "PAGE": place.page.url, "KEY": place.provider.api_key, "BODY": BODY}
    started = time.perf_counter()
    shell = await asyncio.create_subprocess_exec(
        "bash", "-c", RUNBOOK, env={"PATH": os.environ["PATH"], **variables}, stdout=subprocess.PIPE
    )
    out, _ = await shell.communicate()
    took_s = time.perf_counter() - started
    assert b"none - All Systems Operational" in out, out
    assert b"HTTP 200" in out, out
    return took_s


async def first_partial(provider: Provider) -> None:
    """Print when the first result is heard from a provider that hangs in three ways."""
    await provider.set(faults=(ApiFault(answer="hang"),))
    api_only = await _first_heard(provider.api_url, provider)
    await provider.set(faults=(ApiFault(answer="hang"),), page=Page(answer="hang"))
    both = await _first_heard(provider.api_url, provider)
    silent = await asyncio.start_server(_never_answer, "127.0.0.1", 0)
    async with silent:
        no_tls = await _first_heard(f"https://127.0.0.1:{silent.sockets[0].getsockname()[1]}", provider)
    print("\nFirst partial result from a provider that hangs (below 3 s)\n")
    print(f"the API hangs, the page answers     {api_only}")
    print(f"API and page hang                   {both}")
    print(f"TLS is never agreed, the page hangs {no_tls}")


async def _never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def _first_heard(api_url: str, provider: Provider) -> str:
    heard: list[tuple[float, str]] = []
    started = time.perf_counter()

    async def listen(evidence: Evidence) -> None:
        heard.append((time.perf_counter() - started, evidence.check))

    settings = load({
        "ANTHROPIC_API_KEY": provider.api_key,
        "ANTHROPIC_BASE_URL": api_url,
        "ANTH_TRIAGE_STATUS_URLS": provider.status_url,
    })  # fmt: skip
    book = rulebook(settings)
    target = target_of(settings, book.prices, deadline_s=4)
    await asking(target, book.rules, SystemClock())(listen)
    real = [(after_s, name) for after_s, name in heard if name != "control"]  # skipped: it knows nothing
    return f"{real[0][0]:.2f} s  ({real[0][1]})"


def imports() -> None:
    """Print what a terminal triage loads before it can ask, beside a Python that does nothing."""
    floor, triage_s = zip(*_import_rounds(), strict=True)
    program = (
        "import sys, bot.cli.triage; print(sorted(n for n in sys.modules if n.startswith('slack')), len(sys.modules))"
    )
    loaded = _run(program).stdout.strip()
    print(f"\nImports of a terminal triage, medians of {IMPORT_ROUNDS} rounds\n")
    print(f"python -c pass                      {statistics.median(floor):.3f} s")
    print(f"python -c 'import bot.cli.triage'   {statistics.median(triage_s):.3f} s")
    print(f"Slack modules loaded, all modules   {loaded}")
    print("dearest packages (own time of all their modules):")
    for package, spent_us in _dearest():
        print(f"  {package:<16} {spent_us / 1000:5.0f} ms")


def _import_rounds() -> Iterator[tuple[float, float]]:
    for _ in range(IMPORT_ROUNDS):
        yield _timed(lambda: _run("pass")), _timed(lambda: _run("import bot.cli.triage"))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _run(program: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *flags, "-c", program], capture_output=True, text=True, check=True)


def _dearest(count: int = 6) -> list[tuple[str, int]]:
    """Return the packages whose modules took longest to load, as `-X importtime` tells it."""
    spent: dict[str, int] = {}
    for line in _run("import bot.cli.triage", "-X", "importtime").stderr.splitlines()[1:]:
        own, _, name = line.removeprefix("import time:").split("|")
        package = name.strip().partition(".")[0]
        spent[package] = spent.get(package, 0) + int(own)
    return sorted(spent.items(), key=lambda item: -item[1])[:count]


if __name__ == "__main__":
    asyncio.run(main())
