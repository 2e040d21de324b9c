"""Texts that a regular expression almost matches, made from the expression itself."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from bot.rules.classify import MatchRow, Rules, ToldRow

_parser: Any = importlib.import_module("re._parser")  # the expression as a tree, which no public module shows


def patterns_of(rules: Rules) -> Iterator[re.Pattern[str]]:
    """Yield every regular expression of the rules."""
    rows: tuple[MatchRow | ToldRow, ...] = (*rules.matches, *rules.told)
    for row in rows:
        for field in fields(row):
            value = getattr(row, field.name)
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, re.Pattern):
                    yield one


def beginnings(pattern: re.Pattern[str]) -> list[str]:
    """Return pieces that begin as matches do, but end early: repeated, they make a search work the most."""
    whole = dict.fromkeys(_texts(_parser.parse(pattern.pattern)))
    pieces = [piece for text in whole for piece in (text[:-1], text.split(" ")[0][:4])]
    return [piece for piece in dict.fromkeys(pieces) if piece and not pattern.search(piece * 3)]


def _texts(tokens: Any) -> list[str]:
    """Return some texts that these tokens match: one for each alternative."""
    made = [""]
    for operator, argument in tokens:
        parts = _part(str(operator), argument)
        made = [text + part for at, text in enumerate(made) for part in (parts if at == 0 else parts[:1])]
    return made


def _part(operator: str, argument: Any) -> list[str]:
    match operator:
        case "BRANCH":
            return [text for branch in argument[1] for text in _texts(branch)]
        case "SUBPATTERN":
            return _texts(argument[-1])
        case "MAX_REPEAT" | "MIN_REPEAT":
            least, _, body = argument
            return [text * max(least, 1) for text in _texts(body)]
        case _:
            return [_character(operator, argument)]


def _character(operator: str, argument: Any) -> str:
    """Return one character that fits, or none: a border or a look to the side matches nothing by itself."""
    match operator:
        case "LITERAL":
            return chr(argument)
        case "RANGE":
            return chr(argument[0])
        case "IN":
            return _character(str(argument[0][0]), argument[0][1])
        case "CATEGORY":
            return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_NOT_WORD": " "}.get(str(argument), "x")
        case "ANY" | "NEGATE" | "NOT_LITERAL":
            return "x"
    return ""
