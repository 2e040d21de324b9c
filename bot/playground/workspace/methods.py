"""The methods and events that the stand-in knows, and the errors that are documented, read from the two tables."""

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

# Granted beside what single methods and events ask for: the app's own command, and posting where it is no member.
_FURTHER_SCOPES = {"commands", "chat:write.public"}
_APP = "app"


@dataclass(frozen=True)
class Method:
    """What one Web API method asks for; `per_minute` is None where no tier applies."""

    name: str
    per_minute: int | None
    scopes: tuple[str, ...]
    required: tuple[str, ...]
    token: str
    paced: bool

    @property
    def of_app(self) -> bool:
        """Tell whether it is called with the app-level token."""
        return self.token == _APP


@dataclass(frozen=True)
class Catalogue:
    """All methods and events by name."""

    methods: dict[str, Method]
    events: dict[str, tuple[str, ...]]

    @property
    def scopes(self) -> set[str]:
        """Return every bot scope that any method or event asks for."""
        asked = {scope for method in self.methods.values() if not method.of_app for scope in method.scopes}
        return asked | {scope for scopes in self.events.values() for scope in scopes} | _FURTHER_SCOPES


@functools.cache
def catalogue() -> Catalogue:
    """Read methods.toml."""
    table = tomllib.loads(resources.files(__package__).joinpath("methods.toml").read_text("utf-8"))
    tiers = {tier: int(limit) for tier, limit in table["tiers"].items()}
    methods = {name: _method(name, row, tiers) for name, row in table["methods"].items()}
    return Catalogue(methods, {name: tuple(scopes) for name, scopes in table["events"].items()})


@functools.cache
def documented_errors(method: str) -> frozenset[str] | None:
    """Return the error names that Slack documents for a method; None for one of which errors.toml knows nothing."""
    table = tomllib.loads(resources.files(__package__).joinpath("errors.toml").read_text("utf-8"))
    own = table["methods"].get(method)
    return None if own is None else frozenset(own) | frozenset(table["common"]["names"])


def _method(name: str, row: dict[str, Any], tiers: dict[str, int]) -> Method:
    return Method(
        name=name,
        per_minute=tiers.get(str(row["tier"])),
        scopes=tuple(row["scopes"]),
        required=tuple(row.get("required", ())),
        token=row.get("token", "bot"),
        paced=row.get("pace", False),
    )
