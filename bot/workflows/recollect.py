"""What a new verdict remembers: people's reports, production's requests of minutes ago, our own earlier probes."""

from dataclasses import dataclass
from datetime import datetime

from bot.incidents.report import COUNTS_FOR, weightiest
from bot.rules.evidence import Evidence
from bot.rules.recent import MEMORY, earlier_probes
from bot.rules.severity import HumanReport
from bot.rules.traffic import WINDOW, traffic_evidence
from bot.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """Evidence that was there before this run, and the report of production that counts."""

    evidence: tuple[Evidence, ...] = ()
    report: HumanReport | None = None


async def recollect(unit: UnitOfWork, began: datetime) -> Recollection:
    """Return what is known of the time before a run that began at this moment (UTC)."""
    samples = await unit.samples.between(began - MEMORY, began)
    earlier = earlier_probes([sample for sample in samples if sample.source == "probe"])
    requests = [sample for sample in samples if sample.source == "traffic" and sample.at >= began - WINDOW]
    report = weightiest(await unit.reports.since(began - COUNTS_FOR))
    found = (
        report.as_evidence() if report else None,
        traffic_evidence(requests, began) if requests else None,
        earlier,
    )
    return Recollection(
        evidence=tuple(item for item in found if item is not None), report=report.as_human() if report else None
    )
