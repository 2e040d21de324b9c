"""What people do in Slack: parse, call one workflow, acknowledge. The tables below are the list of all of it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.incidents.policy import Act
from bot.slack import ids
from bot.slack.guard import Body, Desk, Listener, guard, hear
from bot.slack.listeners import (
    actions,
    commands,
    declare,
    evidence,
    explain,
    home,
    leaked_key,
    lifecycle,
    messages,
    postmortem,
    reminders,
    severity,
    updates,
    views,
)

Answers = Mapping[str, tuple[Listener, Act | None]]
"""By the id of what a person used: what answers, and the act that it is by the policy."""
_ANY: Final = re.compile("")

BUTTONS: Final[Answers] = {
    ids.ANSWER: (actions.answer, "answer"),
    ids.OPEN: (actions.open_from_verdict, "declare"),
    ids.MEASURE: (actions.measure, "answer"),
    ids.MITIGATE: (actions.mitigate, "answer"),
    ids.KEY: (leaked_key.start, "key"),
    ids.KEY_CHOOSE: (leaked_key.choose, "key"),
    ids.KEY_PLAN: (leaked_key.plan, "key"),
    ids.KEY_STEP: (leaked_key.mark_step, "key"),
    ids.KEY_AGAIN: (leaked_key.again, "key"),
    ids.KEY_CONTAIN: (leaked_key.ask, "contain"),
    ids.KEY_CONFIRM: (leaked_key.confirm, "contain"),
    ids.KEY_WITHDRAW: (leaked_key.withdraw, "key"),
    ids.RERUN: (actions.run_again, "triage"),
    ids.RESOLVE: (actions.ask_to_resolve, "resolve"),
    ids.REOPEN: (lifecycle.ask_to_reopen, "reopen"),
    ids.WRITE: (postmortem.ask_to_write, "write"),
    ids.SHARE: (postmortem.press_share, "export"),
    ids.EVIDENCE: (evidence.ask_evidence, "evidence"),
    ids.SEVERITY: (severity.ask_severity, "severity"),
    ids.UPDATE: (updates.ask_update, "update"),
    ids.DECLARE: (declare.declare_from_anywhere, "declare"),
    ids.ACKNOWLEDGE: (reminders.press_acknowledge, "acknowledge"),
    ids.SNOOZE: (reminders.press_snooze, "snooze"),
    ids.RETRY_CHANNEL: (actions.try_channel_again, "repair"),
}
FORMS: Final[Answers] = {
    ids.ANSWER_FORM: (actions.submit_answer, "answer"),
    ids.DECLARE_FORM: (declare.submit_declare, "declare"),
    ids.KEY_FORM: (leaked_key.submit_which, "key"),
    ids.KEY_CONTAIN_FORM: (leaked_key.submit_ask, "contain"),
    ids.RESOLVE_FORM: (views.submit_resolve, "resolve"),
    ids.REOPEN_FORM: (lifecycle.submit_reopen, "reopen"),
    ids.WRITE_FORM: (postmortem.submit_written, "write"),
    ids.EVIDENCE_FORM: (evidence.submit_evidence, "evidence"),
    ids.SEVERITY_FORM: (severity.submit_severity, "severity"),
    ids.EXPLAIN_FORM: (explain.submit_explain, "explain"),
    ids.UPDATE_FORM: (updates.submit_update, "update"),
}


def register(app: AsyncApp, desk: Desk) -> None:
    """Tell Bolt what answers; it tries its listeners in turn, so all buttons have one between them, and all forms."""
    app.command(ids.COMMAND)(guard(commands.command, desk, None))
    app.action(_ANY)(_by_id(BUTTONS, actions.ignore, desk, _button))
    app.view(_ANY)(_by_id(FORMS, actions.refuse_form, desk, _form))
    app.event("message")(hear(messages.heard, desk))
    for event in ("reaction_added", "reaction_removed"):
        app.event(event)(hear(messages.marked, desk))
    app.event("member_joined_channel")(hear(updates.joined, desk))
    app.event("app_home_opened")(hear(home.opened, desk))
    for event in ("channel_rename", "group_rename"):
        app.event(event)(hear(messages.renamed, desk))
    app.global_shortcut(ids.OPEN_ANYWHERE)(guard(declare.declare_from_anywhere, desk, "declare"))
    app.message_shortcut(ids.OPEN_FROM_MESSAGE)(guard(declare.declare_from_message, desk, "declare"))
    app.message_shortcut(ids.EXPLAIN_MESSAGE)(guard(explain.explain_message, desk, "explain"))
    app.message_shortcut(ids.ADD_TO_TIMELINE)(guard(messages.add_to_timeline, desk, "note"))


def _by_id(
    answers: Answers, otherwise: Listener, desk: Desk, id_of: Callable[[Body], str]
) -> Callable[[AsyncAck, Body], Awaitable[None]]:
    guarded = {ids.kind_of(name): guard(listener, desk, act) for name, (listener, act) in answers.items()}
    unknown = guard(otherwise, desk, None)

    async def chosen(ack: AsyncAck, body: Body) -> None:
        await guarded.get(ids.kind_of(id_of(body)), unknown)(ack, body)

    return chosen


def _button(body: Mapping[str, Any]) -> str:
    return str(body["actions"][0]["action_id"])


def _form(body: Mapping[str, Any]) -> str:
    return str(body["view"]["callback_id"])
