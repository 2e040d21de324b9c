"""Explanations: one error tells no severity, people's words refine what was seen, nothing ever raises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.evidence import Fault, Severity
from bot.rules.explain import Explanation, explain

RULES = load_book(read_rules()).rules
API = "Claude API (api.anthropic.com)"


def about(*observations: object, page: object = None, **context: object) -> Explanation:
    """Return the explanation of these observations."""
    return explain({"id": "c", "observations": list(observations), "context": context, "statuspage": page}, RULES)


@pytest.mark.parametrize(
    ("status", "context", "severity", "provisional"),
    [
        (529, {}, None, True),
        (529, {"scope": "single"}, None, True),
        (529, {"scope": "all"}, Severity.P1, True),
        (529, {"scope": "all", "error_rate": 1.0}, Severity.P1, True),
        (401, {"scope": "all"}, Severity.P1, True),
        (500, {"scope": "most"}, Severity.P2, True),
        (500, {"error_rate": 0.2}, Severity.P2, True),
        (500, {"scope": "intermittent"}, Severity.P3, True),
        (500, {"error_rate": 0.01}, Severity.P3, True),
        (500, {"scope": "all", "error_rate": 0.0}, None, True),
        (429, {}, Severity.P2, True),
        (429, {"scope": "all"}, Severity.P2, False),
    ],
)
def test_severity_needs_a_share(
    status: int, context: dict[str, object], severity: Severity | None, *, provisional: bool
) -> None:
    """One error tells no severity, except a 429, and that provisionally; what is only told stays so."""
    got = about({"http_status": status}, **context)
    assert (severity, provisional) == (got.severity, got.provisional)


@pytest.mark.parametrize(
    ("exception", "branch"),
    [
        ("APITimeoutError: Request timed out.", "timeout"),
        ("httpx.ReadTimeout", "timeout"),
        ("timeout of 120000ms exceeded", "timeout"),
        ("timeout of 600000ms exceeded", "timeout.long_request"),
        ("APITimeoutError: Request timed out (non-streaming, max_tokens 64000)", "timeout.long_request"),
    ],
)
def test_a_late_timeout_is_not_a_long_request(exception: str, branch: str) -> None:
    """How long a client waited does not say why: only the text can tell of a long generation."""
    assert branch == about({"exception": exception, "latency_s": 601}).branch


@pytest.mark.parametrize("rate", [-0.1, 1.01, 100, 10**400, float("nan"), float("inf"), True, "0.5"], ids=repr)
def test_what_is_no_share_is_not_told(rate: object) -> None:
    """A share outside 0-1 is a slip (percent, a count), and no severity is built on a guess of what was meant."""
    assert about({"http_status": 529}).severity == about({"http_status": 529}, error_rate=rate).severity


@pytest.mark.parametrize("latency", [-1, 10**400, float("nan"), float("inf"), True, "30"], ids=repr)
def test_what_is_no_duration_is_not_told(latency: object) -> None:
    """A latency that cannot be is left out, however large."""
    assert about({"http_status": 529}) == about({"http_status": 529, "latency_s": latency})


def test_five_of_five_is_measured() -> None:
    """A total failure seen five times is no longer provisional."""
    got = about({"http_status": 529, "observed_n": 5}, scope="all", error_rate=1.0)
    assert (Severity.P1, False) == (got.severity, got.provisional)


@pytest.mark.parametrize(("times", "severity"), [(1, Severity.P3), (2, Severity.P2)])
def test_slow_answers_are_high_latency(times: int, severity: Severity) -> None:
    """Two slow successes are the runbook's high latency; one may be chance."""
    got = about(*[{"http_status": 200, "latency_s": 30}] * times, error_rate=0.0)
    assert ("timeout.slow", severity) == (got.branch, got.severity)


