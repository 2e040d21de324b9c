"""Acknowledging an incident and putting its reminders off: by the verbs, or by a reminder's buttons."""

from bot.incidents import lifecycle
from bot.slack import ids
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners.named import number_alone
from bot.slack.payload import pressed
from bot.slack.typed import named, span
from bot.workflows.change import change, change_meant


async def ack(request: Request, desk: Desk, rest: str) -> Reply:
    """Acknowledge the channel's incident, or the one that is named."""
    number = number_alone(rest)
    after = await change_meant(desk.context, request.delivery, "acknowledge", number, lifecycle.acknowledged)
    return f"You have {after.name} in hand: its response-time reminders end."


async def put_off(request: Request, desk: Desk, rest: str) -> Reply:
    """Put the reminders of the channel's incident off (`30m`, `2h`), or `stop` them."""
    number, text = named(rest)
    after = await change_meant(desk.context, request.delivery, "snooze", number, lifecycle.snoozed, span=span(text))
    return f"Reminders of {after.name} are {'stopped' if after.silent else 'put off'}."


async def press_acknowledge(request: Request, desk: Desk) -> Reply:
    """Acknowledge the incident whose reminder was pressed."""
    await change(desk.context, request.delivery, "acknowledge", _number(request), lifecycle.acknowledged)
    return None


async def press_snooze(request: Request, desk: Desk) -> Reply:
    """Put reminders off for half an hour."""
    await change(desk.context, request.delivery, "snooze", _number(request), lifecycle.snoozed, span=span("30m"))
    return None


def _number(request: Request) -> int:
    return ids.number(pressed(request.body))
