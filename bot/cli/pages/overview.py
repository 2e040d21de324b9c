"""The rules in one table: what each file decides, how much stands in it, and how they work together."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bot.rules.book import FILES, Book

_HEAD: Final = """# The rules

Made from `bot/rules`; a test compares. Everything that the bot decides stands in six TOML files with a closed
vocabulary; no model is asked. A team may replace any of them: [your own rules](../how-to/own-rules.md).

| file | what it decides | how much | in a terminal |
| --- | --- | --- | --- |"""
_DECIDES: Final[Mapping[str, str]] = {
    "errors": "which kind of failure an answer is, from its status, its error type, its text or its exception",
    "fault": "whose fault it is",
    "severity": "how bad it is, P1 to P4",
    "mitigations": "what to do about each kind of failure",
    "tree": "which question comes next, and where it ends",
    "prices": "what the probes of a run cost",
}
_COUNTS: Final[Mapping[str, Callable[[Book], str]]] = {
    "errors": lambda book: f"{len(book.rules.taxonomy.leaves)} kinds",
    "fault": lambda book: f"{len(book.fault)} rows",
    "severity": lambda book: f"{len(book.severity)} rows",
    "mitigations": lambda book: f"{len(book.rules.taxonomy.mitigations)} mitigations",
    "tree": lambda book: f"{len(book.tree.steps)} steps",
    "prices": lambda book: f"{len(book.prices.rows)} models",
}
_ORDER: Final = """
## How a verdict comes about

1. Each answer that a [check](checks.md) got, and each of production's own, becomes one kind of failure:
   [errors](errors.md). Its rows are tried from the top, and the first that fits decides; what none fits is `unknown`.
2. The answers are counted, and the first row of [severity](severity.md) that fits says how bad it is. Our probes and
   production's requests are judged apart, and the worse answer counts.
3. The first row of [fault](fault.md) that fits says whose fault it is.
4. The kind of failure leads to [mitigations](mitigations.md) and, in an incident, to a question of the
   [tree](tree.md). People answer it; what was measured only speaks for an answer.

What people are told stands in the same files: kinds and rows of both tables say why (`because`). Kinds, mitigations,
questions and rows of the severity table also say whose they are (`source`): the runbook's own, or ours
([what we changed of it](../runbook-errata.md)). An answer is always there: rules in which something meets no row are
refused."""


def rules_page(book: Book) -> str:
    """Return the page."""
    return "\n".join(_lines(book)) + "\n"


def _lines(book: Book) -> Iterator[str]:
    yield _HEAD
    for name in FILES:
        yield f"| [{name}]({name}.md) | {_DECIDES[name]} | {_COUNTS[name](book)} | `anth-triage rules show {name}` |"
    yield _ORDER
