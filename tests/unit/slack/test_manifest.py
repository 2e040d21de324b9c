"""The manifest names what the code really answers, within Slack's limits."""

from bot.slack import ids
from bot.slack.listeners.commands import VERBS
from bot.slack.manifest import manifest


def test_the_shortcut_is_the_one_that_is_answered() -> None:
    """Slack sends the callback id that a listener waits for; name and description fit."""
    (shortcut,) = manifest()["features"]["shortcuts"]
    assert (ids.EXPLAIN_MESSAGE, "message") == (shortcut["callback_id"], shortcut["type"])
    assert "Explain this error" == shortcut["name"]
    assert len(shortcut["name"]) <= 24
    assert len(shortcut["description"]) <= 150


def test_the_usage_hint_names_every_verb() -> None:
    """Who types the command sees what it can do."""
    hint = manifest()["features"]["slash_commands"][0]["usage_hint"]
    assert set(VERBS) == {word.strip() for word in hint.strip("[]").split("|")}
