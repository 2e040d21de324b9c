"""Checks of what is set: variables, anth-triage.toml, a team's own rules and template, and what has to be installed."""

import asyncio
import ctypes.util
import importlib.util
import re
from typing import Final

from bot.app.doctor.case import Case, Check
from bot.app.doctor.finding import Findings, note, ok, problem
from bot.app.measure import levers_of
from bot.errors import BadRules, BadSettings
from bot.incidents.events import BOT, Opened, Recorded
from bot.incidents.model import fold
from bot.paths import read_rules
from bot.postmortem.context import build
from bot.postmortem.sandbox import Unusable, own_markdown
from bot.postmortem.shape import PostmortemContext, plain
from bot.rules.book import load_book
from bot.rules.evidence import Severity
from bot.settings import Problem

_SIGNING: Final = re.compile(r"[0-9a-f]{32}")
_ROUTING: Final = re.compile(r"[0-9A-Za-z]{32}")
_FILE: Final = "ANTH_TRIAGE_CONFIG"


async def settings(case: Case) -> Findings:
    """Tell every variable and setting that cannot be used, and variables that nobody reads."""
    wrong = [problem(f"{one.name} {_sentence(one)}", _where(case, one)) for one in case.found.problems]
    strange = [note(f"{one.name}: {one.text}", f"{one.name}: rename it or take it out") for one in case.strange]
    return [*wrong, *strange] or [ok("every setting can be used")]


def _sentence(one: Problem) -> str:
    return one.text if one.text.startswith(("must", "is ", "has ", "begins")) else f"- {one.text}"


def _where(case: Case, one: Problem) -> str:
    if not one.name.startswith("["):
        path = case.settings.config
        return f"{one.name}, which names {path}" if one.name == _FILE and path else f"{one.name} in the environment"
    return f"{case.at(one.name)} in the file that {_FILE} names"


