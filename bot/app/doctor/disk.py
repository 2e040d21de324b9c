"""Checks of the folder of the records: is it there, ours, closed to others, with room, and who serves from it."""

import asyncio
import os
import pwd
import shutil
import stat
from pathlib import Path
from typing import Final

from bot.app.doctor.case import Case, Check
from bot.app.doctor.finding import Findings, note, ok, problem
from bot.app.lock import holder
from bot.rules.finding import Finding

_FULL: Final = 64 << 20
_NEARLY: Final = 512 << 20
_OTHERS_READ: Final = stat.S_IROTH
_OTHERS_PASS: Final = stat.S_IXOTH


def _folder(case: Case) -> tuple[Path, str]:
    """Return the folder, and the variable that names it."""
    case.require_usable("DATABASE_URL", "ANTH_TRIAGE_DATA_DIR")
    file = case.settings.sqlite_file
    if file is None:
        return case.settings.data_dir.absolute(), "ANTH_TRIAGE_DATA_DIR"
    is_default = file.parent == case.settings.data_dir.resolve()
    return file.parent.absolute(), "ANTH_TRIAGE_DATA_DIR" if is_default else "DATABASE_URL"


async def data_dir(case: Case) -> Findings:
    """Look at the folder's rights, and those of the files in it."""
    folder, variable = _folder(case)
    if case.settings.sqlite_file is None:
        return [ok("the records are on a server")]
    return await asyncio.to_thread(_rights, folder, variable, case.settings.sqlite_file)


def _rights(folder: Path, variable: str, file: Path) -> list[Finding]:
    if not _there(folder):
        return [_missing(folder, variable)]
    if not folder.is_dir():
        return [problem(f"{folder} is no folder", variable)]
    beside = (file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}.lock"))
    files = [one for one in (file, *beside) if _there(one)]
    if wrong := _unwritable(folder, files, variable):
        return [wrong]
    if open_files := [one for one in files if _open_to_others(one)]:
        what = f"others on this machine can read {open_files[0]}, which holds incidents, private ones too"
        return [problem(what, f"`chmod 700 {folder}` ({variable})")]
    foreign = [one for one in (folder, *files) if one.stat().st_uid != os.geteuid()]
    if foreign:
        what = f"{foreign[0]} belongs to {_name(foreign[0].stat().st_uid)}, and this is {_me()}"
        return [note(what, f"run the bot and its commands as one user ({variable})")]
    return [ok(f"{folder} can be written, and not be read by others")]


def _unwritable(folder: Path, files: list[Path], variable: str) -> Finding | None:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return problem(f"the folder {folder} cannot be written by {_me()}{_owned(folder)}", _chown(folder, variable))
    for one in files:
        if not os.access(one, os.R_OK | os.W_OK):
            return problem(f"{one} cannot be written by {_me()}{_owned(one)}", _chown(folder, variable))
    return None


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _missing(folder: Path, variable: str) -> Finding:
    above = next((one for one in folder.parents if _there(one)), Path("/"))
    if os.access(above, os.W_OK | os.X_OK):
        return note(f"there is no folder {folder} yet; `serve` makes it", f"{variable}, if it is another one")
    mend = f"make it, or name another: {variable}"
    return problem(f"there is no folder {folder}, and {_me()} cannot make it in {above}", mend)


def _chown(folder: Path, variable: str) -> str:
    return f"`chown -R {_me()} {folder}`, mount it writable, or set {variable}"


def _open_to_others(file: Path) -> bool:
    passable = all(above.stat().st_mode & _OTHERS_PASS for above in file.parents)
    return passable and bool(file.stat().st_mode & _OTHERS_READ)


def _me() -> str:
    return _name(os.geteuid())


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _owned(path: Path) -> str:
    return f"; it belongs to {_name(path.stat().st_uid)}" if path.stat().st_uid != os.geteuid() else ""


async def disk_space(case: Case) -> Findings:
    """Tell a disk on which nothing more can be saved soon."""
    folder, variable = _folder(case)
    there = next(one for one in (folder, *folder.parents) if _there(one))
    free = (await asyncio.to_thread(shutil.disk_usage, there)).free
    told = f"{free >> 20} MiB are free in {folder}"
    mend = f"make room, or set {variable}"
    if free < _FULL:
        return [problem(f"only {told}: soon nothing more can be saved", mend)]
    return [note(f"only {told}", mend)] if free < _NEARLY else [ok(told)]


async def one_process(case: Case) -> Findings:
    """Tell who serves from the SQLite file: a second one is refused."""
    file = case.settings.sqlite_file
    case.require_usable("DATABASE_URL", "ANTH_TRIAGE_DATA_DIR")
    if file is None:
        return [ok("on PostgreSQL several processes may serve")]
    who = await asyncio.to_thread(holder, file)
    if who is None:
        return [ok("nobody serves from this file")]
    if who.is_this_process:
        return [ok("this process serves from this file, and no other can")]
    what = f"{who} serves from {file}: a second `serve` would be refused"
    return [note(what, f"stop {who} first, or use PostgreSQL (DATABASE_URL)")]


CHECKS: Final = (
    Check(
        "data_dir",
        "the folder of the records is missing, cannot be written, is somebody else's, or can be read by others",
        "the folder's rights, or the variable that names it",
        data_dir,
    ),
    Check("disk_space", "the disk is nearly full", "the folder", disk_space),
    Check("one_process", "another process serves from the same SQLite file, and which", "the process", one_process),
)
