"""What was asked of the stand-in: every request with its time, without keys or texts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Server = Literal["api", "status"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `path` has no query; `status` is None when no whole answer was given."""

    at: datetime
    server: Server
    method: str
    path: str
    status: int | None
    model: str | None = None


class Journal(list[Call]):
    """The calls in the order in which they ended."""

    def of(self, server: Server, path: str | None = None) -> list[Call]:
        """Return the calls to one server, or to one of its paths."""
        return [call for call in self if call.server == server and path in {None, call.path}]
