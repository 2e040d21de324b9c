"""What the Messages check makes of its probes."""

from dataclasses import replace

import pytest

from bot.checks.base import Raw
from bot.checks.exchange import Exchange
from bot.checks.messages import Messages, flaw_of
from bot.rules.evidence import CheckStatus, Evidence
from tests.check_values import MODEL, a_message, a_target, an_error, an_exchange, gathered

CLEAN = an_exchange(200, a_message())
OVERLOADED = an_exchange(529, an_error("overloaded_error", "Overloaded"))
OTHER = "other:claude-sonnet-5-5"


def read(raw: Raw) -> Evidence:
    """Return the evidence."""
    return Messages().interpret(raw, a_target())


def cut(latency_s: float) -> Exchange:
    """Return a probe that the deadline ended."""
    return an_exchange(None, latency_s=latency_s, exception="ReadTimeout: silence", cut=True)


def test_clean_probes_are_ok() -> None:
    """Five answers are five samples without a branch."""
    found = read(gathered(*[(MODEL, CLEAN, True)] * 5))
    assert (CheckStatus.OK, "5 of 5 probes answered, slowest 0.2 s.") == (found.status, found.summary)
    assert [None] * 5 == [sample.branch for sample in found.samples]


def test_failed_probes_are_counted_with_their_branch_and_id() -> None:
    """A sample says model, branch, status, request id and the provider's words."""
    found = read(gathered((MODEL, OVERLOADED, False), (MODEL, CLEAN, True)))
    assert CheckStatus.FAILED == found.status
    assert found.summary.startswith("1 of 2 probes failed (overloaded)")
    sample = found.samples[0]
    assert (MODEL, "overloaded", 529, "req_0123", "Overloaded") == (
        sample.model,
        sample.branch,
        sample.status,
        sample.request_id,
        sample.message,
    )


def test_slow_answers_are_told_apart_from_failures() -> None:
    """Two of three above ten seconds make the check fail without a failed sample."""
    slow = replace(CLEAN, latency_s=11.0)
    found = read(gathered((MODEL, slow, True), (MODEL, slow, True), (MODEL, CLEAN, True)))
    assert CheckStatus.FAILED == found.status
    assert "2 of 3 took longer than 10 s" in found.summary
    assert not any(sample.branch for sample in found.samples)


def test_what_the_deadline_cut_late_is_a_failed_sample() -> None:
    """Silence for most of the deadline is a failure, but the check as a whole timed out."""
    found = read(gathered(*[(MODEL, cut(14.9), False)] * 5))
    assert (CheckStatus.TIMEOUT, 5) == (found.status, len(found.samples))


def test_what_the_deadline_cut_early_is_no_sample() -> None:
    """A probe sent a second before the end has shown nothing."""
    found = read(gathered((MODEL, CLEAN, True), (MODEL, cut(1.0), False)))
    assert (CheckStatus.OK, 1) == (found.status, len(found.samples))


def test_the_other_model_is_only_a_comparison() -> None:
    """It is a sample of its own model, but neither counted nor able to make the check fail or pass."""
    found = read(gathered(*[(MODEL, OVERLOADED, False)] * 5, (OTHER, CLEAN, True)))
    assert found.summary.startswith("5 of 5 probes failed")
    assert ("claude-sonnet-5-5", "clean") == (found.facts["other_model"], found.facts["other_model_result"])
    assert "claude-sonnet-5-5" == found.samples[-1].model


def test_nothing_yet_is_a_timeout() -> None:
    """Without an answer there is nothing to say."""
    assert (CheckStatus.TIMEOUT, "No probe had an answer yet.") == (read(Raw()).status, read(Raw()).summary)


def test_the_workspace_is_told() -> None:
    """The header proves whose key it was."""
    exchange = replace(CLEAN, headers={"anthropic-workspace-id": "wrkspc_1"})
    assert "wrkspc_1" == read(gathered((MODEL, exchange, True))).facts["workspace"]


@pytest.mark.parametrize(
    ("exchange", "flawed"),
    [
        (CLEAN, False),
        (an_exchange(200, a_message(content=[], stop_reason="end_turn")), False),
        (an_exchange(200, a_message(stop_reason="a_reason_of_the_future")), False),
        (an_exchange(200, a_message(stop_reason="refusal", stop_details={"category": "bio"})), True),
        (an_exchange(200, {"type": "message"}), True),
        (an_exchange(200, an_error("overloaded_error", "Overloaded")), True),
        (an_exchange(200, b"<html>Sign in</html>"), True),
        (replace(CLEAN, exception="RemoteProtocolError"), True),
        (replace(CLEAN, trouble="too long"), True),
        (OVERLOADED, True),
        (an_exchange(302, b""), True),
    ],
)
def test_a_clean_answer_is_a_message(exchange: Exchange, *, flawed: bool) -> None:
    """Only a whole 200 with content is clean; being cut by max_tokens is what the probe wants."""
    assert flawed is (flaw_of(exchange) is not None)


def test_a_refusal_is_a_matter_of_quality() -> None:
    """The branch is given, whatever a classifier would say to a 200."""
    flaw = flaw_of(an_exchange(200, a_message(stop_reason="refusal")))
    assert flaw is not None
    assert "quality.refusal" == flaw.branch


def test_a_short_wait_shows_nothing() -> None:
    """With a deadline of two seconds a healthy but slow API must not look dead."""
    raw = gathered(*[(MODEL, cut(1.9), False)] * 5)
    found = Messages().interpret(raw, a_target(deadline_s=2.0, unanswered_s=7.5))
    assert (CheckStatus.TIMEOUT, ()) == (found.status, found.samples)
    assert "within less than 7.5 s, which shows nothing" in found.summary
