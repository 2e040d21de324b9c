"""Gives an observation its branch: ordered rows of data, first match wins, the last row catches all."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.rules.evidence import Observation
from bot.rules.observation import facts
from bot.rules.taxonomy import Retry, Taxonomy
from bot.rules.unwrap import ERROR_TYPES, Inner
from bot.rules.wait import asked_seconds, named_date, names_an_hour, wait_seconds

UNKNOWN: Final = "unknown"
_FAILED: Final = 400  # HTTP's border
_THEIRS: Final = 500  # HTTP's border
NO_FAILURE: Final = "unknown.no_failure"  # the leaf for an answer that is odd but fine


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRow:
    """One row: the observation has `branch` if every condition that is not None holds.

    Words: `status_any` exact HTTP statuses; `status_min`, `status_max` a range (no status is below any);
    `has_status`; `type_any` values of `error.type`; `has_type` (one that the provider documents); `code_any` values
    of `error_code`, also where only a class is named after one; `own_body` (the provider's envelope or request id);
    `has_request_id` (one of the provider's); `stop_reason_any`; `exception_any`, `text_any`, `text_all`, `text_none`
    regular expressions, case ignored;
    `header_present` all there, `header_absent` none there (a final `*` stands for any ending); `headers_seen`;
    `latency_min` seconds; `via_any` what it came through (`probe`: a small request of our own; `text`: pasted),
    `via_like` the same as a regular expression.
    """

    branch: str
    status_any: frozenset[int] | None = None
    status_min: int | None = None
    status_max: int | None = None
    has_status: bool | None = None
    type_any: frozenset[str] | None = None
    has_type: bool | None = None
    code_any: frozenset[str] | None = None
    own_body: bool | None = None
    has_request_id: bool | None = None
    stop_reason_any: frozenset[str] | None = None
    exception_any: re.Pattern[str] | None = None
    text_any: re.Pattern[str] | None = None
    text_all: tuple[re.Pattern[str], ...] | None = None
    text_none: re.Pattern[str] | None = None
    header_present: tuple[str, ...] | None = None
    header_absent: tuple[str, ...] | None = None
    headers_seen: bool | None = None
    latency_min: float | None = None
    via_any: frozenset[str] | None = None
    via_like: re.Pattern[str] | None = None

    def holds(self, seen: Observation, inner: Inner) -> bool:
        """Tell whether every condition of this row holds; cheap ones are asked first."""
        return self._fields_hold(seen, inner) and self._headers_hold(seen.headers) and self._texts_hold(inner)

    def _fields_hold(self, seen: Observation, inner: Inner) -> bool:
        status, latency = inner.status or 0, seen.latency_s or 0.0
        return (
            (self.status_any is None or status in self.status_any)
            and (self.status_min is None or status >= self.status_min)
            and (self.status_max is None or status <= self.status_max)
            and (self.has_status is None or self.has_status == (inner.status is not None))
            and (self.type_any is None or inner.error_type in self.type_any)
            and (self.has_type is None or self.has_type == (inner.error_type in ERROR_TYPES))
            and (self.code_any is None or not self.code_any.isdisjoint(inner.codes))
            and (self.own_body is None or self.own_body == inner.own_body)
            and (self.has_request_id is None or self.has_request_id == _is_id(inner.request_id))
            and (self.stop_reason_any is None or inner.stop_reason in self.stop_reason_any)
            and (self.latency_min is None or latency >= self.latency_min)
            and (self.via_any is None or seen.via in self.via_any)
            and (self.via_like is None or self.via_like.search(seen.via or "") is not None)
        )

    def _headers_hold(self, headers: Mapping[str, str]) -> bool:
        return (
            (self.headers_seen is None or self.headers_seen == bool(headers))
            and (self.header_present is None or all(_has(headers, name) for name in self.header_present))
            and (self.header_absent is None or not any(_has(headers, name) for name in self.header_absent))
        )

    def _texts_hold(self, inner: Inner) -> bool:
        return (
            (self.exception_any is None or self.exception_any.search(inner.exception or "") is not None)
            and (self.text_any is None or self.text_any.search(inner.text) is not None)
            and (self.text_none is None or self.text_none.search(inner.text) is None)
            and (self.text_all is None or all(pattern.search(inner.text) for pattern in self.text_all))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow:
    """One row that refines a finding by what people or the status page say; absent conditions always hold.

    `was` families or leaves found so far (`none` = no observation); `told_any`, `told_none` regular expressions on
    the reporter's words, `page_any` on the status page's; `api_down`: the page shows the Claude API itself as
    troubled; `rate_max` share of failed requests, 0-1; `in_part`: it is told that others get through.
    """

    branch: str
    was: frozenset[str] | None = None
    told_any: re.Pattern[str] | None = None
    told_none: re.Pattern[str] | None = None
    page_any: re.Pattern[str] | None = None
    api_down: bool | None = None
    rate_max: float | None = None
    in_part: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The taxonomy and the rows that lead to its leaves, in order."""

    taxonomy: Taxonomy
    matches: tuple[MatchRow, ...]
    told: tuple[ToldRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What kind of failure it is and whether to try again; `retry_after_s` only if the provider named a time."""

    branch: str
    retry: Retry
    retry_after_s: float | None = None


def classify(seen: Observation, rules: Rules) -> Finding:
    """Return the finding of the first row that holds. Never raises."""
    inner = facts(seen)
    branch = next((row.branch for row in rules.matches if row.holds(seen, inner)), UNKNOWN)
    return finding(branch, rules, seen, inner)


def branch_of_attempt(seen: Observation, rules: Rules) -> str:
    """Return the leaf of an attempt that was made, by a probe or by production; unlike a text, it is no hearsay.

    One that got an error status, or an exception, failed whatever its words are: where they name no failure of the
    provider, its status alone speaks, else it is unknown.
    """
    branch = classify(seen, rules).branch
    if not _names_none(branch, rules) or not _failed(seen):
        return branch
    bare = classify(Observation(http_status=seen.http_status, headers=seen.headers, via=seen.via), rules).branch
    return UNKNOWN if _names_none(bare, rules) else bare


def finding(branch: str, rules: Rules, seen: Observation, inner: Inner | None = None) -> Finding:
    """Return the advice of a branch for this observation.

    The provider's `x-should-retry: false` overrules the leaf; a reset on a day or at an hour is nothing to retry for,
    unless a `retry-after` stands beside it.
    """
    text = (inner or facts(seen)).text
    retry = rules.taxonomy.leaf(branch).retry
    forbidden = seen.headers.get("x-should-retry", "").lower() == "false"
    is_dated = named_date(text) is not None or names_an_hour(text)
    if forbidden or (retry == "after" and is_dated and asked_seconds(seen.headers, text) is None):
        retry = "no"
    wait = None if retry == "no" else wait_seconds(seen.headers, text)
    return Finding(branch=branch, retry=retry, retry_after_s=wait)


def best(seen: Iterable[Observation], rules: Rules, times: Sequence[int] = ()) -> tuple[Observation, Finding] | None:
    """Return the observation that tells most about a case, with its finding; None when there is none.

    A failure tells more than a clean answer or an unknown one, and a kind seen more often, by `times` where it is told,
    more than a rarer one. Of equals the one in which the provider itself
    names the error wins (a client often hides it behind a timeout of its own), then a server's own 5xx, then the
    one seen first. A plan's limit outweighs the bare rate limit as which the provider also answers it.
    """
    pairs = [(one, classify(one, rules)) for one in seen]
    kinds: Counter[str] = Counter()
    for (_, found), count in zip(pairs, times or [1] * len(pairs), strict=True):
        kinds[found.branch] += count

    def rank(pair: tuple[Observation, Finding]) -> tuple[bool, int, bool, bool]:
        one, found = pair
        return (
            found.branch in {UNKNOWN, NO_FAILURE},
            -kinds[found.branch],
            one.error_type not in ERROR_TYPES,
            (one.http_status or 0) < _THEIRS,
        )

    if not pairs:
        return None
    first = min(pairs, key=rank)
    plans = [pair for pair in pairs if pair[1].branch.startswith("quota_or_plan")]
    return plans[0] if plans and first[1].branch == "rate_limit" else first


def _is_id(request_id: str | None) -> bool:
    return (request_id or "").startswith("req_")


def _names_none(branch: str, rules: Rules) -> bool:
    return rules.taxonomy.leaf(branch).severity_class == "none"


def _failed(seen: Observation) -> bool:
    return seen.http_status is None or seen.http_status >= _FAILED or seen.exception is not None


def _has(headers: Mapping[str, str], name: str) -> bool:
    return any(one.startswith(name[:-1]) for one in headers) if name.endswith("*") else name in headers
