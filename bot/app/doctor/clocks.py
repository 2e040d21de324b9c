"""Checks whether this machine's clock agrees with Slack's and the provider's."""

import asyncio
from collections.abc import Awaitable
from email.utils import parsedate_to_datetime
from typing import Final

from bot.app.doctor.case import Case, Check
from bot.app.doctor.claude import OURS_BY_S
from bot.app.doctor.finding import Findings, NotLooked, ok, problem

_MOST_S: Final = 60.0
_ALIKE_S: Final = 30.0


async def clock(case: Case) -> Findings:
    """Compare with both; where both say the same, it is ours that is wrong."""
    asked = {"Slack": _by_slack(case), "the provider": _by_claude(case)}
    told = dict(zip(asked, await asyncio.gather(*map(_or_nothing, asked.values())), strict=True))
    known = {name: ahead for name, ahead in told.items() if ahead is not None}
    if not known:
        raise NotLooked("neither Slack nor the provider says what time it is")
    wrong = {name: ahead for name, ahead in known.items() if abs(ahead) > _MOST_S}
    if not wrong:
        return [ok(f"the clock agrees with that of {' and '.join(known)}")]
    words = ", ".join(f"{abs(s):.0f} s {'ahead of' if s > 0 else 'behind'} {name}" for name, s in wrong.items())
    alone = len(known) > 1 and max(known.values()) - min(known.values()) > _ALIKE_S
    which = "; the two do not agree, so one of them, or a proxy on the way, is wrong" if alone else ""
    mend = "set this machine's clock by NTP (`timedatectl set-ntp true`): in HTTP mode Slack's calls are refused"
    return [problem(f"this machine's clock is {words}{which}", mend)]


async def _or_nothing(asking: Awaitable[float]) -> float | None:
    try:
        return await asking
    except NotLooked:
        return None


async def _by_slack(case: Case) -> float:
    """Return by how many seconds our clock is ahead of Slack's."""
    answer = await case.slack.who()
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, TypeError):
        raise NotLooked("Slack does not say what time it is") from None
    if told.tzinfo is None:
        raise NotLooked("Slack does not say what time it is")
    return (answer.came - told).total_seconds()


async def _by_claude(case: Case) -> float:
    """Return by how many seconds our clock is ahead of the provider's."""
    facts = (await case.claude.evidence("date")).facts
    if OURS_BY_S not in facts:
        raise NotLooked("the provider does not say what time it is")
    return float(facts[OURS_BY_S])


CHECKS: Final = (
    Check("clock", "a clock that differs by more than a minute from Slack's or the provider's", "the machine", clock),
)
