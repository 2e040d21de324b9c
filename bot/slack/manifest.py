"""The Slack app manifest: what the code really uses, least scopes first, optional ones apart."""

from typing import Any

from bot.slack.cards.help import VERB_LINES
from bot.slack.ids import ADD_TO_TIMELINE, COMMAND, EXPLAIN_MESSAGE, OPEN_ANYWHERE, OPEN_FROM_MESSAGE
from bot.slack.scopes import EVENT_SCOPES, OPTIONAL_SCOPES, SCOPES

EVENTS_PATH = "/slack/events"
"""Where the bot listens in HTTP mode."""
EVENTS = tuple(EVENT_SCOPES)
"""What Slack tells the bot of by itself; each needs a scope, without which it is left out there."""


def manifest(http_url: str | None = None) -> dict[str, Any]:
    """Return the manifest for Socket Mode, or for HTTP at `http_url` (the address of `/slack/events`)."""
    command: dict[str, Any] = {
        "command": COMMAND,
        "description": "Triage Claude API trouble, open and run incidents",
        "usage_hint": f"[{' | '.join(line.split()[0] for line in VERB_LINES)}]",
        "should_escape": True,
    }
    interactivity: dict[str, Any] = {"is_enabled": True}
    subscriptions: dict[str, Any] = {"bot_events": list(EVENTS)}
    if http_url:
        subscriptions["request_url"] = http_url
        command["url"] = http_url
        interactivity["request_url"] = http_url
    return {
        "display_information": {
            "name": "Claude Incident",
            "description": "Says whose fault a Claude API failure is, and runs the incident.",
            "background_color": "#1f2430",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "claude-incident", "always_online": True},
            "slash_commands": [command],
            "shortcuts": [
                {
                    "name": "Open Claude incident",
                    "type": "global",
                    "callback_id": OPEN_ANYWHERE,
                    "description": "Open an incident from anywhere",
                },
                {
                    "name": "Open Claude incident",
                    "type": "message",
                    "callback_id": OPEN_FROM_MESSAGE,
                    "description": "Open an incident that begins with this message",
                },
                {
                    "name": "Add to incident timeline",
                    "type": "message",
                    "callback_id": ADD_TO_TIMELINE,
                    "description": "Record this message, and the replies under it, on the timeline",
                },
                {
                    "name": "Explain this error",
                    "type": "message",
                    "callback_id": EXPLAIN_MESSAGE,
                    "description": "Says what this Claude API error means and what to do",
                },
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES), "bot_optional": list(OPTIONAL_SCOPES)}},
        "settings": {
            "interactivity": interactivity,
            "event_subscriptions": subscriptions,
            "org_deploy_enabled": False,
            "socket_mode_enabled": http_url is None,
            "token_rotation_enabled": False,
        },
    }
