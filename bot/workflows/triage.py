"""A triage run: asked for in Slack, carried out as a job, shown as it goes, ended by a verdict."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.incidents.effects import Effect, show_triage
from bot.incidents.triage import Triage
from bot.rules.asking import AskWorld, Judge
from bot.rules.evidence import Evidence
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.context import Context, Delivery
from bot.workflows.worker import Finish

RUN = "triage.run"
_STALE = timedelta(minutes=2)  # an unfinished run older than this blocks nobody: its job was given up
_PROGRESS_S = 1.0  # finished checks are shown together, to spare Slack's budget of edits


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run that will answer; `joined` when somebody else had started it."""

    triage: Triage
    joined: bool


async def start_triage(context: Context, delivery: Delivery) -> Started:
    """Start a run in the channel where it was asked for, or join the workspace's running one."""
    async with context.store.begin(once=delivery.key) as unit:
        await unit.triages.abandon_before(delivery.team_id, unit.now - _STALE)
        triage = await unit.triages.create(delivery.team_id, delivery.channel_id, delivery.actor, unit.now)
        if triage is None:
            return Started(triage=await unit.triages.running(delivery.team_id), joined=True)
        await unit.wish(show_triage(triage.id))
        await unit.wish(Effect(kind=RUN, lane=f"run:{triage.id}", payload={"triage_id": triage.id}))
        return Started(triage=triage, joined=False)


def triage_runner(context: Context, ask_world: AskWorld, judge: Judge) -> Callable[[Job], Awaitable[Finish | None]]:
    """Return the handler of the job `triage.run`."""

    async def run(job: Job) -> Finish:
        triage_id = int(job.payload["triage_id"])

        async def on_evidence(evidence: Evidence) -> None:
            async with context.store.begin() as unit:
                await unit.triages.add_evidence(triage_id, evidence)
                await unit.wish(show_triage(triage_id), after_s=_PROGRESS_S)

        began = context.clock.monotonic()
        evidence = await ask_world(on_evidence)
        verdict = judge(evidence)
        duration_ms = round((context.clock.monotonic() - began) * 1000)

        async def finish(unit: UnitOfWork) -> None:
            await unit.triages.finish(triage_id, evidence, verdict, unit.now, duration_ms)
            await unit.wish(show_triage(triage_id))

        return finish

    return run
