"""What is easily misread: numbers that are no status, words that are a program's, and refusals that are no key's."""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paths import read_rules
from bot.rules.answer import KEY_PROCEDURE, answer, answer_text
from bot.rules.book import load_book
from bot.rules.classify import classify
from bot.rules.evidence import Fault, Severity
from bot.rules.explain import explain
from bot.rules.next_steps import HOLD
from bot.rules.observation import observe
from bot.rules.pasted import explain_text
from bot.rules.prose import share
from bot.rules.unwrap import ERROR_TYPES
from tests.unit.rules.shipped import CHANGES_A_KEY, TAXONOMY

RULES = load_book(read_rules()).rules
STATUS = st.integers(400, 599)
REFUSALS = ("401 authentication_error", "HTTP 401 invalid x-api-key", "401 Unauthorized: invalid x-api-key")

# ---- what a program wrote tells no share

CLASSES = ("anthropic.InternalServerError", "anthropic.RateLimitError", "httpx.ReadTimeout", "ValueError")
PHRASES = (
    "Too Many Requests", "too many requests, all requests are refused", "most recent call last", "Error code: 500",
    "every request needs a header", "half of the requests in the batch", "many calls", "sometimes this fails",
)  # fmt: skip


@given(st.sampled_from(CLASSES), st.sampled_from(PHRASES), st.sampled_from(PHRASES))
def test_a_stack_trace_tells_no_share(name: str, said: str, quoted: str) -> None:
    """Frames, an exception's own text and a quoted body speak of one request."""
    trace = f'Traceback (most recent call last):\n  File "a.py", line 3, in call\n    # {said}\n{name}: {said}'
    body = json.dumps({"type": "error", "error": {"type": "api_error", "message": quoted}})
    assert ("unknown", None) == share(trace) == share(f"{trace} - {body}") == share(f"429 {PHRASES[0]}: {body}")


@given(
    st.sampled_from(CLASSES), st.sampled_from([("most of our requests fail", "most"), ("all our calls fail", "all")])
)
def test_a_person_s_words_around_a_trace_still_tell_one(name: str, told: tuple[str, str]) -> None:
    """What somebody says before and after it counts."""
    trace = f"Traceback (most recent call last):\n  ...\n{name}: Too Many Requests"
    assert told[1] == share(f"{told[0]}\n{trace}")[0] == share(f"{trace}\n{told[0]}")[0]


# ---- a number is no status

NOUNS = (
    "stores", "shops", "customers", "sites", "tenants", "sessions", "tickets", "employees", "tills", "devices",
    "conversations", "agents", "orders", "retail stores", "seats",
)  # fmt: skip
BEFORE = ("PR", "MR", "issue", "ticket", "build", "release", "version", "line", "page", "room", "order", "job", "case")


@given(st.sampled_from(REFUSALS), STATUS, st.sampled_from(NOUNS), st.sampled_from([", ", "; ", " and ", ". "]))
def test_a_count_beside_a_status_is_none(refused: str, number: int, noun: str, mark: str) -> None:
    """How many are affected is no second failure, whichever number it is."""
    assert "auth" == explain_text(f"{refused}{mark}{number} {noun} affected", RULES).branch


@given(st.sampled_from(REFUSALS), STATUS, st.sampled_from(["${}", "€{}", "£{}", "$ {}", "{} USD", "{} dollars"]))
def test_money_beside_a_status_is_none(refused: str, number: int, amount: str) -> None:
    """An amount of money is no status, before or after its sign."""
    money = amount.format(number)
    for text in (
        f"{refused} - but the Console shows {money} balance",
        f"{refused}, {money} paid",
        f"{refused}; {money}",
    ):
        assert "auth" == explain_text(text, RULES).branch


@given(STATUS, st.sampled_from([noun for noun in NOUNS if " " not in noun]))
def test_a_count_alone_is_no_failure(number: int, noun: str) -> None:
    """A number of things is none where nothing else is told either."""
    assert "unknown" == explain_text(f"{number} {noun} are open today", RULES).branch


