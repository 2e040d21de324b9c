"""Counts attempts the way the severity table reads them."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.rules.evidence import Sample, SampleCount
from bot.rules.statistics import p99
from bot.rules.taxonomy import Leaf, Taxonomy

SLOW_S: Final = 10.0
"""An attempt that took longer than this many seconds is slow (runbook, P2)."""

KEY_BOUND: Final = frozenset({"auth", "permission", "billing", "quota_or_plan", "rate_limit", "model_not_found"})
"""Branch families that depend on a key and its workspace: seen with another key, they say nothing of production."""

OURS: Final = "probes"
"""What our own attempts are called."""

FAILING: Final = frozenset({"F", "A", "R"})
Letter = Literal["F", "A", "R", "Q", "clean"]

_FAILED: Final = 400  # HTTP's border
_MIN_FOR_DOWN = 2
MIN_OF_TRAFFIC: Final = 5
"""So many of production's requests say something of all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the severity table needs to know about one population of attempts (our probes, or production's).

    `attempts` are the valid ones: `failed` (F) + `refused` (A) + `limited` (R) + those that got through, of which
    `poor` (Q) answered badly. `all_500_529` says that every failing attempt had HTTP 500 or 529.
    `late` took longer than 10 s, of `timed` attempts whose latency counts: a quick refusal is no quick answer.
    `p99_s` is None below 100 timed attempts. `down` names the models, or `streaming`, of which every attempt failed.
    `left_out` were refused as invalid through a bug of the caller (the late ones still count as late and timed),
    `bots_key` failed for a key of the bot's own.
    """

    who: str = "attempts"
    attempts: int = 0
    failed: int = 0
    refused: int = 0
    limited: int = 0
    poor: int = 0
    all_500_529: bool = False
    late: int = 0
    timed: int = 0
    slowest_s: float | None = None
    p99_s: float | None = None
    down: tuple[str, ...] = ()
    left_out: int = 0
    bots_key: int = 0
    request_ids: int = 0

    @property
    def failing(self) -> int:
        """Return how many attempts did not get through."""
        return self.failed + self.refused + self.limited


@dataclass(frozen=True, slots=True)
class Population:
    """Attempts sorted by what they may count for; each tuple keeps the order of the samples."""

    counted: tuple[Sample, ...]
    left_out: tuple[Sample, ...]
    bots_key: tuple[Sample, ...]


def leaf_of(sample: Sample, taxonomy: Taxonomy) -> Leaf | None:
    """Return what went wrong in this attempt, None when it was clean."""
    leaf = None if sample.branch is None else taxonomy.leaf(sample.branch)
    if leaf is None or leaf.severity_class != "none":
        return leaf
    return taxonomy.leaf("unknown") if (sample.status or 0) >= _FAILED else None  # an error status is never clean


def letter_of(sample: Sample, taxonomy: Taxonomy) -> Letter:
    """Return the letter by which the severity table counts this attempt."""
    leaf = leaf_of(sample, taxonomy)
    return "clean" if leaf is None or leaf.severity_class == "none" else leaf.severity_class


def is_failing(sample: Sample, taxonomy: Taxonomy) -> bool:
    """Tell whether this attempt did not get through."""
    return letter_of(sample, taxonomy) in FAILING


def is_late(sample: Sample) -> bool:
    """Tell whether this attempt, clean or not, took longer than 10 s."""
    return sample.latency_s is not None and sample.latency_s > SLOW_S


def sort_out(
    samples: Iterable[Sample], taxonomy: Taxonomy, configured: Collection[str] = (), *, own_key: bool = True
) -> Population:
    """Separate the attempts that count from those that say nothing about production.

    A probe of a model that nobody configured is only a comparison. A request refused as invalid is a bug of the
    caller: it counts when our fixed probe gets through otherwise, or when nothing of production's gets through.
    """
    used = [sample for sample in samples if not is_comparison(sample, configured)]
    bots_key = tuple(sample for sample in used if not own_key and _is_key_bound(sample, taxonomy))
    rest = [sample for sample in used if own_key or not _is_key_bound(sample, taxonomy)]
    probes = [sample for sample in rest if sample.source == "probe"]
    traffic = [sample for sample in rest if sample.source != "probe"]
    rejected = all(_is_unmeasured(probe, taxonomy) for probe in probes)
    dead = all(is_failing(sample, taxonomy) for sample in traffic)
    invalid = [sample for sample in traffic if not dead and _is_callers_bug(sample, taxonomy)]
    valid = [sample for sample in traffic if dead or not _is_callers_bug(sample, taxonomy)]
    return Population(
        counted=(*(() if rejected else probes), *valid),
        left_out=(*(probes if rejected else ()), *invalid),
        bots_key=bots_key,
    )


def tally(
    samples: Iterable[Sample],
    taxonomy: Taxonomy,
    *,
    configured: Collection[str] = (),
    own_key: bool = True,
    who: str = "attempts",
) -> Tally:
    """Count one population of attempts. `own_key` is False when the probing key is not production's."""
    population = sort_out(samples, taxonomy, configured, own_key=own_key)
    counted = population.counted
    letters = Counter(letter_of(sample, taxonomy) for sample in counted)
    failing = [sample for sample in counted if is_failing(sample, taxonomy)]
    patient = (*counted, *filter(is_late, population.left_out))
    timed = [one.latency_s for one in patient if one.latency_s is not None and _is_timed(one, taxonomy)]
    return Tally(
        who=who,
        attempts=len(counted),
        failed=letters["F"],
        refused=letters["A"],
        limited=letters["R"],
        poor=letters["Q"],
        all_500_529=bool(failing) and all(_is_500_529(leaf_of(one, taxonomy), one.status) for one in failing),
        late=sum(map(is_late, patient)),
        timed=len(timed),
        slowest_s=max(timed, default=None),
        p99_s=p99(timed),
        down=_down(counted, taxonomy) if len(failing) < len(counted) else (),
        left_out=len(population.left_out),
        bots_key=len(population.bots_key),
        request_ids=len({sample.request_id for sample in failing if sample.request_id}),
    )


