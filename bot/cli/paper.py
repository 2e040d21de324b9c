"""Where people read: as wide as their terminal, or wide enough for a file or a pipe."""

import sys
from datetime import datetime

from rich.console import Console

_WIDE = 200


def paper(*, stderr: bool = False, quiet: bool = False) -> Console:
    """Return the console for standard output, or for standard error; `quiet` prints nothing."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, quiet=quiet, width=None if stream.isatty() else _WIDE)


def plain_time(iso: object) -> str:
    """Return an ISO time of ours (UTC) as cards show it, to the second; "-" for none."""
    return datetime.fromisoformat(str(iso)).replace(tzinfo=None).isoformat(" ", "seconds") if iso else "-"
