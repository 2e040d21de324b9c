"""Where the source runbook is wrong, the product is right: tests for each row of docs/runbook-errata.md."""

import ast
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import httpx
import pytest

from bot.app.measure import target_of
from bot.checks.base import Attempt, Raw
from bot.checks.exchange import Exchange, observe
from bot.checks.runner import CHECKS
from bot.checks.status_page import StatusPageCheck, _onward
from bot.checks.status_payload import read_page
from bot.cli.reference import PAGES
from bot.paths import read_rules
from bot.rules.answer import answer_text
from bot.rules.book import load_book
from bot.rules.classify import Finding, classify
from bot.rules.evidence import Fault, Observation, Severity, StatusPage
from bot.rules.load import FAMILIES
from bot.settings import ENVIRONMENT, TABLES, load
from bot.slack.cards.help import VERB_LINES
from bot.slack.cards.links import ERRORS, LINKS, RATE_LIMITS, STATUS_PAGE
from tests.unit.rules.cases import MODEL, NOW, incident, messages, on_page, page, probes, sample
from tests.unit.rules.shipped import judged

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "runbook-errata.md").read_text("utf-8")
ROWS = {int(number): rest for number, rest in re.findall(r"^\| E(\d+) \|(.*)\|$", PAGE, re.MULTILINE)}
BOOK = load_book(read_rules())
LEAVES, CURES = BOOK.rules.taxonomy.leaves, BOOK.rules.taxonomy.mitigations
CUT_STREAM = 'event: message_start\ndata: {"type":"message_start","message":{"role":"assistant"}}'
REFUSAL = '{"type":"message","role":"assistant","content":[],"stop_reason":"refusal"}'
NOT_ALLOWED = '{"error":{"type":"forbidden","message":"Request not allowed"}}'
REQUEST_ID = "req_011CSHoEeqs5C35K2UUqR7Fy"
SPEND_CAPS = ("enforced_spend_limit_reached", "contract_spend_limit_reached")
DEAD_MODELS = ("claude-haiku-4-20250514", "claude-sonnet-4-20250514")
SORRY = "Our AI assistant is temporarily unavailable. Please try again shortly."
GREEN = on_page(page())


def _snippet(name: str) -> str:
    text = CURES[name].snippet
    assert text is not None
    return text


def _found(**seen: object) -> Finding:
    return classify(Observation(**seen), BOOK.rules)  # type: ignore[arg-type]


def _branch(**seen: object) -> str:
    return _found(**seen).branch


def _shipped() -> Iterator[tuple[Path, str]]:
    """Yield every file of the product but the stand-in, which plays the old world too."""
    for folder in ("bot", "templates"):
        for file in (ROOT / folder).rglob("*"):
            if file.suffix in {".py", ".toml", ".j2"} and "playground" not in file.parts:
                yield file, file.read_text("utf-8")


# ---- the samples, run against stand-ins of the libraries that they import


class Refused(Exception):
    """Stands for the SDK's APIStatusError."""

    def __init__(self, status_code: int, body: object = None) -> None:
        super().__init__(status_code)
        self.status_code, self.body = status_code, body


class Unconnected(Exception):
    """Stands for the SDK's APIConnectionError."""


class Broken(Exception):
    """Stands for the transport's own error, which streams let through."""


Ask = Callable[[], object]
Fallback = Callable[[str], str]


def _sample(name: str, ask: Ask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Fallback:
    """Return the sample's function as it would run where `ask` is the provider's answer."""
    client = SimpleNamespace(messages=SimpleNamespace(create=lambda **_: ask()))
    stubs: dict[str, dict[str, object]] = {
        "anthropic": {
            "Anthropic": lambda **_: client,
            "APIStatusError": Refused,
            "APIConnectionError": Unconnected,
        },
        "httpx2": {"TransportError": Broken},
        "httpx": {
            "post": lambda *_, **__: ask(),
            "Timeout": httpx.Timeout,
            "TransportError": Broken,
            "Response": httpx.Response,
        },
    }
    for module, names in stubs.items():
        stub = ModuleType(module)
        vars(stub).update(names)
        monkeypatch.setitem(sys.modules, module, stub)
    monkeypatch.setenv("ANTHROPIC_MODEL", MODEL)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "any")
    file = folder / "pasted.py"
    file.write_text(_snippet(name), "utf-8")
    spec = importlib.util.spec_from_file_location("pasted", file)
    assert spec is not None
    assert spec.loader is not None
    pasted = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pasted)
    fallback: Fallback = pasted.get_response_with_fallback
    return fallback


