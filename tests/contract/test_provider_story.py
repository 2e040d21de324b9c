"""The provider follows its scenario by the clock, and lets go of everything when it stops."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from bot.clock import SteeredClock
from bot.errors import BadSettings
from bot.playground.provider import ApiFault, Provider, Scenario, Step
from tests.provider_client import Asking, asking

STORM = ApiFault(answer="overloaded")


def story(*steps: Step) -> Scenario:
    """Return a scenario of these steps."""
    return Scenario(name="story", title="Story", description="Made for a test.", steps=steps)


async def test_the_next_step_begins_at_its_time() -> None:
    """Conditions change when the clock reaches the step, not before."""
    async with asking(story(Step(at_s=0, faults=(STORM,)), Step(at_s=480, says="Over."))) as ask:
        seen = []
        for seconds in (0, 479, 480):
            ask.clock.move_to(timedelta(seconds=seconds))
            seen.append((await ask.message()).status_code)
    assert [529, 529, 200] == seen
    assert "Over." == ask.provider.step.says


async def test_a_story_begins_when_it_is_played() -> None:
    """The time before `play` does not count."""
    async with asking() as ask:
        ask.clock.move_to(timedelta(hours=1))
        await ask.provider.play(story(Step(at_s=0), Step(at_s=60, faults=(STORM,))))
        assert 200 == (await ask.message()).status_code
        ask.clock.move_to(timedelta(hours=1, seconds=60))
        assert 529 == (await ask.message()).status_code


async def test_conditions_that_are_set_stay() -> None:
    """After `set` the story no longer goes on; what was not named stays as it was."""
    async with asking(story(Step(at_s=0, faults=(STORM,)), Step(at_s=60))) as ask:
        await ask.provider.set(key="any")
        ask.clock.move_to(timedelta(seconds=120))
        assert 529 == (await ask.message()).status_code


async def test_a_closed_port_refuses_and_opens_again() -> None:
    """Unreachable means refused, also on connections that were open; the address stays the same."""
    async with asking() as ask:
        await ask.message()
        await ask.provider.set(reachable=False)
        with pytest.raises(httpx.ConnectError):
            await ask.message()
        assert 200 == (await ask.page("status")).status_code
        await ask.provider.set(reachable=True)
        assert 200 == (await ask.message()).status_code


async def test_the_port_closes_in_the_course_of_a_story() -> None:
    """A step that takes the network away does so by itself when its time comes."""
    async with asking(story(Step(at_s=0), Step(at_s=60, reachable=False), Step(at_s=120))) as ask:
        seen = []
        for seconds in (0, 60, 120):
            ask.clock.move_to(timedelta(seconds=seconds))
            await ask.provider.settle()
            try:
                seen.append((await ask.message()).status_code)
            except httpx.ConnectError:
                seen.append(0)
    assert [200, 0, 200] == seen


async def test_nobody_needs_to_ask_for_the_port_to_close() -> None:
    """The provider itself watches for the step that closes the port."""
    async with asking(story(Step(at_s=0), Step(at_s=0.05, reachable=False))) as ask:
        async with asyncio.timeout(20):
            with pytest.raises(httpx.TransportError):
                await _ask_until_it_fails(ask)
            with pytest.raises(httpx.ConnectError):
                await ask.message()


async def test_a_step_that_begins_before_anybody_looks_is_not_missed() -> None:
    """A step that begins between the start and the provider's first look still closes the port."""
    async with asking(story(Step(at_s=0), Step(at_s=60, reachable=False))) as ask:
        ask.clock.move_to(timedelta(seconds=60))
        async with asyncio.timeout(20):
            with pytest.raises(httpx.TransportError):
                await _ask_until_it_fails(ask)


@pytest.mark.parametrize(("scale", "waits"), [(1.0, True), (0.01, False)])
async def test_latency_is_waited_and_can_be_shortened(scale: float, *, waits: bool) -> None:
    """A latency of two seconds outlasts a short patience, unless a test scales it down."""
    async with asking(story(Step(at_s=0, latency_s=2.0)), latency_scale=scale) as ask:
        ask.client.timeout = httpx.Timeout(0.5)
        try:
            answered = (await ask.message()).status_code == 200
        except httpx.ReadTimeout:
            answered = False
    assert waits is not answered


async def test_a_model_may_retire_or_be_about_to() -> None:
    """Days until retirement make a model deprecated, none left make it gone."""
    days = {"claude-sonnet-5-5": 0, "claude-haiku-5-5": 30}
    async with asking(story(Step(at_s=0, retires_in_days=days))) as ask:
        gone = await ask.message("claude-sonnet-5-5")
        going = (await ask.client.get("/v1/models/claude-haiku-5-5")).json()
        in_a_month = (ask.clock.now() + timedelta(days=30)).date().isoformat()
    assert (404, "model: claude-sonnet-5-5") == (gone.status_code, gone.json()["error"]["message"])
    assert ("deprecated", f"{in_a_month}T00:00:00Z") == (going["lifecycle"], going["retires_at"])


async def test_stopping_leaves_nothing_running() -> None:
    """Although a request hangs and a story waits, stopping is quick and leaves no task behind."""
    before = asyncio.all_tasks()
    provider = Provider(
        clock=SteeredClock(), scenario=story(Step(at_s=0, faults=(ApiFault(answer="hang"),)), Step(at_s=600))
    )
    await provider.start()
    host, port = provider.api_url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
    await writer.drain()
    async with asyncio.timeout(2):
        await provider.stop()
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(host, int(port))
    assert before == asyncio.all_tasks()


async def test_a_client_that_leaves_frees_its_hanging_request() -> None:
    """A request that hangs ends when its client gives up, so that nothing piles up."""
    async with asking(story(Step(at_s=0, faults=(ApiFault(answer="hang"),)))) as ask:
        ask.client.timeout = httpx.Timeout(0.1)
        with pytest.raises(httpx.ReadTimeout):
            await ask.message()
        async with asyncio.timeout(2):
            while not ask.provider.calls:
                await ask.page("status")
    assert None in [call.status for call in ask.provider.calls]


async def test_a_foreign_address_is_refused() -> None:
    """The provider listens on loopback or not at all."""
    provider = Provider(clock=SteeredClock())
    with pytest.raises(BadSettings, match=r"192\.0\.2\.1"):
        await provider.start("192.0.2.1")
    await provider.stop()


def test_every_provider_makes_up_a_key_of_its_own() -> None:
    """A key has the shape of a real one and says that it is none."""
    first, second = (Provider(clock=SteeredClock()).api_key for _ in range(2))
    assert first != second
    assert (True, True, 108) == (first.startswith("sk-ant-api03-"), first.endswith("AA"), len(first))
    assert "not-a-real-key" in first


async def _ask_until_it_fails(ask: Asking) -> None:
    for _ in range(10_000):
        await ask.message()
