"""Socket Mode as Slack does it: tickets, one envelope to one socket, redelivery, and connections that go wrong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from bot.clock import SteeredClock
from bot.playground.workspace import Outcome, Workspace
from tests.workspace_clients import BareSocket, Json, bare_socket, connected, refusal, running, web_client


@pytest.fixture
async def socket(workspace: Workspace) -> AsyncIterator[BareSocket]:
    """Yield one bare connection."""
    socket = await bare_socket(workspace)
    yield socket
    await socket.close()


async def test_a_ticket_opens_one_socket(workspace: Workspace) -> None:
    """The address works once; used again, or invented, it is forbidden."""
    opened = await web_client(workspace).apps_connections_open(app_token=workspace.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(str(opened["url"])) as socket:
            hello = await socket.receive_json()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(str(opened["url"]))
    assert ("hello", 1, workspace.app_id) == (
        hello["type"],
        hello["num_connections"],
        hello["connection_info"]["app_id"],
    )


async def test_the_eleventh_socket_is_sent_away(workspace: Workspace) -> None:
    """Ten may be open; the next is told that there are too many."""
    sockets = [await bare_socket(workspace) for _ in range(10)]
    opened = await web_client(workspace).apps_connections_open(app_token=workspace.app_token)
    async with aiohttp.ClientSession() as session, session.ws_connect(str(opened["url"])) as extra:
        assert "too_many_websockets" == (await extra.receive_json())["reason"]
    assert 10 == len(workspace.hub.connections)
    for socket in sockets:
        await socket.close()


async def test_each_envelope_goes_to_exactly_one_socket_in_turn(workspace: Workspace, socket: BareSocket) -> None:
    """Two sockets share four commands; an acknowledgement's payload comes back with the outcome."""
    other = await bare_socket(workspace)
    seen: list[tuple[int, str]] = []
    for number in range(4):
        async with asyncio.TaskGroup() as group:
            outcome = group.create_task(workspace.command("Lena", "#ops", str(number)))
            receiver = (socket, other)[number % 2]
            envelope = await receiver.next()
            seen.append((number % 2, envelope["payload"]["text"]))
            await receiver.acknowledge(envelope, {"text": "seen"})
        assert {"text": "seen"} == outcome.result().payload
    await other.close()
    assert [(0, "0"), (1, "1"), (0, "2"), (1, "3")] == seen


async def test_a_command_without_socket_or_ack_fails_and_is_not_repeated(workspace: Workspace) -> None:
    """Without a socket at once, without an acknowledgement after three seconds; it is sent once."""
    assert "connection_failed" == (await workspace.command("Lena", "#ops", "run")).failure
    socket = await bare_socket(workspace)
    outcome = await workspace.command("Lena", "#ops", "run")
    assert Outcome(acked=False, after_s=3.0, delivered=1, failure="http_timeout") == outcome
    assert ["slash_commands", "slash_commands"] == [envelope.kind for envelope in workspace.deliveries.sent]
    await socket.close()


async def test_an_event_comes_again_at_once_after_one_and_after_five_minutes(
    workspace: Workspace, clock: SteeredClock
) -> None:
    """Also while no socket is open; the event id stays, the envelope id does not, and after an ack it is over."""
    outcome = await workspace.say("Lena", "#ops", "nobody listens")
    assert (False, 1) == (outcome.acked, outcome.delivered)
    await workspace.until(lambda: len(workspace.deliveries.sent) == 2, what="the first repeat")
    socket = await bare_socket(workspace)
    clock.move_to(timedelta(seconds=61))
    second = await socket.next()
    clock.move_to(timedelta(seconds=302))
    third = await asyncio.wait_for(socket.next(), timeout=10)
    await socket.acknowledge(third)
    assert [(2, "connection_failed"), (3, "http_timeout")] == [
        (envelope["retry_attempt"], envelope["retry_reason"]) for envelope in (second, third)
    ]
    assert second["payload"]["event_id"] == third["payload"]["event_id"]
    assert second["envelope_id"] != third["envelope_id"]
    assert [0, 1, 2, 3] == [envelope.attempt for envelope in workspace.deliveries.sent]
    await socket.close()


