"""What happens when a job is given up: whom it was for hears of it by another way."""

from datetime import timedelta

from bot.errors import BadInput, Unreadable
from bot.incidents.effects import incident_lane, keys_given_up, show_step, show_triage, word_to
from bot.incidents.events import BOT
from bot.incidents.model import Incident
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.triage import RUN
from bot.workflows.worker import describe

_CHANNEL_LOST = frozenset({"channel_not_found", "is_archived", "is_inactive", "not_in_channel"})
_LONGEST = 38  # of a reason within a key
_ONE_CAUSE = timedelta(minutes=10)  # what is refused so soon after another refusal mostly follows from it


async def tell_somebody(unit: UnitOfWork, job: Job, error: Exception) -> None:
    """Queue a direct message to the incident's lead, or to who asked for the triage that cannot be shown."""
    try:
        await _tell_whom_it_was_for(unit, job, error)
    except (BadInput, Unreadable):
        return  # nobody knows whom it was for; the job itself is given up all the same


async def _tell_whom_it_was_for(unit: UnitOfWork, job: Job, error: Exception) -> None:
    name = str(job.payload.get("name") or job.lane or "")
    match name.split(":"):
        case ["incident" | "paper" | "canvas", number, *_] if number.isdigit():
            await _tell_the_lead(unit, job, await unit.incidents.get(int(number)), error)
        case ["handoff", target, number] if number.isdigit():
            incident = await unit.incidents.get(int(number))
            await _tell(unit, incident.lead.id, incident.name, f"{incident.id}:{target}", job, error)
        case ["triage", number] if number.isdigit():
            await _tell_who_asked(unit, job, int(number), error)
        case ["run", number] if number.isdigit():
            await unit.triages.abandon(int(number))
            await unit.wish(show_triage(int(number)))
            await _tell_who_asked(unit, job, int(number), error)
        case ["keys", number] if number.isdigit():
            await unit.wish(keys_given_up(int(number), job.kind, type(error).__name__))
        case _:
            return  # a word to one person found no way to them: it stays in the table of jobs


async def _tell_the_lead(unit: UnitOfWork, job: Job, incident: Incident, error: Exception) -> None:
    mine = 1 if job.lane == incident_lane(incident.id) else 0
    if await unit.jobs.failed_in_lane(incident_lane(incident.id), describe(error), unit.now - _ONE_CAUSE) > mine:
        return  # the lead knows already
    await _tell(unit, incident.lead.id, incident.name, f"{incident.id}", job, error)


async def _tell_who_asked(unit: UnitOfWork, job: Job, number: int, error: Exception) -> None:
    triage = await unit.triages.get(number)
    if triage.requested_by == BOT:  # measured again for an incident, in its channel
        incident = await unit.incidents.in_channel(triage.channel_id)
        if incident is not None:
            await unit.wish(show_step(incident.id, incident.answers))  # it waits for the result
            await _tell_the_lead(unit, job, incident, error)
        return
    await _tell(unit, triage.requested_by.id, f"Triage {number}", f"triage {number}", job, error)


async def _tell(unit: UnitOfWork, whom: str, about: str, of: str, job: Job, error: Exception) -> None:
    why = f"{type(error).__name__}:{getattr(error, 'code', '')}"[:_LONGEST]
    # Put again, as for each check that finishes, the job keeps its uuid until it succeeds.
    if not await unit.deliveries.first_time(f"told:{job.uuid}:{why}", unit.now):
        return
    what = str(job.payload.get("name") or job.kind)
    if job.kind == RUN:
        reason = type(error).__name__
        text = f"{about} could not be carried out ({reason}): nothing was measured. `/anth-triage` starts another."
    elif job.kind.startswith("handoff."):
        service = job.kind.partition(".")[2]
        text = (
            f"{about} could not be handed to {service} ({error}). Tell them yourself, and have its settings looked at."
        )
    else:
        mend = "Mend it (invite the bot, unarchive the channel, add the scope), then `anth-triage db jobs --retry all`."
        if getattr(error, "code", "") in _CHANNEL_LOST and about.startswith("INC-"):
            mend = (
                f"`/anth-triage repair {about}` makes a new channel. To keep the old one: {mend[0].lower()}{mend[1:]}"
            )
        text = f"{about}: Slack refuses what I have to do there ({what}: {error}). The record is safe. {mend}"
    key = f"dead:{of}:{why}"
    await unit.wish(word_to(whom, text, f"tell:{key}", key=key))
