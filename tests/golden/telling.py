"""How a story is told: fixed moments in UTC, invented people, measurements, and entries with their numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from bot.incidents.events import BOT, Actor, Event, Failing, Measured, ModelSeen, Opened, Recorded
from bot.incidents.model import Incident, fold
from bot.rules.evidence import Fault, PageIncident, PageUpdate, Severity

INES: Final = Actor(id="U0INES0001", name="Ines Duarte")
TOMASZ: Final = Actor(id="U0TOMASZ01", name="Tomasz Wrona")
SEUN: Final = Actor(id="U0SEUN0001", name="Seun Adeyemi")
MIRELA: Final = Actor(id="U0MIRELA01", name="Mirela Kostova")
JONAS: Final = Actor(id="U0JONAS001", name="Jonas Lindqvist")

SONNET: Final = "claude-sonnet-4-6"
HAIKU: Final = "claude-haiku-4-5"
OPUS: Final = "claude-opus-4-8"

FIRST: Final = timedelta(seconds=4)
LAST: Final = timedelta(seconds=1)
"""So long before a measurement's verdict its first and its last attempt failed."""

_IDS: Final = 10  # request ids that a measurement keeps of one leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One incident: its number, and its entries in the order of recording."""

    number: int
    story: tuple[Recorded, ...]

    @property
    def incident(self) -> Incident:
        """Return the state that the entries add up to."""
        incident = fold(self.number, (item.event for item in self.story))
        assert incident is not None
        return incident


def told(number: int, *events: Event) -> Told:
    """Return the incident with these entries, each written down when it happened, or as soon as its turn came."""
    moments = accumulate((event.happened_at for event in events), max)
    entries = (
        Recorded(seq=n, at=at, event=event) for n, (at, event) in enumerate(zip(moments, events, strict=True), 1)
    )
    return Told(number=number, story=tuple(entries))


def on(day: str) -> Callable[[str], datetime]:
    """Return a clock of that day: `at("09:12:30")` is that moment in UTC."""
    return lambda time: datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)


def opened(at: datetime, by: Actor, title: str, severity: Severity, **more: Any) -> Opened:
    """Return an opening by hand, before which nothing was measured; `more` are other fields."""
    values: dict[str, Any] = {
        "rule": None,
        "provisional": False,
        "fault": None,
        "branch": None,
        "because": f"{by.name} declared it; nothing was measured before.",
        "step": "symptom",
        "triage_id": None,
        "origin_channel": "C0OPS00001",
    }
    return Opened(actor=by, happened_at=at, title=title, severity=severity, **(values | more))


def opened_from(verdict: Measured, at: datetime, by: Actor, title: str, rule: str, **more: Any) -> Opened:
    """Return an opening from a verdict, as a press on it makes one."""
    values: dict[str, Any] = {
        "rule": rule,
        "fault": verdict.fault,
        "branch": verdict.branch,
        "because": verdict.because,
        "triage_id": 3,
    }
    return opened(at, by, title, verdict.severity, **(values | more))


def failing(
    at: datetime,
    severity: Severity,
    branch: str,
    status: int | None,
    models: Mapping[str, tuple[int, int]],
    **more: Any,
) -> Measured:
    """Return a measurement in which requests failed with one leaf; `models` says of each (asked, failed)."""
    asked = sum(total for total, _ in models.values())
    failed = sum(count for _, count in models.values())
    ids = () if status is None else tuple(f"req_011CT{at:%d%H%M%S}{chr(65 + n)}" for n in range(min(failed, _IDS)))
    leaf = Failing(
        branch=branch,
        count=failed,
        first_at=at - FIRST,
        last_at=at - LAST,
        statuses=() if status is None else (status,),
        models=tuple(sorted(name for name, (_, count) in models.items() if count)),
        request_ids=ids,
        headers=(("cf-ray", f"8f{at:%d%H%M%S}c1a7-FRA"), ("x-should-retry", "true")) if ids else (),
    )
    how = "without an answer" if status is None else f"with HTTP {status}"
    values: dict[str, Any] = {
        "fault": Fault.THEIRS,
        "because": f"{failed} of {asked} attempts failed {how} ({_counted(ids)}).",
        "checks": (f"messages: failed - {failed} of {asked} failed", _page_check(more)),
        "failures": (leaf,),
        "request_ids": ids,
        "first_failure_at": at - FIRST,
    }
    return _measured(at, severity, models, branch=branch, **(values | more))


def clean(at: datetime, *models: str, asked: int = 5, **more: Any) -> Measured:
    """Return a measurement in which everything answered well and in time."""
    total = asked * len(models)
    values: dict[str, Any] = {
        "fault": None,
        "because": f"0 of {total} attempts failed and none was slow.",
        "checks": (f"messages: ok - {total} of {total} answered", _page_check(more)),
        "latency_s": 0.84,
    }
    return _measured(at, Severity.NONE, dict.fromkeys(models, (asked, 0)), branch=None, **(values | more))


def _counted(ids: Sequence[str]) -> str:
    return f"{len(ids) or 'no'} request id{'' if len(ids) == 1 else 's'}"


def _page_check(more: Mapping[str, Any]) -> str:
    """Return what the check of the provider's page says of the same moment."""
    if "provider" in more and more["provider"] is None:
        return "status page: failed - HTTP 503"
    named = ", ".join(one.name for one in more.get("page", ()))
    return f"status page: failed - {named}" if named else "status page: ok - All Systems Operational"


def _measured(at: datetime, severity: Severity, models: Mapping[str, tuple[int, int]], **more: Any) -> Measured:
    page: tuple[PageIncident, ...] = more.get("page", ())
    values: dict[str, Any] = {
        "actor": BOT,
        "samples_total": sum(total for total, _ in models.values()),
        "samples_failed": sum(failed for _, failed in models.values()),
        "models": tuple(ModelSeen(model=name, total=total, failed=failed) for name, (total, failed) in models.items()),
        "request_ids": (),
        "first_failure_at": None,
        "provider": tuple(f"“{one.name}” ({one.status})" for one in page),
    }
    return Measured(happened_at=at, severity=severity, **(values | more))


def on_the_page(name: str, *updates: PageUpdate, **more: Any) -> PageIncident:
    """Return the provider's incident as its page shows it after these updates, the oldest first."""
    values: dict[str, Any] = {
        "id": "pg7k2m9x",
        "status": updates[-1].status,
        "impact": "major",
        "started_at": updates[0].at,
        "names_api": True,
        "url": "https://status.example/incidents/pg7k2m9x",
        "latest": updates[-1].text,
        "updates": updates,
    }
    return PageIncident(name=name, **(values | more))
