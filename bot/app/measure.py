"""From settings to a measurement: whom to ask, and how the answers are judged. Loads no Slack library, no database."""

import socket
from dataclasses import dataclass
from functools import partial

from bot import __version__
from bot.checks.runner import run_checks
from bot.checks.target import Target
from bot.clock import Clock
from bot.paths import read_rules
from bot.rules.asking import AskWorld, Judge, OnEvidence
from bot.rules.classify import Rules, classify
from bot.rules.evidence import Evidence, Observation
from bot.rules.fault import load_fault
from bot.rules.load import load_taxonomy
from bot.rules.prices import load_prices
from bot.rules.severity import load_severity
from bot.rules.tree import Tree, load_tree
from bot.rules.verdict import judge
from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """Every rule that the product follows, read and checked."""

    rules: Rules
    tree: Tree
    judge: Judge


def rulebook(settings: Settings) -> Rulebook:
    """Return the rules; raises BadRules naming every problem."""
    texts = read_rules()
    rules = load_taxonomy(texts["errors"], texts["mitigations"])
    judged = partial(
        judge,
        taxonomy=rules.taxonomy,
        severity_rows=load_severity(texts["severity"]),
        fault_rows=load_fault(texts["fault"]),
        vantage_key=settings.probe.key if settings.anthropic_api_key else "none",
        configured_models=settings.models,
        host=socket.gethostname(),
    )
    return Rulebook(rules=rules, tree=load_tree(texts["tree"], rules.taxonomy), judge=judged)


def target_of(
    settings: Settings, *, samples: int | None = None, deadline_s: float | None = None, long_stream: bool = False
) -> Target:
    """Return whom the checks ask and how much; raises BadRules naming every problem of the prices."""
    key = settings.anthropic_api_key
    return Target(
        base_url=settings.anthropic_base_url.rstrip("/"),
        api_key=key.get_secret_value() if key else None,
        anthropic_version=settings.probe.anthropic_version,
        models=settings.models,
        status_urls=settings.status_urls,
        user_agent=f"anth-triage/{__version__}",
        control_url=settings.probe.control_url or None,
        prices=load_prices(read_rules()["prices"]),
        cost_cap_usd=settings.probe.cost_cap_usd,
        long_stream=long_stream or settings.probe.long_stream,
        samples=samples or settings.probe.samples,
        deadline_s=deadline_s or settings.probe.deadline_s,
    )


def asking(target: Target, rules: Rules, clock: Clock) -> AskWorld:
    """Return the function that runs every check once."""

    def branch_of(observation: Observation) -> str:
        return classify(observation, rules).branch

    async def ask(on_evidence: OnEvidence) -> tuple[Evidence, ...]:
        return await run_checks(target, clock=clock, classify=branch_of, on_evidence=on_evidence)

    return ask
