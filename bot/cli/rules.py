"""`anth-triage rules`: check a team's own rules, and show those in force."""

import json
import os
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click
from rich.markdown import Markdown

from bot.cli.paper import paper
from bot.cli.rules_pages import PAGES
from bot.errors import BadRules
from bot.paths import read_rules
from bot.rules.book import FILES, Book, load_book
from bot.settings import load


@click.group()
def command() -> None:
    """Check a team's own rules, or show the rules in force."""


@command.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
def check(path: Path | None) -> None:
    """Check the rules: a file, a folder, or what the settings name.

    Exit status: 0 no problem, 2 problems, each with its file and line.
    """
    book = load_book(_texts(path))
    leaves, cures = len(book.rules.taxonomy.leaves), len(book.rules.taxonomy.mitigations)
    rows = len(book.rules.matches) + len(book.rules.told)
    click.echo(
        f"No problem: {leaves} kinds of failure by {rows} rows, {cures} mitigations,"
        f" {len(book.severity)} severity rows, {len(book.fault)} fault rows, {len(book.tree.steps)} steps of the tree."
    )


@command.command()
@click.argument("name", type=click.Choice(FILES), default="severity")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output, nothing else.")
def show(name: str, *, as_json: bool) -> None:
    """Show the rules in force: severity (the default), fault, errors, tree or mitigations."""
    book = load_book(read_rules(load(os.environ).rules.folder))
    if as_json:
        click.echo(json.dumps(_plain(_parts(book)[name]), ensure_ascii=False, indent=2))
    else:
        paper().print(Markdown(PAGES[name](book)))


def _texts(path: Path | None) -> dict[str, str]:
    if path is None:
        return read_rules(load(os.environ).rules.folder)
    if path.is_dir():
        return read_rules(path)
    if path.stem not in FILES:
        raise BadRules(f"{path.name} is no rules file.", f"There are {', '.join(f'{name}.toml' for name in FILES)}.")
    return read_rules() | {path.stem: path.read_text("utf-8")}


def _parts(book: Book) -> dict[str, Any]:
    taxonomy = book.rules.taxonomy
    return {
        "errors": taxonomy.leaves,
        "mitigations": taxonomy.mitigations,
        "severity": book.severity,
        "fault": book.fault,
        "tree": book.tree,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - any part of the rules
    """Return the value as JSON can say it; sets in order, so that two runs say the same."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(_plain, value))
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
