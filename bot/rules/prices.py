"""Reads prices.toml: what the tokens of a model cost; a model that is not listed costs as much as the dearest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.errors import BadRules
from bot.rules.rows import header_lines, line_of_name, read_toml, refuse

_FIELDS: Final = {"model", "tokens_in", "tokens_out"}
_FILE: Final = "prices.toml"
_DEAREST: Final = 10_000  # dollars; more is a slip of the pen


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens, read and written."""

    tokens_in: float
    tokens_out: float

    def of(self, tokens_in: int, tokens_out: int) -> float:
        """Return the dollars for so many tokens."""
        return (tokens_in * self.tokens_in + tokens_out * self.tokens_out) / 1e6


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices by the beginning of a model's id."""

    rows: Mapping[str, Price]

    def of(self, model: str) -> Price:
        """Return the price of a model; the longest beginning of whole words that fits wins, else the dearest of all."""
        fitting = max((name for name in self.rows if f"{model}-".startswith(f"{name}-")), key=len, default=None)
        if fitting is not None:
            return self.rows[fitting]
        dearest = self.rows.values()
        return Price(max(row.tokens_in for row in dearest), max(row.tokens_out for row in dearest))


def load_prices(text: str) -> Prices:
    """Return the prices; raises BadRules naming every problem with its place."""
    tables = read_toml(text, _FILE).get("price")
    if not isinstance(tables, list) or not tables:
        raise BadRules(f"{_FILE}:{line_of_name(text, 'price')} needs at least one [[price]].")
    lines = header_lines(text, "price", len(tables))
    problems = [
        f"{_FILE}:{line} [[price]]: {problem}"
        for line, row in zip(lines, tables, strict=False)
        if (problem := _problem(row))
    ]
    if problems:
        refuse(_FILE, problems)
    return Prices({row["model"]: Price(float(row["tokens_in"]), float(row["tokens_out"])) for row in tables})


def _problem(row: object) -> str | None:
    if not isinstance(row, dict) or set(row) != _FIELDS:
        return "takes exactly " + ", ".join(sorted(_FIELDS))
    if not isinstance(row["model"], str) or not row["model"]:
        return "model is no text"
    numbers = [row["tokens_in"], row["tokens_out"]]
    fine = all(isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one <= _DEAREST for one in numbers)
    return None if fine else f"a price is no number from 0 to {_DEAREST:,}"
