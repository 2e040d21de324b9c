"""Runs every benchmark, each in a process of its own, prints what they print, and keeps it: `make bench` runs it.

`python -m tests.bench.run FILE [PART ...]`: without parts all of them; FILE is written when all went well.
"""

import importlib
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PARTS = ("ack", "databases", "process", "growth", "triage", "faults", "burst", "postmortem")


def main(file: Path, parts: list[str]) -> None:
    """Write the page; ends with the status of the first part that failed."""
    told = [_head()]
    for part in parts:
        title = (importlib.import_module(f"tests.bench.{part}").__doc__ or part).partition("\n")[0]
        print(f"\n{title}\n", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"tests.bench.{part}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        print(done.stdout, flush=True)
        if done.returncode:
            sys.exit(done.returncode)
        told.append(f"## {part}\n\n{title}\n\n```text\n{_ours(done.stdout)}\n```\n")
    file.write_text("\n".join(told), "utf-8")


def _ours(printed: str) -> str:
    """Return the figures, without the lines that the bot itself has logged."""
    return "\n".join(line.rstrip() for line in printed.splitlines() if " [" not in line[:40]).strip()


def _head() -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    return (
        "# Benchmarks\n\n"
        f"The last results of `make bench`, {datetime.now(UTC):%Y-%m-%d}, on {machine}.\n"
        "Each part measures side by side in one run; figures of two runs, or of two machines, cannot be compared.\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or list(PARTS))
