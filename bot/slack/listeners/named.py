"""Whom and what a verb is about: the incident that is named, else the one of the channel; a member by a mention."""

from bot.errors import BadInput
from bot.incidents.events import Actor
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
    return await find_incident(desk.context, request.delivery, number_alone(rest))


def number_alone(rest: str) -> int | None:
    """Return the number behind a verb where nothing else may stand, None without one; raises BadInput for more."""
    number, text = named(rest, alone=True)
    if text:
        raise BadInput("That is no incident's name.", "Write it like `INC-7`; `/anth-triage list` shows the open ones.")
    return number


async def member_meant(desk: Desk, mentioned: Actor) -> Actor:
    """Return the member whom a mention means, with the name that they have; raises BadInput for anybody else."""
    kind = "outsider" if mentioned.id == desk.bot_user_id else await desk.kind_of(mentioned.id)
    if kind == "unknown":
        raise BadInput("Slack does not say who that is.", "Mention a member of this workspace; if you did, try again.")
    if kind != "member":
        raise BadInput(f"{mentioned.name} is no member of this workspace.", "Guests and apps may do nothing here.")
    return mentioned if mentioned.name != mentioned.id else await desk.actor_of(mentioned.id)
