"""Buttons: parse what the button stands for, call one workflow."""

from dataclasses import replace

from bot.errors import BadButton
from bot.slack import ids
from bot.slack.cards.blocks import person
from bot.slack.cards.tree import reason_form
from bot.slack.cards.triage import running_text
from bot.slack.forms import open_form
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.lifecycle import open_resolve
from bot.slack.payload import field, pressed
from bot.workflows.answer import answer_step, contradicted, mark_mitigation, measure_step
from bot.workflows.open_incident import open_incident, retry_channel
from bot.workflows.tell import tell
from bot.workflows.triage import start_triage


async def open_from_verdict(request: Request, desk: Desk) -> Reply:
    """Open the incident of a triage run; the second person to press is led to the first one's."""
    opening = await open_incident(desk.context, request.delivery, ids.number(pressed(request.body)))
    if opening.existed:
        incident = opening.incident
        where = f" in <#{incident.channel_id}>" if incident.channel_id else ""
        text = f"{person(incident.opened_by)} has opened {incident.name}{where}. `{ids.COMMAND} open` opens another."
        await tell(desk.context, request.delivery, text)
    return None


async def run_again(request: Request, desk: Desk) -> Reply:
    """Start another triage run in the same channel."""
    delivery = request.delivery
    if not delivery.channel_id:  # from the App Home: the verdict comes in private
        delivery = replace(delivery, channel_id=delivery.actor.id, in_private=True)
    started = await start_triage(desk.context, delivery)
    if started.joined:
        await tell(desk.context, request.delivery, running_text(started.triage, hidden=started.hidden))
    return None


async def answer(request: Request, desk: Desk) -> Reply:
    """Answer a question of the decision tree; against what was just measured only with a reason, asked in a form."""
    choice = ids.parse_step(pressed(request.body))
    against = await contradicted(desk.context, request.delivery, choice)
    if against is None:
        await answer_step(desk.context, request.delivery, choice)
    else:
        await open_form(request, desk.open_view, reason_form(pressed(request.body), against))
    return None


async def submit_answer(request: Request, desk: Desk) -> Reply:
    """Answer the question as the button said, for the reason in the form."""
    view = request.body["view"]
    choice = ids.parse_step(str(view["private_metadata"]))
    await answer_step(desk.context, request.delivery, choice, reason=field(view, "reason"))
    return None


async def measure(request: Request, desk: Desk) -> Reply:
    """Measure for the question at hand; the result shows there."""
    await measure_step(desk.context, request.delivery, ids.number(pressed(request.body)))
    return None


async def mitigate(request: Request, desk: Desk) -> Reply:
    """Take a mitigation in hand, mark it as done, or as undone."""
    await mark_mitigation(desk.context, request.delivery, *ids.parse_mitigation(pressed(request.body)))
    return None


async def ask_to_resolve(request: Request, desk: Desk) -> Reply:
    """Open the form that ends the incident: the one direct call to Slack, for its trigger lives three seconds."""
    return await open_resolve(request, desk, ids.number(pressed(request.body)))


async def try_channel_again(request: Request, desk: Desk) -> Reply:
    """Try again to create the incident's channel."""
    await retry_channel(desk.context, request.delivery, ids.number(pressed(request.body)))
    return None


async def ignore(_request: Request, _desk: Desk) -> Reply:
    """Acknowledge a button that needs nothing, such as a link."""
    return None


async def refuse_form(_request: Request, _desk: Desk) -> Reply:
    """Say that nobody takes this form any more: another version of the bot opened it."""
    raise BadButton("This form was made by another version of the bot.", "Open it again from the newest message.")
