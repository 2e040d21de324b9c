"""Every documented error body has exactly one leaf, and no wrapping changes its family."""

import json
from collections.abc import Callable

import pytest

from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.classify import Rules, classify
from bot.rules.observation import observe, parse_text

# status, error.type, error_code, message (in our own words, with the vendor's key words), leaf
DOCUMENTED: list[tuple[int, str, str | None, str, str]] = [
    (400, "invalid_request_error", "organization_on_hold", "See our mail", "permission.hold"),
    (400, "invalid_request_error", None, "Your organization has been disabled", "permission.hold"),
    (400, "invalid_request_error", None, "The credit balance is too low for this", "billing.credit"),
    (400, "invalid_request_error", None, "You have reached your specified API usage limits", "quota_or_plan.own_limit"),
    (400, "invalid_request_error", None, "You have reached your specified workspace API usage limits until December",
     "quota_or_plan.own_limit"),
    (400, "invalid_request_error", "cmek_key_disabled", "Key disabled", "permission.cmek"),
    (400, "invalid_request_error", "cmek_key_network_blocked", "Key blocked", "permission.cmek"),
    (400, "invalid_request_error", "claude_code_key_creator_not_member", "Owner left", "auth.key_owner"),
    (400, "invalid_request_error", None, "prompt is too long: 9 tokens > 8 maximum", "request_too_large.context"),
    (400, "invalid_request_error", None, "input length and `max_tokens` exceed context limit: 7 + 2 > 8",
     "request_too_large.context"),
    (400, "invalid_request_error", None, "max_tokens: 9 > 8, the maximum allowed number of output tokens",
     "invalid_request.max_tokens"),
    (400, "invalid_request_error", None, "temperature: must not be set for this version", "invalid_request"),
    (400, "invalid_request_error", None, "Assistant message prefill is not supported by this model", "invalid_request"),
    (401, "authentication_error", None, "invalid x-api-key", "auth"),
    (401, "authentication_error", None, "This API key has expired", "auth"),
    (401, "authentication_error", None, "CORS requests are not allowed for this Organization", "auth.cors"),
    (401, "authentication_error", None, "OAuth authentication is currently not allowed for this organization",
     "quota_or_plan.plan"),
    (402, "billing_error", "linked_organization_billing_unavailable", "No billing", "billing.payment"),
    (402, "billing_error", "linked_organization_spend_limit_reached", "Limit", "quota_or_plan.linked_limit"),
    (403, "permission_error", None, "The token does not meet scope requirement x", "permission.oauth"),
    (403, "permission_error", None, "OAuth token has been revoked", "permission.oauth"),
    (403, "permission_error", None, "OAuth authentication is currently not allowed for this organization",
     "permission.policy"),
    (403, "permission_error", "sandbox_egress_restricted", "Not from here", "permission"),
    (403, "permission_error", None, "No access to this resource", "permission"),
    (404, "not_found_error", None, "model: claude-of-yesterday", "model_not_found.gone"),
    (404, "not_found_error", None, "Claude Example 5 is not available. Please use Claude Example 4",
     "model_not_found.gone"),
    (404, "not_found_error", None, "The requested resource could not be found.", "invalid_request.path"),
    (408, "timeout_error", None, "Timed out", "timeout.server"),
    (409, "conflict_error", None, "Changed meanwhile", "invalid_request.conflict"),
    (413, "request_too_large", None, "Request exceeds the maximum size", "request_too_large"),
    (413, "request_too_large", "request_body_too_large_after_decoding", "Too big", "request_too_large"),
    (429, "rate_limit_error", "ramp_limit_exceeded", "Slow down", "rate_limit.ramp"),
    (429, "rate_limit_error", None, "Over the maximum usage increase rate", "rate_limit.ramp"),
    (429, "rate_limit_error", "enforced_spend_limit_reached", "Cap", "quota_or_plan.tier_cap"),
    (429, "rate_limit_error", None, "You crossed the monthly API usage threshold of your usage tier",
     "quota_or_plan.tier_cap"),
    (429, "rate_limit_error", "contract_spend_limit_reached", "Cap", "quota_or_plan.contract"),
    (429, "rate_limit_error", None, "Extra usage is required for long context requests", "quota_or_plan.plan"),
    (429, "rate_limit_error", None, "Number of concurrent connections has exceeded your rate limit",
     "rate_limit.concurrency"),
    (429, "rate_limit_error", None, "This would exceed your rate limit of 9 input tokens per minute", "rate_limit"),
    (500, "api_error", None, "Internal server error", "server_error"),
    (503, "api_error", "cmek_key_unreachable", "KMS", "server_error.cmek"),
    (503, "api_error", "cmek_context_unavailable", "KMS", "server_error.cmek"),
    (503, "api_error", None, "Unavailable", "server_error"),
    (504, "timeout_error", None, "Request timeout", "timeout.server"),
    (529, "overloaded_error", None, "Overloaded", "overloaded"),
    (529, "overloaded_error", "compaction_unavailable", "Overloaded", "overloaded"),
]  # fmt: skip
BARE = [(499, "timeout.client_closed"), (501, "invalid_request.not_implemented"), (502, "server_error.gateway"),
        (520, "server_error.edge"), (527, "server_error.edge"), (500, "server_error"), (503, "server_error"),
        (504, "timeout.gateway"), (408, "timeout.server"), (529, "overloaded"), (413, "request_too_large"),
        (429, "rate_limit"), (402, "billing"), (401, "auth"), (403, "permission"), (404, "invalid_request.path"),
        (409, "invalid_request.conflict"), (418, "invalid_request"), (407, "network.proxy"), (302, "network.base_url"),
        (599, "server_error")]  # fmt: skip
