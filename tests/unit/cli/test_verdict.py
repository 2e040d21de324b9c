"""How a triage looks in a terminal while checks are open."""

import asyncio
import io
from dataclasses import replace
from functools import partial

from rich.console import Console

from bot.cli.verdict import Progress
from bot.rules.asking import OVERDUE
from bot.rules.evidence import CheckStatus, Evidence
from bot.rules.redact import Redactor
from tests.unit.rules.cases import messages, probes
from tests.unit.rules.shipped import judged_so_far

OPEN = ("models", "count_tokens", "stream", "rate_limits", "status_page")


def test_what_shows_so_far_is_said_once() -> None:
    """However many checks are still open, the same verdict is not repeated, and a new one is said."""
    out = io.StringIO()

    async def play() -> None:
        with Progress(Console(file=out, width=200), Redactor(), partial(judged_so_far)) as progress:
            for name in OPEN:
                await progress.show(
                    Evidence(
                        check=name, status=CheckStatus.TIMEOUT, summary="Open.", facts={OVERDUE: "yes", "open": "1"}
                    )
                )
            seen = messages(*probes((5, "overloaded")))
            await progress.show(replace(seen, facts={OVERDUE: "yes", "open": "1"}))

    asyncio.run(play())
    said = [line for line in out.getvalue().splitlines() if line.startswith("so far: ")]
    assert ["severity unknown", "P1"] == [line.removeprefix("so far: ").partition(" (")[0] for line in said]
