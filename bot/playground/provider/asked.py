"""One request of the API as it came in, and which of its endpoints it means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from aiohttp import web

from bot.playground.provider.answers import Refusal
from bot.playground.provider.story import Endpoint
from bot.playground.provider.validation import Body, read_body

ADMIN: Final = "/v1/organizations/"
"""Where the paths of the Admin API begin."""

_PATHS: Final[tuple[tuple[re.Pattern[str], Endpoint], ...]] = (
    (re.compile(r"/v1/messages"), "messages"),
    (re.compile(r"/v1/messages/count_tokens"), "count_tokens"),
    (re.compile(r"/v1/models(/.*)?"), "models"),
    (re.compile(ADMIN + r"api_keys"), "api_keys"),
    (re.compile(ADMIN + r"api_keys/[^/]+"), "api_key"),
    (re.compile(ADMIN + r"(workspaces|users)/[^/]+"), "names"),
    (re.compile(ADMIN + r"usage_report/messages"), "usage_report"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `endpoint` is None for a path that the API does not have."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: Body | Refusal | None
    endpoint: Endpoint | None

    @property
    def fields(self) -> Body:
        """Return the body's fields; none if it has no body or one that cannot be read."""
        return self.body if isinstance(self.body, Mapping) else {}

    @property
    def model(self) -> str | None:
        """Return the model that is asked for, in the body or in the path."""
        in_path = self.path.removeprefix("/v1/models").removeprefix("/") if self.endpoint == "models" else ""
        named = self.fields.get("model", in_path)
        return named if isinstance(named, str) and named else None

    @property
    def admin(self) -> bool:
        """Tell whether it is the Admin API that is asked, which takes another kind of key."""
        return self.path.startswith(ADMIN)


def read_asked(request: web.BaseRequest, raw: bytes) -> Asked:
    """Return the request with what its body says."""
    path = request.path.rstrip("/")
    body = read_body(raw) if request.method == "POST" else None
    endpoint = next((endpoint for pattern, endpoint in _PATHS if pattern.fullmatch(path)), None)
    if endpoint == "messages" and isinstance(body, Mapping) and body.get("stream") is True:
        endpoint = "stream"
    if endpoint == "api_key" and request.method == "POST":
        endpoint = "api_key_change"
    return Asked(request.method, path, request.headers, parse_qs(request.query_string), body, endpoint)
