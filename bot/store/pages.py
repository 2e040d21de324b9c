"""Copies a SQLite file page by page, by SQLite's own online backup: of one moment, whoever writes meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from bot.errors import BadInput, Unavailable
from bot.store.database import private
from bot.store.rows import Told

_AT_ONCE: Final = 2_000  # pages of 4 KiB, after which a line is due
_PATIENCE: Final = 40  # quarters of a second for whoever reads or writes the copy's file


def copy_pages(source: Path, target: Path, told: Told) -> None:
    """Let the target hold what the source holds, in one transaction of the target: all of it or nothing.

    Raises Unavailable when the disk is full, the target stays in use, or the source cannot be read.
    """
    private(target)
    try:
        with closing(sqlite3.connect(source, isolation_level=None)) as ours, closing(sqlite3.connect(target)) as copy:
            ours.execute("BEGIN")  # and a read: until its end the source is as it is now
            ours.execute("SELECT count(*) FROM sqlite_master").fetchone()
            ours.backup(copy, pages=_AT_ONCE, progress=_Progress(told))
    except sqlite3.DatabaseError as error:
        raise Unavailable(
            f"The copy of {source.name} broke off: {error}.", "Is there room on the disk? Nothing was changed."
        ) from None


def require_whole(file: Path) -> None:
    """Raise BadInput when SQLite finds the file damaged, or rows that refer to nothing."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            wrong = [row[0] for row in connection.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
            wrong += [f"{row[0]} {row[1]} refers to nothing" for row in connection.execute("PRAGMA foreign_key_check")]
    except sqlite3.DatabaseError as error:
        wrong = [str(error)]
    if wrong:
        raise BadInput(
            f"The database's file is damaged: {'; '.join(wrong[:3])}.",
            "Restore the last backup that is whole; keep the damaged file for who looks into it.",
        )


class _Progress:
    def __init__(self, told: Told) -> None:
        self._told = told
        self._waits = 0

    def __call__(self, status: int, remaining: int, total: int) -> None:
        """Tell how far it is; raise Unavailable when somebody has kept the target busy for too long."""
        self._waits = self._waits + 1 if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} else 0
        if self._waits > _PATIENCE:
            raise Unavailable("Another process uses the database.", "End it, and do this again; nothing was changed.")
        if total > _AT_ONCE:
            self._told(f"{total - remaining:,} of {total:,} pages")