def _raises(error: Exception) -> Ask:
    def ask() -> object:
        raise error

    return ask


def _answers(status: int, body: object) -> Ask:
    request = httpx.Request("POST", "https://api.anthropic.com/v1/messages")
    return lambda: httpx.Response(status, json=body, request=request)


def _error(kind: str, code: str | None = None) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": "m", "details": {"error_code": code} if code else None}}


PASSING = [
    *((529, _error("overloaded_error")), (500, _error("api_error")), (503, None), (504, _error("timeout_error"))),
    *((429, _error("rate_limit_error")), (429, {"error": "text of a gateway"}), (502, None), (522, None)),
]
LASTING = [
    *((401, _error("authentication_error")), (403, _error("permission_error")), (404, _error("not_found_error"))),
    *((400, _error("invalid_request_error")), (402, _error("billing_error")), (413, None)),
    *((429, _error("rate_limit_error", code)) for code in SPEND_CAPS),
]


def test_e1_no_code_path_names_a_model_to_probe() -> None:
    """What is probed is configured; the ids of the runbook stand in no code, rules or template."""
    assert ("a", "b") == target_of(load({"ANTH_TRIAGE_MODELS": "a,b"}), BOOK.prices).models
    assert [] == [(file, model) for file, text in _shipped() for model in DEAD_MODELS if model in text]


def test_e1_a_dated_model_is_in_no_code() -> None:
    """Whatever its date: an id that retires on a day is a default at most, and the default has no date."""
    dated = re.compile(r"claude-[a-z0-9-]+-20\d{6}")
    assert [] == [file for file, text in _shipped() if file.suffix == ".py" and dated.search(text)]


def test_e2_the_fallback_s_model_comes_from_the_environment() -> None:
    """A sample that people paste never names a model that will retire."""
    assert [] == [cure.id for cure in CURES.values() if re.search(r"claude-[a-z0-9-]*\d", cure.snippet or "")]
    for name in ("graceful_degradation", "graceful_degradation_http"):
        assert 'os.environ["ANTHROPIC_MODEL"]' in _snippet(name)


