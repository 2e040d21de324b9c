"""The world starts workspace, provider and clock together, and takes everything down again."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from bot.errors import BadInput, BadSettings
from bot.playground.world import MODELS, Ports, World

VARIABLES = {
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_API_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "ANTH_TRIAGE_STATUS_URLS",
    "ANTH_TRIAGE_MODELS",
}


async def tell(world: World, seen: float | str | None = None) -> httpx.Response:
    """Ask the world's clock."""
    async with httpx.AsyncClient(timeout=5) as client:
        return await client.get(world.clock_url, params={} if seen is None else {"seen": seen})


async def probe(world: World) -> int:
    """Ask the provider for one token as the bot would, with nothing but the world's environment."""
    env = world.environment()
    body = {"model": env["ANTH_TRIAGE_MODELS"].split(",")[0], "max_tokens": 1}
    headers = {"x-api-key": env["ANTHROPIC_API_KEY"], "anthropic-version": "2026-10-21"}
    async with httpx.AsyncClient(timeout=5, headers=headers) as client:
        messages = [{"role": "user", "content": "1"}]
        url = f"{env['ANTHROPIC_BASE_URL']}/v1/messages"
        return (await client.post(url, json=body | {"messages": messages})).status_code


async def test_the_environment_is_all_that_the_bot_needs() -> None:
    """Each variable leads to a stand-in that answers."""
    async with World() as world:
        env = world.environment()
        assert env.keys() == VARIABLES
        assert 200 == await probe(world)
        async with httpx.AsyncClient(timeout=5) as client:
            page = await client.get(f"{env['ANTH_TRIAGE_STATUS_URLS']}/api/v2/status.json")
            token = {"authorization": f"Bearer {env['SLACK_BOT_TOKEN']}"}
            slack = await client.post(f"{env['SLACK_API_URL'].rstrip('/')}/auth.test", headers=token)
    assert "none" == page.json()["status"]["indicator"]
    assert slack.json()["ok"] is True
    assert len(MODELS) == len(env["ANTH_TRIAGE_MODELS"].split(","))


async def test_the_clock_tells_its_offset_at_once_unless_it_was_seen() -> None:
    """Without `seen`, or with another offset, nobody waits."""
    async with World() as world:
        first = await tell(world)
        await world.jump(90)
        second = await tell(world, 0)
    assert [{"offset_s": 0.0}, {"offset_s": 90.0}] == [first.json(), second.json()]


async def test_a_jump_is_told_to_those_who_wait() -> None:
    """Whoever has seen the offset hears of the next one when it comes."""
    async with World() as world, asyncio.timeout(5), asyncio.TaskGroup() as group:
        waiting = group.create_task(tell(world, 0))
        await asyncio.wait((waiting,), timeout=0.2)
        assert not waiting.done()
        await world.jump(480)
    assert {"offset_s": 480.0} == waiting.result().json()


async def test_nobody_waits_for_ever() -> None:
    """Without a jump the answer comes after the patience, with the same offset."""
    async with World(clock_patience_s=0.05) as world:
        assert {"offset_s": 0.0} == (await tell(world, 0)).json()


@pytest.mark.parametrize("seen", ["soon", "nan"])
async def test_an_offset_that_is_no_number_is_refused(seen: str) -> None:
    """Nonsense is a 400."""
    async with World() as world:
        assert 400 == (await tell(world, seen)).status_code


async def test_other_paths_of_the_control_server_are_not_there() -> None:
    """The control server tells the clock and nothing else."""
    async with World() as world, httpx.AsyncClient(timeout=5) as client:
        assert 404 == (await client.get(world.clock_url + "s")).status_code
        assert 404 == (await client.post(world.clock_url)).status_code


async def test_a_jump_moves_the_story() -> None:
    """Eight minutes on the storm is over, without waiting for it."""
    async with World("recovery") as world:
        stormy = await probe(world)
        await world.jump(480)
        assert [529, 200] == [stormy, await probe(world)]


async def test_a_jump_into_a_closed_port_takes_effect_at_once() -> None:
    """Playing another scenario takes the network away; the address stays."""
    async with World() as world:
        await world.play("network_gone")
        with pytest.raises(httpx.ConnectError):
            await probe(world)
        await world.play("healthy")
        assert 200 == await probe(world)


async def test_sleepers_of_the_worlds_clock_wake_in_a_jump() -> None:
    """What waits an hour of the world's time waits no longer than the jump."""
    async with World() as world, asyncio.timeout(5), asyncio.TaskGroup() as group:
        asleep = group.create_task(world.clock.sleep(3600))
        await tell(world)
        assert not asleep.done()
        await world.jump(3600)
    assert timedelta(hours=1) == world.clock.offset


async def test_nothing_is_left_running() -> None:
    """After the world every port is closed and every task has ended, although a client still waited."""
    before = asyncio.all_tasks()
    async with World("hanging") as world:
        urls = [world.workspace.url, world.provider.api_url, world.provider.status_url, world.clock_url]
        host, port = world.provider.api_url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n")
        await writer.drain()
    writer.close()
    async with httpx.AsyncClient(timeout=5) as client:
        for url in urls:
            with pytest.raises(httpx.ConnectError):
                await client.get(url)
    assert before == asyncio.all_tasks()


async def test_a_port_that_is_taken_stops_the_rest_again() -> None:
    """If one part cannot start, none is left running."""
    async with World() as first:
        taken = int(first.provider.status_url.rsplit(":", 1)[1])
        before = asyncio.all_tasks()
        second = World(ports=Ports(status=taken))
        with pytest.raises(OSError, match="address already in use"):
            await second.__aenter__()
        assert before == asyncio.all_tasks()


def test_a_foreign_host_is_refused() -> None:
    """A world that others could reach is not even made."""
    with pytest.raises(BadSettings, match="stand-in"):
        World(host="0.0.0.0")


def test_an_unknown_scenario_is_refused() -> None:
    """A wrong name is told before anything starts."""
    with pytest.raises(BadInput, match="nothing_like_this"):
        World("nothing_like_this")
