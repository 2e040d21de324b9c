"""What the rate-limit check makes of the first Messages answer."""

from bot.checks.base import Raw
from bot.checks.rate_limits import RateLimits
from bot.rules.evidence import CheckStatus
from tests.check_values import MODEL, a_target, an_exchange, gathered, rate_headers


def test_the_binding_bucket_leads() -> None:
    """The emptiest bucket is named with its share, its numbers and the time to full."""
    raw = gathered((MODEL, an_exchange(headers=rate_headers(requests=40, input_tokens=25)), True))
    found = RateLimits().interpret(raw, a_target())
    assert CheckStatus.OK == found.status
    assert "Least headroom: input-tokens, 50% left (25 of 50 a minute, full again in 30 s)." == found.summary
    assert ["input-tokens", "requests"] == [bucket.bucket for bucket in found.buckets]
    assert (MODEL, "input-tokens") == (found.facts["model"], found.facts["binding"])


def test_little_headroom_is_bad() -> None:
    """Below a fifth the check fails, as a warning."""
    raw = gathered((MODEL, an_exchange(headers=rate_headers(requests=9)), True))
    assert CheckStatus.FAILED == RateLimits().interpret(raw, a_target()).status


def test_an_answer_without_headers_is_unknown() -> None:
    """Never "0 left"."""
    found = RateLimits().interpret(gathered((MODEL, an_exchange(), True)), a_target())
    assert (CheckStatus.SKIPPED, ()) == (found.status, found.buckets)
    assert found.summary.startswith("Unknown")


def test_silence_is_a_timeout() -> None:
    """Nothing gathered is nothing known."""
    assert CheckStatus.TIMEOUT == RateLimits().interpret(Raw(), a_target()).status