@pytest.mark.parametrize(("word", "number"), list(product(BEFORE, (401, 429, 500, 529))))
def test_the_number_of_a_thing_is_no_status(word: str, number: int) -> None:
    """A pull request, a ticket or a line of that number tells of no failure."""
    assert "unknown" == explain_text(f"{word} {number} rolled out the new key", RULES).branch


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("2 x 401, 118 x 529", "overloaded"),
        ("401 in staging, 529 Overloaded in production", "overloaded"),
        ("staging 401, prod 529", "overloaded"),
        ("401 once, then 529 for ten minutes", "overloaded"),
        ("500 errors since noon", "server_error"),
        ("529 responses from claude", "overloaded"),
    ],
)
def test_a_status_beside_another_still_counts(text: str, branch: str) -> None:
    """Two statuses in one sentence are read where they are told as such."""
    assert branch == explain_text(text, RULES).branch


# ---- the status page is where to look

SEEN = [
    ("API Error: Repeated 529 Overloaded errors", "overloaded"), ("Overloaded", "overloaded"),
    ("500 Internal server error", "server_error"), ("HTTP 401 authentication_error", "auth"),
    ("API Error: 529 overloaded_error", "overloaded"), ("Request timed out", "timeout"),
]  # fmt: skip
LOOK = (
    "check status.anthropic.com", "see https://status.claude.com/history", "check the status page for details",
    "visit status.claude.com",
)  # fmt: skip


@pytest.mark.parametrize(("seen", "look", "mark"), list(product(SEEN, LOOK, (" \u00b7 ", ". ", " - ", " "))))
def test_advice_to_look_at_the_page_hides_nothing(seen: tuple[str, str], look: str, mark: str) -> None:
    """A client that names the status page beside its error has told of the error."""
    assert seen[1] == explain_text(f"{seen[0]}{mark}{look}", RULES).branch
    assert explain_text(look, RULES).branch.startswith("unknown")


# ---- how long to wait


@given(st.integers(1, 3_600), st.dates(), st.sampled_from(["requests", "tokens", "input-tokens"]))
def test_a_retry_after_outweighs_any_date(seconds: int, day: object, bucket: str) -> None:
    """The time at which a bucket is full again is no day of a cap, and what the provider asks for is told."""
    reset = f"anthropic-ratelimit-{bucket}-reset: {day}T22:10:00Z"
    for text in (
        f"HTTP/1.1 429 Too Many Requests\nretry-after: {seconds}\n{reset}\n",
        f"< HTTP/2 429\n< {reset}\n< retry-after: {seconds}\n",
        f"429 headers: {reset} retry-after: {seconds}",
        f"HTTP 429, limit resets {day}, retry-after={seconds}",
    ):
        found = explain_text(text, RULES)
        assert ("rate_limit", "after", seconds) == (found.branch, found.retry, found.retry_after_s)
    assert "after" == explain_text(f"HTTP 429\n{reset}\n", RULES).retry


# ---- a key in the wrong hands

EXPOSED = (
    "our key is on github", "our API key was pushed to a public repo", "we leaked our key", "the key got committed",
    "somebody posted our api key on Discord", "our key ended up in the public bundle",
    "the key is visible on the web page",
    "our anthropic key was stolen", "I pasted the key into Slack", "GitHub secret scanning found it",
)  # fmt: skip
NOT_EXPOSED = (
    "our key is not on github", "no key was leaked", "the key is in github secrets", "we pushed the new key",
    "the key was pushed to production", "the new key was pushed", "the key was pushed to all pods",
    "key metrics are exposed",
    "the primary key was exposed", "the key is exposed as an environment variable",
    "the key was published to the vault",
    "the key was not compromised", "the new key is in the vault",
)  # fmt: skip


