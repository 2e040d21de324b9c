"""The console command as a person runs it, always in a process of its own: output, errors and exit status."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from tests.forking import STREAMS


@dataclass(frozen=True)
class Done:
    """A finished command."""

    status: int
    out: str
    errors: str


async def start(environment: dict[str, str], *arguments: str, stdin: str = "") -> Done:
    """Start `anth-triage` with nothing in its environment but these variables."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env=_whole(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate(stdin.encode())
    return Done(process.returncode or 0, out.decode(), errors.decode())


async def run(environment: dict[str, str], *arguments: str, stdin: str = "") -> Done:
    """Do the same in a process that is forked instead of started, which spares the second of imports."""
    return await asyncio.to_thread(FORKS.run, _whole(environment), arguments, stdin)


class Forks:
    """Children of one process (`tests.forking`), which is started when the first is wanted."""

    def __init__(self) -> None:
        self._parent: subprocess.Popen[str] | None = None
        self._turn = threading.Lock()

    def run(self, environment: dict[str, str], arguments: tuple[str, ...], stdin: str) -> Done:
        """Run the command in the next child."""
        with tempfile.TemporaryDirectory() as folder, self._turn:
            given, out, errors = (Path(folder, name) for name in STREAMS)
            given.write_text(stdin, "utf-8")
            order = {"folder": folder, "environment": environment, "arguments": arguments}
            status = self._ask(json.dumps(order))
            return Done(status, out.read_text("utf-8"), errors.read_text("utf-8"))

    def _ask(self, order: str) -> int:
        if self._parent is None:
            command = [sys.executable, "-m", "tests.forking"]
            self._parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(f"{order}\n")
        self._parent.stdin.flush()
        return int(self._parent.stdout.readline())

    def close(self) -> None:
        """End the parent."""
        if self._parent is not None:
            self._parent.communicate()
            self._parent = None


def _whole(environment: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **environment}


FORKS = Forks()
