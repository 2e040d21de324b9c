"""Classification: total, bounded, and by a stated rule where several observations differ."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.classify import UNKNOWN, Rules, best, classify
from bot.rules.evidence import Observation
from bot.rules.observation import from_json, observe, parse_text
from tests.unit.rules.hostile import beginnings, patterns_of

RULES = load_book(read_rules()).rules


@given(st.text())
def test_any_text_has_a_leaf(text: str) -> None:
    """Whatever is pasted, a leaf of the taxonomy comes back."""
    assert classify(parse_text(text), RULES).branch in RULES.taxonomy.leaves


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_any_description_has_a_leaf(data: dict[str, object]) -> None:
    """Whatever JSON describes, a leaf of the taxonomy comes back."""
    assert classify(from_json(data), RULES).branch in RULES.taxonomy.leaves


def test_nothing_is_unknown() -> None:
    """An empty observation is not guessed at."""
    assert classify(Observation(), RULES).branch == UNKNOWN


def test_a_new_error_type_keeps_its_status() -> None:
    """A type that the vendor adds later is classified by its status."""
    seen = observe(status=503, body='{"type":"error","error":{"type":"future_error","message":"new"}}')
    assert classify(seen, RULES).branch == "server_error"


def test_the_server_s_no_overrules_the_leaf() -> None:
    """x-should-retry: false marks a failure that comes back every time."""
    seen = observe(status=500, headers={"X-Should-Retry": "false", "retry-after": "3"})
    found = classify(seen, RULES)
    assert ("no", None) == (found.retry, found.retry_after_s)


@pytest.mark.parametrize(
    ("name", "branch"),
    [
        ("OrganizationOnHoldError", "permission.hold"),
        ("EnforcedSpendLimitReachedException", "quota_or_plan.tier_cap"),
        ("LinkedOrganizationBillingUnavailableError", "billing.payment"),
        ("CMEKKeyNetworkBlockedError", "permission.cmek"),
        ("RequestBodyTooLargeAfterDecodingError", "request_too_large"),
        ("CompactionUnavailableError", "overloaded"),
        ("BadRequestError", "invalid_request"),
        ("AuthenticationError", "auth"),
        ("PaymentRequiredError", "billing"),
        ("PermissionDeniedError", "permission"),
        ("NotFoundError", "invalid_request.path"),
        ("ConflictError", "invalid_request.conflict"),
        ("ContentTooLargeError", "request_too_large"),
        ("RateLimitError", "rate_limit"),
        ("ClientClosedRequestError", "timeout.client_closed"),
        ("InternalServerError", "server_error"),
        ("HTTPNotImplementedError", "invalid_request.not_implemented"),
        ("ServiceUnavailableError", "server_error"),
        ("DeadlineExceededError", "timeout.server"),
        ("OverloadedError", "overloaded"),
        ("ModuleNotFoundError", "unknown"),
        ("WriteConflictPossibleError", "unknown"),
    ],
)
def test_a_class_of_the_client_library_is_read(name: str, branch: str) -> None:
    """Without a status or body the class, named after a code, a type or a status, says what it was."""
    assert branch == classify(observe(exception=f"anthropic.{name}"), RULES).branch


def test_a_class_comes_last() -> None:
    """What a wrapper calls an error yields to what the error says."""
    seen = observe(exception="NotFoundError: Error code: 529 - overloaded_error")
    assert "overloaded" == classify(seen, RULES).branch


def test_a_rate_limit_says_how_long() -> None:
    """The header's seconds reach the finding."""
    found = classify(observe(status=429, headers={"retry-after": "12"}), RULES)
    assert ("rate_limit", "after", 12.0) == (found.branch, found.retry, found.retry_after_s)


def test_a_window_that_opens_at_an_hour_or_on_a_day_is_no_retry() -> None:
    """A plan's window is nothing for a retry loop; a wait in seconds, as a rate limit names it, is."""
    today = classify(parse_text("5-hour limit reached, resets 7pm"), RULES)
    later = classify(parse_text("Weekly limit reached, resets Mar 3, 10am"), RULES)
    soon = classify(parse_text("usage window used up, try again in 40 seconds"), RULES)
    assert ["no", "no", "after"] == [today.retry, later.retry, soon.retry]


def test_a_limit_without_any_limit_header_is_suspected_to_be_a_spend_limit() -> None:
    """A real 429 answer that has neither retry-after nor limit headers and names no limit is not a rate limit."""
    headers = {"request-id": "req_011CaaaaBBBBccccDDDDeeee"}
    assert classify(observe(status=429, headers=headers), RULES).branch == "quota_or_plan.suspected"
    limited = headers | {"anthropic-ratelimit-requests-limit": "50"}
    assert classify(observe(status=429, headers=limited), RULES).branch == "rate_limit"


def test_a_challenge_page_is_not_the_api() -> None:
    """HTML or a challenge header on a 403 means that the edge refused, not the key's permissions."""
    page = observe(status=403, body="<!DOCTYPE html><title>Just a moment...</title>")
    header = observe(status=403, headers={"CF-Mitigated": "challenge"})
    assert {"permission.edge_blocked"} == {classify(one, RULES).branch for one in (page, header)}


def test_what_a_client_prints_around_an_error_is_not_evidence() -> None:
    """Advice such as 'please log in' does not outweigh the type that the provider named."""
    text = 'Please run /login. API Error: 403 {"type":"error","error":{"type":"permission_error","message":"Denied"}}'
    assert classify(parse_text(text), RULES).branch == "permission"


