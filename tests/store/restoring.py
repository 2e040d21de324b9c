"""A process that has everything imported: for each order it forks a child that restores or copies, maybe killed."""

import asyncio
import json
import os
import signal
import sys
import traceback
from pathlib import Path

from sqlalchemy import Engine, event

from bot.store import pages
from bot.store.backup import copy, restore


def main() -> None:
    """Read orders (`file` or `source`, `url`, `kill_at`: 0 for never), answer each with what became of the child."""
    for line in sys.stdin:
        order = json.loads(line)
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(out)
            _work(order, into)
        os.close(into)
        with os.fdopen(out, "rb") as told:
            steps = int(told.read() or 0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"killed": os.WIFSIGNALED(status), "status": status, "steps": steps}) + "\n")
        sys.stdout.flush()


class _Steps:
    """Counts statements, commits and groups of pages, and ends the process at the one that was asked for."""

    def __init__(self, kill_at: int) -> None:
        self.count = 0
        self._kill_at = kill_at

    def __call__(self, *_: object) -> None:
        """Take a step."""
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _work(order: dict[str, str | int], into: int) -> None:
    steps = _Steps(int(order["kill_at"]))
    event.listen(Engine, "before_cursor_execute", steps)
    event.listen(Engine, "commit", steps)
    pages._AT_ONCE = 1  # type: ignore[misc] # each page is a step
    url = str(order["url"])
    try:
        if "file" in order:
            asyncio.run(restore(Path(str(order["file"])), url, steps, replace=True))
        else:
            asyncio.run(copy(str(order["source"]), url, steps))
        os.write(into, str(steps.count).encode())
    except BaseException:  # noqa: BLE001 - the child must end here, whatever it was, and never go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
