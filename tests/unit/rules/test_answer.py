"""An explanation in words: the same for a terminal and for Slack."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paths import read_rules
from bot.rules.answer import AFTER_A_LOOK, NOT_TOLD, answer_text
from bot.rules.book import load_book
from bot.rules.evidence import Fault

RULES = load_book(read_rules()).rules
LIMITED = (
    'HTTP 429 {"type":"error","error":{"type":"rate_limit_error","message":"slow down"},"request_id":"req_011Cabc"}'
)


def test_an_error_gets_branch_fault_checks_actions_and_its_request_id() -> None:
    """One pasted body is enough for everything that a responder asks first."""
    found = answer_text('{"type":"error","error":{"type":"overloaded_error"},"request_id":"req_011Cabc"}', RULES)
    assert ("overloaded", Fault.THEIRS, "req_011Cabc") == (found.branch, found.fault, found.request_id)
    assert RULES.taxonomy.leaf("overloaded").check == found.checks
    assert found.actions[0].startswith("Retry with backoff and jitter: Wait 1, 2, 4")
    assert found.links


def test_one_error_tells_no_severity_except_a_429() -> None:
    """Severity needs a share of failing requests; one 429 is the server's own statement, and stays provisional."""
    assert (False, NOT_TOLD) == (
        answer_text("HTTP 529", RULES).severity_is_told,
        answer_text("529 overloaded", RULES).severity,
    )
    limited = answer_text(LIMITED, RULES)
    assert (True, "P2 (provisional)") == (limited.severity_is_told, limited.severity)


@pytest.mark.parametrize(
    ("text", "retry"),
    [
        ("HTTP 401 invalid x-api-key", "no; "),
        ("HTTP 529 overloaded", "yes, a few times"),
        (LIMITED, "yes, after the time that the provider names"),
        (f"retry-after: 20\n{LIMITED}", "yes, but not before 20 s"),
        (f"retry-after: 1.2\n{LIMITED}", "yes, but not before 2 s"),
        (f"retry-after: 301\n{LIMITED}", "yes, but not before 6 minutes"),
        (f"retry-after: 7201\n{LIMITED}", "yes, but not before 3 hours"),
        ("retry-after: 5\nHTTP 529 overloaded", "then with growing pauses"),
    ],
)
def test_whether_and_when_to_retry_is_a_phrase(text: str, retry: str) -> None:
    """A wait is told in a unit that people think in, and never shorter than the provider asks."""
    assert retry in answer_text(text, RULES).retry


def test_a_key_is_replaced_only_after_the_checks() -> None:
    """Nobody is told to rotate a key because of one pasted 401."""
    actions = answer_text("HTTP 401 invalid x-api-key", RULES).actions
    rotations = [action for action in actions if "Replace the key without an outage" in action]
    assert rotations
    assert all(action.startswith(AFTER_A_LOOK) for action in rotations)


@pytest.mark.parametrize(("text", "branch"), [("529", "overloaded"), ("429", "rate_limit"), ("401", "auth")])
def test_a_bare_status_is_enough(text: str, branch: str) -> None:
    """At 3 a.m. people type the number that they see, and no more."""
    assert branch == answer_text(text, RULES).branch


def test_junk_is_not_recognised_and_says_what_is_missing() -> None:
    """A text that is no error gets the leaf that asks for more, never a guess."""
    found = answer_text("the cat sat on the mat", RULES)
    assert ("unknown", Fault.UNKNOWN, None) == (found.branch, found.fault, found.request_id)
    assert any("request id" in line for line in found.checks)


@given(st.text(max_size=400))
def test_any_text_has_an_answer(text: str) -> None:
    """Whatever people paste is answered."""
    assert answer_text(text, RULES).because


def test_one_refusal_among_overloads_does_not_speak_for_all() -> None:
    """Of different errors in one log the most frequent leads, and never one's kind with another's status."""
    log = "03:01 status=529 overloaded_error\n" * 3 + "03:04 status=401 authentication_error invalid x-api-key"
    found = answer_text(log, RULES)
    assert ("overloaded", Fault.THEIRS) == (found.branch, found.fault)
    money = answer_text("HTTP 529 overloaded_error\nHTTP 400 Your credit balance is too low", RULES)
    assert "overloaded" == money.branch


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("HTTP 401 (2x), HTTP 529 (118x)", "overloaded"),
        ("2 x 401 and 118 x 529", "overloaded"),
        ("529 \u00d7118; 401 \u00d72", "overloaded"),
        ("401 \u00d7118; 529 \u00d72", "auth"),
        ("401, 529, 529", "overloaded"),
        ("401 | 529", "overloaded"),
        ("401 invalid x-api-key\n529 Overloaded x 40\n401 invalid x-api-key", "overloaded"),
        ("Error code: 401 - invalid x-api-key, twice", "auth"),
    ],
)
def test_a_summary_on_one_line_counts_as_it_says(text: str, branch: str) -> None:
    """Who sums the failures up in a line is understood as who pastes them one below the other."""
    assert branch == answer_text(text, RULES).branch
