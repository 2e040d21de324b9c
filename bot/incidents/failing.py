"""What failed in one measurement, by leaf of the taxonomy: counted, dated, and named so that the provider finds it.

Only the bot's own requests: production's of the last minutes come into each measurement anew, and would count twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from bot.incidents.events import Failing
from bot.rules.evidence import Evidence, Observation, Sample
from bot.rules.tally import leaf_of
from bot.rules.taxonomy import Taxonomy

SUPPORT_HEADERS: Final = (
    "request-id",
    "date",
    "cf-ray",
    "cf-mitigated",
    "server",
    "via",
    "retry-after",
    "x-should-retry",
    "anthropic-organization-id",
    "content-type",
)
"""Headers of an answer that help the provider's support; no other one is kept."""

_IDS: Final = 10
_LONGEST: Final = 120  # characters of a header's value


def failures(evidence: Sequence[Evidence], taxonomy: Taxonomy) -> tuple[Failing, ...]:
    """Return what failed, the most frequent leaf first; attempts that were clean are not in it."""
    by_leaf: dict[str, list[Sample]] = {}
    for sample in _samples(evidence):
        if (leaf := leaf_of(sample, taxonomy)) is not None:
            by_leaf.setdefault(leaf.id, []).append(sample)
    answers = {seen.request_id: seen for item in evidence for seen in item.observations if seen.request_id}
    found = (_failing(branch, samples, answers) for branch, samples in by_leaf.items())
    return tuple(sorted(found, key=lambda one: (-one.count, one.branch)))


def median_latency_s(evidence: Sequence[Evidence], taxonomy: Taxonomy) -> float | None:
    """Return the median of what clean attempts took, in seconds; None when none was clean."""
    clean = (sample for sample in _samples(evidence) if leaf_of(sample, taxonomy) is None)
    took = [sample.latency_s for sample in clean if sample.latency_s is not None]
    return round(median(took), 3) if took else None


def _samples(evidence: Sequence[Evidence]) -> Iterator[Sample]:
    return (sample for item in evidence for sample in item.samples if sample.source == "probe")


def _failing(branch: str, samples: Sequence[Sample], answers: Mapping[str, Observation]) -> Failing:
    ids = [sample.request_id for sample in samples if sample.request_id]
    answer = next((answers[name] for name in ids if name in answers), None)
    return Failing(
        branch=branch,
        count=len(samples),
        first_at=min(sample.at for sample in samples),
        last_at=max(sample.at for sample in samples),
        statuses=tuple(sorted({sample.status for sample in samples if sample.status is not None})),
        models=tuple(sorted({sample.model for sample in samples if sample.model is not None})),
        request_ids=tuple(dict.fromkeys(ids))[:_IDS],
        headers=tuple(_headers(answer)) if answer else (),
    )


def _headers(answer: Observation) -> Iterator[tuple[str, str]]:
    for name in SUPPORT_HEADERS:
        if value := answer.headers.get(name):
            yield name, value[:_LONGEST]
