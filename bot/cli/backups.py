"""`anth-triage db backup`, `restore` and `copy`: the records into a file, back again, and into another database."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.app.lock import only_one
from bot.clock import SystemClock
from bot.errors import Unavailable, Unsaved
from bot.settings import load
from bot.store import backup
from bot.store.database import Database
from bot.store.schema import require_file

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("backup")
@click.argument("file", type=_FILE)
def backup_(file: Path) -> None:
    """Write the records of this moment into FILE, while the bot runs.

    FILE is one portable file, readable by its owner alone, that either kind of database can be restored from. Keep it
    as you keep the records: it holds private incidents, and words that are erased later.
    """
    url = _source()
    with _plainly("backup"):
        asyncio.run(backup.back_up(url, file, SystemClock().now(), _told))
    click.echo(f"Backed up into {file}")


@click.command("restore")
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Throw away what the database holds now.")
def restore_(file: Path, *, replace: bool) -> None:
    """Let the database hold what the backup FILE holds, while the bot does not run.

    FILE is checked first; if anything fails, the database is as it was. An older backup is brought to this version's
    schema. What the bot has posted since the backup is looked up before it is posted again.
    """
    url = load(os.environ).database_url
    with _plainly("restore"), _alone(url):
        rows, moment = asyncio.run(backup.restore(file, url, _told, replace=replace))
    click.echo(f"Restored {rows:,} rows of {moment:%Y-%m-%d %H:%M:%S} UTC")


@click.command("copy")
@click.argument("url")
def copy_(url: str) -> None:
    """Copy the records into the empty database URL (`sqlite:///FILE` or `postgresql://…`), while the bot does not run.

    Every row is compared afterwards. Then let DATABASE_URL name the new database and start the bot.
    """
    source, target = _source(), load({"DATABASE_URL": url}).database_url
    with _plainly("copy"), _alone(source), _alone(target):
        rows = asyncio.run(backup.copy(source, target, _told))
    click.echo(f"Copied {rows:,} rows, each the same in both")


def _source() -> str:
    url = load(os.environ).database_url
    require_file(Database(url))
    return url


def _told(line: str) -> None:
    click.echo(line, err=True)


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Hold the lock that `serve` holds on a SQLite file; on PostgreSQL the store asks who is connected."""
    database = Database(url)
    if not database.is_sqlite:
        yield
        return
    with only_one(database.file):
        yield


@contextmanager
def _plainly(what: str) -> Iterator[None]:
    """Say of a database that broke off what that means here."""
    try:
        yield
    except Unsaved as error:
        why = str(getattr(error.__cause__, "orig", error.__cause__) or "it does not answer").partition("\n")[0]
        hint = "Is the server there, and room on the disk? Nothing was changed."
        raise Unavailable(f"The {what} broke off, for the database failed: {why}.", hint) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        hint = "Is there room, and may it be written? Nothing was changed."
        raise Unavailable(f"The {what} broke off: {where}{error.strerror or error}.", hint) from None
