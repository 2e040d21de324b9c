"""The status page's hosts over real sockets: order, redirects and time."""

import time
from typing import Any

import pytest

from bot.checks.runner import CHECKS, run_checks
from bot.clock import SystemClock
from bot.playground.provider import HANG, Page, Provider, hostile_server
from bot.rules.evidence import CheckStatus, Evidence
from tests.check_values import a_target, by_status
from tests.contract.hostile_faults import answer

ONLY = tuple(check for check in CHECKS if check.name == "status_page")


async def read(*urls: str, **changes: Any) -> Evidence:
    """Return what the check says of these hosts."""
    target = a_target(status_urls=urls, **({"deadline_s": 2.0} | changes))
    [found] = await run_checks(target, clock=SystemClock(), classify=by_status, checks=ONLY)
    return found


async def test_the_second_host_answers_when_the_first_is_challenged() -> None:
    """A 405 of a bot wall is no page; the next host is asked."""
    async with hostile_server(answer(405, b"<html>")) as first, hostile_server(answer()) as second:
        found = await read(first, second)
    assert found.page is not None
    assert (CheckStatus.OK, second.removeprefix("http://")) == (found.status, found.page.host)


async def test_a_first_host_that_answers_is_the_only_one_asked() -> None:
    """No request too many."""
    received: list[bytes] = []
    async with hostile_server(answer()) as first, hostile_server(answer(), received=received) as second:
        await read(first, second)
    assert [] == received


async def test_a_hanging_host_leaves_time_for_the_next() -> None:
    """Half of the deadline each."""
    async with hostile_server([HANG]) as first, hostile_server(answer()) as second:
        started = time.perf_counter()
        found = await read(first, second, deadline_s=2.0)
    assert CheckStatus.OK == found.status
    assert time.perf_counter() - started < 2.0


async def test_a_redirect_to_a_configured_host_is_followed() -> None:
    """The old address leads to the new one, without the key."""
    received: list[bytes] = []
    async with hostile_server(answer(), received=received) as new:
        moved = answer(302, b"", location=f"{new}/api/v2/summary.json")
        async with hostile_server(moved) as old:
            found = await read(old, new)
    assert CheckStatus.OK == found.status
    assert 1 == len(received)
    assert b"x-api-key" not in received[0].lower()


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    """It may be anybody's."""
    received: list[bytes] = []
    async with hostile_server(answer(), received=received) as stranger:
        moved = answer(302, b"", location=f"{stranger}/api/v2/summary.json")
        async with hostile_server(moved) as old:
            found = await read(old)
    assert (CheckStatus.FAILED, []) == (found.status, received)
    assert "not configured" in found.summary


async def test_a_circle_of_redirects_ends() -> None:
    """Three hops, then it is unreadable."""
    received: list[bytes] = []
    async with hostile_server(answer(302, b"", location="/api/v2/summary.json"), received=received) as url:
        found = await read(url)
    assert (CheckStatus.FAILED, 4) == (found.status, len(received))


async def test_no_host_is_no_question() -> None:
    """Without a status page the check is skipped in words."""
    found = await read()
    assert CheckStatus.SKIPPED == found.status
    assert "ANTH_TRIAGE_STATUS_URLS" in found.summary


@pytest.mark.parametrize("how", ["challenge", "redirect", "html", "garbage", "strange"])
async def test_the_stand_ins_strange_pages_are_never_green(how: Any) -> None:
    """Whatever the page turns into, it is not ok."""
    stand_in = Provider(clock=SystemClock())
    await stand_in.start()
    try:
        await stand_in.set(page=Page(answer=how))
        found = await read(stand_in.status_url)
    finally:
        await stand_in.stop()
    assert CheckStatus.FAILED == found.status
