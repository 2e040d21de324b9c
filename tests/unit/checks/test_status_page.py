"""What the status-page check makes of the answers of its hosts."""

import json
from pathlib import Path

import pytest

from bot.checks.base import Raw
from bot.checks.exchange import Exchange
from bot.checks.status_page import StatusPageCheck
from bot.checks.status_payload import names_model
from bot.rules.case import SILENT
from bot.rules.evidence import CheckStatus, Evidence
from tests.check_values import a_target, an_exchange, gathered

PAYLOADS = Path(__file__).resolve().parents[2] / "contract" / "payloads"
ONE, TWO = "https://one.example", "https://two.example"


def read(*exchanges: Exchange) -> Evidence:
    """Return the evidence of hosts that were asked in turn."""
    raw = gathered(*((host, exchange, True) for host, exchange in zip((ONE, TWO), exchanges, strict=False)))
    return StatusPageCheck().interpret(raw, a_target())


def payload(name: str) -> Exchange:
    """Return an answer with a payload of the folder."""
    return an_exchange(200, json.loads((PAYLOADS / f"{name}.summary.json").read_text()))


EXPECTED = {
    "healthy": (CheckStatus.OK, "operational", [], "Claude API: operational."),
    "minor-but-the-api-is-partly-down": (
        CheckStatus.FAILED,
        "partial_outage",
        [True],
        'Claude API: partial outage. Open: "Requests fail more often than usual" (identified).',
    ),
    "another-product-only": (
        CheckStatus.OK,
        "operational",
        [False],
        "Claude API: operational. 1 open incident not about the API.",
    ),
    "one-model-under-green": (
        CheckStatus.FAILED,
        "operational",
        [True],
        'Claude API: operational. Open: "More errors than usual on Haiku 5.5" (monitoring).',
    ),
    "tied-to-nothing": (
        CheckStatus.OK,
        "operational",
        [False],
        "Claude API: operational. 1 open incident not about the API.",
    ),
    "component-by-name": (CheckStatus.FAILED, "degraded_performance", [], "Claude API: degraded performance."),
    "words-of-the-future": (
        CheckStatus.FAILED,
        "sharded_outage",
        [False],
        "Claude API: sharded outage. 1 open incident not about the API.",
    ),
    "without-the-api": (CheckStatus.FAILED, None, [], "Claude API: not listed."),
    "resolved-is-not-open": (CheckStatus.OK, "operational", [], "Claude API: operational."),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_payload_reads_as_it_should(name: str) -> None:
    """Component and incidents decide, not the page's colour; unknown words are kept and never green."""
    status, component, ours, summary = EXPECTED[name]
    found = read(payload(name))
    assert found.page is not None
    assert found.page.readable
    assert (status, component, summary) == (found.status, found.page.api_component, found.summary)
    assert ours == [incident.names_api for incident in found.page.incidents]


def test_every_payload_is_expected() -> None:
    """A payload that nobody reads proves nothing."""
    assert set(EXPECTED) == {path.name.removesuffix(".summary.json") for path in PAYLOADS.glob("*.json")}


def test_the_newest_update_is_kept() -> None:
    """What the provider says now is part of the incident."""
    page = read(payload("minor-but-the-api-is-partly-down")).page
    assert page is not None
    incident = page.incidents[0]
    assert ("A fix is on its way.", "https://stspg.example/own0001", "major") == (
        incident.latest,
        incident.url,
        incident.impact,
    )


@pytest.mark.parametrize(
    ("exchange", "reason"),
    [
        (an_exchange(405, b"<html>Human Verification</html>"), "HTTP 405"),
        (an_exchange(302, headers={"location": "https://elsewhere.example"}), "HTTP 302, redirects to a host"),
        (an_exchange(200, b"<html>"), "the answer is no JSON"),
        (an_exchange(200, b""), "the answer is no JSON"),
        (an_exchange(200, {"status": {"indicator": "none"}}), "the answer is no status page"),
        (an_exchange(200, {"page": {"id": ""}}), "the answer is no status page"),
        (an_exchange(200, b"{", trouble="the body is longer than 1 MiB"), "longer than 1 MiB"),
        (an_exchange(None, exception="ConnectError: gaierror"), "ConnectError: gaierror"),
    ],
)
def test_an_unreadable_page_is_unknown(exchange: Exchange, reason: str) -> None:
    """Never green: the reason is told."""
    found = read(exchange)
    assert found.page is not None
    assert (CheckStatus.FAILED, False) == (found.status, found.page.readable)
    assert reason in str(found.page.why_unreadable)
    assert "unknown" in found.summary


def test_each_host_has_its_reason() -> None:
    """Two hosts, two reasons."""
    found = read(an_exchange(405), an_exchange(None, exception="ReadTimeout"))
    assert found.page is not None
    assert "one.example: HTTP 405; two.example: ReadTimeout" == found.page.why_unreadable


def test_the_second_host_is_named_when_it_answers() -> None:
    """The page says where it came from."""
    page = read(an_exchange(405), payload("healthy")).page
    assert page is not None
    assert "two.example" == page.host


def test_silent_hosts_are_a_timeout() -> None:
    """What our deadline ended is no failure of theirs."""
    assert CheckStatus.TIMEOUT == read(an_exchange(None, exception="ReadTimeout", cut=True)).status
    assert CheckStatus.TIMEOUT == StatusPageCheck().interpret(Raw(), a_target()).status


@pytest.mark.parametrize(
    ("title", "model", "named"),
    [
        ("Elevated errors on Opus 4.7", "claude-opus-4-7", True),
        ("opus-4.7 is slow", "claude-opus-4-7-20260101", True),
        ("Claude Sonnet 5 latency", "claude-sonnet-5", True),
        ("Sonnet 5.5 latency", "claude-sonnet-5", False),
        ("Opus 4.7 errors", "claude-opus-4-8", False),
        ("Opus 4.75 errors", "claude-opus-4-7", False),
        ("Errors on 3.5 Sonnet", "claude-3-5-sonnet-20241022", True),
        ("Elevated errors on Claude Mythos Preview", "claude-mythos-preview", True),
        ("Elevated errors on Mythos 5", "claude-mythos-preview", False),
        ("Elevated errors on Opus 4.6 and 4.7", "claude-opus-4-7", True),
        ("Elevated errors on Opus 4.6 and 4.7", "claude-opus-4-5", False),
        ("Elevated errors on Opus 4.6 and Sonnet 4.7", "claude-opus-4-7", False),
        ("Elevated errors on Sonnet 4.7 and Opus 4.6", "claude-opus-4-7", False),
        ("Opus 4.5/4.6 elevated errors", "claude-opus-4-6", True),
        ("Opus 4.5, 4.6, and 4.7 errors", "claude-opus-4-7", True),
        ("Elevated errors on Opus models", "claude-opus-5-5", True),
        ("Elevated errors on Haiku", "claude-haiku-5-5", True),
        ("Elevated errors on Opus models", "claude-haiku-5-5", False),
        ("Opusculum errors", "claude-opus-5-5", False),
        ("Opus 4.7", "", False),
    ],
)
def test_titles_name_models(title: str, model: str, *, named: bool) -> None:
    """The configured version counts, and a whole line does, in the spelling of titles."""
    assert named is names_model(title, model)


def test_hosts_that_cannot_be_reached_stand_in_for_the_control_endpoint() -> None:
    """Only when none of them answers anything: a redirect or a challenge is an answer."""
    silent = an_exchange(None, exception="ConnectError: gaierror")
    assert SILENT in read(silent, silent).facts
    assert SILENT not in read(silent, an_exchange(302)).facts
