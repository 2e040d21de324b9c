"""The procedure for a key in the wrong hands: by the verb, a warning's button, and the buttons of its message."""

from bot.errors import StaleButton
from bot.incidents.model import Incident
from bot.slack import ids
from bot.slack.cards.leaked_key import contain_form, which_key_form
from bot.slack.forms import open_form
from bot.slack.guard import Desk, Reply, Request
from bot.slack.payload import field, pressed
from bot.slack.typed import named
from bot.slack.written import as_written
from bot.workflows import leaked_key
from bot.workflows.look_up import find_incident, still_open


async def key(request: Request, desk: Desk, rest: str) -> Reply:
    """Begin the procedure for the key of which something stands behind the verb; else ask which one."""
    number, text = named(rest)
    incident = await _here(request, desk, number)
    if not text:
        await open_form(request, desk.open_view, which_key_form(incident.id if incident else 0))
        return None
    number = _number(incident)
    begun = await leaked_key.begin(desk.context, request.delivery, as_written(text), number, says=True)
    return leaked_key.where(begun)


async def start(request: Request, desk: Desk) -> Reply:
    """Begin the procedure from a warning, which knows the key's hint, or from the decision tree, which asks."""
    number, wanted = ids.parse_key(pressed(request.body))
    incident = await _here(request, desk, number or None)
    if wanted:
        await leaked_key.begin(desk.context, request.delivery, wanted, _number(incident))
    else:
        await open_form(request, desk.open_view, which_key_form(incident.id if incident else 0))
    return None


async def submit_which(request: Request, desk: Desk) -> Reply:
    """Begin the procedure for the key that the form names."""
    view = request.body["view"]
    number = ids.number(str(view["private_metadata"])) or None
    await leaked_key.begin(desk.context, request.delivery, field(view, "wanted"), number)
    return None


async def choose(request: Request, desk: Desk) -> Reply:
    """Go on with one of the keys that fit."""
    number, key_id = ids.parse_key(pressed(request.body))
    await leaked_key.begin(desk.context, request.delivery, key_id, number)
    return None


async def again(request: Request, desk: Desk) -> Reply:
    """Look the key up once more."""
    incident = await still_open(desk.context, ids.number(pressed(request.body)))
    if incident.key_case is None:
        raise StaleButton("No key was reported here.")
    case = incident.key_case
    wanted = case.key.id if case.key else case.sought or case.wanted
    await leaked_key.begin(desk.context, request.delivery, wanted, incident.id)
    return None


async def plan(request: Request, desk: Desk) -> Reply:
    """Decide what comes first."""
    number, what = ids.parse_key(pressed(request.body))
    await leaked_key.plan(desk.context, request.delivery, number, replace_first=what == "replace")
    return None


async def ask(request: Request, desk: Desk) -> Reply:
    """Open the form that asks to make the key inactive."""
    number, key_id = ids.parse_key(pressed(request.body))
    incident = await still_open(desk.context, number)
    desk.context.policy.require("contain", request.delivery.person, incident)
    case = incident.key_case
    if case is None or case.key is None or case.key.id != key_id or case.phase != "found":
        raise StaleButton("The procedure stands elsewhere by now.", "Look at its newest message.")
    await open_form(request, desk.open_view, contain_form(number, case, case.key, desk.context.keys))
    return None


async def submit_ask(request: Request, desk: Desk) -> Reply:
    """Ask that the key be made inactive."""
    view = request.body["view"]
    number, key_id = ids.parse_key(str(view["private_metadata"]))
    await leaked_key.ask(desk.context, request.delivery, number, key_id, field(view, "typed"))
    return None


async def confirm(request: Request, desk: Desk) -> Reply:
    """Confirm, as a second person."""
    await leaked_key.confirm(desk.context, request.delivery, *ids.parse_key(pressed(request.body)))
    return None


async def withdraw(request: Request, desk: Desk) -> Reply:
    """Let the key stay active for now."""
    await leaked_key.withdraw(desk.context, request.delivery, ids.number(pressed(request.body)))
    return None


async def mark_step(request: Request, desk: Desk) -> Reply:
    """Mark a step as done, or as not done."""
    number, said = ids.parse_key(pressed(request.body))
    mark, _, step = said.partition(" ")
    await leaked_key.mark_step(desk.context, request.delivery, number, step, done=mark == "do")
    return None


async def _here(request: Request, desk: Desk, number: int | None) -> Incident | None:
    """Return the incident that is named, else the open one of the channel, if there is one."""
    if number is not None:
        return await find_incident(desk.context, request.delivery, number)
    async with desk.context.store.read() as unit:
        there = await unit.incidents.in_channel(request.delivery.channel_id) if request.delivery.channel_id else None
    return there if there is not None and there.is_open else None


def _number(incident: Incident | None) -> int | None:
    return None if incident is None else incident.id
