"""Checks of Slack's side: tokens, scopes, and the channels and people that the settings name."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bot.app.doctor.case import Case, Check
from bot.app.doctor.finding import Findings, NotLooked, note, ok, problem, unseen
from bot.app.doctor.slack import SlackAway, SlackRefused
from bot.rules.finding import Finding
from bot.slack.refusals import HINTS, SHUT_OUT
from bot.slack.scopes import EVENT_SCOPES, OPTIONAL_SCOPES, SCOPES

_MOST_IDS: Final = 40
_AT_A_TIME: Final = 6
_GONE: Final = frozenset({"user_not_found", "user_not_visible", "users_not_found", "no_such_subteam"})


async def bot_token(case: Case) -> Findings:
    """Tell whether the bot token is set and good, and whose it is."""
    case.require_usable("SLACK_BOT_TOKEN", "SLACK_API_URL")
    page = case.slack.page("oauth")
    if case.settings.slack_bot_token is None:
        return [problem("no bot token is set", f"SLACK_BOT_TOKEN: install the app and copy xoxb-… from {page}")]
    try:
        who = await case.slack.who()
    except SlackRefused as error:
        hint = HINTS.get(error.code, "Look up this error in Slack's reference.")
        what = f"Slack refuses the bot token ({error.code})" if error.code in SHUT_OUT else f"Slack says {error.code}"
        return [problem(what, f"SLACK_BOT_TOKEN, from {page}: {hint}")]
    except SlackAway as error:
        return [problem(error.why, error.mend)]
    return [ok(f"the bot token is good: {who.data.get('user_id')} in the workspace {who.data.get('team_id')}")]


async def app_token(case: Case) -> Findings:
    """Tell whether Socket Mode can be opened; an address is asked for, and not connected to."""
    case.require_usable("SLACK_APP_TOKEN", "SLACK_API_URL")
    if case.settings.slack_app_token is None:
        return [ok("not used: SLACK_APP_TOKEN is not set, so Slack calls the bot by HTTP")]
    tokens = f"App-Level Tokens at {case.slack.page('general')}"
    try:
        await case.slack.call("apps.connections.open", as_app=True)
    except SlackAway as error:
        raise NotLooked(error.why) from None
    except SlackRefused as error:
        if error.code == "missing_scope":
            what = "the app-level token lacks connections:write, without which Socket Mode cannot be opened"
            return [problem(what, f"SLACK_APP_TOKEN: make one with connections:write, {tokens}")]
        if error.code in SHUT_OUT or error.code == "not_allowed_token_type":
            return [problem(f"Slack refuses the app-level token ({error.code})", f"SLACK_APP_TOKEN: {tokens}")]
        what = f"Slack opens no line for Socket Mode ({error.code}): it is switched off, or Slack is in trouble"
        return [problem(what, f"Enable Socket Mode at {case.slack.page('socket-mode')}")]
    return [ok("the app-level token is good, and Socket Mode on")]


async def scopes(case: Case) -> Findings:
    """Tell each scope that is missing, and what goes missing with it."""
    has = await case.slack.scopes()
    found = [*_lacking(case, has, SCOPES, problem), *_lacking(case, has, OPTIONAL_SCOPES, note)]
    return found or [ok("every scope is granted")]


def _lacking(
    case: Case, has: frozenset[str], of: Mapping[str, str], finding: Callable[[str, str], Finding]
) -> Iterator[Finding]:
    kind = "" if of is SCOPES else "optional "
    mend = "Bot Token Scopes at {}, then install the app again; `anth-triage manifest` lists all of them"
    for scope, what in of.items():
        if scope not in has:
            told = f"the {kind}scope {scope} is missing: without it the bot cannot {what}"
            yield finding(told, f"add {scope}, {mend.format(case.slack.page('oauth'))}")


async def events(case: Case) -> Findings:
    """Tell which events cannot come for want of a scope; whether the app subscribes to them a bot is not told."""
    has = await case.slack.scopes()
    lost = {event: scope for event, scope in EVENT_SCOPES.items() if scope and scope not in has}
    if not lost:
        return [ok("the scopes of every event are granted")]
    told = ", ".join(f"{event} ({scope})" for event, scope in lost.items())
    finding = problem if any(scope in SCOPES for scope in lost.values()) else note
    what = f"the app is older than this version, or was cut down: these events do not come: {told}"
    return [finding(what, f"the scopes at {case.slack.page('oauth')}, then {case.slack.page('event-subscriptions')}")]


async def own_channels(case: Case) -> Findings:
    """Tell that the bot is in no channel."""
    has = await case.slack.scopes()
    kinds = [kind for scope, kind in _KINDS.items() if scope in has]
    if not kinds:
        raise NotLooked("the scope channels:read is missing")
    answer = await case.slack.call("users.conversations", types=",".join(kinds), exclude_archived="true", limit=5)
    if answer.data.get("channels"):
        return [ok("the bot is in a channel")]
    return [problem("the bot is in no channel", "type `/invite @claude-incident` in the channel where you will triage")]


_KINDS: Final = {"channels:read": "public_channel", "groups:read": "private_channel"}


async def announce(case: Case) -> Findings:
    """Look at the channel for those outside."""
    case.require_usable("[announce] channel")
    channel, where = case.settings.announce.channel, case.at("[announce] channel")
    if not channel:
        return [ok("not used: [announce] channel is not set")]
    await case.slack.who()
    try:
        told = (await case.slack.call("conversations.info", channel=channel)).data.get("channel")
    except SlackRefused as error:
        if error.code == "channel_not_found":
            what = f"the channel {channel} for announcements is not there, or private without the bot"
            return [problem(what, f"{where}, or `/invite @claude-incident` there")]
        raise
    return [_announcing(told if isinstance(told, dict) else {}, channel, where)]


def _announcing(told: Mapping[str, Any], channel: str, where: str) -> Finding:
    if told.get("is_archived"):
        return problem(f"the channel {channel} for announcements is archived", f"{where}, or unarchive it")
    if told.get("is_ext_shared") or told.get("is_pending_ext_shared"):
        what = f"the channel {channel} for announcements is shared with another organisation: nothing is said there"
        return problem(what, where)
    if not told.get("is_member"):
        what = f"the bot is not in the channel {channel} for announcements"
        return problem(what, f"type `/invite @claude-incident` there; or {where}")
    return ok("announcements can be made")


async def people(case: Case) -> Findings:
    """Look up each person and user group that the settings name."""
    case.require_usable("[response] escalate_to", "[response] admins", "[channel] invite")
    named = _named(case)
    if not named:
        return [ok("the settings name nobody")]
    await case.slack.who()
    places = asyncio.Semaphore(_AT_A_TIME)

    async def look(one: str) -> str:
        async with places:
            return await _wrong_with(case, one)

    ids = list(named)[:_MOST_IDS]
    wrong = await asyncio.gather(*map(look, ids))
    found = [problem(f"{one} {why}", case.at(named[one])) for one, why in zip(ids, wrong, strict=True) if why]
    beyond = [unseen(f"{len(named) - _MOST_IDS} more people were not looked up")] if len(named) > _MOST_IDS else []
    return [*found, *beyond] or [ok(f"{len(ids)} people and groups are there")]


def _named(case: Case) -> dict[str, str]:
    """Return each id with the setting that names it first."""
    settings = case.settings
    owners = tuple(one.owner for one in settings.switch if one.owner)
    lists = {
        "[response] escalate_to": settings.response.escalate_to,
        "[channel] invite": settings.channel.invite,
        "[response] admins": settings.response.admins,
        "[switch] owner": owners,
    }
    return {one: name for name, ids in reversed(lists.items()) for one in ids}


async def _wrong_with(case: Case, one: str) -> str:
    try:
        if one.startswith("S"):
            group = await case.slack.call("usergroups.users.list", usergroup=one)
            return "" if group.data.get("users") else "is a user group with nobody in it"
        user = (await case.slack.call("users.info", user=one)).data.get("user")
    except SlackRefused as error:
        if error.code in _GONE:
            return "is nobody that this workspace knows"
        raise
    told = user if isinstance(user, dict) else {}
    if told.get("deleted"):
        return "is deactivated"
    return "is a bot" if told.get("is_bot") else ""


CHECKS: Final = (
    Check(
        "bot_token",
        "a bot token that is not set, revoked or refused; Slack away, a proxy or somebody who opens TLS in between",
        "`SLACK_BOT_TOKEN`, *OAuth & Permissions*; `HTTPS_PROXY`, `SSL_CERT_FILE`",
        bot_token,
    ),
    Check(
        "app_token",
        "an app-level token that is revoked or lacks `connections:write`; Socket Mode that is off",
        "`SLACK_APP_TOKEN`, *Basic Information*; *Socket Mode*",
        app_token,
    ),
    Check(
        "scopes",
        "each scope that is missing, with what goes missing; an optional one is a note",
        "the scope, *OAuth & Permissions*",
        scopes,
    ),
    Check(
        "events",
        "events that cannot come because their scope is missing: an app older than this version",
        "*OAuth & Permissions*, *Event Subscriptions*",
        events,
    ),
    Check("own_channels", "the bot is in no channel", "`/invite`", own_channels),
    Check(
        "announce",
        "the channel for announcements is gone, archived, shared, or without the bot",
        "`[announce] channel`, `/invite`",
        announce,
    ),
    Check(
        "people",
        "a person or group that is named, and is unknown, deactivated, empty or a bot",
        "`escalate_to`, `admins`, `invite`, `owner`",
        people,
    ),
)
