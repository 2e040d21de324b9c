"""A triage run: asked for in Slack, carried out as a job, shown as it goes, ended by a verdict."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.incidents.access import may_see
from bot.incidents.effects import Effect, show_triage
from bot.incidents.ending import is_watched, news_of
from bot.incidents.events import BOT
from bot.incidents.measuring import measured
from bot.incidents.triage import Triage
from bot.metrics import CHECK, VERDICTS
from bot.rules.asking import OVERDUE, AskWorld, Judge
from bot.rules.evidence import Evidence, Verdict
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.recollect import Recollection, recollect
from bot.workflows.worker import Finish

RUN = "triage.run"
_STALE = timedelta(minutes=2)  # an unfinished run older than this blocks nobody: its job was given up
_PROGRESS_S = 1.0  # finished checks are shown together, to spare Slack's budget of edits


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run that will answer; `joined` when somebody else had started it.

    It is `hidden` when it runs where the person may not look.
    """

    triage: Triage
    joined: bool
    hidden: bool = False


async def start_triage(context: Context, delivery: Delivery) -> Started:
    """Start a run in the channel where it was asked for, or join the workspace's running one."""
    async with context.store.begin(once=delivery.key) as unit:
        return await start_in(unit, delivery)


async def start_in(unit: UnitOfWork, delivery: Delivery) -> Started:
    """Do what `start_triage` does inside a transaction that does more."""
    await unit.triages.abandon_before(delivery.team_id, unit.now - _STALE)
    around = await unit.incidents.in_channel(delivery.channel_id)
    private = delivery.in_private or (around is not None and around.private)
    triage = await unit.triages.create(delivery.team_id, delivery.channel_id, delivery.actor, unit.now, private=private)
    if triage is None:
        running = await unit.triages.running(delivery.team_id)
        return Started(triage=running, joined=True, hidden=not await _may_hear_of(unit, running, delivery))
    await unit.wish(show_triage(triage.id))
    await unit.wish(Effect(kind=RUN, lane=f"run:{triage.id}", payload={"triage_id": triage.id}))
    return Started(triage=triage, joined=False)


async def _may_hear_of(unit: UnitOfWork, running: Triage, delivery: Delivery) -> bool:
    if not running.private or delivery.channel_id == running.channel_id or delivery.actor == running.requested_by:
        return True
    around = await unit.incidents.in_channel(running.channel_id)
    return around is not None and may_see(around, delivery.actor.id, delivery.channel_id)


def triage_runner(
    context: Context, ask_world: AskWorld, judge: Judge, key: str
) -> Callable[[Job], Awaitable[Finish | None]]:
    """Return the handler of the job `triage.run`; `key` says whose key the probes use, for their samples."""

    async def run(job: Job) -> Finish:
        triage_id = int(job.payload["triage_id"])
        began, started = context.clock.monotonic(), context.clock.now()
        async with context.store.read() as unit:
            where = (await unit.triages.get(triage_id)).channel_id
        progress = _Progress(context, judge, triage_id, where)
        probed = await ask_world(progress.on_evidence)
        async with context.store.read() as unit:
            known = await recollect(unit, started, where)
        evidence = (*probed, *known.evidence)
        verdict = judge(evidence, report=known.report)
        _count(probed, verdict)
        duration_ms = round((context.clock.monotonic() - began) * 1000)

        async def finish(unit: UnitOfWork) -> None:
            await _tell_the_incident(context, unit, triage_id, evidence, verdict, started)
            await unit.triages.finish(triage_id, evidence, verdict, unit.now, duration_ms)
            await unit.samples.add([sample for item in probed for sample in item.samples], key, unit.now)
            await unit.wish(show_triage(triage_id))

        return finish

    return run


def _count(probed: tuple[Evidence, ...], verdict: Verdict) -> None:
    """Let the metrics know; a run that is done again because its process lost the lease counts again."""
    for item in probed:
        CHECK.labels(item.check, item.status).observe((item.latency_ms or 0) / 1000)
    VERDICTS.labels(verdict.severity, verdict.fault or "none").inc()


async def _tell_the_incident(
    context: Context,
    unit: UnitOfWork,
    triage_id: int,
    evidence: tuple[Evidence, ...],
    verdict: Verdict,
    began: datetime,
) -> None:
    """Put a run's result on the timeline of the incident in whose channel it ran, and what follows for its end.

    The incident is open, or was a while ago: then it may turn out not to be over.
    """
    triage = await unit.triages.get(triage_id)
    around = await unit.incidents.in_channel(triage.channel_id)
    if around is None or not is_watched(around, unit.now):
        return
    incident = await unit.incidents.get(around.id, lock=True)
    if is_watched(incident, unit.now):
        known, models = context.taxonomy, context.models
        event = measured(verdict, evidence, known, models, actor=BOT, now=unit.now, began=began)
        incident = await unit.record(incident, event)
        told = [] if incident.is_open else [item.event for item in await unit.incidents.story(incident.id)]
        if (news := news_of(incident, event, context.recovery, told)) is not None:
            await unit.record(incident, news)


class _Progress:
    """Stores and shows each check as it finishes; once checks are overdue, also what the verdict would be by now."""

    def __init__(self, context: Context, judge: Judge, triage_id: int, where: str) -> None:
        self._where = where
        self._context = context
        self._judge = judge
        self._triage_id = triage_id
        self._started = context.clock.now()
        self._seen: dict[str, Evidence] = {}
        self._overdue = False

    async def on_evidence(self, evidence: Evidence) -> None:
        """Take the news of one check."""
        self._seen[evidence.check] = evidence
        self._overdue = self._overdue or OVERDUE in evidence.facts
        async with self._context.store.begin() as unit:
            await unit.triages.add_evidence(self._triage_id, evidence)
            if self._overdue:
                await unit.triages.expect(
                    self._triage_id, self._so_far(await recollect(unit, self._started, self._where))
                )
            await unit.wish(show_triage(self._triage_id), after_s=0 if self._overdue else _PROGRESS_S)

    def _so_far(self, known: Recollection) -> Verdict:
        evidence = (*self._seen.values(), *known.evidence)
        return self._judge(evidence, report=known.report, provisional_deadline=True)
