"""From settings to a measurement: whom to ask, and how the answers are judged. Loads no Slack library, no database."""

import socket
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bot import __version__
from bot.checks.runner import run_checks
from bot.checks.target import Target
from bot.clock import Clock
from bot.errors import BadSettings
from bot.incidents.leaked_key import Procedure
from bot.incidents.policy import DEFAULT, Policy, Row
from bot.paths import read_rules
from bot.postmortem.bundle import Api
from bot.rules.api_keys import Wanted
from bot.rules.asking import AskWorld, Judge, OnEvidence
from bot.rules.book import load_book
from bot.rules.case import Key
from bot.rules.classify import Rules, branch_of_attempt
from bot.rules.evidence import Evidence, Observation
from bot.rules.prices import Prices
from bot.rules.recovery import Recovery
from bot.rules.response import Response
from bot.rules.taxonomy import Lever, Taxonomy
from bot.rules.tree import Tree
from bot.rules.verdict import judge
from bot.settings import Settings

_PROVISIONAL = 2 / 3
"""The share of the time after which a verdict shows what is known so far: 10 s of 15 s (design)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Every rule that the product follows, read and checked."""

    rules: Rules
    tree: Tree
    judge: Judge
    key: Key
    prices: Prices


def rulebook(settings: Settings) -> Rulebook:
    """Return the rules; raises BadRules naming every problem."""
    book = load_book(read_rules(settings.rules.folder))
    key: Key = settings.probe.key if settings.anthropic_api_key else "none"
    judged = partial(
        judge,
        taxonomy=book.rules.taxonomy,
        severity_rows=book.severity,
        fault_rows=book.fault,
        vantage_key=key,
        configured_models=settings.models,
        host=socket.gethostname(),
    )
    return Rulebook(rules=book.rules, tree=book.tree, judge=judged, key=key, prices=book.prices)


def target_of(
    settings: Settings,
    prices: Prices,
    *,
    samples: int | None = None,
    deadline_s: float | None = None,
    long_stream: bool = False,
) -> Target:
    """Return whom the checks ask and how much."""
    key = settings.anthropic_api_key
    ends_s = deadline_s or settings.probe.deadline_s
    return Target(
        base_url=settings.anthropic_base_url.rstrip("/"),
        api_key=key.get_secret_value() if key else None,
        anthropic_version=settings.probe.anthropic_version,
        models=settings.models,
        status_urls=settings.status_urls,
        user_agent=f"anth-triage/{__version__}",
        control_url=settings.probe.control_url or None,
        prices=prices,
        cost_cap_usd=settings.probe.cost_cap_usd,
        long_stream=long_stream or settings.probe.long_stream,
        samples=samples or settings.probe.samples,
        provisional_s=ends_s * _PROVISIONAL,
        deadline_s=ends_s,
        unanswered_s=settings.probe.unanswered_s,
    )


def api_of(settings: Settings) -> Api:
    """Return whom the requests go to, as the provider's support may know it."""
    return Api.at(settings.anthropic_base_url, settings.probe.anthropic_version)


def policy_of(settings: Settings) -> Policy:
    """Return who may do what: our rows, and a team's own in place of some."""
    own: dict[str, Row] = {
        act: Row(who=row.who, guests=row.guests, where=row.where) for act, row in settings.policy.items()
    }
    return Policy(rows={**DEFAULT, **own}, admins=frozenset(settings.response.admins))


def response_of(settings: Settings) -> Response:
    """Return the team's calendar and whom escalation tells."""
    times = settings.response
    return Response(
        zone=ZoneInfo(times.timezone),
        day_begins=times.day_begins,
        holidays=frozenset(times.holidays),
        escalate_to=times.escalate_to,
        update_every=timedelta(minutes=times.update_minutes),
    )


def recovery_of(settings: Settings) -> Recovery:
    """Return when a failure counts as over."""
    rule = settings.recovery
    lasting = timedelta(minutes=rule.minutes)
    return Recovery(checks=rule.checks, lasting=lasting, most=rule.most, cost_usd=settings.probe.cost_cap_usd)


def levers_of(settings: Settings, taxonomy: Taxonomy) -> tuple[Lever, ...]:
    """Return the team's own switches; raises BadSettings for one that serves a mitigation that is not there."""
    unknown = sorted({name for one in settings.switch for name in one.mitigations} - taxonomy.mitigations.keys())
    if unknown:
        hint = "docs/reference/mitigations.md lists the ids; `anth-triage rules show` too."
        raise BadSettings(f"[[switch]] mitigations: there is no {', '.join(unknown)}.", hint)
    return tuple(Lever(**one.model_dump()) for one in settings.switch)


def procedure_of(settings: Settings) -> Procedure:
    """Return what is done about a key in the wrong hands."""
    own = settings.anthropic_api_key
    return Procedure(
        confirm=settings.keys.confirm,
        environments=settings.keys.environments,
        has_admin=settings.keys.own_process or settings.anthropic_admin_key is not None,
        own=Wanted.read(own.get_secret_value()) if own else None,
    )


def asking(target: Target, rules: Rules, clock: Clock) -> AskWorld:
    """Return the function that runs every check once."""

    def branch_of(observation: Observation) -> str:
        return branch_of_attempt(observation, rules)

    async def ask(on_evidence: OnEvidence) -> tuple[Evidence, ...]:
        return await run_checks(target, clock=clock, classify=branch_of, on_evidence=on_evidence)

    return ask
