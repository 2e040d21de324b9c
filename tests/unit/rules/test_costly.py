"""The costly mistakes: an all-clear over failures, and advice to change a key or to pay that the evidence denies."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paths import read_rules
from bot.rules.answer import answer
from bot.rules.book import load_book
from bot.rules.case import Key
from bot.rules.classify import branch_of_attempt, classify
from bot.rules.evidence import Fault, Severity
from bot.rules.explain import explain
from bot.rules.next_steps import HOLD
from bot.rules.observation import from_json, observe
from bot.rules.pasted import explain_text
from bot.rules.severity import HumanReport
from bot.rules.tally import is_failing
from bot.rules.taxonomy import Leaf
from bot.rules.traffic import read_traffic
from tests.unit.rules.cases import NOW, OTHER, incident, messages, on_page, page, probes, sample, traffic
from tests.unit.rules.shipped import CHANGES_A_KEY, COSTS_MONEY, TAXONOMY, judged

RULES = load_book(read_rules()).rules
API = "Claude API (api.anthropic.com)"
INCIDENT = incident("Elevated errors on the API")
PHRASES = (
    "redis: connection refused", "psycopg2.OperationalError", "the stripe hook failed", "SlackApiError: ratelimited",
    "OpenAI returned 500", "claude is fine", "curl says the host is reachable", "it will be retired on",
    "status.claude.com answered 302, not JSON", "POST https://hooks.example.com/a failed", "fine", "",
)  # fmt: skip
MENTIONED = (
    "could not look up the API key: it is invalid in the cache", "credit balance service says it is too low",
    "organization store: the account is disabled", "prompt is too long for the shadow model", "context length exceeded",
    "token has expired between two services", "quota exceeded in an internal table", "certificate has expired",
    "getaddrinfo ENOTFOUND shard-7", "write operation timed out", "access denied to a bucket", "no such model here",
)  # fmt: skip
SAID = st.sampled_from(PHRASES) | st.text(max_size=60)


# ---- what failed is never clean


@given(st.integers(400, 599), SAID, st.sampled_from(["message", "body"]))
def test_an_error_status_is_never_clean(status: int, text: str, where: str) -> None:
    """Whatever service an answer's words name, an attempt that got 4xx or 5xx failed."""
    leaf = TAXONOMY.leaf(branch_of_attempt(from_json({"http_status": status, where: text}), RULES))
    assert leaf.severity_class in {"F", "A", "R"}


@given(SAID)
def test_an_exception_is_never_clean(text: str) -> None:
    """An attempt that raised did not get through, whatever its text names."""
    leaf = TAXONOMY.leaf(branch_of_attempt(observe(exception=f"Error: {text}"), RULES))
    assert leaf.severity_class != "none"


@given(st.integers(400, 599), SAID)
def test_failing_traffic_is_never_no_incident(status: int, text: str) -> None:
    """Twenty failed requests of production's are an incident, and clean probes do not thin them out."""
    line = json.dumps({"status": status, "message": text})
    found = read_traffic("\n".join([line] * 20), RULES, NOW)
    assert judged(found).severity not in {Severity.NONE, Severity.UNKNOWN}
    assert judged(found, messages(*probes((5, None)))).severity is not Severity.NONE


@pytest.mark.parametrize("leaf", [one for one in TAXONOMY.leaves.values() if one.severity_class == "none"])
def test_no_leaf_makes_an_error_status_clean(leaf: Leaf) -> None:
    """Also a sample that was named wrongly before counts as failing by its status."""
    odd = replace(sample(), branch=leaf.id, status=500)
    assert is_failing(odd, TAXONOMY)
    assert not is_failing(replace(odd, status=200), TAXONOMY)


