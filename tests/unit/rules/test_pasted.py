"""Pasted texts: whatever a log or a terminal holds, the failure in it is found and nothing is invented."""

import pytest

from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.evidence import Fault, Severity
from bot.rules.explain import explain
from bot.rules.pasted import explain_text
from bot.rules.unwrap import LOOKED_AT

RULES = load_book(read_rules()).rules
NGINX = "<html><head><title>502 Bad Gateway</title></head><body><hr><center>nginx/1.25</center></body></html>"

INVALID = '{"type":"error","error":{"type":"invalid_request_error","message":"%s"}}'

NO_FAILURE = [
    "529s: none in the last hour",
    "0 x 529 in the last hour",
    "all good: 200 OK, 0 errors, no 529s, no timeouts",
    "no rate limit errors seen today",
    "rate limit headroom 98 %",
    "How do I increase my rate limit?",
    "SlackApiError: the request to slack.com/api failed: {'ok': False, 'error': 'ratelimited'}",
    "chat.postMessage was limited by Slack: HTTP 429 from slack.com/api, retry-after 30",
    "is Claude down for anyone else",
    "Claude API down?",
    "Is the Anthropic API down right now?",
    "the status page shows no elevated errors",
    "Nothing on the status page about elevated errors",
    "status.claude.com lists increased errors on claude.ai, mobile app",
    "took 900 ms, fine",
    "it takes 2 seconds",
    "p99 latency 2.1s, all good",
    "latency 640 ms, looks good",
    "build took 120 s",
    "the deploy took 14 minutes",
    "we set rate limits in the new release, works well",
    "We raised the rate limit of our gateway; nothing is broken",
    "The rate limit for our own login endpoint was raised",
    "our new rate limiter works well",
    "The meeting room is overloaded",
    "the team is overloaded this sprint",
    "ttfb 430 ms, total 529 ms",
    "docs: describe what 529 means",
    "TODO: handle overloaded_error",
    "Alert resolved: 529 rate back to 0",
    "everything works again, the 529s are gone",
    "outage resolved, all 529s cleared",
    "we no longer see 529",
    "The 500 error is fixed since the rollback",
    "the 401s are over, thanks",
    "we got rid of the 429 errors last week",
    "GET https://api.github.com/user 401 Bad credentials",
    "POST https://hooks.example.com/x 500 Internal Server Error",
    "Got 403 from S3 when loading the prompt file",
    "kafka returned an error and the batch stopped",
    "outage of our rabbitmq cluster",
    "redis.exceptions.TimeoutError: Timeout reading from socket",
    "the 429s are all gone",
    "traffic is at 450 rps",
    "all calls were done in 500 ms",
    "every request has 512 tokens",
    "call 404 of 900 is done",
    "calls to anthropic: 412 ok, none failed",
    "HTTP/1.1 200 OK, latency 529",
    "raised max_tokens for all calls to 512",
]
STILL_FAILING = [
    ("401 invalid x-api-key on all pods. Status page does not show any errors or elevated latency.", "auth"),
    ("401 invalid x-api-key on all pods; the status page shows elevated errors on claude.ai only", "auth"),
    ("401 invalid x-api-key. Status page: elevated authentication errors on the API", "server_error.incident"),
    ("status.claude.com: Elevated errors on the Claude API", "server_error.incident"),
    ("is anyone else getting 529?", "overloaded"),
    ("the problem is not fixed, still 529", "overloaded"),
    ("the claude server is overloaded", "overloaded"),
    ("Error 529 on every call. Last week this was fixed", "overloaded"),
    ("we hit the rate limit after we raised our traffic", "rate_limit"),
    ("we added retries but still get 500", "server_error"),
    ("the key was changed, now 401", "auth"),
    ("could not resolve host: api.anthropic.com", "network.dns"),
    ("can't connect to the API, connection refused", "network.refused"),
    ("has exceeded the rate limit of your organization", "rate_limit"),
    ("the incident is over but we still get 529", "overloaded"),
    ("p95 latency went up to 32 s", "timeout.slow"),
    ("a completion took 45 seconds", "timeout.slow"),
    ("PagerDuty alert from Sentry: Anthropic API returns HTTP 503 on 30% of calls", "server_error"),
    ("sidekiq job (redis queue): Claude answered 529", "overloaded"),
    ("mysql and kafka are fine; claude answers 500", "server_error"),
    ("slack and npm work, but anthropic times out", "timeout"),
    ("502 Bad Gateway: POST https://bots.example.org/v1/completions", "server_error.gateway"),
    ("529s are all over production", "overloaded"),
    ("429s all over our logs", "rate_limit"),
]
DELTA = 'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"%s"}}\n\n'
END = (
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n'
    'event: message_stop\ndata: {"type":"message_stop"}\n'
)
WHOLE = (
    '{"type":"message","role":"assistant","content":[{"type":"text","text":"%s"}],"stop_reason":"%s",'
    '"usage":{"output_tokens":%d}}'
)
ANSWERS = [
    DELTA % "Error: 401 invalid x-api-key means" + END,
    DELTA % "first HTTP 529" + DELTA % "then HTTP 401" + END,
    WHOLE % ("event: error is what 529 looks like", "end_turn", 9),
    WHOLE % ("H", "max_tokens", 1),
]
SHARES = [
    ("all our calls to claude return 500", Severity.P1),
    ("every request to the API fails with 500", Severity.P1),
    ("about half of our calls return 529", Severity.P2),
    ("30 % of our requests get 529", Severity.P2),
    ("118 x 529, 2 x 401, 3 x 200", Severity.P2),
    ("intermittent 500s, 3 of 200 requests", Severity.P3),
    ("3 x 500, 97 x 200", Severity.P3),
    ("sometimes 500, most calls fine", Severity.P3),
    ("one 500 yesterday evening, all other calls work", None),
    ("not all calls fail, but 529 comes up", None),
]
KINDS = [
    ("DeprecationWarning: claude-example-1 is deprecated and will be retired in January", "model_not_found.due"),
    ("lots of 529s since three", "overloaded"),
    ("429s everywhere", "rate_limit"),
    (NGINX, "server_error.gateway"),
    (f"HTTP/1.1 502 Bad Gateway\nServer: nginx\n\n{NGINX}", "server_error.gateway"),
    ("HTTP/2 504\nserver: awselb/2.0\n\n<html><title>504 Gateway Time-out</title></html>", "timeout.gateway"),
    ("HTTP/2 504\nserver: cloudflare\ncf-ray: 0a\n\n<html><title>504</title></html>", "timeout.server"),
    ("no healthy upstream", "server_error.gateway"),
    ("The proxy cache said ERR_ACCESS_DENIED for that URL, Access Denied, squid/5", "network.proxy"),
    ("error code: 1020", "permission.edge_blocked"),
    ("RateLimitError: No deployments available, try again in 60 seconds, cooldown_list=['a']", "server_error.gateway"),
    ("No deployments available for that model. AnthropicException - Overloaded", "overloaded"),
    ("Authentication Error: invalid virtual key", "auth"),
    ("httpx.ReadTimeout: The read operation timed out", "timeout"),
    ("curl: (28) Operation timed out after 30001 milliseconds with 0 bytes received", "timeout"),
    ("upstream timed out (110: Connection timed out) while reading response header", "timeout"),
    ("upstream timed out (110: Connection timed out) while connecting to upstream", "network.connect_timeout"),
    ("dial tcp 192.0.2.1:443: i/o timeout", "network.connect_timeout"),
    ("dial tcp: lookup api.example on 10.0.0.2:53: server misbehaving", "network.dns"),
    ("curl: (18) transfer closed with outstanding read data remaining", "streaming_error.dropped"),
    ("RemoteProtocolError: peer closed connection without sending complete message body", "streaming_error.dropped"),
    ("ClientPayloadError: Response payload is not completed", "streaming_error.dropped"),
    ("stream ended without message_stop", "streaming_error.truncated"),
    ("litellm.Timeout: Connection timed out after 600.0 seconds.", "timeout"),
    ("litellm.Timeout: Connection timed out. Timeout passed=600.0, time taken=600.1 seconds", "timeout"),
    ("curl: (28) Connection timed out after 10001 milliseconds", "network.connect_timeout"),
    ("curl: (28) Failed to connect to host port 443 after 10002 ms: Timeout was reached", "network.connect_timeout"),
    ("net/http: TLS handshake timeout", "network.connect_timeout"),
    ("upstream connect error or disconnect/reset before headers: connection timeout", "server_error.gateway"),
    ("SSL_connect: SSL_ERROR_SYSCALL in connection to api.anthropic.com:443", "network.dropped"),
    ("curl: (35) OpenSSL SSL_connect: Connection reset by peer", "network.dropped"),
    ("ssl.SSLEOFError: [SSL: UNEXPECTED_EOF_WHILE_READING]", "network.dropped"),
    ("SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "network.tls"),
    ("OSError: [Errno 101] Network is unreachable", "network.no_route"),
    ("connect: no route to host", "network.no_route"),
    ("com.anthropic.errors.InternalServerException: 500: {type=error, error={type=api_error, ...}}", "server_error"),
    ("{type=error, error={type=overloaded_error, message=Overloaded}}", "overloaded"),
    ('Access Denied: no permission to access "http://api" on this server. Reference #18.2', "permission.edge_blocked"),
    ("<html>Zscaler: your organization has blocked access to this site</html>", "permission.edge_blocked"),
    ("AxiosError: Request failed with status code 502", "server_error.gateway"),
    ("Request failed with status code 504", "timeout.gateway"),
    ("An invalid response was received from the upstream server", "server_error.gateway"),
    ("HTTPSConnectionPool(host='api.anthropic.com', port=443): Read timed out.", "timeout"),
    ("curl: (52) Empty reply from server", "network.dropped"),
    ("blocked by CORS policy: no 'Access-Control-Allow-Origin' header is present", "auth.cors"),
    ("APIUserAbortError: Request was aborted.", "timeout.client_closed"),
    ("LocalProtocolError: Illegal header value b'...\\n'", "auth.header"),
    ("ResourceNotFoundException: this model version has reached the end of its life", "model_not_found"),
    ('{"type":"error","error":{"type":"overloaded_er', "overloaded"),
    ('{"type":"error","error":{"type":"authenticat...', "auth"),
    ('{"type":"error","error":{"type":"a', "unknown"),
    ('{"type":"error","error":{"type":"ove', "overloaded"),
    ('{"type":"error","error":{"type":"api', "server_error"),
]
BARE = [
    ("everything fails today: 401", "auth"),
    ("all our traffic is 503", "server_error"),
    ("staging: 100 % 500", "server_error"),
    ("calls are coming back as 403", "permission"),
    ("since the deploy every call is a 400", "invalid_request"),
    ("we sit at 529 on all requests", "overloaded"),
    ("500, 500, 500", "server_error"),
    ("model claude-of-yesterday: 404", "model_not_found.gone"),
    ("429 429 429", "rate_limit"),
]
QUOTED = [
    ("prompt='what does HTTP 401 invalid x-api-key mean' error=APITimeoutError('Request timed out.')", "timeout"),
    ('status=529 question="why is my credit balance too low"', "overloaded"),
    (
        INVALID % "tools.0.name: should match a pattern, not 'your account is disabled'",
        "invalid_request",
    ),
    (
        INVALID % "messages.1.content: image exceeds 5 MB maximum",
        "request_too_large",
    ),
    (
        "ClientPayloadError: payload is not completed: <ContentLengthError: 400, message='...'>",
        "streaming_error.dropped",
    ),
]
CLIENTS = [
    ('Post "https://api.anthropic.com/v1/messages": unexpected EOF', "network.dropped"),
    ('Get "https://api.anthropic.com/v1/models": EOF', "network.dropped"),
    ("java.io.EOFException: SSL peer shut down incorrectly", "network.dropped"),
    ("NoHttpResponseException: the target server failed to respond", "network.dropped"),
    ("OSError: [WinError 10054]", "network.dropped"),
    ("io::Error: Connection reset (os error 104)", "network.dropped"),
    ("NSURLErrorDomain Code=-1005", "network.dropped"),
    ("Connection prematurely closed DURING response", "streaming_error.dropped"),
    ("urllib3 IncompleteRead(0 bytes read, 512 more expected)", "streaming_error.dropped"),
    ("[WinError 10061] Es konnte keine Verbindung hergestellt werden", "network.refused"),
    ("Die Verbindung wurde verweigert", "network.refused"),
    ("net::ERR_CONNECTION_REFUSED", "network.refused"),
    ("NSURLErrorDomain Code=-1004", "network.refused"),
    ("[Errno 110]", "network.connect_timeout"),
    ("WSAETIMEDOUT", "network.connect_timeout"),
    ("SslHandshakeTimeoutException: handshake timed out after 5000ms", "network.connect_timeout"),
    ("[WinError 11001]", "network.dns"),
    ("Der Hostname konnte nicht gefunden werden", "network.dns"),
    ("NSURLErrorDomain Code=-1003", "network.dns"),
    ("DNS_PROBE_FINISHED_NXDOMAIN", "network.dns"),
    ("net::ERR_CERT_DATE_INVALID", "network.tls"),
    ("NSURLErrorDomain Code=-1202", "network.tls"),
    ("fatal alert: protocol_version", "network.tls"),
    ("requests.exceptions.TooManyRedirects", "network.base_url"),
    ("InvalidURL: Port could not be cast to integer value", "network.base_url"),
    ("Could not connect to the endpoint URL: https://bedrock-runtime.xx-west-1.example/", "network.base_url"),
    ("status code 200, body <html><title>Login - Netskope</title>", "network.base_url"),
    ("nginx: no live upstreams while connecting to upstream", "server_error.gateway"),
    ("response flags: upstream_reset_before_response_started{connection_termination}", "server_error.gateway"),
    ("failure to get a peer from the ring-balancer", "server_error.gateway"),
    ("No available channels for model claude-opus-5-5 under group vip", "server_error.gateway"),
    ("当前分组 vip 下对于模型 claude-opus-5-5 无可用渠道", "server_error.gateway"),
    ("系统繁忙", "overloaded"),
    ("该令牌额度不足", "quota_or_plan"),
    ("无效的令牌", "auth"),
    ("账户余额不足", "billing.credit"),
    ("error code: 1015", "rate_limit"),
    ("error code: 1016", "server_error.edge"),
    ('{"message":"Missing Authentication Token"}', "auth.header"),
    ("UnicodeEncodeError: 'latin-1' codec can't encode character in header x-api-key", "auth.header"),
    ("TypeError: AsyncMessages.stream() got an unexpected keyword argument 'betas'", "invalid_request"),
    ("finish_reason=length, the JSON is not closed", "quality.truncated"),
    ("output was truncated because of max_tokens", "quality.truncated"),
    ("Error: Could not parse chunk into JSON", "streaming_error"),
    ("all of your API keys were deactivated", "auth"),
    ("403: constraint violated: constraints/iam.allowedPolicyMemberDomains", "permission.cloud"),
    ("You have reached your plan's monthly allowance", "quota_or_plan.usage_window"),
    ("FUNCTION_INVOCATION_TIMEOUT", "timeout.client_closed"),
    ("Task timed out after 900.10 seconds", "timeout.client_closed"),
    ('finish_reason "stop", all fine', "unknown"),
    ("ModuleNotFoundError: No module named 'anthropic'", "unknown"),
    ("the EOF marker in the file is missing", "unknown"),
    ("the functional spec is not supported by evidence", "unknown"),
]


@pytest.mark.parametrize("text", NO_FAILURE)
def test_what_is_no_failure_is_not_called_one(text: str) -> None:
    """A denial, a question, a reading or another service's error names nobody."""
    found = explain_text(text, RULES)
    assert ("unknown", Fault.UNKNOWN, None) == (found.branch.partition(".")[0], found.fault, found.severity)


@pytest.mark.parametrize(("text", "branch"), STILL_FAILING)
def test_a_remark_beside_a_failure_does_not_hide_it(text: str, branch: str) -> None:
    """Words about the status page, the past or other things neither replace nor remove the failure that is told."""
    assert branch == explain_text(text, RULES).branch


@pytest.mark.parametrize("text", ANSWERS)
def test_what_an_answer_says_is_no_error(text: str) -> None:
    """A complete answer, streamed or not, may quote any error."""
    assert "unknown.no_failure" == explain_text(text, RULES).branch


@pytest.mark.parametrize(("text", "severity"), SHARES)
def test_the_share_that_a_text_tells_is_taken(text: str, severity: Severity | None) -> None:
    """How many requests fail, in words or counts, gives a severity that stays provisional."""
    found = explain_text(text, RULES)
    assert (severity, True) == (found.severity, found.provisional)


@pytest.mark.parametrize(("text", "branch"), KINDS)
def test_a_text_has_its_kind(text: str, branch: str) -> None:
    """What clients, proxies and gateways print is told apart."""
    assert branch == explain_text(text, RULES).branch


@pytest.mark.parametrize(("text", "branch"), BARE)
def test_a_bare_status_in_a_sentence_is_read(text: str, branch: str) -> None:
    """People name a status without "HTTP" beside what they asked, or just repeat it."""
    assert branch == explain_text(text, RULES).branch


@pytest.mark.parametrize(("text", "branch"), QUOTED)
def test_what_is_quoted_decides_nothing(text: str, branch: str) -> None:
    """What a user wrote, the value that a field had, or what a client's parser says: none is the provider's."""
    assert branch == explain_text(text, RULES).branch


@pytest.mark.parametrize(("text", "branch"), CLIENTS)
def test_a_client_s_code_is_read_in_any_language(text: str, branch: str) -> None:
    """Codes and class names tell transport failures apart, whatever language the words around them have."""
    assert branch == explain_text(text, RULES).branch


@pytest.mark.parametrize("text", ["[529]", "ERR 529", "every call hangs for 90 s", "the answers got much worse"])
def test_words_alone_mean_the_same_pasted_or_described(text: str) -> None:
    """A described observation of nothing but a message is read as the same text pasted."""
    assert explain_text(text, RULES).branch == explain({"observations": [{"message": text}]}, RULES).branch != "unknown"


@pytest.mark.parametrize("text", ["httpx.ReadTimeout", "APIConnectionError: Connection error.", NGINX])
def test_what_tells_no_side_blames_nobody(text: str) -> None:
    """Silence, a broken way and a gateway's page can be either side's."""
    assert Fault.UNKNOWN is explain_text(text, RULES).fault


def test_the_failure_in_the_middle_of_a_long_log_is_found() -> None:
    """However long the log, each different line is read once; the rest is routine."""
    routine = [f"2026-11-26T03:{place % 60:02d}:11 INFO request {place} took 812 ms" for place in range(4_000)]
    log = "\n".join([*routine, "03:41:07 ERROR status=529 overloaded_error req_011Cabcdefghijklmnop", *routine])
    assert len(log) > LOOKED_AT
    found = explain_text(log, RULES)
    assert ("overloaded", "req_011Cabcdefghijklmnop") == (found.branch, found.request_id)


def test_a_failure_without_a_status_is_found_in_a_long_log() -> None:
    """A client's exception has no status; in a long log its line is read all the same."""
    log = "\n".join(["all is well, nothing to see here"] * 4_000 + ["ConnectError: Name or service not known"])
    found = explain_text(log + "\n" + "still well" * 8_000, RULES)
    assert "network.dns" == found.branch


def test_the_other_kinds_in_a_log_are_named() -> None:
    """Who reads of the overload also learns of the refused key."""
    log = "\n".join(["03:01 status=529 overloaded_error"] * 3 + ["03:04 status=401 authentication_error"])
    found = explain_text(log, RULES)
    assert "overloaded" == found.branch
    assert "Also in it: The API key or token is not accepted (auth, 1x)." in found.because


def test_lines_that_were_not_read_are_counted() -> None:
    """A log with more different failures than are read says how many it left out."""
    words = ["".join(chr(97 + place // 26**power % 26) for power in range(3)) for place in range(600)]
    log = "\n".join(f"status=500 error in {word}" for word in words) + "\nstatus=429 too many"
    assert "101 lines" in explain_text(log, RULES).because


def test_the_middle_of_one_endless_line_is_said_to_be_unread() -> None:
    """What cannot be read line by line is read at both ends, and says so."""
    found = explain_text("x" * (LOOKED_AT + 10), RULES)
    assert f"10 of {LOOKED_AT + 10} characters" in found.because


def test_the_page_s_words_in_the_same_text_count() -> None:
    """A refused key beside the provider's announced authentication trouble is not our key."""
    text = "401 authentication_error\nstatus.claude.com: elevated authentication errors on the API"
    assert Fault.THEIRS is explain_text(text, RULES).fault
    assert Fault.OURS is explain_text("401 authentication_error", RULES).fault


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("\n".join(["ERROR POST /v1/messages 529 Overloaded"] * 6 + ["401 invalid x-api-key (canary)"]), "overloaded"),
        ("\n".join(["ERROR 529 Overloaded"] * 9 + ["Your credit balance is too low"]), "overloaded"),
        ("\n".join(["upstream 529"] * 9 + ["model: claude-2 not_found_error 404"]), "overloaded"),
        ("\n".join(["Request timed out."] * 9 + ["authentication_error"]), "timeout"),
        ('status=529 user_message="I get invalid API key in my app"', "overloaded"),
        ('status=503 prompt="why is my credit balance too low"', "server_error"),
        ("401 once, then 529 for ten minutes", "overloaded"),
        ("HTTP 401 from staging (known, old key). Production: 500 on every call.", "server_error"),
        ("we get 529 all the time", "overloaded"),
        ("seeing lots of 503 from claude", "server_error"),
        ("our credits ran out", "billing.credit"),
        ("claude api outage", "server_error.incident"),
        ("the answers got dumb since yesterday", "quality"),
        ("our key was pushed to a public repo", "auth.exposed"),
        ("sk-ant-api03-" + "Zq7" * 31 + "AA", "auth.exposed"),
    ],
)
def test_what_happened_most_leads_whatever_else_is_quoted(text: str, branch: str) -> None:
    """One odd line, a user's own words or an old failure never outweigh what fails now; plain sentences count too."""
    assert branch == explain_text(text, RULES).branch


@pytest.mark.parametrize(
    "text",
    [
        "[Resolved] Elevated errors on Claude Opus. All clear.",
        "No elevated error rates. All systems operational.",
        "partial outage of our Postgres cluster",
        "psycopg2.OperationalError: Connection refused",
        "smtp: 535 authentication failed",
        "Stripe returned 402",
        "429 Rate limit reached for gpt-4o",
        "503 from our checkout service, claude is fine",
        "raise max_tokens and timeout to 60s",
    ],
)
def test_other_services_and_what_is_over_blame_nobody(text: str) -> None:
    """An all-clear, a merge note and the failures of other systems are none of Claude's, nor of our key."""
    found = explain_text(text, RULES)
    assert ("unknown", Fault.UNKNOWN) == (found.branch.partition(".")[0], found.fault)
