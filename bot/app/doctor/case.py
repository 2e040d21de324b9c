"""What the checks of one visit look at: the settings, and answers that several of them share."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.app.doctor.claude import Claude
from bot.app.doctor.finding import Findings, NotLooked
from bot.app.doctor.records import Records
from bot.app.doctor.slack import SlackLine
from bot.clock import Clock
from bot.settings import Examined, Problem, Settings

_TABLE: Final = re.compile(r"\s*\[\[?\s*(?P<name>[\w.\"'-]+?)\s*\]\]?\s*(#.*)?$")
_NAME: Final = re.compile(r"\s*(?P<name>[\w-]+)\s*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything that a check may ask. `manifest` is the app's, as text."""

    found: Examined
    strange: tuple[Problem, ...]
    clock: Clock
    slack: SlackLine
    claude: Claude
    records: Records
    manifest: str | None = None
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """Return the settings, with the defaults in place of what cannot be used."""
        return self.found.settings

    def require_usable(self, *names: str) -> None:
        """Raise NotLooked when one of these variables or settings has a problem."""
        if name := self.found.spoils(*names):
            raise NotLooked(f"{name} cannot be used as it is")

    def at(self, name: str) -> str:
        """Return a setting with its file and line, where it stands in one."""
        config = self.settings.config
        line = self.lines.get(name) or self.lines.get(name.partition("]")[0] + "]")
        return f"{name} ({config.name}:{line})" if config and line and name.startswith("[") else name


@dataclass(frozen=True, slots=True)
class Check:
    """One question: `finds` and `mend` are for the page of checks, `limit_s` is its own deadline."""

    name: str
    finds: str
    mend: str
    look: Callable[[Case], Awaitable[Findings]]
    limit_s: float = 5.5


def lines_of(config: Path | None) -> dict[str, int]:
    """Return the line of each table (`[probe]`) and setting (`[probe] key`) of the file; none if it cannot be read."""
    try:
        text = config.read_text("utf-8") if config else ""
    except (OSError, UnicodeDecodeError):
        return {}
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := _TABLE.match(line):
            first, _, rest = heading["name"].replace('"', "").replace("'", "").partition(".")
            table = f"[{first}]"
            found.setdefault(table, number)
            table = f"{table} {rest}." if rest else f"{table} "
            found.setdefault(table.rstrip(". "), number)
        elif table and (name := _NAME.match(line)):
            found.setdefault(f"{table}{name['name']}", number)
    return found
