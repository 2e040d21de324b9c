"""What Slack's refusals mean: wait, give up, or try again; and what a person can do about them."""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.rules.wait import wait_seconds
from bot.workflows.worker import GiveUp, RetryLater, Unclear

_SHORTEST_WAIT_S = 1.0
TOO_MANY = 429  # HTTP's own number

# Where the bot may not post, and where it may not read.
CLOSED_TO_US = frozenset({"not_in_channel", "channel_not_found", "is_archived", "is_inactive", "restricted_action"})
NOT_READABLE = CLOSED_TO_US | {"missing_scope", "user_not_found", "cannot_dm_bot"}

# A block that this workspace does not take, or too much of them: the words alone may still go through.
LAYOUT_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})

# The whole app is shut out, so nobody can be told in Slack: nothing was done, and the work waits until that is mended.
SHUT_OUT = frozenset(
    {
        *("invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed"),
        *("team_access_not_granted", "team_added_to_org", "org_login_required", "ekm_access_denied"),
    }
)
_SHUT_OUT_WAIT_S = 60.0

# What the client lets through when Slack cannot be reached or stops in the middle.
UNREACHABLE = (aiohttp.ClientError, OSError, TimeoutError)
TROUBLE = (SlackApiError, *UNREACHABLE)

# After these, part of the work may have been done: the next attempt looks before it acts.
UNCLEAR = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "unknown"})

HINTS: Mapping[str, str] = {
    "missing_scope": "Add the scope {needed} to the app (`anth-triage manifest`), install it again, then try again.",
    "restricted_action": "The workspace does not let this app create channels; ask an admin, then try again.",
    "user_is_restricted": "The app's user may not create channels; ask an admin, then try again.",
    "name_taken": "Every name that was tried is taken; rename an old channel, then try again.",
    "invalid_auth": "The bot token is not valid any more; set SLACK_BOT_TOKEN anew and restart.",
    "token_revoked": "The bot token was revoked; install the app again, set SLACK_BOT_TOKEN and restart.",
    "account_inactive": "The app was removed from the workspace; install it again.",
    "token_expired": "The bot token has expired; set SLACK_BOT_TOKEN anew and restart.",
    "team_access_not_granted": "The app is not granted this workspace any more; an admin of the organisation can.",
    "ekm_access_denied": "The workspace's admins have suspended the app with its encryption key; ask them.",
    "org_login_required": "The workspace is being moved into an organisation; the work goes on when that is done.",
    "team_added_to_org": "The workspace is being moved into an organisation; the work goes on when that is done.",
    "channel_not_found": "The channel is gone, or private without the bot: invite the bot with `/invite`.",
    "not_in_channel": "Invite the bot with `/invite`.",
    "is_archived": "The channel is archived; unarchive it.",
    "is_inactive": "The channel is archived; unarchive it.",
}


class Refused(GiveUp):
    """Slack refused, and would again; `code` is its error name, `needed` the scopes of which any would do."""

    def __init__(self, code: str, needed: str = "") -> None:
        super().__init__(f"Slack refused: {code}" + (f" (needed: {needed})" if needed else ""))
        self.code = code


def code_of(error: Exception) -> str:
    """Return Slack's error name; `unknown` when there is none (an HTML page, a cut-off body, no answer at all)."""
    if not isinstance(error, SlackApiError):
        return "unknown"
    try:
        return str(error.response["error"] or "unknown")
    except (KeyError, TypeError, AttributeError, ValueError):
        return "unknown"


def hint_for(error: SlackApiError) -> str:
    """Return what a person can do about this refusal."""
    code = code_of(error)
    needed = _needed(error) or "that it lacks"
    return HINTS.get(code, "Try again; if it stays, look up this error in Slack's reference.").format(needed=needed)


def _needed(error: SlackApiError) -> str:
    """Return the scopes that Slack names as missing, empty for any other refusal."""
    return str(error.response.get("needed") or "") if code_of(error) == "missing_scope" else ""


def translate(error: Exception) -> Exception:
    """Return what the worker understands: RetryLater, Unclear, or Refused when trying again cannot help.

    `error` is one of TROUBLE.
    """
    if isinstance(error, aiohttp.ClientPayloadError):
        return Unclear(f"Slack's answer cannot be read: {error}")
    if not isinstance(error, SlackApiError):
        return Unclear(type(error).__name__)
    if is_rate_limit(error):
        return RetryLater(retry_after(error))
    code = code_of(error)
    if code in SHUT_OUT:
        return RetryLater(_SHUT_OUT_WAIT_S, limit=False)
    if code in UNCLEAR or _status(error) >= 500:  # noqa: PLR2004 - HTTP's own number
        return Unclear(f"Slack said {code}")
    return Refused(code, _needed(error))


def is_rate_limit(error: SlackApiError) -> bool:
    """Tell whether Slack asks to wait; nothing was done then."""
    return code_of(error) in {"ratelimited", "rate_limited"} or _status(error) == TOO_MANY


def _status(error: SlackApiError) -> int:
    return int(getattr(error.response, "status_code", None) or 200)


def retry_after(error: SlackApiError) -> float:
    """Return the seconds that Slack asks to wait, one at least; garbage and no header count as one."""
    return asked_wait(error.response.headers or {})


def asked_wait(headers: Mapping[str, str]) -> float:
    """Return the seconds to wait that these headers name, one at least."""
    lower = {str(name).lower(): str(text) for name, text in headers.items()}
    return max(_SHORTEST_WAIT_S, wait_seconds(lower, "") or 0.0)
