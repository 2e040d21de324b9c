"""The demo as `anth-triage demo` runs it: world, page and the bot as a process of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.cli.bot_process import BotProcess
from bot.playground.page.desk import Desk
from bot.playground.page.offers import Offers
from bot.playground.world import World
from bot.slack.cards.help import VERB_LINES
from bot.slack.manifest import EVENTS, manifest
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES


@asynccontextmanager
async def a_demo(folder: Path) -> AsyncIterator[tuple[World, BotProcess]]:
    """Run world, page and bot as `anth-triage demo` does."""
    scopes = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)
    world = World("overloaded_storm", scopes, events=frozenset(EVENTS), with_admin_key=True)
    bot = BotProcess(world, folder)
    world.workspace.serve_also(Desk(world, Offers.of(manifest(), VERB_LINES), bot).routes())
    async with world:
        await bot.start()
        yield world, bot
        await bot.stop()
        assert "Traceback" not in bot.last_lines()
