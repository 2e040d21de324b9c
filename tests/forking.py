"""A process that has the console's modules and rules loaded: for each line of orders it forks a child, the command."""

import gc
import importlib
import json
import os
import runpy
import signal
import sys
from pathlib import Path
from typing import Any, Final

from bot.cli.main import COMMANDS
from bot.paths import read_rules
from bot.rules.book import load_book

STREAMS: Final = ("in", "out", "errors")
_LIMIT_S: Final = 50  # one that hangs ends before its test's own limit, which could not end it


def main() -> None:
    """Read orders from standard input, answer each with its child's exit status, below zero for a signal's."""
    for name in COMMANDS:
        importlib.import_module(f"bot.cli.{name}")
    load_book(read_rules())
    gc.freeze()  # a child copies fewer pages of what it shares with its parent
    with os.fdopen(os.dup(0), encoding="utf-8") as orders:  # standard input itself stays unread, for the children
        for line in orders:
            child = os.fork()
            if child == 0:
                _be_the_command(json.loads(line))
            _, status = os.waitpid(child, 0)
            os.write(1, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _be_the_command(order: dict[str, Any]) -> None:
    """Do what `python -m bot` does with these arguments, environment and streams, up to the end of the process."""
    signal.alarm(_LIMIT_S)
    for number, name in enumerate(STREAMS):
        file = os.open(Path(order["folder"], name), os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["anth-triage", *order["arguments"]]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main()