@pytest.mark.parametrize(("said", "kind"), list(product(EXPOSED, sorted(ERROR_TYPES))))
def test_an_exposed_key_outweighs_every_error(said: str, kind: str) -> None:
    """Whatever fails beside it, a key in the wrong hands is P1 and is revoked now, by the procedure for it."""
    body = json.dumps({"type": "error", "error": {"type": kind, "message": "invalid x-api-key"}})
    for text in (f"{said}, now {kind}", f"{said}\n{body}", said):
        found = explain_text(text, RULES)
        assert ("auth.exposed", Severity.P1, False) == (found.branch, found.severity, found.provisional)
    first, second, *_ = answer(explain_text(said, RULES), TAXONOMY).actions
    assert KEY_PROCEDURE == first
    assert second.startswith("Key compromised: revoke it first: Deactivate the key at once")
    told = explain({"observations": [{"error_type": kind, "body": body}], "context": {"told": said}}, RULES)
    assert "auth.exposed" == told.branch


@pytest.mark.parametrize("said", NOT_EXPOSED)
def test_a_key_that_is_safe_is_not_exposed(said: str) -> None:
    """Who denies it, or tells where keys belong, is not told to revoke."""
    assert "auth" == explain_text(f"401 authentication_error. {said}", RULES).branch


# ---- a 5xx is no refusal

KEYS_AND_MONEY = (
    "invalid x-api-key", "could not authenticate the credential", "your credit balance is too low",
    "billing is disabled",
    "permission denied for the workspace", "organization has been disabled", "no API key provided",
    "the usage limit of the account is reached", "OAuth token has expired",
)  # fmt: skip


@pytest.mark.parametrize(("status", "said"), list(product((500, 502, 503), KEYS_AND_MONEY)))
def test_a_5xx_with_a_request_id_is_the_servers_own(status: int, said: str) -> None:
    """The provider refuses with 4xx: what it says of keys or money with a 5xx is its own failure."""
    bodies = [json.dumps({"message": said}), said, json.dumps({"error": {"type": "server_error", "message": said}})]
    bodies += [
        json.dumps({"type": "error", "error": {"type": kind, "message": said}, "request_id": "req_011CVa"})
        for kind in ("authentication_error", "permission_error", "billing_error")
    ]
    for body in bodies:
        found = classify(observe(status=status, headers={"request-id": "req_011CVabc"}, body=body), RULES)
        assert ("server_error", "backoff") == (found.branch, found.retry)


# ---- a refusal that contradicts itself is nobody's

IN_PART = (
    "Intermittent {}; same key succeeds on retry", "{} for all our workspaces, nothing changed",
    "{}: DownDetector is full of reports", "{} sporadically, the same key works a second later",
    "{} on several keys at once", "{} and other companies see the same", "30 % of our requests get {}",
    "{} comes and goes", "{}; it works on the second try, the same key is accepted then",
)  # fmt: skip
REFUSED = (
    ("auth", "401 invalid x-api-key"), ("auth", "401 authentication_error"), ("permission", "403"),
    ("permission", "403 permission_error"),
)  # fmt: skip


@pytest.mark.parametrize(("said", "seen"), list(product(IN_PART, REFUSED)))
def test_a_refusal_in_part_or_everywhere_blames_no_key(said: str, seen: tuple[str, str]) -> None:
    """A dead key passes nowhere and concerns nobody else: nothing is rotated for it, and trying again may help."""
    found = explain_text(said.format(seen[1]), RULES)
    actions = answer(found, TAXONOMY).actions
    assert (f"{seen[0]}.doubtful", Fault.UNKNOWN, "backoff", True) == (
        found.branch, found.fault, found.retry, found.held,
    )  # fmt: skip
    assert HOLD in actions
    assert not [one for one in actions if any(title in one for title in CHANGES_A_KEY)]
    assert (seen[0], Fault.OURS) == (explain_text(seen[1], RULES).branch, explain_text(seen[1], RULES).fault)


ALWAYS = (
    "{}, retries do not help", "{} and the same key does not work on retry", "{}, a retry never works",
    "{} since the deploy",
    "{}: retrying doesn't help", "{} on all pods", "all requests get {}",
)  # fmt: skip


@pytest.mark.parametrize(("said", "seen"), list(product(ALWAYS, REFUSED[:2])))
def test_a_refusal_every_time_stays_ours(said: str, seen: tuple[str, str]) -> None:
    """Who says that trying again does not help contradicts nothing."""
    found = explain_text(said.format(seen[1]), RULES)
    assert (seen[0], Fault.OURS, "no") == (found.branch, found.fault, found.retry)


