"""What the count_tokens check makes of its answer."""

from bot.checks.base import Raw
from bot.checks.count_tokens import CountTokens, flaw_of
from bot.rules.evidence import CheckStatus
from tests.check_values import MODEL, a_target, an_error, an_exchange, gathered


def test_a_count_means_that_key_and_model_are_accepted() -> None:
    """The number itself does not matter."""
    exchange = an_exchange(200, {"input_tokens": 8})
    assert flaw_of(exchange) is None
    found = CountTokens().interpret(gathered((MODEL, exchange, True)), a_target())
    assert (CheckStatus.OK, f"Key and model {MODEL} are accepted.") == (found.status, found.summary)


def test_a_200_without_a_count_is_a_failure() -> None:
    """A sign-in page of a captive portal is no count."""
    assert [True] * 3 == [
        flaw_of(an_exchange(200, body)) is not None for body in ({}, b"<html>", {"input_tokens": "8"})
    ]


def test_a_refusal_says_why() -> None:
    """The billing gate shows here before any probe is paid for."""
    exchange = an_exchange(404, an_error("not_found_error", f"model: {MODEL}"))
    found = CountTokens().interpret(gathered((MODEL, exchange, False)), a_target())
    assert (CheckStatus.FAILED, f"Failed (model_not_found): model: {MODEL}") == (found.status, found.summary)
    assert ("req_0123",) == found.request_ids
    assert 404 == found.observations[0].http_status


def test_a_reason_not_to_ask_is_the_summary() -> None:
    """Without a key the check is skipped in words."""
    found = CountTokens().interpret(Raw(skipped="Not asked: no key."), a_target())
    assert (CheckStatus.SKIPPED, "Not asked: no key.") == (found.status, found.summary)


def test_silence_is_a_timeout() -> None:
    """Nothing gathered is nothing known."""
    assert CheckStatus.TIMEOUT == CountTokens().interpret(Raw(), a_target()).status


def test_a_page_without_a_message_is_told_by_its_status() -> None:
    """A firewall's page has no message of the API's."""
    found = CountTokens().interpret(gathered((MODEL, an_exchange(403, b"<html>blocked</html>"), False)), a_target())
    assert found.summary.endswith("HTTP 403 without a message")
