"""Slack's long lists: to the end, in spite of a budget that runs out on the way; and scopes told in sentences."""

import asyncio
from typing import Any

import pytest

from bot.slack.pages import pages
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES, granted, lacking
from bot.workflows.worker import RetryLater
from tests.fakes import ManualClock


class Listing:
    """A list of `count` pages, of which each asking from the second page on is first asked to wait."""

    def __init__(self, count: int, *, wait_s: float = 20.0) -> None:
        self.count = count
        self.wait_s = wait_s
        self.asked: list[str] = []

    async def ask(self, cursor: str) -> Any:
        """Return the page after the cursor."""
        self.asked.append(cursor)
        if cursor and self.asked.count(cursor) == 1:
            raise RetryLater(self.wait_s)
        page = int(cursor or 0) + 1
        return {"page": page, "response_metadata": {"next_cursor": str(page) if page < self.count else ""}}


async def test_a_long_list_is_read_to_its_end_though_the_budget_runs_out() -> None:
    """Each page comes once and in order, and no page is asked for before the time that Slack wants."""
    clock, listing = ManualClock(), Listing(12)

    async def read() -> list[int]:
        return [answer["page"] async for answer in pages(listing.ask, clock)]

    reading = asyncio.ensure_future(read())
    for _ in range(11):
        await _settled()
        asked = len(listing.asked)
        clock.advance(19)
        await _settled()
        assert asked == len(listing.asked)
        clock.advance(1)
    assert list(range(1, 13)) == await reading
    assert 1 == listing.asked.count("")


async def _settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_wait_before_the_first_page_or_a_long_one_is_the_jobs() -> None:
    """There is no place to lose yet, or no time for it: the job gives its slot back and comes again."""

    async def refuse(_cursor: str) -> Any:
        raise RetryLater(5)

    for ask in (refuse, Listing(2, wait_s=3600).ask):
        with pytest.raises(RetryLater):
            async for _ in pages(ask, ManualClock()):
                pass


def test_a_missing_scope_is_told_with_what_it_costs() -> None:
    """One sentence each; without word from Slack nothing is claimed."""
    every = [*SCOPES, *OPTIONAL_SCOPES]
    told = list(lacking(granted(", ".join(set(every) - {"channels:history", "pins:write"}))))
    assert ["channels:history", "pins:write"] == [scope for scope in every if any(scope in one for one in told)]
    assert "may come twice" in told[0]
    assert [] == list(lacking(granted("")))
