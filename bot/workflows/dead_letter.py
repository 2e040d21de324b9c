"""What happens when a job is given up: its incident's lead hears of it by another way."""

from bot.errors import UnknownIncident, Unreadable
from bot.incidents.effects import Effect
from bot.store.jobs import Job
from bot.store.unit_of_work import UnitOfWork

_PREFIX = "incident:"


async def tell_the_lead(unit: UnitOfWork, job: Job, error: Exception) -> None:
    """Queue a direct message to the lead of the incident in whose lane the job stood."""
    number = (job.lane or "").removeprefix(_PREFIX)
    if not (job.lane or "").startswith(_PREFIX) or not number.isdigit():
        return
    if await unit.jobs.dead_in_lane(str(job.lane)) > 1:
        return  # the lead knows already
    try:
        incident = await unit.incidents.get(int(number))
    except (UnknownIncident, Unreadable):
        return  # nobody knows who leads it; the job itself is given up all the same
    what = str(job.payload.get("name") or job.kind)
    text = (
        f"{incident.name}: Slack refuses what I have to do there ({what}: {error}). The record is safe."
        " Mend it (invite the bot, unarchive the channel, add the scope), then `anth-triage db jobs --retry all`."
    )
    payload: dict[str, str | int] = {"channel": incident.lead.id, "user": incident.lead.id, "text": text}
    key = f"dead:{incident.id}:{type(error).__name__}:{getattr(error, 'code', '')}"
    await unit.wish(Effect(kind="slack.tell", lane=f"tell:{key}", key=key, payload=payload))
