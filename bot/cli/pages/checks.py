"""Every check: the question that it asks, what goes out for it, how often, when not, and what it does not prove."""

import inspect
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Final

from bot.checks.base import Listed
from bot.checks.client import PROBES, READS
from bot.checks.runner import ALL, FIRST_S, ON_REQUEST
from bot.checks.target import Target

(_MOST,) = (one.default for one in fields(Target) if one.name == "max_samples")
_HEAD: Final = f"""# Checks

Made from `bot/checks`; a test compares. A triage asks all of them side by side and shows each as it finishes. None
follows a redirect with the key, and none asks a second time what it was refused, but where it says so.

- **Time.** All end at the run's deadline (`[probe] deadline_s`); {FIRST_S:g} s after the start at the latest something
  is told. A request that has waited for less than `[probe] unanswered_s` by then has shown nothing.
- **How many.** At most {_MOST} requests of a run cost money, {PROBES} of them open at a time; of those free of charge
  {READS}. What all of them may cost is `[probe] cost_cap_usd`.
- **How one ends.** *ok*; *failed*, when what it looked at is bad or unreadable; *timed out*, when only our own deadline
  ended it; *skipped*, when nothing was asked. A check that breaks is *failed*, and says nothing of the provider.
"""
_BESIDE: Final = """
## Beside them

A verdict also weighs what nobody asked for in this run: `traffic`, what people reported of production or gave with
[`--traffic`](../how-to/evidence.md), and `earlier`, the probes of runs of the last hour."""


def checks_page() -> str:
    """Return the page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "| check | what it asks |\n| --- | --- |"
    yield from (f"| [`{check.name}`](#{check.name}) | {_question(check)[0]} |" for check in ALL)
    yield from (line for check in ALL for line in _section(check))
    yield _BESIDE


def _section(check: Listed) -> Iterator[str]:
    question, more = _question(check)
    asked = " Only with `--long-stream` or `[probe] long_stream`." if check.name in ON_REQUEST else ""
    yield f"\n## {check.name}\n\n*{question}* {more}{asked}\n\n{inspect.getdoc(check)}\n"
    yield "| | |\n| --- | --- |"
    terms = check.terms
    yield f"| sends | {terms.sends} |\n| how many | {terms.count} |"
    yield f"| skipped when | {terms.skipped} |\n| ends | {terms.ends} |"


def _question(check: Listed) -> tuple[str, str]:
    """Return the question with which the check's file begins, and what stands after it."""
    head = (sys.modules[type(check).__module__].__doc__ or "").partition("\n\n")[0]
    question, mark, more = " ".join(head.split()).partition("?")
    return question + mark, more.strip()
