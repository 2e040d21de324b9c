"""What a new verdict remembers: people's reports, production's requests of minutes ago, our own earlier probes."""

from dataclasses import dataclass
from datetime import datetime

from bot.incidents.events import EvidenceReported
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


async def recollect(unit: UnitOfWork, began: datetime, channel_id: str | None = None) -> Recollection:
    """Return what is known of the time before a run that began at this moment (UTC).

    `channel_id` is where its verdict shows: what was reported in private, or in the channel of an incident that is
    private by now, is known only there. None, for the terminal, knows everything.
    """
    samples = await unit.samples.between(began - MEMORY, began)
    earlier = earlier_probes([sample for sample in samples if sample.source == "probe"])
    requests = [sample for sample in samples if sample.source == "traffic" and sample.at >= began - WINDOW]
    hidden = set() if channel_id is None else await _said_in_private(unit, channel_id)
    told = await unit.reports.since(began - COUNTS_FOR)
    heard = [report for report in told if not report.private or channel_id in {None, report.channel_id}]
    report = weightiest([report for report in heard if report.at not in hidden])
    found = (
        report.as_evidence() if report else None,
        traffic_evidence(requests, began) if requests else None,
        earlier,
    )
    return Recollection(
        evidence=tuple(item for item in found if item is not None), report=report.as_human() if report else None
    )


async def _said_in_private(unit: UnitOfWork, but_in: str) -> set[datetime]:
    """Return the moments of what people reported in channels of private incidents, but in this one."""
    others = [one for one in await unit.incidents.all() if one.private and one.channel_id != but_in]
    told = [item.event for one in others for item in await unit.incidents.story(one.id)]
    return {event.happened_at for event in told if isinstance(event, EvidenceReported)}
