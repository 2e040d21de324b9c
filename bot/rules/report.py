"""A verdict as the JSON document that `anth-triage triage --json` prints; names and shape are relied on by others."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.rules.evidence import Bucket, Evidence, Verdict


def verdict_json(
    verdict: Verdict, evidence: Sequence[Evidence], started_at: datetime, duration_ms: int
) -> dict[str, Any]:
    """Return the document; `duration_ms` runs from the first request to the verdict, times are ISO 8601 in UTC."""
    seen = verdict.vantage
    return {
        "severity": str(verdict.severity),
        "provisional": verdict.provisional,
        "fault": None if verdict.fault is None else str(verdict.fault),
        "branch": verdict.branch,
        "because": verdict.because,
        "rule": verdict.rule,
        "checks": [_check(item) for item in evidence],
        "samples": {
            "total": verdict.samples.total,
            "failed": verdict.samples.failed,
            "slow": verdict.samples.slow,
        },
        "rate_limits": [_bucket(bucket) for bucket in verdict.rate_limits],
        "next_steps": list(verdict.next_steps),
        "vantage": {
            "workspace": seen.workspace,
            "models": list(seen.models),
            "key": seen.key,
            "not_tested": list(seen.not_tested),
        },
        "started_at": _time(started_at),
        "duration_ms": duration_ms,
    }


def _check(item: Evidence) -> dict[str, Any]:
    return {
        "name": item.check,
        "status": str(item.status),
        "summary": item.summary,
        "latency_ms": item.latency_ms,
        "request_ids": list(item.request_ids),
    }


def _bucket(bucket: Bucket) -> dict[str, Any]:
    return {
        "bucket": bucket.bucket,
        "limit": bucket.limit,
        "remaining": bucket.remaining,
        "reset": _time(bucket.reset),
        "headroom": bucket.headroom,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
