"""What the control check makes of an independent endpoint."""

import pytest

from bot.checks.base import Raw
from bot.checks.control import Control
from bot.checks.exchange import Exchange
from bot.rules.evidence import CheckStatus
from tests.check_values import a_target, an_exchange, gathered


@pytest.mark.parametrize(
    ("exchange", "status"),
    [
        (an_exchange(200), CheckStatus.OK),
        (an_exchange(503), CheckStatus.OK),
        (an_exchange(302), CheckStatus.OK),
        (an_exchange(None, exception="ConnectError: gaierror"), CheckStatus.FAILED),
        (an_exchange(None, exception="ReadTimeout", cut=True), CheckStatus.TIMEOUT),
    ],
)
def test_any_http_answer_proves_a_way_out(exchange: Exchange, status: CheckStatus) -> None:
    """Only silence counts against our own network."""
    found = Control().interpret(gathered(("control", exchange, True)), a_target())
    assert status is found.status
    assert () == found.observations


def test_no_answer_yet_is_a_timeout() -> None:
    """Nothing gathered is nothing known."""
    assert CheckStatus.TIMEOUT == Control().interpret(Raw(), a_target()).status