TRANSPORT = [
    ("ConnectError: [Errno -2] Name or service not known <- gaierror", "network.dns"),
    ("ConnectError <- ConnectionRefusedError: [Errno 111] Connection refused", "network.refused"),
    ("ConnectError <- SSLCertVerificationError: certificate verify failed", "network.tls"),
    ("ProxyError: 407 Proxy Authentication Required", "network.proxy"),
    ("APITimeoutError: Request timed out. <- ConnectTimeout", "network.connect_timeout"),
    ("ReadTimeout", "timeout"),
    ("WriteTimeout", "timeout.local"),
    ("PoolTimeout", "timeout.local"),
    ("RemoteProtocolError: Server disconnected without sending a response.", "network.dropped"),
    ("ReadError <- ConnectionResetError: [Errno 104]", "network.dropped"),
    ("RemoteProtocolError: peer closed connection (incomplete chunked read)", "streaming_error.dropped"),
    ("TypeError: Could not resolve authentication method", "auth.missing_key"),
    ("ValueError: Streaming is required for operations that may take longer than 10 minutes",
     "invalid_request.must_stream"),
    ("APIConnectionError: Connection error.", "network"),
]  # fmt: skip


def body_of(kind: str, code: str | None, message: str) -> str:
    """Return the body as the API writes it."""
    details = {"details": {"error_code": code}} if code else {}
    error = {"type": kind, "message": message, **details}
    return json.dumps({"type": "error", "error": error, "request_id": "req_011CaaaaBBBBccccDDDDeeee"})


WRAPPINGS: dict[str, Callable[[int, str], str]] = {
    "json in json": lambda status, body: json.dumps({"error": {"code": status, "message": body}}),
    "python repr": lambda status, body: f"Error code: {status} - {json.loads(body)!r}",
    "bytes repr": lambda status, body: f"gateway.ApiError: {status} - {body.encode()!r}",
    "gateway": lambda status, body: json.dumps(
        {"error": {"message": f"{status} {body}", "type": "api_error", "param": None, "code": str(status)}}
    ),
    "cut tail": lambda status, body: f"Error: {status} " + body[: body.index('"request_id"')].rstrip(", }"),
    "cut request id": lambda status, body: f"HTTP {status}: {body[:-9]}",
    "terminal": lambda status, body: f"Please run /login \u00b7 API Error: {status} {body} \u00b7 Retrying in 5s",
}


@pytest.fixture(scope="module")
def rules() -> Rules:
    """Return our own rules."""
    return load_book(read_rules()).rules


