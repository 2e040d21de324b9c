"""What can be pressed or sent is answered: behind each button and form of the cards stands a listener of its own."""

import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.slack.guard import Desk
from bot.slack.listeners import register
from tests.pictures.cards import MESSAGES, VIEWS

Drawn = dict[str, Any]


class _Listeners:
    """Takes down what is registered, as Bolt would; the one that ignores whatever is left does not count."""

    def __init__(self) -> None:
        self.actions: list[re.Pattern[str]] = []
        self.views: list[str] = []
        register(cast("AsyncApp", self), cast("Desk", None))

    def action(self, known: str | re.Pattern[str]) -> Callable[[object], None]:
        """Remember the buttons."""
        pattern = re.compile(f"^{re.escape(known)}$") if isinstance(known, str) else known
        if pattern.pattern != ".*":
            self.actions.append(pattern)
        return self._taken

    def view(self, known: str) -> Callable[[object], None]:
        """Remember the form."""
        self.views.append(known)
        return self._taken

    def command(self, _known: str) -> Callable[[object], None]:
        """Leave it at that."""
        return self._taken

    global_shortcut = message_shortcut = event = command

    @staticmethod
    def _taken(_listener: object) -> None:
        """Take the listener."""


LISTENERS = _Listeners()
DRAWN: dict[str, Any] = {**{name: message.blocks for name, message in MESSAGES.items()}, **VIEWS}


def _buttons(part: object) -> Iterator[Drawn]:
    if isinstance(part, dict):
        if part.get("type") == "button" and "url" not in part:
            yield part
        yield from (one for inner in part.values() for one in _buttons(inner))
    elif isinstance(part, list):
        yield from (one for inner in part for one in _buttons(inner))


@pytest.mark.parametrize("name", DRAWN)
def test_each_button_has_a_listener(name: str) -> None:
    """Without one it would do nothing, in silence."""
    actions = [str(button["action_id"]) for button in _buttons(DRAWN[name])]
    assert [] == [action for action in actions if not any(known.search(action) for known in LISTENERS.actions)]


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if view["type"] == "modal"])
def test_each_form_has_a_listener(name: str) -> None:
    """What somebody has written into it is taken."""
    assert VIEWS[name]["callback_id"] in LISTENERS.views


def test_a_button_without_a_listener_is_noticed() -> None:
    """The test above can fail."""
    assert not any(known.search("no_such_button") for known in LISTENERS.actions)
    assert 20 < sum(len([*_buttons(drawn)]) for drawn in DRAWN.values())
