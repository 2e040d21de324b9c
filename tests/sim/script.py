"""One whole incident as the deliveries that Slack would make: triage, open, three answers, severity, resolve."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.slack import ids
from bot.slack.guard import Listener
from bot.slack.listeners import actions, commands, views

Body = dict[str, Any]
STORY = (
    *("opened", "measured", "channel_created", "step_answered", "step_answered", "step_answered"),
    *("severity_changed", "postmortem_written", "task_added", "task_added", "resolved", "postmortem_exported"),
)
"""The kinds of event that the incident must have in the end, each as often as here."""

STEPS = 4
NAMES = ("triage", "open", "answer 0", "answer 1", "answer 2", "severity", "resolve")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What somebody did: the listener that hears of it, and Slack's payload."""

    name: str
    listener: Listener
    body: Callable[[str], Body]
    """Takes what tells one press from another, and returns the payload."""


def messages(triages: Iterable[int], incident: int, reminders: int, news: int) -> tuple[str, ...]:
    """Return the names of the messages that must stand in Slack in the end, each once."""
    steps = (f"incident:{incident}:step:{index}" for index in range(STEPS))
    rung = (f"incident:{incident}:reminder:{index}" for index in range(reminders))
    runs = (f"triage:{number}" for number in triages)
    told = (f"incident:{incident}:news:{index}" for index in range(news))
    return (*runs, f"incident:{incident}:card", *steps, *rung, *told)


def pressing(team: str, user: str, channel: str, action_id: str, value: str) -> Callable[[str], Body]:
    """Return the payloads of a press on this button by this person."""
    return lambda mark: {
        "type": "block_actions",
        "user": {"id": user, "username": "lena", "team_id": team},
        "team": {"id": team},
        "channel": {"id": channel},
        "trigger_id": mark,
        "actions": [{"action_id": action_id, "value": value, "action_ts": mark}],
    }


def typing(team: str, user: str, channel: str, text: str) -> Callable[[str], Body]:
    """Return the payloads of the slash command with this text, typed by this person."""
    return lambda mark: {
        "command": ids.COMMAND,
        "text": text,
        "user_id": user,
        "user_name": "lena",
        "team_id": team,
        "channel_id": channel,
        "trigger_id": mark,
    }


def script(team: str, user: str, channel: str, triage: int, incident: int) -> tuple[Delivery, ...]:
    """Return the deliveries in the order of `NAMES`, done by this person, from this channel.

    A killed transaction may have used up a number on PostgreSQL, so those of triage and incident are given.
    """
    who = {"id": user, "username": "lena", "team_id": team}
    press, typed = partial(pressing, team, user, channel), partial(typing, team, user, channel)

    def submitted(mark: str) -> Body:
        words = {
            "impact": "Chat was down",
            "root_cause": "Overload",
            "mitigation": "Waited",
            "action_items": "One\nTwo",
            "early": "customers confirm it",
        }
        values = {name: {name: {"type": "plain_text_input", "value": text}} for name, text in words.items()}
        carried = ids.value(incident, 0, "monitoring", "P2", 1)  # as it stands after the deliveries before
        view = {"id": f"V{mark}", "hash": mark, "private_metadata": carried, "state": {"values": values}}
        blocks = [{"type": "input", "block_id": name} for name in words]
        return {"type": "view_submission", "team": {"id": team}, "user": who, "view": view | {"blocks": blocks}}

    answers = (("symptom", "overloaded"), ("overloaded", "all"), ("overloaded_all", "recovered"))
    return (
        Delivery("triage", commands.command, typed("")),
        Delivery("open", actions.open_from_verdict, press(ids.OPEN, ids.value(triage))),
        *(
            Delivery(
                f"answer {index}", actions.answer, press(ids.ANSWER, ids.step_value(incident, index, step, option))
            )
            for index, (step, option) in enumerate(answers)
        ),
        Delivery("severity", commands.command, typed(f"severity INC-{incident} P2 fewer people than we thought")),
        Delivery("resolve", views.submit_resolve, submitted),
    )