@pytest.mark.parametrize(("status", "kind", "code", "message", "leaf"), DOCUMENTED)
def test_a_documented_body_has_its_leaf(
    rules: Rules, status: int, kind: str, code: str | None, message: str, leaf: str
) -> None:
    """Status, type, code and message together give the leaf that the vendor's documentation implies."""
    assert leaf == classify(observe(status=status, body=body_of(kind, code, message)), rules).branch


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize(("status", "kind", "code", "message", "leaf"), DOCUMENTED)
def test_wrapping_does_not_change_the_leaf(
    rules: Rules, wrapping: str, status: int, kind: str, code: str | None, message: str, leaf: str
) -> None:
    """Pasted from a log, a gateway or a terminal, whole or cut, the body is the same failure."""
    text = WRAPPINGS[wrapping](status, body_of(kind, code, message))
    assert leaf.partition(".")[0] == classify(parse_text(text), rules).branch.partition(".")[0]


@pytest.mark.parametrize(("status", "kind", "code", "message", "leaf"), [row for row in DOCUMENTED if row[0] != 401])
def test_in_a_stream_the_type_decides(
    rules: Rules, status: int, kind: str, code: str | None, message: str, leaf: str
) -> None:
    """An error event has HTTP status 200; it is classified as if it had come with its own status."""
    text = f"event: error\ndata: {body_of(kind, code, message)}\n\n"
    same = {leaf.partition(".")[0]} | ({"permission"} if status == 403 else set())
    assert classify(observe(status=200, body=text), rules).branch.partition(".")[0] in same


CODED = [row for row in DOCUMENTED if row[2]]
MISLEADING = [
    "Your credit balance is too low", "Connection refused", "prompt is too long: 9 tokens > 8 maximum",
    "invalid x-api-key", "Overloaded", "stream closed before message_stop", "certificate verify failed",
]  # fmt: skip


@pytest.mark.parametrize("message", MISLEADING)
@pytest.mark.parametrize(("status", "kind", "code", "_message", "leaf"), CODED)
def test_a_code_outweighs_every_message(
    rules: Rules, status: int, kind: str, code: str, _message: str, leaf: str, message: str
) -> None:
    """The code is the stable name of the cause; whatever words come with it, they change nothing."""
    assert leaf == classify(observe(status=status, body=body_of(kind, code, message)), rules).branch


@pytest.mark.parametrize("message", MISLEADING)
@pytest.mark.parametrize(
    ("status", "kind", "leaf"), [(529, "overloaded_error", "overloaded"), (504, "timeout_error", "timeout.server")]
)
def test_a_type_that_says_it_all_outweighs_every_message(
    rules: Rules, status: int, kind: str, leaf: str, message: str
) -> None:
    """Nobody is told to pay or to change a key for words that came with an overload."""
    assert leaf == classify(observe(status=status, body=body_of(kind, None, message)), rules).branch


@pytest.mark.parametrize(("status", "leaf"), BARE)
def test_a_status_alone_has_a_leaf(rules: Rules, status: int, leaf: str) -> None:
    """Without any body the status is all there is."""
    assert leaf == classify(observe(status=status), rules).branch


@pytest.mark.parametrize(
    ("headers", "leaf"),
    [
        ({"cf-ray": "8f00-FRA", "server": "cloudflare"}, "server_error.edge"),
        ({"request-id": "req_011C"}, "server_error.edge"),
        ({"server": "nginx"}, "server_error.gateway"),
        ({}, "server_error.gateway"),
    ],
)
def test_a_gateway_of_ours_is_not_taken_for_the_providers(rules: Rules, headers: dict[str, str], leaf: str) -> None:
    """A 502 whose headers show neither the provider nor its edge accuses nobody."""
    assert leaf == classify(observe(status=502, headers=headers, body="<html>502 Bad Gateway</html>"), rules).branch


@pytest.mark.parametrize(("exception", "leaf"), TRANSPORT)
def test_a_transport_failure_has_its_leaf(rules: Rules, exception: str, leaf: str) -> None:
    """Without any answer the exception and its causes tell what happened."""
    assert leaf == classify(observe(exception=exception), rules).branch
