"""What is wrong with how the bot is set up, for those who may know."""

from bot.slack.cards.doctor import LOOKING
from bot.slack.guard import Desk, Reply, Request
from bot.workflows.doctor import ask_doctor


async def doctor(request: Request, desk: Desk, _rest: str) -> Reply:
    """Have the doctor look; what it finds comes in some seconds, to the person alone."""
    await ask_doctor(desk.context, request.delivery)
    return LOOKING
