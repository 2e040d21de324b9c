"""One `serve` per SQLite file: a lock that the operating system frees when the process dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import BadSettings
from bot.store.database import private


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold the lock beside the database file; raises BadSettings when another process does, or it cannot be written."""
    folder = database.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = database.with_name(f"{database.name}.lock")
        private(lock)
        file = lock.open("a", encoding="utf-8")
    except OSError:
        raise BadSettings(
            f"The folder {folder} of the database cannot be written.",
            "Mend its permissions, or set ANTH_TRIAGE_DATA_DIR.",
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadSettings(
                f"Another anth-triage serves from {database} already.",
                "Stop it first, or use PostgreSQL (DATABASE_URL) for more than one process.",
            ) from None
        yield
