"""Who does what in an incident: its roles and its tasks, in lines."""

from bot.incidents.lifecycle import ROLES
from bot.incidents.model import Incident, Task
from bot.slack.cards import blocks as kit

_SHOWN = 10


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
    return f"*Tasks of {incident.name}*\n{kit.bullets(map(task_line, ordered), limit=_SHOWN)}"


def task_line(task: Task) -> str:
    """Return one task in one line; what is done says so in words."""
    owner = f", {kit.person(task.owner)}" if task.owner else ""
    due = f", by {task.due}" if task.due else ""
    state = "done" if task.done else "open"
    return f"task {task.number} ({state}): {kit.safe(task.text, 200)}{owner}{due}"
