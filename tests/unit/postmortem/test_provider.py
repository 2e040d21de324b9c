"""The provider's view: who saw it first is told of the same trouble only."""

import pytest

from bot.postmortem.provider import provider_view
from tests.quarter import FIRST, failing, minutes, on_the_page


@pytest.mark.parametrize(
    ("posted", "ahead"), [(-3 * 24 * 60, None), (-61, None), (-60, -60), (-20, -20), (0, 0), (41, 41)]
)
def test_what_stood_there_long_before_is_something_else(posted: int, ahead: int | None) -> None:
    """Only what the page told of within the hour before our first failure, or later, is compared with it."""
    seen = failing(FIRST, **on_the_page(FIRST + minutes(600), FIRST + minutes(posted)))
    view = provider_view([seen], FIRST, "theirs")
    assert (None if ahead is None else ahead * 60) == view.ahead_s
    assert 1 == len(view.incidents)
