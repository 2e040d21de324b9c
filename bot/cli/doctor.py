"""`anth-triage doctor`: what is wrong with how the bot is set up, and the line to mend."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from typing import Final

import click
from rich.console import Console
from rich.text import Text

from bot.app.doctor.visit import visit
from bot.cli.paper import paper
from bot.cli.source import read_source
from bot.cli.unwaited import Unwaited
from bot.clock import SystemClock
from bot.rules.finding import Finding, Status, counted
from bot.settings import examine, secrets_in, strange_variables

_SIGN: Final[dict[Status, tuple[str, str]]] = {
    "problem": ("✗ problem", "bold red"),
    "note": ("! note", "yellow"),
    "not_looked_at": ("? not looked at", "dim"),
    "ok": ("✓ ok", "green"),
}
_WIDTH: Final = 16


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, nothing else.")
@click.option("--manifest", metavar="FILE|-", help="The app's manifest (JSON, as Slack shows it), to compare with.")
def command(manifest: str | None, *, as_json: bool) -> None:
    """Look for what is wrong with the set-up, and name the line to mend; takes less than ten seconds.

    Exit status: 0 no problem, 1 problems, 2 usage.
    """
    findings = asyncio.run(_visit(None if manifest is None else read_source(manifest)))
    is_fine = not any(one.status == "problem" for one in findings)
    if as_json:
        document = {"ok": is_fine, "findings": [one.as_json() for one in findings]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(paper(), findings)
    sys.exit(0 if is_fine else 1)


async def _visit(manifest: str | None) -> tuple[Finding, ...]:
    asyncio.get_running_loop().set_default_executor(Unwaited())
    look = partial(visit, secrets=secrets_in(os.environ), strange=strange_variables(os.environ), manifest=manifest)
    return await look(examine(os.environ), SystemClock())


def _print(console: Console, findings: Sequence[Finding]) -> None:
    for one in findings:
        sign, style = _SIGN[one.status]
        mend = f" → {one.mend}" if one.mend else ""
        said = one.what.removeprefix("not looked at ")
        what = Text.assemble((f"{sign:<{_WIDTH}}", style), (f"{one.check}: ", "bold"), said, (mend, "cyan"))
        console.print(what, soft_wrap=True)
    console.print(Text(counted(findings), style="bold"))