@pytest.mark.parametrize(
    ("observation", "told", "branch"),
    [
        ({"message": "Connection error."}, "base URL is http://localhost:1 in a container", "network.base_url"),
        ({"message": "Connection error."}, "behind the corporate proxy", "network.proxy"),
        ({"message": "ECONNRESET"}, "long streams die, short ones pass", "streaming_error.dropped"),
        ({"http_status": 402}, "the Max plan's usage window was used up", "quota_or_plan.usage_window"),
        ({"message": "Something"}, "every call is a 529", "overloaded"),
        (None, "answers got worse, it ignores instructions", "quality"),
        (None, "we get HTTP 401 invalid x-api-key", "auth"),
        (None, "no idea", "unknown"),
        (None, "the model's answers are odd, but getting 500 errors too", "server_error"),
    ],
)
def test_words_refine_what_was_seen(observation: object, told: str, branch: str) -> None:
    """What the reporter says narrows a vague finding, and decides alone only when there is none."""
    assert branch == about(observation, told=told).branch


def test_words_do_not_overrule_the_provider() -> None:
    """A named error stays what it is, whatever people suspect."""
    body = json.dumps({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}})
    got = about({"http_status": 401, "body": body}, told="it must be overloaded, the stream hangs")
    assert got.branch == "auth"


def test_the_status_page_s_incident_makes_a_credit_error_theirs() -> None:
    """Too little credit while the page tells of late credits is not ours to pay again."""
    body = {"http_status": 400, "message": "Your credit balance is too low"}
    alone = about(body)
    late = about(body, page={"description": "Delayed credits on the platform"})
    assert [("billing.credit", "no"), ("billing.delayed", "backoff")] == [(g.branch, g.retry) for g in (alone, late)]


def test_trouble_elsewhere_on_the_page_is_no_failure() -> None:
    """An incident that leaves the API operational explains nothing about it."""
    page = {"indicator": "major", "description": "Trouble", "components": {API: "operational", "claude.ai": "down"}}
    got = about(told="incident 'Degraded chat'", page=page)
    assert ("unknown.no_failure", None) == (got.branch, got.severity)


def test_a_troubled_api_on_the_page_is_theirs() -> None:
    """With no observation the page's word on the API component decides."""
    got = about(scope="most", page={"components": {API: "partial_outage"}})
    assert ("server_error.incident", Fault.THEIRS, Severity.P2) == (got.branch, got.fault, got.severity)


def test_our_fault_during_their_incident_is_mixed() -> None:
    """A missing model stays ours; while the API has an incident the case may have two causes."""
    seen = {"http_status": 404, "message": "model: claude-of-yesterday", "error_type": "not_found_error"}
    assert Fault.MIXED == about(seen, page={"components": {API: "major_outage"}}).fault


def test_the_line_has_the_documented_fields() -> None:
    """The JSON line has exactly the fields of the design, and can be written."""
    line = about({"http_status": 529}).as_json()
    expected = {"id", "branch", "fault", "severity", "provisional", "retry", "retry_after_s", "action", "because"}
    assert expected == set(json.loads(json.dumps(line)))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
CONTEXT = st.dictionaries(st.sampled_from(["scope", "error_rate", "told"]), JSON)
PAGE = st.dictionaries(st.sampled_from(["indicator", "description", "components"]), JSON)
SEEN = st.lists(st.dictionaries(st.sampled_from(["http_status", "message", "observed_n", "headers"]), JSON) | JSON)


@given(
    st.fixed_dictionaries(
        {}, optional={"id": JSON, "observations": SEEN | JSON, "context": CONTEXT | JSON, "statuspage": PAGE | JSON}
    )
)
def test_any_case_is_explained(case: dict[str, object]) -> None:
    """Missing, null and wrongly typed fields are taken as not told; the answer can always be written as JSON."""
    got = explain(case, RULES)
    assert got.branch in RULES.taxonomy.leaves
    assert json.dumps(got.as_json())


def test_a_kind_seen_often_outweighs_one_that_names_itself() -> None:
    """Two hundred time-outs are not explained by the one refused key among them."""
    refused = {"http_status": 401, "error_type": "authentication_error", "observed_n": 1}
    late = {"exception": "APITimeoutError", "observed_n": 200}
    assert "timeout" == explain({"observations": [refused, late]}, RULES).branch
    overloaded = {"http_status": 529}
    case = {"observations": [refused, overloaded, overloaded], "context": {"scope": "all"}}
    assert "overloaded" == explain(case, RULES).branch
