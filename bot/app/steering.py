"""Lets a stand-in world steer the bot's clock; refused together with anything that is not on loopback."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot.clock import SteeredClock
from bot.errors import BadSettings
from bot.settings import LOOPBACK, Settings

_PATIENCE_S = 60.0
log = structlog.get_logger()


def refuse_real_services(settings: Settings, clock_url: str) -> None:
    """Raise BadSettings unless every address is on loopback: a steered clock is for the stand-ins only."""
    for url in (clock_url, settings.slack_api_url, settings.anthropic_base_url, *settings.status_urls):
        if urlsplit(url).hostname not in LOOPBACK:
            raise BadSettings(
                "--clock-url steers the clock and works with the stand-ins only.",
                "Leave it out, or point SLACK_API_URL and ANTHROPIC_BASE_URL at the stand-ins on loopback.",
            )


async def follow(clock: SteeredClock, clock_url: str) -> None:
    """Keep the clock at the offset that the stand-in world tells, until cancelled."""
    timeout = aiohttp.ClientTimeout(total=_PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        while True:
            try:
                seen = {"seen": str(clock.offset.total_seconds())}
                async with session.get(clock_url, params=seen) as answer:
                    offset = float((await answer.json())["offset_s"])
            except (aiohttp.ClientError, TimeoutError, ValueError, KeyError):
                log.warning("clock_url_unreadable")
                await asyncio.sleep(1)
                continue
            if offset != clock.offset.total_seconds():
                clock.move_to(timedelta(seconds=offset))
