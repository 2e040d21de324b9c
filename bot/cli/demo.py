"""`anth-triage demo`: the ordinary bot, as a process of its own, in a stand-in world on loopback."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import click

from bot.errors import Unavailable
from bot.playground.walk import Walk
from bot.playground.world import World
from bot.slack.manifest import EVENTS
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES

_SCOPES = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)
_STOP_S = 25.0
_RECORDS = "records"


@click.command()
@click.option("--walk", is_flag=True, help="Play one whole incident and print what people read; the same without it.")
@click.option(
    "-o",
    "--output",
    default="demo",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the postmortem and the records.",
)
def command(output: Path, *, walk: bool) -> None:
    """Play an incident against stand-ins for Slack and the Claude API: no account, key or network needed."""
    del walk
    output.mkdir(parents=True, exist_ok=True)  # before a whole incident is played for nothing
    asyncio.run(_demo(output))


async def _demo(output: Path) -> None:
    click.echo("Starting a stand-in Slack workspace and a stand-in Claude API on loopback, then the real bot ...")
    records = output / _RECORDS
    async with World("overloaded_storm", _SCOPES, events=frozenset(EVENTS)) as world, _bot(world, records):
        path = await Walk(world, click.echo).play(output)
    name = "anth-triage" if shutil.which("anth-triage") else sys.argv[0]
    click.echo(f"\nThe postmortem is in {path}")
    click.echo(f"The bot's records stay in {records}: ANTH_TRIAGE_DATA_DIR={records} {name} show INC-1")


@asynccontextmanager
async def _bot(world: World, records: Path) -> AsyncIterator[None]:
    """Run `anth-triage serve` in this world and keep its database; raises Unavailable with its last lines when it dies.

    Each demo begins anew: a database of an earlier one is replaced, once this one is over.
    """
    with tempfile.TemporaryDirectory(prefix="anth-triage-demo-") as folder:
        # Nothing of the caller's environment but the search paths: a real token can never get in.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        environment = kept | world.environment() | {"ANTH_TRIAGE_DATA_DIR": folder}
        log = Path(folder) / "bot.log"
        with log.open("wb") as errors:
            arguments = ("-m", "bot", "serve", "--port", "0", "--clock-url", world.clock_url)
            process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, env=environment, stderr=errors, stdin=asyncio.subprocess.DEVNULL
            )
            try:
                await _connected(world, process)
                yield
            except (AssertionError, Unavailable) as error:
                tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-15:])
                raise Unavailable(f"The demo got stuck: {error}", f"The bot's last lines:\n{tail}") from error
            finally:
                await _stop(process)
            _keep(Path(folder), records)


def _keep(folder: Path, records: Path) -> None:
    records.mkdir(parents=True, exist_ok=True)
    for old in records.glob("*.db*"):
        old.unlink()
    for file in (*folder.glob("*.db"), *folder.glob("*.db-wal")):
        shutil.copy2(file, records)


async def _connected(world: World, process: asyncio.subprocess.Process) -> None:
    """Wait until the bot's first socket is open; raises Unavailable when it ends before."""
    ended = asyncio.ensure_future(process.wait())
    opened = asyncio.ensure_future(world.workspace.until(lambda: world.workspace.hub.connections, within_s=30))
    await asyncio.wait({ended, opened}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    if not opened.done():
        opened.cancel()
        raise Unavailable("the bot ended at its start")
    opened.result()


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
