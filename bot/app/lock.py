"""One `serve` per SQLite file: a lock that the operating system frees when the process dies, and who holds it."""

import fcntl
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import BadSettings
from bot.store.database import private

_TOLD: Final = re.compile(r"(?P<pid>\d{1,10}) (?P<host>[\w.-]{1,100})\n")


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds the lock; 0 where it did not say."""

    pid: int
    host: str

    def __str__(self) -> str:
        where = f" on {self.host}" if self.host not in {"", socket.gethostname()} else ""
        return f"process {self.pid}{where}" if self.pid else "another process"

    @property
    def is_this_process(self) -> bool:
        """Tell whether it is the one that asks."""
        return (self.pid, self.host) == (os.getpid(), socket.gethostname())


@contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Hold the lock beside the database file; raises BadSettings when another process does, or it cannot be written."""
    folder = database.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private(_beside(database))
        file = _beside(database).open("a", encoding="utf-8")
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
                f"Another anth-triage serves from {database} already: {_told(database)}.",
                "Stop it first, or use PostgreSQL (DATABASE_URL) for more than one process.",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()} {socket.gethostname()}\n")
        file.flush()
        yield


def holder(database: Path) -> Holder | None:
    """Return who holds the lock beside the database file, None when nobody does; it is not waited for."""
    try:
        with _beside(database).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _told(database)
    except OSError:
        return None
    return None


def _told(database: Path) -> Holder:
    try:
        found = _TOLD.match(_beside(database).read_text("utf-8", "replace"))
    except OSError:
        found = None
    return Holder(int(found["pid"]), found["host"]) if found else Holder(0, "")


def _beside(database: Path) -> Path:
    return database.with_name(f"{database.name}.lock")