# ---- who answered

GATEWAYS: tuple[tuple[int, dict[str, str], str, str | None], ...] = (
    (401, {}, '{"message":"No API key found in request"}', None),
    (401, {"server": "kong/3.4"}, '{"message":"Unauthorized"}', None),
    (401, {}, "<html><head><title>401 Authorization Required</title></head><center>nginx</center></html>", None),
    (401, {"server": "istio-envoy"}, "Jwt is missing", None),
    (401, {}, "Unauthorized", "internal-llm-gateway"),
    (401, {}, '{"error": "Unauthorized"}', "corp-proxy"),
)


@pytest.mark.parametrize(("status", "headers", "body", "via"), GATEWAYS)
def test_a_gateways_refusal_asks_who_answered(status: int, headers: dict[str, str], body: str, via: str | None) -> None:
    """What bears no mark of the provider is not put on it, nor on its key."""
    seen = {"http_status": status, "headers": headers, "body": body, "via": via}
    found = explain({"observations": [seen]}, RULES)
    assert ("auth.gateway", Fault.UNKNOWN) == (found.branch, found.fault)
    assert "Who answered" in answer(found, TAXONOMY).checks[0]
    own = json.dumps({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}})
    assert "auth" == explain({"observations": [{**seen, "body": own}]}, RULES).branch


@pytest.mark.parametrize("words", ["upstream connect error or disconnect/reset before headers", "no healthy upstream"])
@pytest.mark.parametrize("status", [None, 503])
def test_envoys_stock_text_is_anybodys(words: str, status: int | None) -> None:
    """A sidecar of one's own says the same as the provider's: only a mark of its edge tells them apart."""
    for reason in ("", ". reset reason: connection failure", ": connection timeout"):
        seen = observe(status=status, body=f"{words}{reason}")
        assert "server_error.gateway" == classify(seen, RULES).branch
        assert Fault.UNKNOWN is explain_text(f"{status or ''} {words}{reason}", RULES).fault
    marked = observe(status=503, headers={"cf-ray": "8d", "request-id": "req_011CVabc"}, body=words)
    assert "theirs" == TAXONOMY.leaf(classify(marked, RULES).branch).fault


# ---- the cloud has limits of its own

CLOUD = (
    "ThrottlingException: An error occurred when calling the InvokeModel operation: Too many requests, please wait",
    "429 RESOURCE_EXHAUSTED: Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model",
    "Too many tokens, please wait before trying again.",
)


@pytest.mark.parametrize("text", CLOUD)
def test_a_clouds_throttling_gets_the_clouds_advice(text: str) -> None:
    """The vendor's Console and retry-after lead nowhere on AWS, Google or Azure."""
    found = answer_text(text, RULES)
    said = "\n".join((*found.actions, *found.checks, found.retry, *found.links))
    assert ("rate_limit.cloud", "backoff") == (found.branch, explain_text(text, RULES).retry)
    assert "Service Quotas" in found.actions[0]
    assert not [word for word in ("retry-after", "Console", "Settings > Limits", "platform.claude") if word in said]


# ---- what an explanation says agrees with itself

WRAPPED = ("overloaded_error", "api_error", "timeout_error")


@pytest.mark.parametrize("kind", WRAPPED)
def test_a_wrapped_overload_is_no_rate_limiting(kind: str) -> None:
    """A gateway that passes the provider's own failure on as 429 does not make it our limit."""
    body = json.dumps({"type": "error", "error": {"type": kind, "message": "Overloaded"}})
    found = explain_text(f"litellm.RateLimitError: AnthropicException - {body} status_code: 429", RULES)
    assert (None, False) == (found.severity, "Rate limiting" in found.because)


@given(st.integers(1, 40))
def test_one_429_is_provisional(times: int) -> None:
    """One answer tells no share; more than one is the runbook's P2."""
    found = explain({"observations": [{"http_status": 429, "observed_n": times}]}, RULES)
    assert (Severity.P2, times == 1) == (found.severity, found.provisional)
