"""Which incident a verb is about: the one that is named, else the one of the channel."""

from bot.errors import BadInput
from bot.incidents.model import Incident
from bot.slack.guard import Desk, Request
from bot.slack.typed import named
from bot.workflows.look_up import find_incident


async def incident_and_rest(request: Request, desk: Desk, rest: str) -> tuple[Incident, str]:
    """Return the incident that a text begins with (`INC-7 …`), else the channel's, and the rest of the text.

    Raises UnknownIncident when there is none that the person may know of.
    """
    number, text = named(rest)
    return await find_incident(desk.context, request.delivery, number), text


async def incident_alone(request: Request, desk: Desk, rest: str) -> Incident:
    """Return the incident of a verb behind which only a name may stand; raises BadInput for anything else."""
    number, text = named(rest, alone=True)
    if text:
        raise BadInput("That is no incident's name.", "Write it like `INC-7`; `/anth-triage list` shows the open ones.")
    return await find_incident(desk.context, request.delivery, number)