async def test_a_delivery_can_be_doubled(workspace: Workspace, socket: BareSocket) -> None:
    """The same payload comes in another envelope, marked as no repeat."""
    async with asyncio.TaskGroup() as group:
        group.create_task(workspace.say("Lena", "#ops", "once"))
        first = await socket.next()
        await socket.acknowledge(first)
    async with asyncio.TaskGroup() as group:
        group.create_task(workspace.deliveries.again(workspace.deliveries.sent[-1]))
        second = await socket.next()
        await socket.acknowledge(second)
    assert first["payload"] == second["payload"]
    assert first["envelope_id"] != second["envelope_id"]
    assert (0, 0) == (first["retry_attempt"], second["retry_attempt"])


async def test_a_refresh_is_announced_and_the_old_socket_gets_nothing_more(
    workspace: Workspace, socket: BareSocket
) -> None:
    """A warning changes nothing; after refresh_requested only other sockets get envelopes."""
    await workspace.hub.disconnect("warning")
    assert ("disconnect", "warning") == _farewell(await socket.next())
    other = await bare_socket(workspace)
    await workspace.hub.disconnect("refresh_requested", which=0)
    assert ("disconnect", "refresh_requested") == _farewell(await socket.next())
    for _ in range(2):
        async with asyncio.TaskGroup() as group:
            group.create_task(workspace.command("Lena", "#ops", "run"))
            await other.acknowledge(await other.next())
    await other.close()
    assert all(envelope.kind == "slash_commands" for envelope in workspace.deliveries.sent)


def _farewell(frame: Json) -> tuple[str, str]:
    return frame["type"], frame["reason"]


async def test_a_disabled_link_opens_no_socket(workspace: Workspace, socket: BareSocket) -> None:
    """link_disabled closes what is open and refuses what is new."""
    await workspace.hub.disconnect("link_disabled")
    assert ("disconnect", "link_disabled") == _farewell(await socket.next())
    assert aiohttp.WSMsgType.CLOSE == (await socket.socket.receive(timeout=5)).type
    await workspace.until(lambda: not workspace.hub.connections, what="no socket")
    call = web_client(workspace).apps_connections_open(app_token=workspace.app_token)
    assert "internal_error" == await refusal(call)


async def test_bolt_comes_back_after_an_abort(workspace: Workspace) -> None:
    """A reset connection is replaced by the client, and commands are answered again."""
    async with connected(workspace) as bot:
        first = workspace.hub.connections[0]
        workspace.hub.abort()
        await workspace.until(lambda: first not in workspace.hub.connections, what="the old socket gone")
        await workspace.until(lambda: workspace.hub.connections, what="a new socket")
        assert (await workspace.command("Lena", "#ops", "run")).acked
        assert [] == bot.events


async def test_bolt_comes_back_after_a_refresh(workspace: Workspace) -> None:
    """The client answers refresh_requested with a new connection."""
    async with connected(workspace):
        first = workspace.hub.connections[0]
        await workspace.hub.disconnect()
        await workspace.until(lambda: first not in workspace.hub.connections, what="the old socket gone")
        await workspace.until(lambda: workspace.hub.connections, what="a new socket")
        assert (await workspace.command("Lena", "#ops", "run")).acked


async def test_a_half_open_socket_answers_nothing(workspace: Workspace, socket: BareSocket) -> None:
    """It takes envelopes but hears no acknowledgement; pings stay unanswered, so the client gives up."""
    workspace.hub.go_half_open()
    async with asyncio.TaskGroup() as group:
        outcome = group.create_task(workspace.command("Lena", "#ops", "run"))
        await socket.acknowledge(await socket.next())
    assert "http_timeout" == outcome.result().failure
    async with connected(workspace):
        deaf = workspace.hub.connections[-1]
        workspace.hub.go_half_open()
        await workspace.until(lambda: deaf not in workspace.hub.connections, what="the client gives up")


async def test_a_stop_leaves_no_task_behind(clock: SteeredClock) -> None:
    """Redeliveries, sockets and late calls end with the workspace."""
    before = asyncio.all_tasks()
    async with running(Workspace(clock=clock)) as workspace:
        socket = await bare_socket(workspace)
        await socket.close()
        await workspace.say("Lena", "#ops", "nobody listens")
        now = int(clock.now().timestamp())
        await web_client(workspace).chat_scheduleMessage(channel="#ops", post_at=now + 60, text="later")
        assert before != asyncio.all_tasks()
    assert before == asyncio.all_tasks()
