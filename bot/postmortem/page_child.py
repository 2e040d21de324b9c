"""Makes the page of a team's own Markdown in this process alone, for some Markdown takes very long to read.

Started by `sandbox.py`. Standard input: one JSON document, `{"variables": {...}, "markdown": text,
"on_paper": bool}`. Standard output: the page, exit status 0.
"""

import json
import resource
import sys
from typing import Final

from bot.postmortem.page import page

CPU_S: Final = 10
_MEMORY: Final = 1 << 30


def main() -> None:
    """Take the limits, read, write."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    given = json.load(sys.stdin.buffer)
    made = page(given["variables"], given["markdown"], on_paper=given["on_paper"])
    sys.stdout.buffer.write(made.encode("utf-8", "replace"))


if __name__ == "__main__":
    main()
