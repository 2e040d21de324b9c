"""The arguments of a Web API call, in whichever of Slack's four ways they were sent."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.playground.workspace.refusal import Refused

_NO = {"", "0", "false", "False", "None", "null"}


class Arguments(dict[str, Any]):
    """Arguments by name; in forms and query strings everything is text and nested values are JSON."""

    def text(self, name: str) -> str:
        """Return a text argument, empty when it is absent."""
        value = self.get(name)
        return "" if value is None else str(value)

    def optional(self, name: str) -> str | None:
        """Return a text argument, None when it is absent or empty."""
        return self.text(name) or None

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value: true, 1 and their texts."""
        return str(self[name]) not in _NO if name in self else default

    def whole(self, name: str, default: int) -> int:
        """Return a whole number.

        Raises Refused(invalid_arguments) when it is none.
        """
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise Refused(
                "invalid_arguments", messages=[f"[ERROR] must be an integer [json-pointer:/{name}]"]
            ) from None

    def structure(self, name: str) -> Any:  # noqa: ANN401 - JSON of any shape, checked by whoever asked for it
        """Return a nested argument, None when it is absent.

        Raises Refused(invalid_arguments) when a text is not JSON.
        """
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refused("invalid_arguments", messages=[f"[ERROR] invalid JSON [json-pointer:/{name}]"]) from None

    def listed(self, name: str) -> list[str]:
        """Return a list that was sent as JSON or as text with commas."""
        value = self.get(name)
        parts = value if isinstance(value, list) else self.text(name).split(",")
        return [str(part).strip() for part in parts if str(part).strip()]


async def arguments_of(request: web.Request) -> Arguments:
    """Read a call's arguments from query string and body (JSON, form or multipart).

    Raises Refused(invalid_json, json_not_object) for a broken JSON body.
    """
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        found |= _from_json(await request.text())
    elif request.can_read_body:
        found |= dict(await request.post())
    return Arguments({name: value for name, value in found.items() if value is not None})


def token_of(request: web.Request, arguments: Mapping[str, Any]) -> str:
    """Return the token a call came with, from its header or its arguments; empty when there is none."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind == "Bearer" else str(arguments.get("token", ""))


def _from_json(body: str) -> dict[str, Any]:
    try:
        found = json.loads(body or "{}")
    except ValueError:
        raise Refused("invalid_json") from None
    if not isinstance(found, dict):
        raise Refused("json_not_object")
    return found
