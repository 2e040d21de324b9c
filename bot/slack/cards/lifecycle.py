"""Who does what in an incident: its roles and its tasks, in lines."""

from bot.incidents.lifecycle import ROLES
from bot.incidents.model import Incident, Task
from bot.slack.cards import blocks as kit

_SHOWN = 20


def roles_text(incident: Incident) -> str:
    """Return who has which role."""
    held = incident.crew
    lines = (f"{role}: {kit.person(held[role]) if role in held else 'nobody'}" for role in ROLES)
    return f"*{incident.name}*\n{kit.bullets(lines)}"


def tasks_text(incident: Incident) -> str:
    """Return the tasks, those still to be done first."""
    if not incident.tasks:
        return f"{incident.name} has no tasks. `task TEXT @owner by 2026-12-01` adds one."
    ordered = sorted(incident.tasks, key=lambda task: (task.done, task.number))
    whole = "\nThe whole list: `/anth-triage export` shares it." if len(ordered) > _SHOWN else ""
    return f"*Tasks of {incident.name}*\n{kit.bullets(map(task_line, ordered), limit=_SHOWN)}{whole}"


def given_text(incident: Incident, what: str, by: str) -> str:
    """Return what a person is told of a role or a task of theirs (`task 3`); `by` is the id of who gave it to them.

    Empty `by`: the task is due today.
    """
    number = int(what.removeprefix("task ")) if what.startswith("task ") else None
    task = next((one for one in incident.tasks if one.number == number), None)
    where = f" in <#{incident.channel_id}>" if incident.channel_id else ""
    about = f"*{incident.name}* ({incident.severity}, {incident.status}){where}: {kit.safe(incident.title, 150)}"
    if task is None:
        return f":wave: {kit.member(by)} has given you the role *{what}* of {about}"
    tick = f"`/anth-triage task {incident.name} done {task.number}` marks it as done."
    head = f"{kit.member(by)} has given you a task" if by else "A task is due today"
    return f":wave: {head} of {about}\n{task_line(task)}\n{tick}"


def task_line(task: Task) -> str:
    """Return one task in one line; what is done says so in words."""
    owner = f", {kit.person(task.owner)}" if task.owner else ""
    due = f", by {task.due}" if task.due else ""
    state = "done" if task.done else "open"
    return f"task {task.number} ({state}): {kit.safe(task.text, 200)}{owner}{due}"
