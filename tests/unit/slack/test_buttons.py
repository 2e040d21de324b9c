"""What can be pressed or sent is answered: behind each button and form of the cards stands a listener of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.slack import ids
from bot.slack.listeners import BUTTONS, FORMS
from tests.pictures.cards import MESSAGES, VIEWS

Drawn = dict[str, Any]
_KINDS = {ids.kind_of(name) for name in BUTTONS}
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
    assert [] == [action for action in actions if ids.kind_of(action) not in _KINDS]


@pytest.mark.parametrize("name", [name for name, view in VIEWS.items() if view["type"] == "modal"])
def test_each_form_has_a_listener(name: str) -> None:
    """What somebody has written into it is taken."""
    assert VIEWS[name]["callback_id"] in FORMS


def test_no_two_buttons_are_of_one_kind() -> None:
    """Only one of them would ever be answered."""
    assert len(_KINDS) == len(BUTTONS)


def test_a_button_without_a_listener_is_noticed() -> None:
    """The test above can fail."""
    assert ids.kind_of("tree:no_such_button:1") not in _KINDS
    assert 20 < sum(len([*_buttons(drawn)]) for drawn in DRAWN.values())
