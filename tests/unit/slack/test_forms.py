"""Opening a form: what it shows is redacted, and a refusal is a word to the person."""

import pytest

from bot.errors import Unavailable
from bot.rules.redact import Redactor
from bot.slack.cards.ending import resolve_form
from bot.slack.cards.explain import explain_form
from bot.slack.forms import open_form, redacting
from bot.slack.guard import Request
from bot.slack.ids import parse_ending, place_of
from bot.workflows.context import Delivery
from tests.factories import LENA, an_incident

ASKED = Request(
    delivery=Delivery(key="k", team_id="T1", channel_id="C7", actor=LENA, kind="member"), body={"trigger_id": "t1"}
)
PLANTED = "sk-ant-api03-" + "Zq7" * 31 + "AA"


async def test_no_secret_is_in_an_opened_form() -> None:
    """Whatever a card was given, the key in it does not reach Slack."""
    shown: list[object] = []

    async def views_open(**arguments: object) -> object:
        shown.append(arguments)
        return None

    view = explain_form(f"we sent {PLANTED}")
    await open_form(ASKED, redacting(views_open, Redactor().deep), view)
    assert PLANTED[:25] in repr(view)
    assert PLANTED[:25] not in repr(shown)
    assert "we sent sk-ant-api03-…" in repr(shown)


async def test_a_form_that_does_not_open_is_told() -> None:
    """Slack out of reach is an error with a hint, for the guard to say."""

    async def views_open(**_: object) -> object:
        raise OSError

    with pytest.raises(Unavailable, match="did not open the form"):
        await open_form(ASKED, views_open, explain_form())


async def test_a_form_carries_where_it_was_asked_for() -> None:
    """Slack does not say so when it is submitted."""
    shown: list[dict[str, object]] = []

    async def views_open(**arguments: object) -> object:
        shown.append(arguments)
        return None

    await open_form(ASKED, views_open, resolve_form(an_incident(), ()))
    view = shown[0]["view"]
    assert isinstance(view, dict)
    assert "C7" == place_of(view["private_metadata"])
    assert 7 == parse_ending(view["private_metadata"])[0]