@pytest.mark.parametrize(("minutes", "firm"), [(1, True), (4, True), (6, False), (14, False), (90, False)])
def test_only_fresh_traffic_is_a_firm_all_clear(minutes: int, firm: bool) -> None:  # noqa: FBT001 - a cell of the table
    """What was fine longer ago than the window is no all-clear by itself, and a firm one beside fresh probes."""
    at = (NOW - timedelta(minutes=minutes)).isoformat()
    old = read_traffic("\n".join([json.dumps({"at": at, "status": 200, "latency_s": 1})] * 20), RULES, NOW)
    alone, beside = judged(old), judged(old, messages(*probes((5, None))))
    assert firm == (alone.severity is Severity.NONE and not alone.provisional)
    assert (Severity.NONE, False) == (beside.severity, beside.provisional)


# ---- the provider's own failure is never ours


@pytest.mark.parametrize("said", MENTIONED)
@pytest.mark.parametrize("status", [500, 502, 503])
def test_the_providers_own_5xx_is_its_own(status: int, said: str) -> None:
    """An internal error may mention keys, money or hosts of the provider's: in its envelope it stays so."""
    body = json.dumps({"type": "error", "error": {"type": "api_error", "message": said}, "request_id": "req_011CVabc"})
    found = classify(observe(status=status, body=body), RULES)
    assert ("server_error", "backoff") == (found.branch, found.retry)


@given(
    st.sampled_from(MENTIONED) | st.text(max_size=60), st.sampled_from([("api_error", 500), ("overloaded_error", 529)])
)
def test_row_2_is_never_ours(said: str, kind: tuple[str, int]) -> None:
    """All attempts 500 or 529 is the runbook's P1, and never said to be our fault."""
    body = json.dumps({"type": "error", "error": {"type": kind[0], "message": said}})
    branch = branch_of_attempt(observe(status=kind[1], body=body), RULES)
    found = judged(messages(*(replace(one, status=kind[1]) for one in probes((5, branch)))), on_page(page()))
    assert ("2-all-500-529", Fault.THEIRS) == (found.rule, found.fault)


def test_a_gateways_relabelled_error_keeps_its_own_type() -> None:
    """A gateway that calls the provider's 400 an api_error with 500 does not make it a server error."""
    inner = json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long"}})
    body = json.dumps({"error": {"type": "api_error", "message": f"upstream said {inner}"}})
    assert "request_too_large.context" == classify(observe(status=500, body=body), RULES).branch


@pytest.mark.parametrize(
    ("status", "headers", "body", "family"),
    [
        (526, {"cf-ray": "8d"}, "error code: 526", "server_error.edge"),
        (None, {}, "<html><title>api.example | 525: SSL handshake failed</title>", "server_error.edge"),
        (530, {"cf-ray": "8d"}, "<title>api.example | 530: Origin DNS error</title>", "server_error.edge"),
        (502, {}, '{"error": "x509: certificate signed by unknown authority"}', "server_error.gateway"),
        (503, {}, '{"detail": "lookup inference.svc: no such host"}', "server_error.gateway"),
        (500, {}, '{"error": "ECONNREFUSED 10.0.0.7:8080"}', "server_error.gateway"),
        (503, {}, "<html><h1>503 Service Temporarily Unavailable</h1></html>", "server_error.gateway"),
        (503, {"cf-ray": "8d"}, "<html><h1>503</h1>cloudflare</html>", "server_error.edge"),
        (None, {}, "x509: certificate signed by unknown authority", "network.tls"),
        (None, {}, "lookup api.anthropic.com: no such host", "network.dns"),
        (403, {}, "ERR_ACCESS_DENIED squid/5", "network.proxy"),
    ],
)
def test_who_got_a_status_was_connected(status: int | None, headers: dict[str, str], body: str, family: str) -> None:
    """A server's page that names DNS or TLS is the edge's or a gateway's trouble; without a status it is our path."""
    assert family == classify(observe(status=status, headers=headers, body=body), RULES).branch


