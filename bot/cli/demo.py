"""`anth-triage demo`: the ordinary bot, as a process of its own, in a stand-in world on loopback, seen in a browser."""

import asyncio
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import click

from bot.cli.bot_process import BotProcess
from bot.clock import SystemClock
from bot.errors import BadSettings, Unavailable
from bot.playground.page.desk import Desk
from bot.playground.page.offers import Offers
from bot.playground.walk import Walk
from bot.playground.world import Ports, World
from bot.slack.cards.help import VERB_LINES
from bot.slack.manifest import EVENTS, manifest
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES

_SCOPES = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)
_RECORDS = "records"
_SCENARIO = "overloaded_storm"
_PORT = 8484
_SETTINGS = """[response]
escalate_to = ["{responder}"]
admins = ["{lead}"]
"""
_REAL: Final = re.compile(r"xox[a-z]-\w|xapp-\w|sk-ant-\w")
_SECRETS: Final = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_ADMIN_KEY")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help=f"Where the page listens; {_PORT} if that is free.")
@click.option("--no-browser", is_flag=True, help="Print the page's address only.")
@click.option("--walk", is_flag=True, help="Play one whole incident in the terminal and end.")
@click.option(
    "-o",
    "--output",
    default="demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the postmortem and the records.",
)
def command(output: Path, port: int | None, *, no_browser: bool, walk: bool) -> None:
    """Try the bot in a stand-in workspace in the browser: no account, key or network needed."""
    _refuse_real_tokens()
    output.mkdir(parents=True, exist_ok=True)  # before a whole incident is played for nothing
    asyncio.run(_walk(output) if walk else _page(output, port, browser=not no_browser))


def _refuse_real_tokens() -> None:
    """Raise BadSettings when a real-looking token is near: nothing of it would be used, and nothing should be."""
    near = [name for name in _SECRETS if _REAL.match(os.environ.get(name, ""))]
    if near:
        without = " ".join(f"-u {name}" for name in near)
        raise BadSettings(
            f"The demo needs no token, and refuses real ones: {', '.join(near)}.",
            f"Run it without: env {without} anth-triage demo",
        )


async def _walk(output: Path) -> None:
    """Play one incident in the terminal."""
    async with _world(output) as world:
        path = await Walk(world, click.echo).play(output)
    click.echo(f"\nThe postmortem is in {path}")


async def _page(output: Path, port: int | None, *, browser: bool) -> None:
    """Serve the page until the process is told to end."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    clock = SystemClock()
    began = clock.monotonic()
    async with _world(output, _PORT if port is None and _is_free(_PORT) else port or 0) as world:
        address = world.workspace.url
        click.echo(f"Ready after {clock.monotonic() - began:.1f} s: {address} (Ctrl+C ends it)")
        if browser and _has_screen():
            await asyncio.to_thread(webbrowser.open, address)
        await over.wait()


@asynccontextmanager
async def _world(output: Path, port: int = 0) -> AsyncIterator[World]:
    """Run the stand-ins, the page and the bot, and keep the bot's database in `output`.

    Each demo begins anew: a database of an earlier one is replaced, once this one is over. Raises Unavailable with the
    bot's last lines when something gets stuck.
    """
    click.echo("Starting a stand-in Slack workspace and a stand-in Claude API on loopback, then the real bot ...")
    world = World(_SCENARIO, _SCOPES, events=frozenset(EVENTS), ports=Ports(workspace=port), with_admin_key=True)
    with tempfile.TemporaryDirectory(prefix="anth-triage-demo-") as place:
        folder = Path(place)
        bot = BotProcess(
            world, folder, _SETTINGS.format(lead=world.workspace.lead, responder=world.workspace.responder)
        )
        world.workspace.serve_also(Desk(world, Offers.of(manifest(), VERB_LINES), bot).routes())
        async with world:
            try:
                await bot.start()
                yield world
            except AssertionError as error:
                hint = f"The bot's last lines:\n{bot.last_lines()}"
                raise Unavailable(f"The demo got stuck: {error}", hint) from error
            finally:
                await bot.stop()
        _keep(folder, output / _RECORDS)


def _keep(folder: Path, records: Path) -> None:
    records.mkdir(parents=True, exist_ok=True)
    for old in records.glob("*.db*"):
        old.unlink()
    for file in (*folder.glob("*.db"), *folder.glob("*.db-wal")):
        shutil.copy2(file, records)
    name = "anth-triage" if shutil.which("anth-triage") else sys.argv[0]
    click.echo(f"The bot's records stay in {records}: ANTH_TRIAGE_DATA_DIR={records} {name} incidents")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _has_screen() -> bool:
    """Say whether a browser could show itself; one for terminals would take this terminal away."""
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
