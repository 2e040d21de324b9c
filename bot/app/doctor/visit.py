"""One visit of the doctor: every check side by side, each under its own deadline, and all that they say redacted."""

import asyncio
import re
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final

from bot.app.doctor import app_manifest, clocks, database, disk, handing_off, provider, setup, workspace
from bot.app.doctor.case import Case, Check, lines_of
from bot.app.doctor.claude import Claude
from bot.app.doctor.finding import Findings, NotLooked, problem, unseen
from bot.app.doctor.records import Records
from bot.app.doctor.slack import SlackLine
from bot.clock import Clock
from bot.rules.finding import STATUSES, Finding
from bot.rules.redact import Redactor
from bot.settings import Examined, Problem

CHECKS: Final[tuple[Check, ...]] = (
    *setup.CHECKS,
    *disk.CHECKS,
    *database.CHECKS,
    *workspace.CHECKS,
    *app_manifest.CHECKS,
    *provider.CHECKS,
    *clocks.CHECKS,
    *handing_off.CHECKS,
)
"""Every check, in the order in which people read them."""
_UNWANTED: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


async def visit(
    found: Examined,
    clock: Clock,
    *,
    secrets: tuple[str, ...] = (),
    strange: tuple[Problem, ...] = (),
    manifest: str | None = None,
) -> tuple[Finding, ...]:
    """Return what every check finds, problems first; within seven seconds, whatever hangs.

    `secrets` are masked beside those of the settings, `strange` are variables that nobody reads; `manifest` is the
    app's, as JSON. Raises nothing but the cancellation of the caller.
    """
    redact = Redactor((*secrets, *found.settings.secrets()))
    lines = await asyncio.to_thread(lines_of, found.settings.config)
    async with AsyncExitStack() as stack:
        case = Case(
            found=found,
            strange=strange,
            clock=clock,
            slack=await stack.enter_async_context(SlackLine(found, clock)),
            claude=await stack.enter_async_context(Claude(found.settings, clock)),
            records=await stack.enter_async_context(Records(found, clock)),
            manifest=manifest,
            lines=lines,
        )
        answers = await asyncio.gather(*(_looked(check, case) for check in CHECKS))
    findings = [_sealed(one, redact) for answer in answers for one in answer]
    return tuple(sorted(findings, key=lambda one: STATUSES.index(one.status)))


async def _looked(check: Check, case: Case) -> Findings:
    """Return what one check says; that it broke or was too slow is something too."""
    return [replace(one, check=check.name) for one in await _outcome(check, case)]


async def _outcome(check: Check, case: Case) -> Findings:
    try:
        async with asyncio.timeout(check.limit_s):
            outcome = await _returned(check.look(case))
    except TimeoutError:
        return [problem(f"no answer within {check.limit_s:g} s", "see what the other checks say, and try again")]
    if isinstance(outcome, NotLooked):
        return [unseen(f"not looked at because {outcome.why}")]
    if isinstance(outcome, BaseException):
        # Its text may quote anything, so only its class is told.
        return [problem(f"the check itself broke ({type(outcome).__name__})", "report it, with this line")]
    return outcome


async def _returned(looking: Awaitable[Findings]) -> Findings | BaseException:
    [outcome] = await asyncio.gather(looking, return_exceptions=True)
    return outcome


def _sealed(one: Finding, redact: Redactor) -> Finding:
    what, mend = (redact(_UNWANTED.sub(" ", text)) for text in (one.what, one.mend))
    return replace(one, what=what, mend=mend)
