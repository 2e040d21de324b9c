"""The slash command: its first word is the verb, each verb calls one workflow."""

import difflib
from collections.abc import Awaitable, Callable, Mapping

from bot.incidents.policy import Act
from bot.slack.cards.help import help_text
from bot.slack.cards.lists import incident_lines
from bot.slack.cards.triage import running_text
from bot.slack.guard import Desk, Reply, Request
from bot.slack.listeners import postmortem
from bot.slack.listeners.declare import declare_by_verb, repair
from bot.slack.listeners.doctor import doctor
from bot.slack.listeners.evidence import evidence
from bot.slack.listeners.explain import explain
from bot.slack.listeners.home import search_verb
from bot.slack.listeners.leaked_key import key
from bot.slack.listeners.lifecycle import close, note, reopen, resolve, role, status, task
from bot.slack.listeners.messages import retract
from bot.slack.listeners.papers import bundle, report
from bot.slack.listeners.reminders import ack, put_off
from bot.slack.listeners.severity import severity
from bot.slack.listeners.updates import recap, update
from bot.slack.typed import split
from bot.workflows.look_up import open_incidents
from bot.workflows.triage import start_triage

Verb = Callable[[Request, Desk, str], Awaitable[Reply]]


async def command(request: Request, desk: Desk) -> Reply:
    """Carry out the verb; none means `run`, an unknown one is answered with the nearest match and the help."""
    word, rest = split(str(request.body.get("text") or ""))
    verb, act = VERBS.get(word.lower() or "run", (None, None))
    if verb is None:
        return _unknown(word)
    if act is not None:
        desk.context.policy.require(act, request.delivery.person)
    return await verb(request, desk, rest.strip())


def _unknown(word: str) -> Reply:
    near = difflib.get_close_matches(word.lower(), VERBS, n=1)
    guess = f" Did you mean `/anth-triage {near[0]}`?" if near else ""
    return help_text(f"There is no such verb.{guess}")


async def _run(request: Request, desk: Desk, _rest: str) -> Reply:
    started = await start_triage(desk.context, request.delivery)
    if started.joined:
        return running_text(started.triage, hidden=started.hidden)
    where = "Where I am no member it comes as a direct message."
    return f"Triage started: each check shows below as it finishes, the verdict in under 15 seconds. {where}"


async def _help(_request: Request, _desk: Desk, _rest: str) -> Reply:
    return help_text("")


async def _list(request: Request, desk: Desk, _rest: str) -> Reply:
    return incident_lines(await open_incidents(desk.context, request.delivery))


VERBS: Mapping[str, tuple[Verb, Act | None]] = {
    "run": (_run, "triage"),
    "help": (_help, None),
    "explain": (explain, "explain"),
    "evidence": (evidence, "evidence"),
    "open": (declare_by_verb, "declare"),
    "list": (_list, "see"),
    "search": (search_verb, "see"),
    "recap": (recap, "see"),
    "status": (status, "see"),
    "ack": (ack, "acknowledge"),
    "severity": (severity, "severity"),
    "note": (note, "note"),
    "task": (task, "see"),
    "role": (role, "see"),
    "update": (update, "update"),
    "retract": (retract, "note"),
    "snooze": (put_off, "snooze"),
    "resolve": (resolve, "resolve"),
    "reopen": (reopen, "reopen"),
    "close": (close, "close"),
    "key": (key, "key"),
    "postmortem": (postmortem.write, "write"),
    "export": (postmortem.export, "export"),
    "bundle": (bundle, "bundle"),
    "report": (report, "see"),
    "repair": (repair, "repair"),
    "doctor": (doctor, "doctor"),
}
"""What each verb calls, and the act that it is; `task` and `role` alone only show, and ask again when they change."""
