"""The App Home, and finding incidents by words."""

from bot.incidents.effects import show_home
from bot.slack.cards.lists import found_lines
from bot.slack.guard import Desk, Reply, Request
from bot.slack.written import as_written
from bot.workflows.look_up import search


async def opened(request: Request, desk: Desk) -> None:
    """Draw the App Home of who opened it."""
    if request.body["event"].get("tab") == "home":
        desk.context.policy.require("see", request.delivery.person)
        async with desk.context.store.begin(once=request.delivery.key) as unit:
            await unit.wish(show_home(request.delivery.actor.id))


async def search_verb(request: Request, desk: Desk, rest: str) -> Reply:
    """Show the incidents, open or over, in which all of these words stand."""
    words = as_written(rest)
    return found_lines(await search(desk.context, request.delivery, words), words)
