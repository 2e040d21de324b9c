"""Where the source runbook is wrong, the product is right: one test for each row of docs/runbook-errata.md."""

import ast
import re
from pathlib import Path

import pytest

from bot.app.measure import target_of
from bot.checks.runner import CHECKS
from bot.checks.status_payload import read_page
from bot.cli.reference import PAGES
from bot.paths import read_rules
from bot.rules.answer import answer_text
from bot.rules.book import load_book
from bot.rules.classify import classify
from bot.rules.evidence import Observation
from bot.settings import load
from bot.slack.cards.links import LINKS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "runbook-errata.md").read_text("utf-8")
BOOK = load_book(read_rules())
LEAVES, CURES = BOOK.rules.taxonomy.leaves, BOOK.rules.taxonomy.mitigations
CUT_STREAM = 'event: message_start\ndata: {"type":"message_start","message":{"role":"assistant"}}'
REFUSAL = '{"type":"message","role":"assistant","content":[],"stop_reason":"refusal"}'
NOT_ALLOWED = '{"error":{"type":"forbidden","message":"Request not allowed"}}'
REQUEST_ID = "req_011CSHoEeqs5C35K2UUqR7Fy"
DEAD_MODELS = ("claude-haiku-4-20250514", "claude-sonnet-4-20250514")


def _sample(name: str) -> str:
    text = CURES[name].snippet
    assert text is not None
    return text


def _branch(**seen: object) -> str:
    return classify(Observation(**seen), BOOK.rules).branch  # type: ignore[arg-type]


def test_e1_no_code_path_names_a_model_to_probe() -> None:
    """What is probed is configured; the ids of the runbook stand in no code or rules (the stand-in lists dead ones)."""
    assert ("a", "b") == target_of(load({"ANTH_TRIAGE_MODELS": "a,b"}), BOOK.prices).models
    for file in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "bot" / "rules").glob("*.toml")]:
        if "playground" in file.parts:
            continue
        assert not [model for model in DEAD_MODELS if model in file.read_text("utf-8")], file


def test_e2_the_fallback_s_model_comes_from_the_environment() -> None:
    """A sample that people paste never names a model that will retire."""
    for cure in CURES.values():
        assert not re.search(r"claude-[a-z0-9-]*\d", cure.snippet or ""), cure.id


def test_e3_the_fallback_catches_what_passes_by_itself() -> None:
    """A wrong key is raised; connection errors and raw stream errors are caught."""
    sample = _sample("graceful_degradation")
    ast.parse(sample)
    for part in ("except anthropic.APIConnectionError", "except httpx2.TransportError", "raise  # ours to fix"):
        assert part in sample
    assert "except (anthropic.InternalServerError, anthropic.APIStatusError)" not in sample


def test_e4_the_sample_picks_text_blocks() -> None:
    """The first block may be a thinking block, or absent."""
    sample = _sample("graceful_degradation")
    assert 'block.type == "text"' in sample
    assert "stop_reason" in sample
    assert "content[0]" not in sample


def test_e5_a_redirect_with_an_empty_body_is_unknown_not_green() -> None:
    """The page's old address answers 302 with nothing; curl is told to follow."""
    found = _branch(http_status=302, body="", message="status.anthropic.com: JSONDecodeError: Expecting value")
    assert "unknown.status_source" == found
    assert "--location" in _sample("check_status_page")


def test_e6_the_component_counts_not_the_indicator() -> None:
    """A red page for another product is no trouble of the API."""
    component = {"id": "k8w3r06qmzrp", "name": "Claude API (api.anthropic.com)", "status": "operational"}
    page = read_page({"status": {"indicator": "critical"}, "components": [component], "incidents": []}, "host", ("m",))
    assert ("operational", ()) == (page.api_component, page.incidents)


def test_e7_a_green_page_proves_nothing() -> None:
    """No row of the fault table gives ours with high confidence because the page is green."""
    green = [row for row in BOOK.fault if "ok" in row.when.get("page", ()) and row.fault == "ours"]
    assert green
    assert all(row.confidence != "high" for row in green)


def test_e8_links_lead_to_the_platform() -> None:
    """Nobody is sent to the console's old address."""
    links = [link for leaf in LEAVES.values() for link in leaf.links]
    assert any("platform.claude.com" in link for link in links)
    assert not [link for link in links if "console.anthropic.com" in link]


def test_e9_the_api_version_is_current_and_a_setting() -> None:
    """The header's value can be set without a new version of the bot."""
    assert "2026-10-21" == load({}).probe.anthropic_version


def test_e10_one_call_with_a_limit_and_no_key_in_the_arguments() -> None:
    """The sample gives headers, body and time of one call, and the key comes on standard input."""
    sample = _sample("read_rate_limit_headers")
    for part in ("--max-time", "--config -", "--dump-header -", "--write-out"):
        assert part in sample
    assert 1 == sample.count("/v1/messages")
    assert not re.search(r"-H ['\"]x-api-key", sample)


