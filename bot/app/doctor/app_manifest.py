"""Compares the app as it is set up in Slack with what this version's manifest asks for, part by part."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bot.app.doctor.case import Case, Check
from bot.app.doctor.finding import Findings, note, ok, problem, unseen
from bot.rules.finding import Finding
from bot.slack.ids import COMMAND
from bot.slack.manifest import manifest
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES

_EVENTS: Final = "settings.event_subscriptions.bot_events"
_SCOPES: Final = "oauth_config.scopes"
_HOW: Final = "`anth-triage doctor --manifest FILE`"


async def app_manifest(case: Case) -> Findings:
    """Compare; without the app's manifest say what cannot be told, for Slack tells no bot how its app is set up."""
    page = case.slack.page("app-manifest")
    if case.manifest is None:
        what = "events subscribed to, the slash command, shortcuts and interactivity: cannot be told from here"
        return [unseen(what, f"save the JSON of {page} in a file, and compare it: {_HOW}")]
    try:
        app = json.loads(case.manifest)
    except (ValueError, RecursionError):
        app = None
    if not isinstance(app, dict):
        return [problem("the manifest that was given is no JSON object", f"--manifest: the JSON of {page}")]
    in_http = case.settings.slack_app_token is None
    found = [*_of_events(app, page), *_of_scopes(app, page), *_of_features(app, page), *_of_mode(app, page, in_http)]
    return found or [ok("the app is set up as this version asks for")]


def _of_events(app: Mapping[str, Any], page: str) -> Iterator[Finding]:
    wanted = manifest()["settings"]["event_subscriptions"]["bot_events"]
    for event in wanted:
        if event not in _list(app, _EVENTS):
            yield problem(f"the app does not subscribe to the event {event}", f'add "{event}" to {_EVENTS}, {page}')


def _of_scopes(app: Mapping[str, Any], page: str) -> Iterator[Finding]:
    asked = {*_list(app, f"{_SCOPES}.bot"), *_list(app, f"{_SCOPES}.bot_optional")}
    for key, scopes, finding in (("bot", SCOPES, problem), ("bot_optional", OPTIONAL_SCOPES, note)):
        for scope in scopes:
            if scope not in asked:
                yield finding(
                    f"the app does not ask for the scope {scope}", f'add "{scope}" to {_SCOPES}.{key}, {page}'
                )


def _of_features(app: Mapping[str, Any], page: str) -> Iterator[Finding]:
    features = manifest()["features"]
    commands = {one.get("command"): one for one in _objects(app, "features.slash_commands")}
    where = f"features.slash_commands, {page}"
    if COMMAND not in commands:
        yield problem(f"the app has no slash command {COMMAND}", where)
    elif not commands[COMMAND].get("should_escape"):
        yield problem(f"{COMMAND} does not escape people and channels, so that @name reaches nobody", where)
    there = {(one.get("type"), one.get("callback_id")) for one in _objects(app, "features.shortcuts")}
    for one in features["shortcuts"]:
        if (one["type"], one["callback_id"]) not in there:
            told = f"the app has no shortcut {one['name']} ({one['type']}, {one['callback_id']})"
            yield problem(told, f"features.shortcuts, {page}")
    if not _at(app, "features.app_home.home_tab_enabled"):
        yield problem("the app has no home tab", f"features.app_home.home_tab_enabled, {page}")


def _of_mode(app: Mapping[str, Any], page: str, in_http: bool) -> Iterator[Finding]:  # noqa: FBT001 - which of two
    if not _at(app, "settings.interactivity.is_enabled"):
        yield problem("interactivity is off: no button does anything", f"settings.interactivity.is_enabled, {page}")
    by_socket = bool(_at(app, "settings.socket_mode_enabled"))
    if by_socket == in_http:
        what = "Socket Mode is on, and no SLACK_APP_TOKEN is set" if in_http else "Socket Mode is off"
        yield problem(what, f"settings.socket_mode_enabled, {page}")


def _at(app: object, path: str) -> Any:  # noqa: ANN401 - what stands there
    for part in path.split("."):
        app = app.get(part) if isinstance(app, dict) else None
    return app


def _list(app: Mapping[str, Any], path: str) -> list[Any]:
    found = _at(app, path)
    return found if isinstance(found, list) else []


def _objects(app: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    return [one for one in _list(app, path) if isinstance(one, dict)]


CHECKS: Final = (
    Check(
        "app_manifest",
        "with `--manifest FILE`: an event, scope, command, shortcut or switch that the app lacks; without, that these"
        " cannot be told",
        "the line of the app's manifest",
        app_manifest,
    ),
)