@pytest.mark.parametrize("stop_reason", ["end_turn", "tool_use", "pause_turn", "stop_sequence"])
def test_a_finished_answer_is_no_failure(stop_reason: str) -> None:
    """Documented ends of an answer are not failures, whatever the model wrote."""
    body = '{"type":"message","role":"assistant","content":[{"type":"text","text":"529"}],"stop_reason":"%s"}'
    found = classify(observe(status=200, body=body % stop_reason), RULES)
    assert RULES.taxonomy.leaf(found.branch).severity_class == "none"


@pytest.mark.parametrize(
    ("stop_reason", "leaf"),
    [
        ("refusal", "quality.refusal"),
        ("max_tokens", "quality.truncated"),
        ("model_context_window_exceeded", "quality.truncated"),
    ],
)
def test_an_answer_can_still_fail(stop_reason: str, leaf: str) -> None:
    """A refusal or a cut answer arrives with status 200."""
    body = '{"type":"message","role":"assistant","content":[],"stop_reason":"%s"}' % stop_reason  # noqa: UP031 - braces
    assert leaf == classify(observe(status=200, body=body), RULES).branch


def test_the_observation_in_which_the_provider_speaks_is_best() -> None:
    """A client's own timeout hides the error that a log of the same case shows."""
    hidden = observe(exception="Request timed out.")
    shown = parse_text('400 {"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: 9 > 8"}}')
    chosen = best([hidden, shown], RULES)
    assert chosen is not None
    assert chosen[1].branch == "invalid_request.max_tokens"


def test_a_failure_beats_a_clean_control() -> None:
    """Of a clean answer and a failure the failure explains the case; with nothing there is nothing to choose."""
    clean = observe(status=200, body='{"type":"message","role":"assistant","content":[1],"stop_reason":"end_turn"}')
    chosen = best([clean, observe(status=529)], RULES)
    assert chosen is not None
    assert chosen[1].branch == "overloaded"
    assert best([], RULES) is None


@pytest.mark.parametrize(
    "piece", ["\\", '{"type":', "error ", '"message": "x", ', "limit reached ", "Aa.", "&amp;", " 500", "die", "1 "]
)
def test_hostile_text_is_bounded(piece: str) -> None:
    """Reading and classifying 200 KB of repeated pieces stays within seconds of a busy processor."""
    before = time.process_time()
    classify(parse_text(piece * (200_000 // len(piece))), RULES)
    spent = time.process_time() - before
    assert spent < 3.0


@pytest.mark.timeout(300)
def test_no_pattern_takes_long_over_its_own_beginnings() -> None:
    """Text made of what a pattern almost matches costs no more a character when it is long, whichever pattern it is."""
    slow = [
        (pattern.pattern[:60], piece)
        for pattern in patterns_of(RULES)
        for piece in beginnings(pattern)
        if grows(pattern, piece)
    ]
    assert not slow


def test_the_search_for_slow_patterns_finds_one() -> None:
    """A pattern with a repeat that does not end is slow over its own beginning, and the measure shows it."""
    endless = re.compile("(die|cut)\\w*.{0,40}stream")
    assert any(grows(endless, piece) for piece in beginnings(endless))


def grows(pattern: re.Pattern[str], piece: str) -> bool:
    """Return whether four times the text takes far more than four times as long; a blink is never too long."""
    whole = processor_seconds(pattern, piece * (8_192 // len(piece)))
    return whole > 0.02 and whole > 8 * processor_seconds(pattern, piece * (2_048 // len(piece)))


def processor_seconds(pattern: re.Pattern[str], text: str) -> float:
    """Return how long the processor searches."""
    before = time.process_time()
    pattern.search(text)
    return time.process_time() - before


def test_every_leaf_with_a_failure_has_a_mitigation(subtests: pytest.Subtests) -> None:
    """Whoever meets a failure is told something to do, and snippets hold neither keys nor model ids."""
    for leaf in RULES.taxonomy.leaves.values():
        with subtests.test(leaf=leaf.id):
            assert leaf.mitigations
    for cure in RULES.taxonomy.mitigations.values():
        with subtests.test(mitigation=cure.id):
            assert "sk-ant" not in (cure.snippet or "")
            assert "claude-" not in (cure.snippet or "")


def test_python_snippets_compile() -> None:
    """The samples that people copy are valid Python."""
    samples = [RULES.taxonomy.mitigations[f"graceful_degradation{kind}"].snippet for kind in ("", "_http")]
    assert all(compile(sample or "", "sample", "exec") for sample in samples)


def test_what_the_runbook_gets_wrong_is_said() -> None:
    """Each mitigation taken from the runbook with an error in it says what holds instead."""
    wrong = {"graceful_degradation", "check_status_page", "read_rate_limit_headers", "wait_for_reset",
             "smaller_requests", "backoff_with_jitter", "adjust_timeouts", "check_key", "replace_model",
             "revoke_key", "contact_support", "faster_answers"}  # fmt: skip
    assert wrong == {cure.id for cure in RULES.taxonomy.mitigations.values() if cure.corrects}


def rules_without(branch: str) -> Rules:
    """Return our rules without the rows of one branch."""
    rows = tuple(row for row in RULES.matches if row.branch != branch)
    return Rules(taxonomy=RULES.taxonomy, matches=rows, told=RULES.told)


def test_rows_are_tried_in_order() -> None:
    """Without the row that knows the error code, the next row that holds decides."""
    body = '{"type":"error","error":{"type":"rate_limit_error","details":{"error_code":"ramp_limit_exceeded"}}}'
    assert classify(observe(status=429, body=body), rules_without("rate_limit.ramp")).branch == "rate_limit"
