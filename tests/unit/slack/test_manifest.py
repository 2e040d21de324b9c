"""The manifest names what the code really answers, within Slack's limits."""

from bot.slack import ids
from bot.slack.listeners.commands import VERBS
from bot.slack.manifest import manifest


def test_the_shortcuts_are_those_that_are_answered() -> None:
    """Slack sends the callback ids that listeners wait for; names and descriptions fit."""
    shortcuts = manifest()["features"]["shortcuts"]
    of_messages = {ids.EXPLAIN_MESSAGE, ids.OPEN_FROM_MESSAGE, ids.ADD_TO_TIMELINE}
    answered = {(ids.OPEN_ANYWHERE, "global"), *((one, "message") for one in of_messages)}
    assert answered == {(one["callback_id"], one["type"]) for one in shortcuts}
    for one in shortcuts:
        assert len(one["name"]) <= 24
        assert len(one["description"]) <= 150


def test_the_usage_hint_names_every_verb() -> None:
    """Who types the command sees what it can do."""
    hint = manifest()["features"]["slash_commands"][0]["usage_hint"]
    assert set(VERBS) == {word.strip() for word in hint.strip("[]").split("|")}
