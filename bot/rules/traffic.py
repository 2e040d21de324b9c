"""Production's own evidence: JSON Lines of real requests become samples that pass the same rules as our probes."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.errors import BadInput
from bot.rules.classify import Rules, classify
from bot.rules.evidence import CheckStatus, Evidence, Sample
from bot.rules.observation import from_json

WINDOW: Final = timedelta(minutes=5)
"""Severity looks at the last five minutes of reported traffic (anthropic-api.md, section 6)."""

_MOST: Final = 200_000  # lines
_SHOWN: Final = 5  # problems


def read_traffic(text: str, rules: Rules, now: datetime) -> Evidence:
    """Return the evidence of these lines: `{"at", "status", "latency_s", "model", "error_type", "request_id"}`.

    `at` is ISO 8601; a line without it counts as `now` (UTC). Only the five minutes before the newest line count.
    Raises BadInput that names the first lines which cannot be read.
    """
    problems: list[str] = []
    samples: list[Sample] = []
    for number, line in enumerate(text.splitlines()[:_MOST], start=1):
        if not line.strip():
            continue
        try:
            samples.append(_sample(json.loads(line), rules, now))
        except (ValueError, TypeError, RecursionError) as error:
            problems.append(f"line {number}: {error}")
    if problems:
        more = f" (and {len(problems) - _SHOWN} more)" if len(problems) > _SHOWN else ""
        raise BadInput(
            "The traffic cannot be read: " + "; ".join(problems[:_SHOWN]) + more + ".",
            'Give one JSON object a line, such as {"at": "2026-11-24T03:00:00Z", "status": 529, "latency_s": 0.4}.',
        )
    if not samples:
        raise BadInput("The traffic is empty.", "Give one JSON object a line.")
    return traffic_evidence(samples)


def _sample(found: object, rules: Rules, now: datetime) -> Sample:
    if not isinstance(found, Mapping):
        raise TypeError("no JSON object")
    status = found.get("status")
    if status is not None and not (isinstance(status, int) and 0 < status < 1000):  # noqa: PLR2004 - HTTP's range
        raise ValueError("`status` is no HTTP status")
    seen = from_json({**found, "http_status": status})
    failed = status is None or status >= 400 or seen.error_type is not None  # noqa: PLR2004 - HTTP's border
    branch = classify(seen, rules).branch if failed else None
    return Sample(
        at=_moment(found.get("at"), now),
        source="traffic",
        model=_text(found, "model"),
        branch=branch,
        latency_s=seen.latency_s,
        status=status,
        request_id=_text(found, "request_id"),
    )


def _moment(at: object, now: datetime) -> datetime:
    if at is None:
        return now
    moment = datetime.fromisoformat(str(at))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _text(found: Mapping[Any, Any], name: str) -> str | None:
    value = found.get(name)
    return value[:200] if isinstance(value, str) else None


def traffic_evidence(samples: Sequence[Sample]) -> Evidence:
    """Return what production's requests tell: the five minutes before the newest of them count."""
    newest = max(sample.at for sample in samples)
    counted = tuple(sample for sample in samples if sample.at > newest - WINDOW)
    failed = sum(sample.branch is not None for sample in counted)
    ids = dict.fromkeys(sample.request_id for sample in counted if sample.branch and sample.request_id)
    return Evidence(
        check="traffic",
        status=CheckStatus.FAILED if failed else CheckStatus.OK,
        summary=f"{failed} of {len(counted)} of production's requests failed in the last five minutes that were given.",
        request_ids=tuple(ids)[:50],
        samples=counted,
    )
