"""Checks of the ways to the services that are told of incidents; nothing is sent to them."""

from typing import Final

from bot.app.doctor.case import Case, Check
from bot.app.doctor.finding import Findings, ok
from bot.app.doctor.provider import trouble_of


async def webhook(case: Case) -> Findings:
    """Tell a webhook that cannot be reached."""
    case.require_usable("[handoff] webhook_url", "[handoff]", "ANTH_TRIAGE_WEBHOOK_SECRET")
    url = case.settings.handoff.webhook_url
    if not url:
        return [ok("not used: [handoff] webhook_url is not set")]
    return await _way(case, url, "the webhook", "[handoff] webhook_url")


async def pagerduty(case: Case) -> Findings:
    """Tell that PagerDuty cannot be reached."""
    case.require_usable("[handoff] pagerduty_url", "[handoff]", "PAGERDUTY_ROUTING_KEY")
    if case.settings.pagerduty_routing_key is None:
        return [ok("not used: PAGERDUTY_ROUTING_KEY is not set")]
    return await _way(case, case.settings.handoff.pagerduty_url, "PagerDuty", "[handoff] pagerduty_url")


async def _way(case: Case, url: str, whom: str, setting: str) -> Findings:
    bad = trouble_of(await case.claude.way_to(url), whom, case.at(setting))
    return [bad] if bad else [ok(f"the way to {whom} is open")]


CHECKS: Final = (
    Check("webhook", "a webhook that cannot be reached", "`[handoff] webhook_url`", webhook),
    Check("pagerduty", "PagerDuty cannot be reached", "`[handoff] pagerduty_url`", pagerduty),
)
