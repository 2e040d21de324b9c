"""The support bundle in Slack: in blocks of code, for the one person who copies it."""

from typing import Any, Final

from bot.slack.cards import blocks as kit

_ROOM: Final = 2700  # characters of a block, beside its fences and the escapes
_MOST: Final = 3  # blocks; what is longer is better had as a file


def bundle_answer(name: str, text: str) -> dict[str, Any]:
    """Return the answer, to the person alone; of a very long bundle the beginning, and where to get all of it."""
    parts = _parts(text)
    head = f"What the provider's support can look up of {name}: no words of people are in it. Only you see this."
    whole = f"The rest is long: `anth-triage bundle {name} -o FILE` writes all of it."
    rest = [kit.section(whole)] if len(parts) > _MOST else []
    blocks = [kit.section(head), *(kit.section(f"```\n{part}\n```") for part in parts[:_MOST]), *rest]
    return {"response_type": "ephemeral", "text": head, "blocks": blocks}


def _parts(text: str) -> list[str]:
    """Return the text in parts that fit a block, cut between its lines."""
    parts = [""]
    for line in text.strip("\n").splitlines():
        shown = kit.safe(line, _ROOM)
        if len(parts[-1]) + len(shown) >= _ROOM:
            parts.append("")
        parts[-1] += f"{shown}\n"
    return [part.strip("\n") for part in parts if part.strip()]
