"""Running an incident by verbs: notes, status, roles, tasks, resolving, reopening, closing. Each calls one workflow."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.incidents import lifecycle
from bot.incidents.events import Event
from bot.incidents.model import Incident
from bot.incidents.policy import Act
from bot.incidents.writing import Draft, Form
from bot.slack import ids
from bot.slack.cards.ending import reopen_form, resolve_form
from bot.slack.cards.lifecycle import roles_text, tasks_text
from bot.slack.cards.lists import incident_line
from bot.slack.forms import open_form
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.named import incident_alone, incident_and_rest, member_meant, number_alone
from bot.slack.payload import field, pressed
from bot.slack.typed import happened_at, named, person, split, task_of, tick
from bot.slack.written import as_written
from bot.workflows.change import change_meant
from bot.workflows.look_up import find_incident, require_open
from bot.workflows.open_incident import reopen as reopen_incident
from bot.workflows.write_postmortem import drafted


async def note(request: Request, desk: Desk, rest: str) -> Reply:
    """Write a note on the timeline; `10m ago` or `at 14:05` (UTC) before it says when that was."""
    number, text = named(rest)
    at, text = happened_at(text, desk.context.clock.now())
    after = await _change(request, desk, "note", number, lifecycle.noted, text=as_written(text), at=at)
    when = f", for {at:%Y-%m-%d %H:%M} UTC" if at else ""
    return f"Noted on the timeline of {after.name} as entry {after.version}{when}."


async def status(request: Request, desk: Desk, rest: str) -> Reply:
    """Show an incident in one line; with `investigating`, `identified` or `monitoring` set its status."""
    number, text = named(rest)
    to, reason = split(text)
    if not to:
        return incident_line(await find_incident(desk.context, request.delivery, number))
    after = await _change(request, desk, "stage", number, lifecycle.stage_set, to=to, reason=as_written(reason))
    return f"{after.name} is {after.status} now."


async def role(request: Request, desk: Desk, rest: str) -> Reply:
    """Give a role to a person (`lead @ravi`, `scribe me`); without one show who has which."""
    number, text = named(rest)
    name, whom = split(text)
    if not name:
        return roles_text(await find_incident(desk.context, request.delivery, number))
    to = request.delivery.actor if whom.lower() in {"", "me"} else await member_meant(desk, person(whom))
    return roles_text(await _change(request, desk, "role", number, lifecycle.role_given, role=name, to=to))


async def task(request: Request, desk: Desk, rest: str) -> Reply:
    """Add a task (`TEXT @ravi by 2026-12-01`), mark one (`done 3`, `undo 3`), or list them."""
    number, text = named(rest)
    if not text:
        return tasks_text(await find_incident(desk.context, request.delivery, number))
    if ticked := tick(text):
        which, done = ticked
        after = await _change(request, desk, "task", number, lifecycle.task_ticked, number=which, done=done)
    else:
        owner, due, said = task_of(text)
        owner = await member_meant(desk, owner) if owner else None
        after = await _change(request, desk, "task", number, lifecycle.task_added, text=said, owner=owner, due=due)
    return tasks_text(after)


async def resolve(request: Request, desk: Desk, rest: str) -> Reply:
    """Open the form that ends the incident."""
    return await open_resolve(request, desk, (await incident_alone(request, desk, rest)).id)


async def open_resolve(request: Request, desk: Desk, number: int) -> Reply:
    """Open that form with what has been written already: incident and words are of one moment, as it carries."""
    incident, drafts, _ = await drafted(desk.context, request.delivery, number, act="resolve")
    await open_form(request, desk.open_view, ending_form(desk, require_open(incident), drafts))
    return None


def ending_form(
    desk: Desk,
    incident: Incident,
    drafts: Mapping[str, Draft],
    form: Form | None = None,
    both: Mapping[str, Draft | None] | None = None,
) -> dict[str, Any]:
    """Return that form with what is not measured, and not done, yet; `both` are what others wrote beside `form`."""
    lacks = incident.watch.lacks(desk.context.recovery)
    key_steps = incident.key_case.left(desk.context.keys) if incident.key_case else ()
    return resolve_form(incident, lacks, drafts, key_steps=key_steps, form=form, both=both)


async def reopen(request: Request, desk: Desk, rest: str) -> Reply:
    """Go on with a resolved incident, for a reason."""
    incident, text = await incident_and_rest(request, desk, rest)
    after = await reopen_incident(desk.context, request.delivery, incident.id, as_written(text))
    return f"{after.name} is open again: {after.status}."


async def ask_to_reopen(request: Request, desk: Desk) -> Reply:
    """Open the form in which a person goes on with an incident that fails again."""
    incident = await find_incident(desk.context, request.delivery, ids.number(pressed(request.body)))
    await open_form(request, desk.open_view, reopen_form(incident))
    return None


async def submit_reopen(request: Request, desk: Desk) -> Reply:
    """Go on with the incident, for the reason in the form."""
    view = request.body["view"]
    number, seen = ids.parse_form(str(view["private_metadata"]))
    await reopen_incident(desk.context, request.delivery, number, field(view, "text"), seen)
    return None


async def close(request: Request, desk: Desk, rest: str) -> Reply:
    """Put a resolved incident aside."""
    after = await _change(request, desk, "close", number_alone(rest), lifecycle.closed)
    left = sum(not one.done for one in after.tasks)
    return f"{after.name} is closed." + (f" Tasks left as follow-ups: {left}." if left else "")


async def _change(
    request: Request, desk: Desk, act: Act, which: int | None, decide: Callable[..., Event], /, **said: object
) -> Incident:
    return await change_meant(desk.context, request.delivery, act, which, decide, **said)
