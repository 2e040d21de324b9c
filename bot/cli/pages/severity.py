"""The severity table in words."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bot.cli.pages.markdown import SOURCE, in_percent
from bot.rules.book import Book
from bot.rules.severity import Row

_REPORTS: Final = {
    "errors": "a person reports errors",
    "quality": "a person reports poor answers",
    "compromise": "a person reports that a key is, or may be, in the wrong hands",
    "none": "no person reports anything",
}
_WHEN: Final[Mapping[str, Callable[[Any], str]]] = {
    "attempts_min": lambda n: f"{_at_least(n, 'valid attempt')}",
    "attempts_max": lambda n: f"at most {n} valid attempts" if n else "no valid attempt",
    "failing_min": lambda n: f"{_at_least(n, 'attempt')} failed",
    "failing_share_min": lambda share: "all failed" if share >= 1 else f"at least {in_percent(share)} failed",
    "failing_share_proven": lambda share: f"at least {in_percent(share)} failed, *proven*",
    "only_500_529": lambda yes: f"{'each' if yes else 'not each'} failure is HTTP 500 or 529",
    "only_rate_limited": lambda yes: f"{'all' if yes else 'not all'} failures are rate limits",
    "limited_share_min": lambda share: f"at least {in_percent(share)} of those that did not fail otherwise got 429",
    "poor_share_proven": lambda share: f"at least {in_percent(share)} were refused by the model or cut short, *proven*",
    "part_down": lambda yes: (
        f"{'one' if yes else 'no'} model, or streaming, failed every time while others got through"
    ),
    "p99_s_above": lambda seconds: f"the p99 of 100 or more is above {seconds:g} s",
    "late_min": lambda n: f"{_at_least(n, 'attempt')} took longer than 10 s",
    "timed_max": lambda n: f"fewer than {n + 1} were timed",
    "left_out_min": lambda n: f"{_at_least(n, 'request')} of production refused as invalid, beside others that pass",
    "left_out_share_proven": lambda share: (
        f"at least {in_percent(share)} of production's requests not failing otherwise refused as invalid, *proven*"
    ),
    "bots_key_min": lambda n: f"{_at_least(n, 'probe')} failed for a key that production does not use",
    "bots_key_max": lambda n: (
        f"at most {n} probes failed for the bot's own key" if n else "nor one of the bot's own key"
    ),
    "page_trouble": lambda yes: (
        f"the status page reports {'trouble' if yes else 'no trouble'} of the API or our models"
    ),
    "report": lambda kinds: " or ".join(_REPORTS[kind] for kind in kinds),
    "deadlines_min": lambda _: "something is due: headroom below 20 %, or a configured model that retires",
}
"""What each condition of the table asks for; a test holds that none is missing."""

_PLACES: Final = {
    **dict.fromkeys(("failing", "limited", "poor", "late", "left_out", "bots_key"), "n"),
    **dict.fromkeys(("attempts", "timed"), "m"),
    **dict.fromkeys(("low", "bound"), "a %"),
    "high": "b %",
    **dict.fromkeys(("p99_s", "slowest_s"), "t"),
    "sent": "all",
    "who": "requests",
    "kinds": "how they failed",
    "down": "that part",
    "page": "what it says",
    "deadlines": "what is due",
    "request_ids": "k request ids",
}
"""What stands on the page for the numbers that a verdict fills in."""

_READING: Final = """
## How to read it

- **Attempts** are our probes, or production's own requests of the last minutes, without the retries of a client. The
  two are judged apart, and the worse answer counts. A request that was refused through a bug of the caller is no valid
  attempt as long as others pass: a few of them are told and are no incident, a proven share of 5 % or more is one.
- **Shares.** From 100 attempts on a share is what was counted. Below that, *proven* means that the lower end of
  Wilson's 95 % interval reaches it: for 5 % that takes 2 failures of 5 or of 10, 3 of 20, 5 of 40, 7 of 60. So few
  samples say little: behind 1 failure of 5 may be an error rate of 4 % or of 62 %; none of 5 only excludes rates above
  45 %, none of 20 above 14 %, none of 100 above 3 %.
- **p99** is never said of fewer than 100 attempts; then it is "n of m took longer than 10 s".
- **429** is the server's own statement: a single one counts, without proof.
- **Provisional** means: measure again before you act on the severity alone.
- The **status page** can raise a severity, never lower it. A person may override it with a reason; the measured value
  stays beside it.

## Response times

- **P1**: at once; reminds until somebody acknowledges
- **P2**: within 15 minutes
- **P3**: within an hour
- **P4**: on the next business day
"""


def severity_page(book: Book) -> str:
    """Return the published severity table: first match wins, from top to bottom."""
    return "\n".join(_lines(book.severity)) + "\n"


def _lines(rows: tuple[Row, ...]) -> Iterator[str]:
    yield "# Severity\n\nThe first row that holds decides, and one always does. Each verdict names its row.\n"
    yield "| row | severity | when | provisional | name |\n| --- | --- | --- | --- | --- |"
    yield from map(_row, rows)
    yield "\n## What the verdict says\n\nLetters stand for what was counted.\n"
    for row in rows:
        yield f"- `{row.id}` ({SOURCE[row.source]}): {_reason(row.because)}"
    yield _READING.rstrip("\n")


def _row(row: Row) -> str:
    when = "; ".join(_WHEN[name](value) for name, value in row.when.items()) or "none of these"
    level = {"none": "no incident", "unknown": "unknown"}.get(row.severity, f"**{row.severity}**")
    return f"| {row.number} | {level} | {when} | {_provisional(row)} | `{row.id}` |"


def _provisional(row: Row) -> str:
    if row.provisional:
        return "always"
    if row.provisional_below > 1:
        return f"below {row.provisional_below} attempts"
    return "without an attempt" if row.provisional_below else "no"


def _reason(because: str) -> str:
    """Return a reason with a word in place of each number that a verdict fills in."""
    return because.format_map(_PLACES)


def _at_least(count: int, thing: str) -> str:
    return f"at least {count} {thing}{'s' if count != 1 else ''}"
