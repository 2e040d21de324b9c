"""The table of methods agrees with what is served."""

import re

import pytest

from bot.playground.workspace.api import HANDLERS
from bot.playground.workspace.methods import catalogue


def test_every_method_in_the_table_is_served_and_the_reverse() -> None:
    """Only the opening of sockets is served elsewhere."""
    assert set(catalogue().methods) == {*HANDLERS, "apps.connections.open"}


@pytest.mark.parametrize("scope", sorted(catalogue().scopes))
def test_scopes_are_spelt_as_slack_spells_them(scope: str) -> None:
    """A family, a colon, what may be done; `commands` alone has no colon."""
    assert re.fullmatch(r"commands|[a-z_]+:(read|write|history|manage|join)(\.[a-z]+)?", scope)
