"""Nothing is sent while a transaction is open."""

import pytest

from bot.transaction import open_transaction, refuse_inside_transaction


def test_sending_inside_a_transaction_is_refused() -> None:
    """Inside it is a slip that shows at once; before and after it is fine."""
    refuse_inside_transaction("a call")
    with open_transaction(), pytest.raises(RuntimeError, match="a call inside a transaction"):
        refuse_inside_transaction("a call")
    refuse_inside_transaction("a call")
