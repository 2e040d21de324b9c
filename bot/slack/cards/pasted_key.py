"""The private warning to a person who has pasted a key: what is exposed, and where to revoke it."""

import re
from typing import Final

from bot.slack import ids
from bot.slack.cards import blocks as kit

KEYS: Final = "https://platform.claude.com/settings/keys"
"""Where a key is deactivated."""


_HINT: Final = re.compile(r"sk-ant-[a-z0-9]{2,12}-…[A-Za-z0-9_-]{4}")


def hint_in(redacted: str) -> str:
    """Return the hint of the first key of the provider in a redacted text, empty for none."""
    found = _HINT.search(redacted)
    return found[0] if found else ""


def pasted_key_blocks(text: str, hint: str) -> list[kit.Block]:
    """Return the warning with the button that begins the procedure for this key."""
    begin = kit.button("Begin the key procedure", ids.KEY, ids.value(0, hint), style="danger")
    return [kit.section(text), kit.actions(begin)]


def pasted_key_text(*, in_message: bool) -> str:
    """Return the warning; a message can be read by others until it is deleted, a command or a form cannot."""
    shown = "It stands in a message that others can read: have that deleted." if in_message else "Only the bot read it."
    return (
        f":warning: *You have just sent a key or a token.* {shown} The bot's own records mask it."
        f" It is no secret any more: deactivate it now under <{KEYS}|API keys in the Console>."
    )
