"""The private warning to a person who has pasted a key: what is exposed, and where to revoke it."""

from typing import Final

KEYS: Final = "https://platform.claude.com/settings/keys"
"""Where a key is deactivated."""


def pasted_key_text(*, in_message: bool) -> str:
    """Return the warning; a message can be read by others until it is deleted, a command or a form cannot."""
    shown = "It stands in a message that others can read: have that deleted." if in_message else "Only the bot read it."
    return (
        f":warning: *You have just sent a key or a token.* {shown} The bot's own records mask it."
        f" It is no secret any more: deactivate it now under <{KEYS}|API keys in the Console>."
    )
