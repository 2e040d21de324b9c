"""The private warning to a person who has pasted a key: what is exposed, and where to revoke it."""

import re
from collections.abc import Iterable
from typing import Final

from bot.slack import ids
from bot.slack.cards import blocks as kit

KEYS: Final = "https://platform.claude.com/settings/keys"
"""Where a key is deactivated."""

_AWS: Final = "An AWS key: make it inactive under <https://console.aws.amazon.com/iam/|IAM>, Security credentials."
_SLACK: Final = "A Slack token or webhook: revoke it on <https://api.slack.com/apps|the page of its app>."
_WHERE: Final = {
    "sk-ant-api": f"An API key: deactivate it now under <{KEYS}|API keys in the Console>.",
    "sk-ant-admin": (
        "An Admin key: have an admin of the organization delete it under"
        " <https://platform.claude.com/settings/admin-keys|Admin keys in the Console>; no API can."
    ),
    "sk-ant-o": (
        "An OAuth token: log out where it was made (`claude /logout`), and end that session under"
        " <https://claude.ai/settings|your account's settings>."
    ),
    "sk-ant-sid": "A session: log out of all devices under <https://claude.ai/settings|your account's settings>.",
    "session": "A link to a session: end it under <https://claude.ai/settings|your account's settings>.",
    "slack": _SLACK,
    "bedrock": "An API key of Bedrock: delete it under <https://console.aws.amazon.com/bedrock/|API keys in Bedrock>.",
    "aws": _AWS,
    "google_oauth": "A Google token: revoke it under <https://myaccount.google.com/permissions|your account's access>.",
    "google": "A Google key: delete it under <https://console.cloud.google.com/apis/credentials|Credentials>.",
    "github": "A GitHub token: revoke it under <https://github.com/settings/tokens|Tokens>.",
    "gitlab": "A GitLab token: revoke it under *Access tokens* of your account or project.",
    "hugging_face": "A Hugging Face token: delete it under <https://huggingface.co/settings/tokens|Access tokens>.",
    "npm": "An npm token: `npm token revoke`.",
    "pypi": "A PyPI token: remove it under <https://pypi.org/manage/account/|API tokens>.",
    "stripe": "A Stripe key: roll it under <https://dashboard.stripe.com/apikeys|API keys>.",
    "sendgrid": "A SendGrid key: delete it under <https://app.sendgrid.com/settings/api_keys|API keys>.",
    "openai": "An OpenAI key: revoke it under <https://platform.openai.com/api-keys|API keys>.",
}
"""Where each kind is revoked, by how the name of the kind begins; the first that fits."""
_ELSEWHERE: Final = "Have it revoked or changed where it was issued."
_HINT: Final = re.compile(r"sk-ant-api[0-9]{2}-…[A-Za-z0-9_-]{4}")
_LOOKED_UP: Final = re.compile(r"sk-ant-(?!api)[a-z]")


def hint_in(redacted: str) -> str:
    """Return the hint of the first key in a redacted text that the Admin API can look up, empty for none."""
    found = _HINT.search(redacted)
    return found[0] if found else ""


def pasted_key_blocks(text: str, hint: str) -> list[kit.Block]:
    """Return the warning with the button that begins the procedure for this key."""
    begin = kit.button("Begin the key procedure", ids.KEY, ids.value(0, hint), style="danger")
    return [kit.section(text), kit.actions(begin)]


def pasted_key_text(kinds: Iterable[str] = (), *, in_message: bool) -> str:
    """Return the warning, with where these kinds are revoked.

    A message can be read by others until it is deleted, a command or a form cannot.
    """
    shown = "It stands in a message that others can read: have that deleted." if in_message else "Only the bot read it."
    where = " ".join(dict.fromkeys(map(revoked_where, kinds))) or _ELSEWHERE
    return (
        f":warning: *You have just sent a key or a token.* {shown} The bot's own records mask it."
        f" It is no secret any more. {where}"
    )


def revoked_where(kind: str) -> str:
    """Return what it is and where it is revoked; `kind` as `Redactor.kinds` names it, or a hint."""
    return next((told for begin, told in _WHERE.items() if kind.startswith(begin)), _ELSEWHERE)


def not_looked_up(wanted: str) -> str:
    """Return where it is revoked when it is of a kind that the Admin API does not know; empty for one that it does."""
    return revoked_where(wanted) if _LOOKED_UP.match(wanted) else ""
