"""The taxonomy as it ships, and the verdict by it: what `cases.py` does with a small one."""

from collections.abc import Sequence
from typing import Final

from bot.paths import read_rules
from bot.rules.book import load_book
from bot.rules.case import Key
from bot.rules.evidence import Evidence, Verdict
from bot.rules.severity import HumanReport
from bot.rules.tally import FAILING
from bot.rules.taxonomy import Leaf, Taxonomy
from bot.rules.verdict import judge
from tests.unit.rules.cases import FAULT, MODEL, SEVERITY

TAXONOMY: Final[Taxonomy] = load_book(read_rules()).rules.taxonomy
FAILING_LEAVES: Final[tuple[Leaf, ...]] = tuple(
    leaf for leaf in TAXONOMY.leaves.values() if leaf.severity_class in FAILING
)
CHANGES_A_KEY: Final = frozenset(
    TAXONOMY.mitigations[name].title for name in ("rotate_key", "revoke_key", "refresh_login", "appeal_hold")
)
COSTS_MONEY: Final = frozenset(
    TAXONOMY.mitigations[name].title
    for name in ("buy_credits", "fix_payment", "raise_spend_limit", "raise_cap", "change_plan")
)


def judged(
    *evidence: Evidence, key: Key = "production", models: Sequence[str] = (MODEL,), report: HumanReport | None = None
) -> Verdict:
    """Return the verdict by the rules that ship."""
    return judge(
        evidence,
        taxonomy=TAXONOMY,
        severity_rows=SEVERITY,
        fault_rows=FAULT,
        vantage_key=key,
        configured_models=models,
        host="host-1",
        report=report,
    )


def judged_so_far(
    evidence: Sequence[Evidence], *, report: HumanReport | None = None, provisional_deadline: bool = False
) -> Verdict:
    """Return the verdict as a run shows it while checks are open."""
    return judge(
        evidence,
        taxonomy=TAXONOMY,
        severity_rows=SEVERITY,
        fault_rows=FAULT,
        vantage_key="production",
        configured_models=(MODEL,),
        host="host-1",
        report=report,
        provisional_deadline=provisional_deadline,
    )