async def mode(case: Case) -> Findings:
    """Tell by which way Slack reaches the bot, and what is missing for it."""
    case.require_usable("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
    secret = case.settings.slack_signing_secret
    shaped = secret is None or _SIGNING.fullmatch(secret.get_secret_value())
    in_http = case.settings.slack_app_token is None
    if in_http and secret is None:
        mend = "SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP: " + case.slack.page("general")
        return [problem("neither an app-level token nor a signing secret is set, so that Slack cannot reach it", mend)]
    if not shaped:
        what = "SLACK_SIGNING_SECRET is not of the shape of one: 32 digits and letters from a to f"
        mend = f"SLACK_SIGNING_SECRET: copy Signing Secret, not Client Secret, from {case.slack.page('general')}"
        return [problem(what, mend) if in_http else note(f"{what}; Socket Mode does without", mend)]
    return [ok("Slack reaches the bot by HTTP" if in_http else "Slack reaches the bot by Socket Mode")]


async def admins(case: Case) -> Findings:
    """Tell that nobody hears in private what is wrong with the bot."""
    case.require_usable("[response] admins")
    if case.settings.response.admins:
        return [ok(f"{len(case.settings.response.admins)} admins hear what is wrong with the bot")]
    what = "no admins are named: what is wrong with the bot goes to the channel of the newest triage"
    return [note(what, f"{case.at('[response] admins')} in anth-triage.toml")]


async def models_named(case: Case) -> Findings:
    """Tell that the default model is measured, and not production's."""
    case.require_usable("ANTH_TRIAGE_MODELS")
    named = ", ".join(case.settings.models)
    if "models" in case.settings.model_fields_set:
        return [ok(f"measures the models {named}")]
    return [note(f"measures {named}, the default: nobody has said which models production uses", "ANTH_TRIAGE_MODELS")]


async def rules(case: Case) -> Findings:
    """Tell what is wrong with a team's own rules and switches."""
    case.require_usable("[rules] folder", "[rules]")
    folder = case.settings.rules.folder
    try:
        book = await asyncio.to_thread(lambda: load_book(read_rules(folder)))
    except BadRules as error:
        lines = [line for line in error.user_message.splitlines() if line.strip()]
        where = f"{case.at('[rules] folder')}; `anth-triage rules check` names each line"
        return [problem(f"the team's own rules cannot be used: {line}", where) for line in lines[:5]]
    try:
        levers_of(case.settings, book.rules.taxonomy)
    except BadSettings as error:
        return [problem(error.user_message, f"{case.at('[switch] mitigations')}: {error.hint}")]
    return [ok("the rules that ship" if folder is None else "the team's own rules can be used")]


async def template(case: Case) -> Findings:
    """Try a team's own template on an incident that was made up."""
    case.require_usable("[postmortem] template", "[postmortem]")
    file = case.settings.postmortem.template
    if file is None:
        return [ok("the postmortem's template that ships")]
    try:
        await own_markdown(file, await asyncio.to_thread(plain, _example(case)))
    except Unusable as error:
        what = f"the team's own template cannot be used: {error}; the postmortem is made with ours"
        return [problem(what, f"{case.at('[postmortem] template')}, and the line named in it")]
    return [ok("the team's own template can be used")]


def _example(case: Case) -> PostmortemContext:
    opened = Opened(
        actor=BOT,
        happened_at=case.clock.now(),
        title="An example",
        severity=Severity.P3,
        rule=None,
        provisional=False,
        fault=None,
        branch=None,
        because="an example",
        step="",
        triage_id=None,
        origin_channel=None,
    )
    incident = fold(1, [opened])
    assert incident is not None  # noqa: S101 - it was opened
    return build(incident, [Recorded(seq=1, at=case.clock.now(), event=opened)])


async def chart(case: Case) -> Findings:
    """Tell whether what draws charts and PDF is installed."""
    case.require_usable("[postmortem] chart")
    missing = await asyncio.to_thread(_missing)
    if not missing:
        return [ok("PDF and charts can be made")]
    asked_for = case.settings.postmortem.chart and "chart" in case.settings.postmortem.model_fields_set
    what = f"PDF and the postmortem's chart cannot be made: {missing} is missing"
    mend = "pip install 'anth-triage[pdf]', and Pango of the system; or chart = false at " + case.at(
        "[postmortem] chart"
    )
    return [problem(what, mend) if asked_for else note(what, mend)]


def _missing() -> str:
    modules = [name for name in ("weasyprint", "pypdfium2") if importlib.util.find_spec(name) is None]
    if modules:
        return f"the extra pdf ({', '.join(modules)})"
    return "" if ctypes.util.find_library("pango-1.0") else "the library Pango"


async def pagerduty_key(case: Case) -> Findings:
    """Tell an integration key that cannot be one."""
    key = case.settings.pagerduty_routing_key
    if key is None:
        return [ok("not used: PAGERDUTY_ROUTING_KEY is not set")]
    if _ROUTING.fullmatch(key.get_secret_value()):
        return [ok("PagerDuty's key is of the right shape; whether it is good shows with the first incident only")]
    what = "PAGERDUTY_ROUTING_KEY is not of the shape of an integration key: 32 letters and digits"
    return [problem(what, "PAGERDUTY_ROUTING_KEY: the service's Integrations, Events API v2, Integration Key")]


CHECKS: Final = (
    Check(
        "settings",
        "a variable or setting that cannot be used: a wrong kind of token or key, an address without TLS, a driver that"
        " is not known, bad TOML, a name that nobody knows, a time zone that is none, ...",
        "the variable, or the setting with its file and line",
        settings,
    ),
    Check("mode", "no way for Slack to reach the bot; a signing secret of a wrong shape", "the variable", mode),
    Check("admins", "nobody is named who hears what is wrong with the bot", "`[response] admins`", admins),
    Check("models_named", "the default model is measured", "`ANTH_TRIAGE_MODELS`", models_named),
    Check("rules", "a team's own rules or switches that cannot be used", "the file's line, the setting", rules),
    Check("template", "a team's own template that cannot be used", "the template's line, the setting", template),
    Check("chart", "the extra `pdf` or Pango is missing", "what to install, or the setting", chart),
    Check("pagerduty_key", "an integration key of a wrong shape", "`PAGERDUTY_ROUTING_KEY`", pagerduty_key),
)
