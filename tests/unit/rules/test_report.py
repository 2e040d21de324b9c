"""The JSON document of `anth-triage triage --json`: exactly the agreed names, in UTC."""

import json
from datetime import datetime, timedelta, timezone

from bot.rules.evidence import Bucket, CheckStatus, Evidence
from bot.rules.report import verdict_json
from tests.unit.rules.cases import MODEL, messages, on_page, page, probes
from tests.unit.rules.shipped import judged

IN_BERLIN = datetime(2026, 11, 22, 4, 0, tzinfo=timezone(timedelta(hours=1)))
LIMITS = Evidence(
    check="rate_limits",
    status=CheckStatus.FAILED,
    summary="Little is left.",
    latency_ms=None,
    buckets=(
        Bucket(bucket="requests", limit=50, remaining=4, reset=IN_BERLIN, headroom=0.08),
        Bucket(bucket="input-tokens", limit=1000, remaining=1000, reset=None, headroom=1.0),
    ),
)
FAILING = messages(*probes((5, "overloaded")))
CALM = (messages(*probes((5, None))), on_page(page()))


def test_the_document_has_exactly_the_agreed_names() -> None:
    """Others read it by name: nothing is missing, nothing undocumented is promised."""
    found = verdict_json(judged(FAILING, LIMITS), [FAILING, LIMITS], IN_BERLIN, 1200)

    assert {
        *("severity", "provisional", "fault", "branch", "because", "rule", "checks", "samples", "rate_limits"),
        *("next_steps", "vantage", "started_at", "duration_ms"),
    } == set(found)
    assert {"total", "failed", "slow"} == set(found["samples"])
    assert {"workspace", "models", "key", "not_tested"} == set(found["vantage"])
    assert [{"name", "status", "summary", "latency_ms", "request_ids"}] * 2 == [set(one) for one in found["checks"]]
    assert [{"bucket", "limit", "remaining", "reset", "headroom"}] * 2 == [set(one) for one in found["rate_limits"]]


def test_times_are_utc() -> None:
    """Whatever zone a time came in, it is printed in UTC; an unknown reset is null."""
    found = verdict_json(judged(FAILING, LIMITS), [FAILING, LIMITS], IN_BERLIN, 1200)

    assert "2026-11-22T03:00:00Z" == found["started_at"]
    assert ["2026-11-22T03:00:00Z", None] == [one["reset"] for one in found["rate_limits"]]


def test_the_values_are_the_verdicts() -> None:
    """Plain words, numbers and lists that survive JSON unchanged."""
    found = verdict_json(judged(FAILING, LIMITS), [FAILING, LIMITS], IN_BERLIN, 1200)

    assert found == json.loads(json.dumps(found))
    assert ["P1", False, "theirs", "overloaded", "2-all-500-529", 1200] == [
        found[name] for name in ("severity", "provisional", "fault", "branch", "rule", "duration_ms")
    ]
    assert {"total": 5, "failed": 5, "slow": 0} == found["samples"]
    assert ["ok", "failed"] == [one["status"] for one in found["checks"]]
    assert ("production", [MODEL]) == (found["vantage"]["key"], found["vantage"]["models"])


def test_an_all_clear_names_nobody() -> None:
    """Branch, fault and rule are null when severity is none."""
    found = verdict_json(judged(*CALM), CALM, IN_BERLIN, 900)

    assert ["none", None, None, None] == [found[name] for name in ("severity", "branch", "fault", "rule")]