def test_e11_403_is_not_a_key_issue() -> None:
    """401 and 403 lead to different kinds of failure, and a browser's 401 is not a bad key."""
    assert "permission" == _branch(http_status=403, error_type="permission_error")
    assert "permission.edge" == _branch(
        http_status=403, body='{"error":{"type":"forbidden","message":"Request not allowed"}}'
    )
    assert "auth" == _branch(http_status=401, error_type="authentication_error", message="invalid x-api-key")
    assert "auth.cors" == _branch(
        http_status=401,
        error_type="authentication_error",
        message="CORS requests are not allowed for this Organization",
    )


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


def test_e13_a_spend_cap_is_never_waited_for() -> None:
    """The error code is read before the status, and the advice is not to retry."""
    body = '{"error":{"type":"rate_limit_error","details":{"error_code":"enforced_spend_limit_reached"}}}'
    found = classify(Observation(http_status=429, body=body), BOOK.rules)
    assert ("quota_or_plan.tier_cap", "no") == (found.branch, found.retry)


def test_e14_max_tokens_is_no_cure_for_429() -> None:
    """What is advised against rate limits lowers concurrency and input; the correction says why."""
    cures = [CURES[name] for name in LEAVES["rate_limit"].mitigations]
    assert not [step for cure in cures for step in cure.steps if "max_tokens" in step]
    assert "not max_tokens" in str(CURES["smaller_requests"].corrects)


def test_e15_529_backs_off_with_jitter() -> None:
    """No fixed half minute: growing pauses; the half minute is a person's."""
    assert "backoff" == LEAVES["overloaded"].retry
    cure = CURES[LEAVES["overloaded"].mitigations[0]]
    assert "random" in cure.steps[0]
    assert "clients need not wait that long" in " ".join(cure.steps)


def test_e16_a_429_has_many_causes() -> None:
    """Ramp, concurrency, workspace limit and spend caps are kinds of their own."""
    kinds = {"rate_limit.ramp", "rate_limit.concurrency", "quota_or_plan.own_limit", "quota_or_plan.tier_cap"}
    assert kinds <= set(LEAVES)


def test_e17_timeouts_are_told_apart() -> None:
    """Connecting, reading and long generations are different kinds with different cures."""
    assert {"network.connect_timeout", "timeout.read", "timeout.long_request"} <= set(LEAVES)
    assert "SDK already waits 600 s" in str(CURES["adjust_timeouts"].corrects)


def test_e18_a_leaked_key_s_neighbours_are_checked() -> None:
    """The procedure keeps the runbook's order and goes on to usage and to the workspace's other keys."""
    steps = CURES["revoke_key"].steps
    assert ["Deactivate", "Create", "Audit", "Check"] == [step.split()[0] for step in steps[:4]]
    assert "other keys" in steps[3]


def test_e19_request_ids_are_kept_by_themselves() -> None:
    """Header or body: an observation carries the id, and an explanation shows it."""
    assert (
        "req_011CSHoEeqs5C35K2UUqR7Fy"
        == answer_text("529 overloaded req_011CSHoEeqs5C35K2UUqR7Fy", BOOK.rules).request_id
    )


def test_e20_the_severity_table_is_complete() -> None:
    """Its last row catches all, and the runbook's own rows are marked as such."""
    assert {} == BOOK.severity[-1].when
    assert {"P1", "P2", "P3", "P4"} == {row.severity for row in BOOK.severity if row.source == "runbook"}


def test_e21_the_three_links_that_were_meant_are_there() -> None:
    """Status page, error reference and rate limits; nothing of the stray ones."""
    assert 3 == LINKS.count("<https://")


def test_each_row_has_its_test() -> None:
    """The table of the docs and this file name the same numbers."""
    rows = {int(number) for number in re.findall(r"^\| E(\d+) \|", PAGE, re.MULTILINE)}
    tests = {int(found[1]) for name in globals() if (found := re.match(r"test_e(\d+)_", name))}
    assert set(range(1, 22)) == rows == tests


SYMPTOMS = {
    "All requests fail 401": "auth",
    "Sudden 429 spike": "rate_limit",
    "Slow responses": "timeout.slow",
    "Intermittent 500s": "server_error",
}


@pytest.mark.parametrize("leaf", SYMPTOMS.values(), ids=list(SYMPTOMS))
def test_each_symptom_of_the_runbook_is_served(leaf: str) -> None:
    """A leaf marked as the runbook's, with checks and at least one of the runbook's own mitigations."""
    found = LEAVES[leaf]
    assert "runbook" == found.source
    assert found.check
    assert any(CURES[name].source == "runbook" for name in found.mitigations)


def test_every_mitigation_of_the_runbook_is_kept() -> None:
    """Circuit breaker, queue, batches, less at once, degradation, key procedure: all there and marked."""
    kept = {name for name, cure in CURES.items() if cure.source == "runbook"}
    assert {
        "circuit_breaker", "queue_non_critical", "message_batches", "smaller_requests", "graceful_degradation",
        "revoke_key", "wait_for_reset", "check_status_page", "adjust_timeouts", "check_key", "faster_answers",
    } <= kept  # fmt: skip


def test_every_check_and_kind_of_failure_is_documented() -> None:
    """A check has a docstring for people; each kind of failure stands on its page."""
    page = PAGES["errors.md"]()
    assert all(f"(`{leaf}`)" in page for leaf in LEAVES)
    assert all(type(check).__doc__ for check in CHECKS)