def test_cut_connections_of_production_blame_nobody() -> None:
    """Clean probes beside production's cut connections: under an incident theirs, else nobody's."""
    seen = messages(*probes((5, None)), *traffic((20, "network.dropped")))
    assert Fault.THEIRS is judged(seen, on_page(page(INCIDENT))).fault
    assert Fault.UNKNOWN is judged(seen, on_page(page())).fault


def test_an_unreached_provider_under_an_incident_is_not_ours() -> None:
    """Production that reaches nothing while the provider has an incident is not told to look at its own exit."""
    seen = messages(*probes((5, None)), *traffic((20, "network.dns")))
    assert Fault.THEIRS is judged(seen, on_page(page(INCIDENT))).fault
    assert Fault.OURS is judged(seen, on_page(page())).fault


# ---- nobody is told to change a key or to pay for what is not theirs to mend


def risky(steps: tuple[str, ...]) -> list[str]:
    """Return the steps that change a key or cost money."""
    return [step for step in steps if any(title in step for title in CHANGES_A_KEY | COSTS_MONEY)]


@pytest.mark.parametrize(
    "branch", ["auth", "permission.hold", "billing.credit", "quota_or_plan.tier_cap", "auth.login"]
)
def test_a_key_that_gets_through_is_not_revoked(branch: str) -> None:
    """Refusals for key or money beside successes of the same key and model are nobody's, and nothing is changed."""
    found = judged(messages(*probes((3, branch), (17, None))), on_page(page()))
    assert Fault.UNKNOWN is found.fault
    assert HOLD in found.next_steps
    assert not risky(found.next_steps)
    assert "same key and model got through" in found.because


def test_a_key_that_gets_through_elsewhere_may_still_be_refused() -> None:
    """Another model's success contradicts no refusal; that of another request of production's makes it doubtful."""
    other = judged(messages(*probes((5, "permission")), *probes((5, None), model=OTHER)), on_page(page()))
    assert Fault.OURS is other.fault
    for branch in ("auth", "permission"):
        keys = judged(messages(*traffic((20, branch), (80, None))), on_page(page()))
        assert (Fault.UNKNOWN, []) == (keys.fault, risky(keys.next_steps))
        assert Fault.OURS is judged(messages(*traffic((20, branch))), on_page(page())).fault
        assert branch == "permission" or HOLD in keys.next_steps


def test_money_is_the_same_for_all_keys() -> None:
    """Half of production's requests lack credit while the rest are paid: the balance is not the cause."""
    found = judged(messages(*traffic((10, "billing.credit"), (10, None))), on_page(page()))
    assert (Fault.UNKNOWN, []) == (found.fault, risky(found.next_steps))


def test_the_page_alone_says_whose_it_is_where_it_alone_speaks() -> None:
    """A bot's key that is refused is not blamed for what only the status page tells of production."""
    seen = messages(*probes((5, "auth")), *traffic((20, None)))
    found = judged(seen, on_page(page(INCIDENT)), key="monitoring")
    assert ("8-status-page", Fault.UNKNOWN) == (found.rule, found.fault)
    own = judged(seen, on_page(page(INCIDENT)))
    assert (Fault.UNKNOWN, []) == (own.fault, risky(own.next_steps))


@pytest.mark.parametrize(
    ("branch", "name", "names_api"),
    [
        ("auth", "Users cannot log in", True),
        ("auth.login", "Trouble with OAuth tokens", True),
        ("auth", "401s from api.anthropic.com", False),
        ("permission.hold", "Organizations wrongly disabled on the API", False),
        ("billing.credit", "Auto-reload is not working", False),
        ("billing.payment", "Invoices fail", False),
        ("quota_or_plan.tier_cap", "Accounts shown as out of funds", False),
    ],
)
def test_an_incident_of_keys_or_money_holds_the_advice(branch: str, name: str, names_api: bool) -> None:  # noqa: FBT001 - a cell of the table
    """However the page words it, what the incident explains is theirs, and nothing is changed or paid."""
    found = judged(messages(*probes((5, branch))), on_page(page(incident(name, names_api=names_api))))
    assert (Fault.THEIRS, []) == (found.fault, risky(found.next_steps))
    assert HOLD in found.next_steps


