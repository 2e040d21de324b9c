"""What the app offers people in Slack: its command with verbs, and its shortcuts, as its manifest names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """`command` begins with a slash; `verbs` are its words with what each does; shortcuts are callback_id and name."""

    command: str
    description: str
    verbs: Mapping[str, str]
    anywhere: tuple[tuple[str, str], ...]
    on_messages: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, manifest: Mapping[str, Any], verbs: Mapping[str, str]) -> Self:
        """Read them from a manifest of one slash command."""
        features = manifest["features"]
        (command,) = features["slash_commands"]
        shortcuts = features["shortcuts"]
        named = {
            kind: tuple((one["callback_id"], one["name"]) for one in shortcuts if one["type"] == kind)
            for kind in ("global", "message")
        }
        return cls(
            command=command["command"],
            description=command["description"],
            verbs=dict(verbs),
            anywhere=named["global"],
            on_messages=named["message"],
        )
