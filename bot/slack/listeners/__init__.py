"""What people do in Slack: parse, call one workflow, acknowledge. `register` is the list of all of it."""

import re

from slack_bolt.app.async_app import AsyncApp

from bot.slack import ids
from bot.slack.guard import Desk, guard, hear
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


def register(app: AsyncApp, desk: Desk) -> None:
    """Tell Bolt which listener answers what; the hottest first, for Bolt tries them in order."""
    app.action(re.compile(f"^{re.escape(ids.ANSWER)}"))(guard(actions.answer, desk, "answer"))
    app.view(ids.ANSWER_FORM)(guard(actions.submit_answer, desk, "answer"))
    app.command(ids.COMMAND)(guard(commands.command, desk, None))
    app.action(ids.OPEN)(guard(actions.open_from_verdict, desk, "declare"))
    app.view(ids.DECLARE_FORM)(guard(declare.submit_declare, desk, "declare"))
    app.global_shortcut(ids.OPEN_ANYWHERE)(guard(declare.declare_from_anywhere, desk, "declare"))
    app.message_shortcut(ids.OPEN_FROM_MESSAGE)(guard(declare.declare_from_message, desk, "declare"))
    app.action(re.compile(f"^{re.escape(ids.MEASURE)}"))(guard(actions.measure, desk, "answer"))
    app.action(re.compile(f"^{re.escape(ids.MITIGATE)}"))(guard(actions.mitigate, desk, "answer"))
    app.action(ids.KEY)(guard(leaked_key.start, desk, "key"))
    app.view(ids.KEY_FORM)(guard(leaked_key.submit_which, desk, "key"))
    app.action(re.compile(f"^{re.escape(ids.KEY_CHOOSE)}"))(guard(leaked_key.choose, desk, "key"))
    app.action(re.compile(f"^{re.escape(ids.KEY_PLAN)}"))(guard(leaked_key.plan, desk, "key"))
    app.action(re.compile(f"^{re.escape(ids.KEY_STEP)}"))(guard(leaked_key.mark_step, desk, "key"))
    app.action(ids.KEY_AGAIN)(guard(leaked_key.again, desk, "key"))
    app.action(ids.KEY_CONTAIN)(guard(leaked_key.ask, desk, "contain"))
    app.view(ids.KEY_CONTAIN_FORM)(guard(leaked_key.submit_ask, desk, "contain"))
    app.action(ids.KEY_CONFIRM)(guard(leaked_key.confirm, desk, "contain"))
    app.action(ids.KEY_WITHDRAW)(guard(leaked_key.withdraw, desk, "key"))
    app.action(ids.RERUN)(guard(actions.run_again, desk, "triage"))
    app.action(ids.RESOLVE)(guard(actions.ask_to_resolve, desk, "resolve"))
    app.view(ids.RESOLVE_FORM)(guard(views.submit_resolve, desk, "resolve"))
    app.action(ids.REOPEN)(guard(lifecycle.ask_to_reopen, desk, "reopen"))
    app.view(ids.REOPEN_FORM)(guard(lifecycle.submit_reopen, desk, "reopen"))
    app.action(ids.WRITE)(guard(postmortem.ask_to_write, desk, "write"))
    app.view(ids.WRITE_FORM)(guard(postmortem.submit_written, desk, "write"))
    app.action(ids.SHARE)(guard(postmortem.press_share, desk, "export"))
    app.action(re.compile(f"^{re.escape(ids.EVIDENCE)}"))(guard(evidence.ask_evidence, desk, "evidence"))
    app.view(ids.EVIDENCE_FORM)(guard(evidence.submit_evidence, desk, "evidence"))
    app.action(ids.SEVERITY)(guard(severity.ask_severity, desk, "severity"))
    app.view(ids.SEVERITY_FORM)(guard(severity.submit_severity, desk, "severity"))
    app.view(ids.EXPLAIN_FORM)(guard(explain.submit_explain, desk, "explain"))
    app.message_shortcut(ids.EXPLAIN_MESSAGE)(guard(explain.explain_message, desk, "explain"))
    app.message_shortcut(ids.ADD_TO_TIMELINE)(guard(messages.add_to_timeline, desk, "note"))
    for event in ("reaction_added", "reaction_removed"):
        app.event(event)(hear(messages.marked, desk))
    for event in ("channel_rename", "group_rename"):
        app.event(event)(hear(messages.renamed, desk))
    app.event("message")(hear(messages.heard, desk))
    app.event("member_joined_channel")(hear(updates.joined, desk))
    app.event("app_home_opened")(hear(home.opened, desk))
    app.action(ids.UPDATE)(guard(updates.ask_update, desk, "update"))
    app.view(ids.UPDATE_FORM)(guard(updates.submit_update, desk, "update"))
    app.action(ids.DECLARE)(guard(declare.declare_from_anywhere, desk, "declare"))
    app.action(ids.ACKNOWLEDGE)(guard(reminders.press_acknowledge, desk, "acknowledge"))
    app.action(ids.SNOOZE)(guard(reminders.press_snooze, desk, "snooze"))
    app.action(ids.RETRY_CHANNEL)(guard(actions.try_channel_again, desk, "repair"))
    app.action(re.compile(".*"))(guard(actions.ignore, desk, None))
