"""All rules together: read from the texts of their files, every problem of every file told at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from bot.errors import BadRules
from bot.rules.classify import Rules
from bot.rules.fault import FaultRow, load_fault
from bot.rules.load import load_taxonomy
from bot.rules.prices import Prices, load_prices
from bot.rules.rows import read_rows
from bot.rules.severity import Row, load_severity
from bot.rules.tree import Tree, load_tree

FILES: Final = ("errors", "mitigations", "severity", "fault", "tree", "prices")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The rules that are in force."""

    rules: Rules
    severity: tuple[Row, ...]
    fault: tuple[FaultRow, ...]
    tree: Tree
    prices: Prices


def load_book(texts: Mapping[str, str], known: Sequence[str] = ()) -> Book:
    """Return the rules that these texts (by the names in `FILES`) hold.

    Raises BadRules naming every problem, after those that are `known` already.
    """
    return _read(tuple(texts.items()), tuple(known))


@lru_cache(maxsize=8)
def _read(files: tuple[tuple[str, str], ...], known: tuple[str, ...]) -> Book:
    """Read the same texts once: to compile their patterns takes a third of a second."""
    texts, problems = dict(files), [*known]
    rules = _try(lambda: load_taxonomy(texts["errors"], texts["mitigations"]), problems)
    severity = _try(lambda: load_severity(texts["severity"]), problems)
    fault = _try(lambda: load_fault(texts["fault"]), problems)
    prices = _try(lambda: load_prices(texts["prices"]), problems)
    tree = _try(lambda: load_tree(texts["tree"], rules.taxonomy if rules else None), problems)
    if rules and severity:
        problems += _unknown_branches(texts["severity"], rules)
    if problems or not (rules and severity and fault and tree and prices):
        raise BadRules("\n".join(problems), "Mend each line named, then run `anth-triage rules check`.")
    return Book(rules=rules, severity=severity, fault=fault, tree=tree, prices=prices)


def _unknown_branches(severity: str, rules: Rules) -> Iterator[str]:
    """Yield a problem for each severity row that settles on a kind of failure that there is not."""
    for raw in read_rows(severity, "severity.toml"):
        branch = raw.fields.get("branch")
        if branch is not None and branch not in rules.taxonomy.leaves:
            yield raw.problem(f"there is no leaf {branch}")


def _try(load: Callable[[], T], problems: list[str]) -> T | None:
    try:
        return load()
    except BadRules as error:
        problems.append(error.user_message)
        return None
