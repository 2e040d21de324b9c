"""From a triage's result to what stands of it on the timeline."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.incidents.events import Actor, Measured, ModelSeen
from bot.incidents.failing import failures, median_latency_s
from bot.rules.evidence import CheckStatus, Evidence, PageIncident, Sample, StatusPage, Verdict
from bot.rules.page import open_incidents
from bot.rules.recent import FIRST_FAILURE
from bot.rules.tally import count_samples, is_comparison
from bot.rules.taxonomy import Taxonomy
from bot.rules.wait import longest_wait

_OF_PRODUCTION: Final = frozenset({"production", "traffic"})  # the checks by which production's own evidence comes in
_EMPTY: Final = 0.05  # of a bucket: with less left its refill is worth a wait
_LONGEST_WAIT: Final = timedelta(hours=1)  # what lasts longer is no wait but a limit


def measured(
    verdict: Verdict,
    evidence: Sequence[Evidence],
    taxonomy: Taxonomy,
    configured: Sequence[str],
    *,
    actor: Actor,
    now: datetime,
    began: datetime | None = None,
) -> Measured:
    """Return the event that puts a triage's result on the timeline, at the moment (`now`) when it was there.

    `configured` are the models that the team uses; empty when nobody said.
    """
    failed_at = [sample.at for item in evidence for sample in item.samples if sample.branch is not None]
    failed_at += [datetime.fromisoformat(item.facts[FIRST_FAILURE]) for item in evidence if FIRST_FAILURE in item.facts]
    page = _open_at_the_provider(next((item.page for item in evidence if item.page is not None), None))
    return Measured(
        actor=actor,
        happened_at=now,
        severity=verdict.severity,
        fault=verdict.fault,
        branch=verdict.branch,
        because=verdict.because,
        samples_total=verdict.samples.total,
        samples_failed=verdict.samples.failed,
        checks=tuple(f"{item.check.replace('_', ' ')}: {item.status} - {item.summary}" for item in evidence),
        request_ids=verdict.request_ids,
        first_failure_at=min(failed_at, default=None),
        models=tuple(_models(evidence, taxonomy, configured)),
        failures=failures(evidence, taxonomy),
        latency_s=median_latency_s(evidence, taxonomy),
        provider=None if page is None else tuple(f"“{one.name}” ({one.status})" for one in page),
        page=page or (),
        contradicted=any(item.check in _OF_PRODUCTION and item.status is CheckStatus.FAILED for item in evidence),
        wait_until=_wait_until(evidence, now),
        began_at=began,
        in_use=tuple(configured),
    )


def _models(evidence: Sequence[Evidence], taxonomy: Taxonomy, configured: Sequence[str]) -> Iterator[ModelSeen]:
    by_model: dict[str, list[Sample]] = {}
    for sample in (sample for item in evidence for sample in item.samples):
        if sample.source == "probe" and sample.model is not None:
            by_model.setdefault(sample.model, []).append(sample)
    for model, samples in sorted(by_model.items()):
        count = count_samples(samples, taxonomy)
        compared = is_comparison(samples[0], configured)
        yield ModelSeen(model=model, total=count.total, failed=count.failed, slow=count.slow, compared=compared)


def _open_at_the_provider(page: StatusPage | None) -> tuple[PageIncident, ...] | None:
    """Return the open incidents that concern the API; None when the page said nothing."""
    if page is None or not page.readable:
        return None
    return tuple(incident for incident in open_incidents(page) if incident.names_api and incident.impact != "none")


def _wait_until(evidence: Sequence[Evidence], now: datetime) -> datetime | None:
    """Return the latest moment (UTC) that a refusal, or the refill of an empty bucket, names; None when none does."""
    buckets = (bucket for item in evidence for bucket in item.buckets if bucket.headroom < _EMPTY)
    refills = (bucket.refill_s for bucket in buckets if bucket.refill_s is not None)
    longest = timedelta(seconds=max([longest_wait(evidence) or 0, *refills]))
    return now + longest if timedelta(0) < longest <= _LONGEST_WAIT else None
