"""A running stand-in provider and a client that asks it as a good client would."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from bot.clock import SteeredClock
from bot.playground.provider import HEALTHY, Provider, Scenario

HAIKU = "claude-haiku-5-5"
SONNET = "claude-sonnet-5-5"


@dataclass(frozen=True)
class Asking:
    """A provider, its clock, and a client with the right headers."""

    provider: Provider
    clock: SteeredClock
    client: httpx.AsyncClient

    async def message(self, model: str = HAIKU, **fields: object) -> httpx.Response:
        """Ask for the tiny answer that a probe asks for; `fields` add to the body or replace in it."""
        body = {"model": model, "max_tokens": 1, "messages": [{"role": "user", "content": "1"}]} | fields
        return await self.client.post("/v1/messages", json=body)

    async def count(self, model: str = HAIKU) -> httpx.Response:
        """Count the tokens of the same input."""
        body = {"model": model, "messages": [{"role": "user", "content": "1"}]}
        return await self.client.post("/v1/messages/count_tokens", json=body)

    async def page(self, document: str) -> httpx.Response:
        """Read a document of the status page."""
        return await self.client.get(f"{self.provider.status_url}/api/v2/{document}.json")


@asynccontextmanager
async def asking(
    scenario: Scenario = HEALTHY, *, latency_scale: float = 1.0, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Asking]:
    """Start a provider and a client for it, and stop both."""
    clock = SteeredClock()
    provider = Provider(clock=clock, scenario=scenario, latency_scale=latency_scale)
    await provider.start()
    usual = {"x-api-key": provider.api_key, "anthropic-version": "2026-10-21"}
    try:
        async with httpx.AsyncClient(base_url=provider.api_url, headers=headers or usual, timeout=5.0) as client:
            yield Asking(provider, clock, client)
    finally:
        await provider.stop()
