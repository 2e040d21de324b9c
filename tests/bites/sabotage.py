"""The list of sabotages, read; a sabotage is one exact change of one file that breaks a promise."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LIST = Path(__file__).with_name("sabotages.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sabotage:
    """What is broken (`name`), how (`old` becomes `new` in `file`), and the tests that must notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def plant(self, project: Path) -> None:
        """Break the promise in this copy of the project; raises ValueError when the text does not stand there once."""
        target = project / self.file
        text = target.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: the text stands {text.count(self.old)} times in {self.file}")
        target.write_text(text.replace(self.old, self.new), encoding="utf-8")


def sabotages() -> list[Sabotage]:
    """Return the whole list."""
    listed = tomllib.loads(_LIST.read_text(encoding="utf-8"))["sabotage"]
    return [Sabotage(**entry | {"tests": tuple(entry["tests"])}) for entry in listed]
