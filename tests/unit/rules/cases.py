"""A small taxonomy and short ways to write samples, evidence and verdicts for the tests of the rules."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, Literal

from bot.paths import read_rules
from bot.rules.case import Key
from bot.rules.evidence import CheckStatus, Evidence, Fault, PageIncident, Sample, StatusPage, Verdict
from bot.rules.fault import load_fault
from bot.rules.severity import HumanReport, load_severity
from bot.rules.taxonomy import Leaf, Mitigation, SeverityClass, Taxonomy
from bot.rules.verdict import judge

NOW: Final = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MODEL: Final = "claude-haiku-5-5"
OTHER: Final = "claude-opus-5-5"

TEXTS: Final = read_rules()
SEVERITY: Final = load_severity(TEXTS["severity"])
FAULT: Final = load_fault(TEXTS["fault"])


def _leaf(branch: str, letter: SeverityClass, fault: Fault, *mitigations: str) -> Leaf:
    return Leaf(
        id=branch,
        title=branch,
        fault=fault,
        severity_class=letter,
        because="It is so.",
        check=(f"Look into {branch}.",),
        mitigations=mitigations,
        action="gather_data",
        retry="no",
        links=(),
        source="ours",
    )


def _mitigation(name: str, title: str, look: Literal["key", "money"] | None = None) -> Mitigation:
    steps = ("Deactivate that key.", "Audit it.")
    return Mitigation(id=name, title=title, steps=steps, snippet=None, source="ours", look=look)


_THEIRS, _OURS, _UNKNOWN = Fault.THEIRS, Fault.OURS, Fault.UNKNOWN
_LEAVES: Final = (
    _leaf("server_error", "F", _THEIRS, "back_off"),
    _leaf("server_error.edge", "F", _THEIRS, "back_off"),
    _leaf("overloaded", "F", _THEIRS, "back_off"),
    _leaf("timeout.read", "F", _THEIRS),
    _leaf("timeout.slow", "F", _THEIRS),
    _leaf("timeout.long", "F", _OURS),
    _leaf("streaming_error", "F", _UNKNOWN),
    _leaf("network.dns", "F", _OURS),
    _leaf("network.base_url", "F", _OURS),
    _leaf("auth", "A", _OURS, "rotate_key"),
    _leaf("auth.missing_key", "A", _OURS),
    _leaf("permission", "A", _OURS),
    _leaf("billing.credit", "A", _OURS, "buy_credits"),
    _leaf("model_not_found.gone", "A", _OURS),
    _leaf("invalid_request", "A", _OURS),
    _leaf("rate_limit", "R", _OURS, "slow_down"),
    _leaf("quality", "Q", _UNKNOWN),
    _leaf("quality.refusal", "Q", _UNKNOWN),
    _leaf("quality.paused", "none", _UNKNOWN),
    _leaf("unknown", "F", _UNKNOWN),
)
_MITIGATIONS: Final = (
    _mitigation("back_off", "Retry with backoff"),
    _mitigation("rotate_key", "Rotate the key", "key"),
    _mitigation("buy_credits", "Buy credits", "money"),
    _mitigation("slow_down", "Wait for retry-after"),
    _mitigation("revoke_key", "Revoke the key", "key"),
)
TAXONOMY: Final = Taxonomy(
    leaves={leaf.id: leaf for leaf in _LEAVES}, mitigations={cure.id: cure for cure in _MITIGATIONS}
)

STATUS: Final = {"overloaded": 529, "server_error": 500, "auth": 401, "rate_limit": 429}


def sample(branch: str | None = None, *, model: str | None = MODEL, latency_s: float | None = 0.5) -> Sample:
    """Return one probe: clean without a branch."""
    status = 200 if branch is None else STATUS.get(branch)
    ids = None if branch is None else "req_1"
    return Sample(
        at=NOW, source="probe", model=model, branch=branch, latency_s=latency_s, status=status, request_id=ids
    )


def probes(*counts: tuple[int, str | None], model: str = MODEL) -> tuple[Sample, ...]:
    """Return as many probes of each branch, each failure with a request id of its own."""
    return tuple(
        Sample(
            at=NOW,
            source="probe",
            model=model,
            branch=branch,
            latency_s=0.5,
            status=200 if branch is None else STATUS.get(branch),
            request_id=None if branch is None else f"req_{branch}_{number}",
        )
        for count, branch in counts
        for number in range(count)
    )


def traffic(*counts: tuple[int, str | None]) -> tuple[Sample, ...]:
    """Return as many of production's requests of each branch."""
    return tuple(
        Sample(at=NOW, source="traffic", model=MODEL, branch=branch, latency_s=1.0)
        for count, branch in counts
        for _ in range(count)
    )


def messages(*samples: Sample, facts: dict[str, str] | None = None) -> Evidence:
    """Return the evidence of the check that makes attempts."""
    return Evidence(check="messages", status=CheckStatus.OK, summary="Asked.", samples=samples, facts=facts or {})


def control(status: CheckStatus) -> Evidence:
    """Return the evidence of the control endpoint."""
    return Evidence(check="control", status=status, summary="Asked another endpoint.")


def page(*incidents: PageIncident, component: str | None = "operational", readable: bool = True) -> StatusPage:
    """Return a status page; green without incidents."""
    return StatusPage(readable=readable, indicator="none", api_component=component, incidents=incidents)


def incident(name: str, *, impact: str = "major", names_api: bool = True, latest: str = "") -> PageIncident:
    """Return an open incident."""
    return PageIncident(
        id="i1", name=name, status="investigating", impact=impact, started_at=NOW, names_api=names_api, latest=latest
    )


def on_page(seen: StatusPage) -> Evidence:
    """Return the evidence of the status page."""
    return Evidence(check="status_page", status=CheckStatus.OK, summary="Read.", page=seen)


judge_here = partial(judge, taxonomy=TAXONOMY, severity_rows=SEVERITY, fault_rows=FAULT, host="host-1")


def verdict(
    *evidence: Evidence,
    key: Key = "production",
    models: Sequence[str] = (MODEL,),
    report: HumanReport | None = None,
) -> Verdict:
    """Return the verdict by the rules that ship."""
    return judge_here(evidence, vantage_key=key, configured_models=models, report=report)
