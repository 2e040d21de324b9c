"""Production's own evidence: JSON Lines of real requests become samples that pass the same rules as our probes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from bot.errors import BadInput
from bot.rules.classify import UNKNOWN, Rules, branch_of_attempt
from bot.rules.evidence import CheckStatus, Evidence, Sample
from bot.rules.observation import from_json

WINDOW: Final = timedelta(minutes=5)
"""Severity looks at the last five minutes of reported traffic (anthropic-api.md, section 6).

Requests older than this tell of an earlier time: what follows from them alone is provisional.
"""

_CLOCKS: Final = timedelta(minutes=1)  # by which the clock of whoever wrote the lines may be ahead of ours
_MOST: Final = 200_000  # lines
_SHOWN: Final = 5  # problems
_SAYS: Final = frozenset({"error_type", "exception", "message", "body"})


def read_traffic(text: str, rules: Rules, now: datetime) -> Evidence:
    """Return the evidence of these lines: `{"at", "status", "latency_s", "model", "error_type", "request_id"}`.

    `at` is ISO 8601; where no line has it, all count as `now` (UTC). Only the five minutes before the newest line
    count. Raises BadInput that names the first lines which cannot be read, those of the future among them.
    """
    problems: list[str] = []
    read: list[tuple[Mapping[Any, Any], Sample]] = []
    dated: dict[bool, int] = {}
    lines = text.splitlines()
    left_out = max(0, len(lines) - _MOST)  # the oldest: the newest lines are the last ones
    for number, line in enumerate(lines[left_out:], start=left_out + 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            read.append((found, _sample(found, rules, now)))
            dated.setdefault(found.get("at") is not None, number)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            problems.append(f"line {number}: {error}")
    if len(dated) > 1:  # a line of now among lines of long ago would push these out of the window
        problems.append(f"line {dated[True]} has `at`, line {dated[False]} has not: give it on every line or on none")
    if problems:
        more = f" (and {len(problems) - _SHOWN} more)" if len(problems) > _SHOWN else ""
        raise BadInput(
            "The traffic cannot be read: " + "; ".join(problems[:_SHOWN]) + more + ".",
            'Give one JSON object a line, such as {"at": "2026-11-24T03:00:00Z", "status": 529, "latency_s": 0.4}.',
        )
    if not read:
        raise BadInput("The traffic is empty.", "Give one JSON object a line.")
    return traffic_evidence(_not_found_by_model(read, rules), now)


def _sample(found: object, rules: Rules, now: datetime) -> Sample:
    if not isinstance(found, Mapping):
        raise TypeError("no JSON object")
    says = any(found.get(name) for name in _SAYS)
    if not says and found.get("status") is None:
        raise ValueError(f"it tells nothing: give `status`, or where no answer came one of {', '.join(sorted(_SAYS))}")
    status = found.get("status")
    whole = isinstance(status, int) and not isinstance(status, bool)
    if status is not None and not (whole and 100 <= status <= 599):  # noqa: PLR2004 - HTTP's range
        raise ValueError("`status` is no HTTP status; leave it out where no answer came")
    seen = from_json({**found, "http_status": status})
    well = status is not None and 200 <= status <= 299  # noqa: PLR2004 - HTTP's success
    branch = branch_of_attempt(seen, rules) if says or not well else None
    if well and branch is not None and _is_calm(branch, found, rules):
        branch = None
    return Sample(
        at=_moment(found.get("at"), now),
        source="traffic",
        model=_text(found, "model"),
        branch=branch,
        latency_s=seen.latency_s,
        status=seen.http_status,
        request_id=_text(found, "request_id"),
    )


def _not_found_by_model(read: Sequence[tuple[Mapping[Any, Any], Sample]], rules: Rules) -> list[Sample]:
    """Return the samples; where one model is never found while others answer, that is about the model, not the path."""
    answering = {sample.model for _, sample in read if sample.model and sample.branch is None}
    return [
        _named(found, sample, rules) if answering and sample.model and sample.model not in answering else sample
        for found, sample in read
    ]


def _named(found: Mapping[Any, Any], sample: Sample, rules: Rules) -> Sample:
    """Return a 404 as it reads with its model's name in it, as the provider itself names a model that is gone."""
    if sample.status != HTTPStatus.NOT_FOUND:
        return sample
    said = f"{found.get('message') or ''} (model: {sample.model})"
    seen = from_json({**found, "http_status": sample.status, "message": said})
    return replace(sample, branch=branch_of_attempt(seen, rules))


def _is_calm(branch: str, found: Mapping[Any, Any], rules: Rules) -> bool:
    """Tell whether a successful answer's words are no failure: late is counted by its time, odd words by nothing."""
    said_nothing = branch in {UNKNOWN, "timeout.slow"} and not found.get("exception") and not found.get("error_type")
    return said_nothing or rules.taxonomy.leaf(branch).severity_class == "none"


def _moment(at: object, now: datetime) -> datetime:
    if at is None:
        return now
    moment = datetime.fromisoformat(str(at))
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if moment > now + _CLOCKS:
        raise ValueError(f"`at` is in the future: {moment:%Y-%m-%d %H:%M} UTC")
    return moment


def _text(found: Mapping[Any, Any], name: str) -> str | None:
    value = found.get(name)
    return value[:200] if isinstance(value, str) else None


def traffic_evidence(samples: Sequence[Sample], now: datetime) -> Evidence:
    """Return what production's requests tell: the five minutes before the newest of them count.

    Evidence of an earlier time has the fact `stale`: what follows from it alone is provisional.
    """
    newest = max(sample.at for sample in samples)
    counted = tuple(sample for sample in samples if newest - sample.at < WINDOW)
    failed = sum(sample.branch is not None for sample in counted)
    ids = dict.fromkeys(sample.request_id for sample in counted if sample.branch and sample.request_id)
    stale = now - newest > WINDOW
    when = f"before {newest:%Y-%m-%d %H:%M} UTC, the newest of them" if stale else "that were given"
    return Evidence(
        check="traffic",
        status=CheckStatus.FAILED if failed else CheckStatus.OK,
        summary=f"{failed} of {len(counted)} of production's requests failed in the last five minutes {when}.",
        request_ids=tuple(ids)[:50],
        samples=counted,
        facts={"stale": newest.isoformat()} if stale else {},
    )
