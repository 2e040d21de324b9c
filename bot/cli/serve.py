"""`anth-triage serve`: the bot."""

import asyncio
import os

import click

from bot.app.serve import Options, serve
from bot.settings import load


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the health (and HTTP mode) listener.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--admin-port",
    type=click.IntRange(0, 65535),
    help="One more listener, for this machine only: /metrics, and why not ready.",
)
@click.option("--clock-url", default="", hidden=True, help="Where a stand-in world tells the time.")
@click.option("--lease", default=30.0, hidden=True, type=click.FloatRange(3, 300), help="Seconds a job is leased for.")
@click.option("--no-migrate", is_flag=True, help="Leave the database's schema alone.")
def command(host: str, port: int, admin_port: int | None, clock_url: str, lease: float, *, no_migrate: bool) -> None:
    """Run the bot: Socket Mode when SLACK_APP_TOKEN is set, else HTTP on /slack/events."""
    options = Options(
        host=host, port=port, admin_port=admin_port, clock_url=clock_url, migrate=not no_migrate, lease_s=lease
    )
    os.umask(0o077)  # the records are for the bot's own user alone
    asyncio.run(serve(load(os.environ), options))