@pytest.mark.parametrize(
    "name", ["Play Store purchases fail", "Login trouble on claude.ai", "Elevated errors on the console"]
)
def test_an_incident_elsewhere_holds_nothing(name: str) -> None:
    """The products for people have sign-in and payments of their own."""
    found = judged(messages(*probes((5, "auth"))), on_page(page(incident(name, names_api=False))))
    assert Fault.OURS is found.fault


REFUSED = {"http_status": 401, "error_type": "authentication_error", "message": "invalid x-api-key"}
POOR = {"http_status": 400, "error_type": "invalid_request_error", "message": "Your credit balance is too low"}


@pytest.mark.parametrize("seen", [REFUSED, POOR])
@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"indicator": "critical", "description": "Errors on the API", "components": {API: "major_outage"}}, ""),
        ({"indicator": "major", "description": "Major Outage of the Service"}, ""),
        ({"description": "Partially Degraded Service"}, ""),
        ({"indicator": "minor"}, ""),
        (None, "the status page reports errors on the API"),
        (None, "status.claude.com says: authentication incident"),
    ],
)
def test_a_red_page_holds_the_advice_of_an_explanation(seen: object, shown: object, told: str) -> None:
    """What a pasted error asks to change waits while the page is, or may be, red; it is not called ours alone."""
    found = explain({"observations": [seen], "context": {"told": told}, "statuspage": shown}, RULES)
    words = answer(found, TAXONOMY).actions
    assert found.fault in {Fault.UNKNOWN, Fault.MIXED, Fault.THEIRS}
    assert not risky(words)
    assert HOLD in words
    assert HOLD in str(found.as_json()["because"])


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"indicator": "none", "description": "All Systems Operational"}, ""),
        ({"indicator": "minor", "description": "Trouble with mobile apps"}, ""),
        ({"indicator": "minor", "description": "Degraded Service", "components": {API: "operational"}}, ""),
        (None, "the status page is green"),
        (None, ""),
    ],
)
def test_a_page_that_is_calm_about_the_api_holds_nothing(shown: object, told: str) -> None:
    """A green page, or trouble elsewhere, leaves a refused key to be looked at."""
    found = explain({"observations": [REFUSED], "context": {"told": told}, "statuspage": shown}, RULES)
    assert (Fault.OURS, False) == (found.fault, found.held)


def test_a_pasted_text_quotes_the_page() -> None:
    """The page's words in the same text as the error count as they do apart."""
    found = explain_text("Error 401 invalid x-api-key. The status page says: errors on the API", RULES)
    assert (Fault.UNKNOWN, True) == (found.fault, found.held)


def test_an_exposed_key_waits_for_no_incident() -> None:
    """A key in the wrong hands is revoked whatever the page shows."""
    found = explain(
        {"observations": [{"message": "our API key was leaked"}], "statuspage": {"indicator": "major"}}, RULES
    )
    assert ("auth.exposed", Fault.OURS, False) == (found.branch, found.fault, found.held)


@pytest.mark.parametrize("key", ["production", "monitoring"])
def test_a_tiny_probe_is_never_too_large(key: Key) -> None:
    """Our fixed probe refused as too large is a bug of the caller or of a gateway, and measures nothing."""
    found = judged(messages(*probes((5, "request_too_large"))), on_page(page()), key=key)
    assert Severity.UNKNOWN is found.severity


def test_a_pasted_text_without_a_failure_is_no_report_of_errors() -> None:
    """Somebody who pastes another service's failure does not open an incident of the provider's."""
    report = HumanReport(kind="none")
    found = judged(messages(*probes((20, None)), replace(sample("unknown.no_failure"), source="report")), report=report)
    assert Severity.NONE is found.severity
