"""Ready-made values for tests: verdicts, evidence, actors, incidents."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from bot.incidents.events import Actor, ChannelCreated, Event, Measured, Opened, Resolved, SeverityChanged, StepAnswered
from bot.incidents.model import Incident, fold
from bot.incidents.triage import Triage
from bot.rules.evidence import Bucket, CheckStatus, Evidence, Fault, Sample, SampleCount, Severity, Vantage, Verdict
from bot.rules.recovery import Recovery
from bot.slack.cards.incident import incident_card

card_of = partial(incident_card, recovery=Recovery())
"""The card of an incident under the rule that we ship."""
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LENA = Actor(id="U0LEAD0001", name="lena")
RAVI = Actor(id="U0RAVI0001", name="ravi")


def a_verdict(**changes: Any) -> Verdict:
    """Return a P1 verdict: five of five attempts overloaded."""
    values: dict[str, Any] = {
        "severity": Severity.P1,
        "provisional": False,
        "fault": Fault.THEIRS,
        "branch": "overloaded",
        "because": "5 of 5 attempts failed with 529.",
        "rule": "2",
        "confidence": "high",
        "samples": SampleCount(total=5, failed=5, slow=0),
        "rate_limits": (),
        "next_steps": ("Fall back to another model.",),
        "vantage": Vantage(
            workspace="wrkspc_1", models=("a-model",), key="production", host="here", not_tested=("streaming",)
        ),
        "request_ids": ("req_1", "req_2"),
    }
    return Verdict(**(values | changes))


def some_evidence() -> tuple[Evidence, ...]:
    """Return what a status page, a Messages check and the rate limits may say."""
    sample = Sample(at=NOW, source="probe", model="a-model", branch="overloaded", latency_s=0.2, status=529)
    bucket = Bucket(bucket="requests", limit=50, remaining=49, reset=None, headroom=0.98, refill_s=1.2)
    return (
        Evidence(check="status_page", status=CheckStatus.OK, summary="operational", latency_ms=120),
        Evidence(check="messages", status=CheckStatus.FAILED, summary="5 of 5 failed", samples=(sample,)),
        Evidence(check="rate_limits", status=CheckStatus.OK, summary="98 % left", buckets=(bucket,)),
    )


def a_triage(**changes: Any) -> Triage:
    """Return a finished triage run."""
    values: dict[str, Any] = {
        "id": 3,
        "team_id": "T1",
        "channel_id": "C1",
        "requested_by": LENA,
        "requested_at": NOW,
        "evidence": {item.check: item for item in some_evidence()},
        "verdict": a_verdict(rate_limits=some_evidence()[2].buckets),
        "finished_at": NOW,
        "duration_ms": 4200,
    }
    return Triage(**(values | changes))


def opened(**changes: Any) -> Opened:
    """Return the first event of an incident."""
    values: dict[str, Any] = {
        "actor": LENA,
        "happened_at": NOW,
        "title": "Claude API: overloaded",
        "severity": Severity.P1,
        "rule": "2",
        "provisional": False,
        "fault": Fault.THEIRS,
        "branch": "overloaded",
        "because": "5 of 5 attempts failed with 529.",
        "step": "symptom",
        "triage_id": 3,
        "origin_channel": "C1",
    }
    return Opened(**(values | changes))


def measured(**changes: Any) -> Measured:
    """Return a measurement on the timeline."""
    values: dict[str, Any] = {
        "actor": LENA,
        "happened_at": NOW,
        "severity": Severity.P1,
        "fault": Fault.THEIRS,
        "branch": "overloaded",
        "because": "5 of 5 attempts failed with 529.",
        "samples_total": 5,
        "samples_failed": 5,
        "checks": ("messages: failed - 5 of 5 failed",),
        "request_ids": ("req_1", "req_2"),
        "first_failure_at": NOW,
    }
    return Measured(**(values | changes))


def answered(**changes: Any) -> StepAnswered:
    """Return an answer to a question of the tree."""
    values: dict[str, Any] = {
        "actor": RAVI,
        "happened_at": NOW,
        "step": "symptom",
        "question": "What do your own services get?",
        "option": "overloaded",
        "label": "529",
        "next_step": "overloaded",
        "reached": "question",
    }
    return StepAnswered(**(values | changes))


def resolved(**changes: Any) -> Resolved:
    """Return the end of an incident."""
    values: dict[str, Any] = {
        "actor": LENA,
        "happened_at": NOW,
        "impact": "Chat was down.",
        "root_cause": "Overload.",
        "mitigation": "Waited.",
        "action_items": ("Add a fallback", "Alert on 529"),
    }
    return Resolved(**(values | changes))


def severity_changed(**changes: Any) -> SeverityChanged:
    """Return a person's word against the rules'."""
    values: dict[str, Any] = {
        "actor": RAVI,
        "happened_at": NOW,
        "before": Severity.P1,
        "after": Severity.P2,
        "reason": "only batch traffic is hit",
    }
    return SeverityChanged(**(values | changes))


def channel_created() -> ChannelCreated:
    """Return the event that the channel exists."""
    return ChannelCreated(actor=LENA, happened_at=NOW, channel_id="C7", name="inc-7-overloaded")


def an_incident(*story: Event) -> Incident:
    """Return incident 7 after its opening and these events."""
    incident = fold(7, (opened(), *story))
    assert incident is not None
    return incident
