"""What a person gets to read for themselves: the support bundle of an incident, the numbers over all."""

from bot.postmortem.period import USUAL
from bot.slack.cards.bundle import bundle_answer
from bot.slack.cards.report import counting_text
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.named import incident_alone
from bot.workflows.bundle import bundle_for
from bot.workflows.report import ask_numbers


async def bundle(request: Request, desk: Desk, rest: str) -> Reply:
    """Show what the provider's support can look up of an incident, to the person alone."""
    incident = await incident_alone(request, desk, rest)
    return bundle_answer(incident.name, await bundle_for(desk.context, request.delivery, incident))


async def report(request: Request, desk: Desk, rest: str) -> Reply:
    """Have the numbers counted; they come in a moment, to the person alone."""
    return counting_text(await ask_numbers(desk.context, request.delivery, rest or USUAL))
