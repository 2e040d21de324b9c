"""Reads the tables of a rules file and remembers the line of each, so that problems can be named."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, NoReturn

from bot.errors import BadRules


@dataclass(frozen=True, slots=True)
class RawRow:
    """One `[[row]]` as it was written, the file and line where it starts, and its lines."""

    file: str
    line: int
    fields: Mapping[str, Any]
    written: tuple[str, ...] = ()

    def problem(self, text: str) -> str:
        """Return the problem with its place and the row's id in front: the line of the field that it begins with."""
        field = re.compile(rf"\b{re.escape(text.partition(' ')[0].rstrip(':'))}\s*=")
        below = next((place for place, line in enumerate(self.written) if field.search(line)), 0)
        return f"{self.file}:{self.line + below} [[row]] {self.fields.get('id', '?')}: {text}"


def read_rows(text: str, file: str) -> tuple[RawRow, ...]:
    """Return the rows of a TOML text. Raises BadRules when it is no TOML or holds anything but rows."""
    tables = read_toml(text, file)
    rows = tables.get("row")
    if set(tables) != {"row"} or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        strange = next((name for name in tables if name != "row"), "row")
        raise BadRules(f"{file}:{line_of_name(text, strange)} must hold [[row]] tables and nothing else.")
    lines, written = header_lines(text, "row", len(rows)), text.splitlines()
    ends = [*lines[1:], len(written) + 1]
    return tuple(
        RawRow(file, line, fields, tuple(written[line - 1 : end - 1]) if line else ())
        for line, end, fields in zip(lines, ends, rows, strict=False)
    )


def read_toml(text: str, file: str) -> dict[str, Any]:
    """Return what a TOML text holds. Raises BadRules with the line at which it stops being TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
        said, line = (told[1], told[2]) if told else (str(error), None)
        raise BadRules(f"{file}:{line or len(text.splitlines())} is not valid TOML: {said}.") from error


def header_lines(text: str, name: str, count: int) -> list[int]:
    """Return the line of each `[[name]]`; tables that were written without a header stand at line 0."""
    header = re.compile(rf"\s*\[\[\s*{name}\s*\]\]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
    return lines + [0] * (count - len(lines))


def line_of_name(text: str, name: str) -> int:
    """Return the first line that begins with a table or key of this name, 1 when there is none."""
    named = re.compile(rf"\s*\[{{0,2}}\s*[\"']?{re.escape(name)}\b")
    return next((number for number, line in enumerate(text.splitlines(), 1) if named.match(line)), 1)


def field_problems(raw: RawRow, known: Mapping[str, type], required: frozenset[str]) -> list[str]:
    """Return a problem for each field that is missing, unknown or of the wrong type."""
    problems = [raw.problem(f"{name} is missing") for name in sorted(required - raw.fields.keys())]
    for name, value in raw.fields.items():
        if name not in known:
            problems.append(raw.problem(f"{name} is not a field; there are {', '.join(sorted(known))}"))
        elif not is_a(value, known[name]):
            problems.append(raw.problem(f"{name} must be {known[name].__name__}"))
    return problems


def is_a(value: object, kind: type) -> bool:
    """Tell whether a TOML value is of this kind; an int passes for a float, a bool never for a number."""
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float)) if kind is float else isinstance(value, kind)


def template_problems(raw: RawRow, allowed: frozenset[str]) -> list[str]:
    """Return a problem for each placeholder of `because` that nobody would fill."""
    try:
        parts = [(name, spec, how) for _, name, spec, how in Formatter().parse(str(raw.fields.get("because", "")))]
    except ValueError as error:
        return [raw.problem(f"because: {error}")]
    bad = [name for name, spec, how in parts if name is not None and (name not in allowed or spec or how)]
    return [raw.problem(f"because: {{{name}}} is not one of {', '.join(sorted(allowed))}") for name in bad]


def refuse(file: str, problems: list[str]) -> NoReturn:
    """Raise BadRules with every problem on a line of its own."""
    raise BadRules(f"{file} has {len(problems)} problem(s):\n" + "\n".join(problems), "Mend the file and check again.")
