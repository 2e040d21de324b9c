"""Runs a module of ours in a process of its own: no secret reaches it, and it ends when its caller does."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

COMMAND = (sys.executable, "-I", "-X", "utf8", "-m")
"""Isolated: neither the working folder nor the environment says what is imported."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the process wrote, and its exit status (below zero: the signal that ended it)."""

    content: bytes
    status: int


class TooMuch(Exception):
    """The process took longer, or wrote more, than it may; the text says which."""


async def apart(module: str, given: bytes, *, wall_s: float, most_bytes: int, arguments: tuple[str, ...] = ()) -> Told:
    """Return what the module makes of `given` on its standard input; raises TooMuch.

    The process has an empty environment and no open file but its two pipes. However this ends, by a limit or because
    the caller was cancelled, the process is gone with all that it started.
    """
    process = await asyncio.create_subprocess_exec(
        *COMMAND, module, *arguments, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, cwd="/", start_new_session=True
    )
    try:
        async with asyncio.timeout(wall_s):
            content = await _talk(process, given, most_bytes)
            status = await process.wait()
    except TimeoutError:
        raise TooMuch(f"it took longer than {wall_s:g} s") from None
    finally:
        await _gone(process)
    return Told(content=content, status=status)


async def _talk(process: Process, given: bytes, most: int) -> bytes:
    feeding = asyncio.ensure_future(_feed(process, given))
    try:
        return await _read(process, most)
    finally:
        feeding.cancel()
        with suppress(asyncio.CancelledError):
            await feeding


async def _feed(process: Process, given: bytes) -> None:
    pipe = cast("asyncio.StreamWriter", process.stdin)
    with suppress(ConnectionError):  # it may end before it has read everything
        pipe.write(given)
        await pipe.drain()
    pipe.close()


async def _read(process: Process, most: int) -> bytes:
    try:
        await cast("asyncio.StreamReader", process.stdout).readexactly(most + 1)
    except asyncio.IncompleteReadError as error:
        return error.partial
    raise TooMuch(f"it wrote more than {most / 1024:,.0f} KiB")


async def _gone(process: Process) -> None:
    """End the process with all that it started, and wait until the system has forgotten it."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
