"""`anth-triage triage`: every check once, live progress on a terminal, then the verdict. Loads no Slack library."""

import asyncio
import importlib
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from math import isnan
from typing import Any

import click

from bot.app.measure import Rulebook, asking, rulebook, target_of
from bot.checks.target import Target
from bot.cli.paper import paper
from bot.cli.source import read_source
from bot.cli.verdict import Progress, print_verdict
from bot.clock import Clock, SystemClock
from bot.errors import BadInput
from bot.rules.evidence import Evidence, Severity, Verdict
from bot.rules.redact import Redactor
from bot.rules.report import verdict_json
from bot.rules.traffic import read_traffic
from bot.settings import Settings, load


class _Seconds(click.FloatRange):
    """A number of seconds within a range; `nan` is none, though it compares with nothing."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401 - click's
        """Return the seconds; fails on what is no number within the range."""
        seconds = float(super().convert(value, param, ctx))
        if isnan(seconds):
            self.fail(f"{value!r} is no number.", param, ctx)
        return seconds


def _ids(_context: click.Context, _option: click.Parameter, models: tuple[str, ...]) -> tuple[str, ...]:
    if not all(map(str.strip, models)):
        raise click.BadParameter("it is empty; give a model's id, such as claude-haiku-5-5.")
    return tuple(map(str.strip, models))


EXIT = {Severity.NONE: 0, Severity.UNKNOWN: 3}
AN_INCIDENT = 1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, nothing else.")
@click.option("--samples", type=click.IntRange(1, 25), help="Messages probes before the burst grows.")
@click.option(
    "--model",
    "models",
    multiple=True,
    callback=_ids,
    help="Model to probe, in place of ANTH_TRIAGE_MODELS; may be repeated.",
)
@click.option("--traffic", metavar="FILE|-", help="Production's own requests as JSON Lines; they pass the same rules.")
@click.option("--deadline", type=_Seconds(1, 60), help="Hard end, in seconds; more than [probe] unanswered_s (7.5).")
@click.option("--long-stream", is_flag=True, help="Also stream one answer of about 1,000 tokens.")
def command(
    samples: int | None,
    models: tuple[str, ...],
    deadline: float | None,
    traffic: str | None,
    *,
    long_stream: bool,
    as_json: bool,
) -> None:
    """Run every check once and print the verdict.

    Exit status: 0 no incident, 1 an incident (P1-P4), 3 nothing could be measured, 2 usage or configuration.
    """
    settings = load(os.environ)
    unanswered_s = settings.probe.unanswered_s
    if deadline is not None and deadline <= unanswered_s:
        raise BadInput(
            f"--deadline {deadline:g} is too short: only {unanswered_s:g} s without an answer count as a failure, so "
            "that an API which hangs would not be told from one that was not asked.",
            f"Give more than {unanswered_s:g}, or lower `unanswered_s` in [probe] of anth-triage.toml.",
        )
    if models:
        settings = settings.model_copy(update={"models": models})
    book = rulebook(settings)
    told = () if traffic is None else (read_traffic(read_source(traffic), book.rules, SystemClock().now()),)
    target = target_of(settings, book.prices, samples=samples, deadline_s=deadline, long_stream=long_stream)
    sys.exit(asyncio.run(_triage(settings, book, target, told, as_json=as_json)))


async def _triage(
    settings: Settings, book: Rulebook, target: Target, told: tuple[Evidence, ...], *, as_json: bool
) -> int:
    clock, redactor = SystemClock(), Redactor(settings.secrets())
    async with _memory(settings, clock, redactor) as memory:
        known = await memory.recall() if memory else None
        remembered = known.evidence if known else ()
        judge = partial(book.judge, report=known.report if known else None)
        began, started = clock.monotonic(), clock.now()
        with Progress(paper(stderr=True, quiet=as_json), redactor, judge) as progress:
            for item in (*told, *remembered):
                await progress.show(item)
            probed = await asking(target, book.rules, clock)(progress.show)
        evidence = (*probed, *told, *remembered)
        verdict = judge(evidence)
        _print(verdict, evidence, started, round((clock.monotonic() - began) * 1000), redactor, as_json=as_json)
        if memory:
            await memory.keep([sample for item in (*probed, *told) for sample in item.samples], book.key)
    return EXIT.get(verdict.severity, AN_INCIDENT)


@asynccontextmanager
async def _memory(settings: Settings, clock: Clock, redactor: Redactor) -> AsyncIterator[Any]:
    """Yield the bot's records, None where there are none: their libraries take longer to load than all the rest."""
    file = settings.sqlite_file
    if file is not None and not file.is_file():
        yield None
        return
    async with importlib.import_module("bot.cli.memory").memory(settings, clock, redactor) as memory:
        yield memory


def _print(
    verdict: Verdict,
    evidence: Sequence[Evidence],
    started: datetime,
    duration_ms: int,
    redactor: Redactor,
    *,
    as_json: bool,
) -> None:
    document = redactor.deep(verdict_json(verdict, evidence, started, duration_ms))
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        steps = tuple(map(redactor, verdict.next_steps))
        print_verdict(paper(), replace(verdict, because=redactor(verdict.because), next_steps=steps), duration_ms)
