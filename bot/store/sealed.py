"""The form of a backup: a SQLite file, sealed by a last line with its moment and the digest of all before.

SQLite reads such a file as it is, for its header says where the pages end; so does every command that reads records.
"""

import hashlib
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from bot.errors import BadInput

_LINE: Final = re.compile(rb"\nanth-triage backup 1 of (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) sha256 ([0-9a-f]{64})\n")
_LENGTH: Final = len(b"\nanth-triage backup 1 of 2026-01-01T00:00:00Z sha256 \n") + 64
_DIGEST: Final = 64 + 1  # what the digest itself takes of the line, with its end
_SQLITE: Final = b"SQLite format 3\0"
_AT_ONCE: Final = 1 << 20
_AGAIN: Final = "Take another backup; nothing was changed."


def seal(file: Path, moment: datetime) -> None:
    """Add the last line, which says of which moment (UTC) the rows are, and see to it that all is on the disk."""
    with file.open("r+b") as stream:
        stream.seek(0, os.SEEK_END)
        stream.write(f"\nanth-triage backup 1 of {moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} sha256 ".encode())
        length = stream.tell()
        stream.seek(0)
        digest = _digest(stream, length)
        stream.seek(length)
        stream.write(f"{digest}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())


def unpack(file: Path, into: Path) -> datetime:
    """Copy the SQLite file out of the backup and return of which moment (UTC) it is.

    Raises BadInput for what is no backup, was cut short or was changed; OSError when it cannot be read or copied.
    """
    with file.open("rb") as stream:
        if stream.read(len(_SQLITE)) != _SQLITE:
            raise BadInput(f"{file} is no backup.", "Name a file that `anth-triage db backup` has made.")
        whole = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, whole - _LENGTH))
        found = _LINE.fullmatch(stream.read())
        if found is None:
            raise BadInput(f"{file} is no backup of anth-triage, or was cut short: its last line is missing.", _AGAIN)
        stream.seek(0)
        if _digest(stream, whole - _DIGEST) != found[2].decode():
            raise BadInput(f"{file} is damaged: its bytes are not those that were written.", _AGAIN)
    shutil.copyfile(file, into)
    os.truncate(into, whole - _LENGTH)
    return datetime.strptime(found[1].decode(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _digest(stream: BinaryIO, length: int) -> str:
    digest = hashlib.sha256()
    while length and (part := stream.read(min(length, _AT_ONCE))):
        digest.update(part)
        length -= len(part)
    return digest.hexdigest()
