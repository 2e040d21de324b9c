"""`anth-triage keys`: the process that alone holds the Admin key."""

import asyncio
import os

import click

from bot.app.keys import serve_keys
from bot.settings import load


@click.command()
def command() -> None:
    """Look up and contain keys for the bot, in a process that knows no Slack; see docs/how-to/leaked-key.md."""
    asyncio.run(serve_keys(load(os.environ)))
