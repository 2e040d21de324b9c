"""`anth-triage rules`: check a team's own rules, and show those in force."""

import json
import os
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click
from rich.markdown import Markdown

from bot.cli.pages import IN_TERMINAL
from bot.cli.paper import paper
from bot.paths import read_rules, rules_and_problems
from bot.rules.book import FILES, Book, load_book
from bot.settings import load


@click.group()
def command() -> None:
    """Check a team's own rules, or show the rules in force."""


@command.command()
@click.argument("path", metavar="[FILE|FOLDER]", type=click.Path(path_type=Path), required=False)
def check(path: Path | None) -> None:
    """Check the rules: a file, a folder of them, or what the settings name; the rest is as it ships.

    Exit status: 0 no problem, 2 problems, each with its file and line.
    """
    texts, problems = rules_and_problems(path or load(os.environ).rules.folder)
    ours = read_rules()
    book = load_book(texts, problems)
    leaves, cures = len(book.rules.taxonomy.leaves), len(book.rules.taxonomy.mitigations)
    rows = len(book.rules.matches) + len(book.rules.told)
    click.echo(
        f"No problem: {leaves} kinds of failure by {rows} rows, {cures} mitigations,"
        f" {len(book.severity)} severity rows, {len(book.fault)} fault rows, {len(book.tree.steps)} steps of the tree."
    )
    changed = ", ".join(f"{name}.toml" for name in FILES if texts[name] != ours[name])
    click.echo(f"Other than ours: {changed or 'nothing'}.")


@command.command()
@click.argument("name", type=click.Choice(FILES), default="severity")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, nothing else.")
@click.option("--toml", "as_toml", is_flag=True, help="The file itself, to copy and change.")
def show(name: str, *, as_json: bool, as_toml: bool) -> None:
    """Show the rules in force, severity unless another part is named: in words, as JSON, or as the file."""
    texts = read_rules(load(os.environ).rules.folder)
    book = load_book(texts)
    if as_toml:
        click.echo(texts[name], nl=False)
    elif as_json:
        click.echo(json.dumps(_plain(_parts(book)[name]), ensure_ascii=False, indent=2))
    else:
        _print(IN_TERMINAL[name](book))


def _print(page: str) -> None:
    """Print a page laid out for a terminal; into a pipe or a file goes its Markdown, which can be searched.

    Links to other pages of the reference lead nowhere here and are left out.
    """
    page = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", page)
    console = paper()
    if console.is_terminal:
        console.print(Markdown(page))
    else:
        click.echo(page, nl=False)


def _parts(book: Book) -> dict[str, Any]:
    taxonomy = book.rules.taxonomy
    return {
        "errors": {"leaves": taxonomy.leaves, "match": book.rules.matches, "told": book.rules.told},
        "mitigations": taxonomy.mitigations,
        "severity": book.severity,
        "fault": book.fault,
        "tree": book.tree,
        "prices": book.prices.rows,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of the rules
    """Return the value as JSON can say it; sets in order, so that two runs say the same."""
    if is_dataclass(value):
        # A condition that a row does not have is None; it is left out, as in the file.
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(one) for name, one in named if one is not None}
    if isinstance(value, re.Pattern):
        return value.pattern
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(_plain, value))
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
