"""What the bot knows of Slack's refusals is what Slack's reference says of them."""

from bot.playground.workspace.methods import catalogue, documented_errors
from bot.slack import refusals

ELSEWHERE = {
    "unknown": "ours, for an answer without a name",
    "cannot_dm_bot": "answered by conversations.open, in older copies of the reference",
}


def test_every_error_that_is_branched_on_is_documented() -> None:
    """For a method that the bot calls; what is known from elsewhere says so."""
    documented = {name for method in catalogue().methods for name in documented_errors(method) or ()}
    branched = {
        *refusals.HINTS,
        *refusals.SHUT_OUT,
        *refusals.CLOSED_TO_US,
        *refusals.NOT_READABLE,
        *refusals.UNCLEAR,
        *refusals.LAYOUT_REFUSED,
    }
    assert set() == branched - documented - ELSEWHERE.keys()
    assert set() == ELSEWHERE.keys() & documented