@pytest.mark.parametrize(("status", "body"), PASSING)
def test_e3_what_passes_by_itself_gets_the_fallback(
    status: int, body: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Overload, server errors, timeouts and rate limits: the user reads that it passes."""
    with_sdk = _sample("graceful_degradation", _raises(Refused(status, body)), tmp_path, monkeypatch)
    assert SORRY == with_sdk("Hi")
    assert SORRY == _sample("graceful_degradation_http", _answers(status, body), tmp_path, monkeypatch)("Hi")


def test_e3_an_error_inside_a_stream_goes_by_its_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK raises those with status 200, and only the type says what they are."""
    passing = _raises(Refused(200, _error("overloaded_error")))
    assert SORRY == _sample("graceful_degradation", passing, tmp_path, monkeypatch)("Hi")
    lasting = _raises(Refused(200, _error("invalid_request_error")))
    with pytest.raises(Refused):
        _sample("graceful_degradation", lasting, tmp_path, monkeypatch)("Hi")


@pytest.mark.parametrize(("status", "body"), LASTING)
def test_e3_what_is_ours_to_fix_is_raised(
    status: int, body: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong key, a retired model, a bad request, a spend cap: the alert rings instead of "try again shortly"."""
    with pytest.raises(Refused):
        _sample("graceful_degradation", _raises(Refused(status, body)), tmp_path, monkeypatch)("Hi")
    with pytest.raises(httpx.HTTPStatusError):
        _sample("graceful_degradation_http", _answers(status, body), tmp_path, monkeypatch)("Hi")


@pytest.mark.parametrize("error", [Unconnected(), Broken()], ids=["no connection", "raw transport error"])
def test_e3_what_never_came_back_gets_the_fallback(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No connection, a timeout, and what a stream lets through unwrapped."""
    assert SORRY == _sample("graceful_degradation", _raises(error), tmp_path, monkeypatch)("Hi")
    assert SORRY == _sample("graceful_degradation_http", _raises(Broken()), tmp_path, monkeypatch)("Hi")


@pytest.mark.parametrize(
    ("blocks", "stop_reason", "text"),
    [
        ([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Hello"}], "end_turn", "Hello"),
        ([], "refusal", SORRY),
        ([{"type": "text", "text": "I can"}], "refusal", SORRY),
        ([], "end_turn", SORRY),
    ],
)
def test_e4_the_sample_picks_text_blocks(
    blocks: list[dict[str, str]], stop_reason: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first block may be a thinking block or absent, and a refusal is no answer."""
    message = SimpleNamespace(content=[SimpleNamespace(**block) for block in blocks], stop_reason=stop_reason)
    assert text == _sample("graceful_degradation", lambda: message, tmp_path, monkeypatch)("Hi")
    plain = _answers(200, {"content": blocks, "stop_reason": stop_reason})
    assert text == _sample("graceful_degradation_http", plain, tmp_path, monkeypatch)("Hi")


def test_e4_the_samples_are_whole() -> None:
    """What is pasted into a file is Python, with its imports."""
    for cure in CURES.values():
        if cure.snippet and "def " in cure.snippet:
            assert isinstance(ast.parse(cure.snippet).body[0], ast.Import), cure.id


def _page_of(*exchanges: Exchange) -> StatusPage:
    target = target_of(load({}), BOOK.prices)
    attempts = [
        Attempt(about=origin, exchange=one, observation=observe(one), branch=None)
        for origin, one in zip(target.status_urls, exchanges, strict=False)
    ]
    found = StatusPageCheck().interpret(Raw(attempts=attempts), target).page
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "body"),
    [(302, b""), (200, b""), (200, b"<html>challenge</html>"), (405, b""), (200, b'{"status":{"indicator":"none"}}')],
)
def test_e5_what_is_no_status_page_is_unknown_never_green(status: int, body: bytes) -> None:
    """An empty body, a challenge, somebody else's JSON: unreadable, and said so."""
    found = _page_of(Exchange(at=NOW, latency_s=0.1, status=status, pieces=((0.1, body),)))
    assert (False, None, None) == (found.readable, found.indicator, found.api_component)
    assert found.why_unreadable


def test_e5_redirects_lead_to_the_page_s_own_hosts_only() -> None:
    """From the old address to the new one, from one own host to the other; nowhere else."""
    target = target_of(load({}), BOOK.prices)
    moved = Exchange(at=NOW, latency_s=0.1, status=302)

    def onward(location: str) -> str | None:
        here = "https://status.claude.com/api/v2/summary.json"
        return _onward(here, replace(moved, headers={"location": location}), target)

    own = "https://anthropic.statuspage.io/api/v2/summary.json"
    assert own == onward(own)
    for foreign in ("https://example.com/", "http://status.claude.com/", "https://status.claude.com.example.com/"):
        assert None is onward(foreign)


def test_e5_a_redirect_with_an_empty_body_explains_itself() -> None:
    """The runbook's own command, pasted with its error, is told from an API failure; curl is told to follow."""
    found = _branch(http_status=302, body="", message="status.anthropic.com: JSONDecodeError: Expecting value")
    assert "unknown.status_source" == found
    assert "--location" in _snippet("check_status_page")
    assert "status.claude.com" in _snippet("check_status_page")


def test_e6_the_component_counts_not_the_indicator() -> None:
    """A red page for another product is no trouble of the API; a green colour hides none of the API's."""
    component = {"id": "k8w3r06qmzrp", "name": "Claude API (api.anthropic.com)", "status": "operational"}
    red = {"status": {"indicator": "critical"}, "components": [component], "incidents": []}
    found = read_page(red, "host", ("m",))
    assert ("operational", ()) == (found.api_component, found.incidents)
    outage = {**component, "status": "partial_outage"}
    hidden = read_page({"status": {"indicator": "none"}, "components": [outage]}, "host", ("m",))
    assert "partial_outage" == hidden.api_component
    assert "indicator" not in _snippet("check_status_page")


def test_e7_a_green_page_proves_nothing() -> None:
    """Under a green page failing probes are a P1 of theirs; no row gives ours for certain because it is green."""
    found = judged(messages(*probes((5, "server_error"))), GREEN)
    assert (Severity.P1, Fault.THEIRS) == (found.severity, found.fault)
    green = [row for row in BOOK.fault if "ok" in row.when.get("page", ()) and row.fault is Fault.OURS]
    assert green
    assert all(row.confidence != "high" for row in green)


def test_e7_a_red_page_alone_names_nobody() -> None:
    """Clean probes under an open incident: worth a look (P3), and whose fault stays open."""
    found = judged(messages(*probes((5, None))), on_page(page(incident("Elevated errors on the API"))))
    assert (Severity.P3, Fault.UNKNOWN) == (found.severity, found.fault)


def test_e8_links_lead_to_the_platform() -> None:
    """Nobody is sent to the console's old address, by a link, a template or a card."""
    for family in ("auth", "billing", "quota_or_plan"):
        assert any(link.startswith("https://platform.claude.com/settings/") for link in LEAVES[family].links)
    assert [] == [file for file, text in _shipped() if "console.anthropic.com" in text]


def test_e9_the_api_version_is_current_and_a_setting(tmp_path: Path) -> None:
    """The header's value can be set without a new version of the bot; no sample sends the old one."""
    config = tmp_path / "anth-triage.toml"
    config.write_text('[probe]\nanthropic_version = "2027-01-01"\n', "utf-8")
    assert "2026-10-21" == load({}).probe.anthropic_version
    assert "2027-01-01" == load({"ANTH_TRIAGE_CONFIG": str(config)}).probe.anthropic_version
    assert [] == [file for file, text in _shipped() if "2023-06-01" in text]


def test_e10_one_call_with_a_limit_and_no_key_in_the_arguments() -> None:
    """The sample gives headers, body and time of one call, and the key comes on standard input."""
    text = _snippet("read_rate_limit_headers")
    for part in ("--max-time", "--config -", "--dump-header -", "--write-out"):
        assert part in text
    assert 1 == text.count("/v1/messages")
    for cure in CURES.values():
        for call in re.findall(r"curl .*?(?:\n\n|\Z)", cure.snippet or "", re.DOTALL):
            assert "--max-time" in call, cure.id
            assert "ANTHROPIC_API_KEY" not in call, cure.id


@pytest.mark.parametrize(
    ("seen", "branch"),
    [
        ({"http_status": 403, "error_type": "permission_error"}, "permission"),
        ({"http_status": 403, "body": NOT_ALLOWED}, "permission.edge"),
        ({"http_status": 403, "body": "<html>Just a moment...</html>"}, "permission.edge_blocked"),
        ({"http_status": 401, "error_type": "authentication_error", "message": "invalid x-api-key"}, "auth"),
        (
            {
                "http_status": 401,
                "error_type": "authentication_error",
                "message": "CORS requests are not allowed for this Organization",
            },
            "auth.cors",
        ),
    ],
)
def test_e11_403_is_not_a_key_issue(seen: dict[str, object], branch: str) -> None:
    """401 and 403 lead to different kinds of failure, and a browser's 401 is not a bad key."""
    assert branch == _branch(**seen)


def test_e11_a_403_replaces_no_key() -> None:
    """No kind of 403 advises a new key: the key is known, and may not."""
    for leaf in LEAVES.values():
        if leaf.family == "permission":
            assert not {"rotate_key", "revoke_key"} & set(leaf.mitigations), leaf.id


@pytest.mark.parametrize(
    ("seen", "family"),
    [
        ({"http_status": 400, "error_type": "invalid_request_error"}, "invalid_request"),
        ({"http_status": 402, "error_type": "billing_error"}, "billing"),
        ({"http_status": 404, "error_type": "not_found_error", "message": "model: x"}, "model_not_found"),
        ({"http_status": 409, "error_type": "conflict_error"}, "invalid_request"),
        ({"http_status": 413, "error_type": "request_too_large"}, "request_too_large"),
        ({"http_status": 502}, "server_error"),
        ({"http_status": 503}, "server_error"),
        ({"http_status": 504, "error_type": "timeout_error"}, "timeout"),
        ({"exception": "gaierror"}, "network"),
        ({"exception": "SSLCertVerificationError"}, "network"),
        ({"exception": "ProxyError: 407 Proxy Authentication Required"}, "network"),
        ({"http_status": 200, "body": CUT_STREAM}, "streaming_error"),
        ({"http_status": 200, "body": REFUSAL}, "quality"),
    ],
)
def test_e12_what_the_runbook_lacks_has_a_branch(seen: dict[str, object], family: str) -> None:
    """Every status and transport error that the runbook leaves out reaches a kind of failure."""
    assert family == _branch(**seen).partition(".")[0]


@pytest.mark.parametrize("code", SPEND_CAPS)
def test_e13_a_spend_cap_is_never_waited_for(code: str) -> None:
    """The error code is read before the status; even a retry-after header does not make it something to wait for."""
    body = f'{{"error":{{"type":"rate_limit_error","details":{{"error_code":"{code}"}}}}}}'
    found = _found(http_status=429, body=body, headers={"retry-after": "30"})
    assert ("quota_or_plan", "no", None) == (found.branch.partition(".")[0], found.retry, found.retry_after_s)


@pytest.mark.parametrize("leaf", ["quota_or_plan.tier_cap", "quota_or_plan.contract", "quota_or_plan.own_limit"])
def test_e13_no_verdict_on_a_spend_cap_says_wait_for_retry_after(leaf: str) -> None:
    """All requests refused by a cap is an outage (P1), and what is advised is the limit, not patience."""
    failing = [replace(one, status=429) for one in probes((5, leaf))]
    found = judged(messages(*failing), GREEN)
    assert Severity.P1 == found.severity
    assert not [step for step in found.next_steps if "retry-after" in step]
    assert "wait_for_reset" not in LEAVES[leaf].mitigations


def test_e14_max_tokens_is_no_cure_for_429() -> None:
    """Nothing that is advised against a rate limit touches max_tokens; the correction says why."""
    limited = [leaf for leaf in LEAVES.values() if leaf.family == "rate_limit"]
    cures = {name for leaf in limited for name in leaf.mitigations}
    assert "smaller_requests" in cures
    assert [] == [(name, step) for name in cures for step in CURES[name].steps if "max_tokens" in step]
    assert "not max_tokens" in str(CURES["smaller_requests"].corrects)


def test_e15_529_backs_off_with_jitter() -> None:
    """Growing pauses with chance in them; the half minute is a person's, and no wait is made up for clients."""
    found = _found(http_status=529, error_type="overloaded_error")
    assert ("overloaded", "backoff", None) == (found.branch, found.retry, found.retry_after_s)
    cure = CURES[LEAVES["overloaded"].mitigations[0]]
    assert "random" in cure.steps[0]
    half_minutes = [step for step in cure.steps if re.search(r"\b30\b", step)]
    assert ["Look again after 30 to 60 seconds yourself; clients need not wait that long."] == half_minutes


@pytest.mark.parametrize(
    ("seen", "branch"),
    [
        (
            {"http_status": 429, "error_type": "rate_limit_error", "error_code": "ramp_limit_exceeded"},
            "rate_limit.ramp",
        ),
        (
            {
                "http_status": 400,
                "error_type": "invalid_request_error",
                "message": "You have reached your specified workspace API usage limits.",
            },
            "quota_or_plan.own_limit",
        ),
        (
            {
                "http_status": 429,
                "error_type": "rate_limit_error",
                "message": "Number of concurrent connections has exceeded your rate limit",
            },
            "rate_limit.concurrency",
        ),
        (
            {
                "http_status": 429,
                "error_type": "rate_limit_error",
                "message": "This request would exceed your organization's rate limit of 30,000 input tokens per minute",
            },
            "rate_limit",
        ),
    ],
)
def test_e16_a_429_has_many_causes(seen: dict[str, object], branch: str) -> None:
    """A ramp, a workspace's limit, parallel requests and an empty bucket are told apart."""
    assert branch == _branch(**seen)


@pytest.mark.parametrize(
    ("exception", "branch"),
    [
        ("ConnectTimeout", "network.connect_timeout"),
        ("ReadTimeout: the read operation timed out", "timeout"),
        ("PoolTimeout", "timeout.local"),
    ],
)
def test_e17_timeouts_are_told_apart(exception: str, branch: str) -> None:
    """Connecting, reading and waiting for ourselves are different kinds with different cures."""
    assert branch == _branch(exception=exception)
    assert "SDK already waits 600 s" in str(CURES["adjust_timeouts"].corrects)


def test_e18_a_leaked_key_s_neighbours_are_checked() -> None:
    """The procedure keeps the runbook's order and goes on to usage and to the workspace's other keys."""
    steps = CURES["revoke_key"].steps
    assert ["Deactivate", "Create", "Audit", "Check", "File"] == [step.split()[0] for step in steps]
    assert "api_key_id" in steps[2]
    assert "other keys" in steps[3]


@pytest.mark.parametrize("place", ["header", "body"])
def test_e19_request_ids_are_kept_by_themselves(place: str) -> None:
    """Header or body: an observation carries the id, and an explanation of a pasted line shows it."""
    headers = {"request-id": REQUEST_ID} if place == "header" else {}
    body = f'{{"type":"error","request_id":"{REQUEST_ID}"}}'.encode() if place == "body" else b"{}"
    exchange = Exchange(at=NOW, latency_s=0.1, status=529, headers=headers, pieces=((0.1, body),))
    assert REQUEST_ID == observe(exchange).request_id
    assert REQUEST_ID == answer_text(f"529 overloaded {REQUEST_ID}", BOOK.rules).request_id


@pytest.mark.parametrize(
    ("counts", "severity"),
    [
        (((5, "server_error"), (5, None)), "P2"),  # between 5 and 99 %: a gap in the runbook's table
        (((99, "server_error"), (1, None)), "P2"),
        (((5, "auth"),), "P1"),  # the same for users as an outage
        (((4, "server_error"), (1, "rate_limit")), "P1"),  # two rows of the runbook would hold
        (((1, "server_error"), (19, None)), "P3"),
        (((5, None),), "none"),
    ],
)
def test_e20_the_severity_table_has_no_gap_and_no_overlap(
    counts: tuple[tuple[int, str | None], ...], severity: str
) -> None:
    """One answer for what the runbook leaves open or answers twice."""
    assert severity == str(judged(messages(*probes(*counts)), GREEN).severity)


def test_e20_the_severity_table_is_complete() -> None:
    """Its last row catches all, and the runbook's own rows are there and marked."""
    assert {} == BOOK.severity[-1].when
    own = {(row.id, str(row.severity)) for row in BOOK.severity if row.source == "runbook"}
    assert {
        *(("2-all-500-529", "P1"), ("4-rate-limited", "P2"), ("6-slow-p99", "P2")),
        *(("7-intermittent", "P3"), ("9-quality-reported", "P4")),
    } == own
    assert Severity.P2 == judged(messages(*probes((4, None)), replace(sample("rate_limit"), status=429))).severity


def test_e21_the_three_links_that_were_meant_are_there() -> None:
    """Status page, error reference and rate limits, and nothing else."""
    assert [STATUS_PAGE, ERRORS, RATE_LIMITS] == re.findall(r"<(https://[^|]+)\|", LINKS)
    assert [] == [file for file, text in _shipped() if "anth-data-handling" in text]


# ---- the table itself


def test_each_row_has_its_test() -> None:
    """The table of the docs and this file name the same numbers."""
    tests = {int(found[1]) for name in globals() if (found := re.match(r"test_e(\d+)_", name))}
    assert set(range(1, 22)) == set(ROWS) == tests


KNOWN = {
    *LEAVES, *CURES, *FAMILIES, *BOOK.tree.steps, *ENVIRONMENT,
    *(row.id for row in BOOK.severity), *(row.id for row in BOOK.fault), *(check.name for check in CHECKS),
    *(f"[{table}] {name}" for table, model in TABLES.items() for name in model.model_fields),
    *(f"/anth-triage {verb.split()[0]}" for verb in VERB_LINES),
}  # fmt: skip


@pytest.mark.parametrize("number", ROWS)
def test_where_a_row_points_to_is_there(number: int) -> None:
    """The last column names leaves, mitigations, checks, settings and rules that exist, one at least."""
    named = re.findall(r"`([^`]+)`", ROWS[number].split("|")[-1])
    assert named
    assert [] == [name for name in named if name not in KNOWN]


# ---- the runbook's own tables and lists

SYMPTOMS = {
    "All requests fail with 401": "auth",
    "A sudden spike of 429": "rate_limit",
    "Answers take longer than 10 s": "timeout.slow",
    "500 now and then": "server_error",
}


def test_each_symptom_of_the_runbook_is_a_row() -> None:
    """All four, marked as the runbook's, each with its leaf and with what is corrected."""
    assert SYMPTOMS == {row.symptom: row.leaf for row in BOOK.tree.symptoms if row.source == "runbook"}
    assert all(row.corrects for row in BOOK.tree.symptoms)


@pytest.mark.parametrize("leaf", SYMPTOMS.values(), ids=list(SYMPTOMS))
def test_each_symptom_of_the_runbook_is_served(leaf: str) -> None:
    """A leaf marked as the runbook's, with checks and at least one of the runbook's own mitigations."""
    found = LEAVES[leaf]
    assert "runbook" == found.source
    assert found.check
    assert any(CURES[name].source == "runbook" for name in found.mitigations)


BRANCHES = {
    "401": "auth", "429": "rate_limit", "500": "server_error", "529": "overloaded",
    "time-outs, network": "network", "time-outs, long generation": "timeout", "degraded quality": "quality",
}  # fmt: skip


@pytest.mark.parametrize("leaf", BRANCHES.values(), ids=list(BRANCHES))
def test_each_branch_of_the_runbook_s_tree_is_kept(leaf: str) -> None:
    """A step of the tree leads to a leaf that is marked as the runbook's."""
    assert "runbook" == LEAVES[leaf].source
    assert [step for step in BOOK.tree.steps.values() if step.leaf == leaf and step.source == "runbook"]


UNCHANGED = ("circuit_breaker", "queue_non_critical", "message_batches")
CORRECTED = {
    "smaller_requests": "max_tokens",
    "graceful_degradation": "APIStatusError",
    "revoke_key": "platform.claude.com",
    "check_key": "403",
    "wait_for_reset": "spend limit",
    "read_rate_limit_headers": "twice",
    "check_status_page": "indicator",
    "backoff_with_jitter": "30-60 s",
    "adjust_timeouts": "600 s",
    "faster_answers": "max_tokens",
    "contact_support": "debug logs",
}


def test_every_mitigation_of_the_runbook_is_kept_and_marked() -> None:
    """What stands in the runbook's lists, tree and quick fixes, with a correction where it is wrong."""
    own = {name: cure for name, cure in CURES.items() if cure.source == "runbook"}
    assert {*UNCHANGED, *CORRECTED} == set(own)
    assert set(UNCHANGED) == {name for name, cure in own.items() if cure.corrects is None}
    for name, word in CORRECTED.items():
        assert word in str(own[name].corrects), name


def test_every_check_and_kind_of_failure_is_documented() -> None:
    """A check has a docstring for people; each kind of failure stands on its page."""
    text = PAGES["errors.md"]()
    assert all(f"(`{leaf}`)" in text for leaf in LEAVES)
    assert all(type(check).__doc__ for check in CHECKS)