def tally_of_report(failed: int, total: int, leaf: Leaf, status: int | None = None) -> Tally:
    """Count what a person reported: `failed` of `total` requests ended in this leaf, with this status if it is known.

    As in traffic, requests refused as invalid are a bug of their caller while others get through.
    """
    if leaf.family == "invalid_request" and failed < total:
        return Tally(who="reported requests", attempts=total - failed, left_out=failed)
    letter = leaf.severity_class if leaf.severity_class in FAILING else "F"
    return Tally(
        who="reported requests",
        attempts=total,
        failed=failed if letter == "F" else 0,
        refused=failed if letter == "A" else 0,
        limited=failed if letter == "R" else 0,
        all_500_529=failed > 0 and _is_500_529(leaf, status),
    )


def count_samples(samples: Sequence[Sample], taxonomy: Taxonomy) -> SampleCount:
    """Return the three numbers that every card shows: all attempts, failing ones, clean but slow ones."""
    failing = [sample for sample in samples if is_failing(sample, taxonomy)]
    late = sum(map(is_late, samples))
    return SampleCount(total=len(samples), failed=len(failing), slow=late - sum(map(is_late, failing)))


def _is_timed(sample: Sample, taxonomy: Taxonomy) -> bool:
    return is_late(sample) or not is_failing(sample, taxonomy)


def is_comparison(sample: Sample, configured: Collection[str]) -> bool:
    """Tell whether this is a probe of a model that nobody configured."""
    other = sample.model is not None and sample.model not in configured
    return bool(configured) and sample.source == "probe" and other


def _is_key_bound(sample: Sample, taxonomy: Taxonomy) -> bool:
    leaf = leaf_of(sample, taxonomy)
    return sample.source == "probe" and leaf is not None and leaf.family in KEY_BOUND


def _is_callers_bug(sample: Sample, taxonomy: Taxonomy) -> bool:
    leaf = leaf_of(sample, taxonomy)
    return leaf is not None and leaf.family == "invalid_request"


def _is_unmeasured(probe: Sample, taxonomy: Taxonomy) -> bool:
    """Tell whether a probe asked nothing that the API could answer: no key, another server's answer, a bug of ours."""
    elsewhere = probe.branch == "network.base_url" and probe.status is not None
    leaf = leaf_of(probe, taxonomy)
    oversized = leaf is not None and leaf.family == "request_too_large"  # our fixed probe is tiny
    return probe.branch == "auth.missing_key" or elsewhere or oversized or _is_callers_bug(probe, taxonomy)


def _is_500_529(leaf: Leaf | None, status: int | None) -> bool:
    """Tell whether a failure is HTTP 500 or 529, also where a stream or a pasted text hides the status."""
    plain = leaf is not None and leaf.id == "server_error" and status is None
    return status in {500, 529} or plain or (leaf is not None and leaf.family == "overloaded")


def _down(samples: Sequence[Sample], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the parts of which every attempt failed: models, and streaming.

    Two attempts are enough where we asked all parts the same question. Of production's requests it takes five, and
    failures that a part can have alone: a rarely used model is not down because one caller lacks access to it.
    A stream that broke on a model which answers nothing else says nothing of streaming.
    """
    answering = {one.model for one in samples if not one.streamed and not is_failing(one, taxonomy)}
    attempts: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    wanted: dict[str, int] = {}
    for sample in samples:
        tells = sample.streamed and (sample.model in answering or not is_failing(sample, taxonomy))
        names = [name for name in (sample.model, "streaming" if tells else None) if name]
        attempts.update(names)
        failures.update(names if _fails_as_part(sample, taxonomy) else ())
        wanted |= dict.fromkeys(names, _MIN_FOR_DOWN if sample.source == "probe" else MIN_OF_TRAFFIC)
    return tuple(name for name, count in attempts.items() if count == failures[name] and count >= wanted[name])


def _fails_as_part(sample: Sample, taxonomy: Taxonomy) -> bool:
    leaf = leaf_of(sample, taxonomy)
    alone = leaf is not None and (leaf.severity_class == "F" or leaf.family == "model_not_found")
    return is_failing(sample, taxonomy) and (sample.source == "probe" or alone)
