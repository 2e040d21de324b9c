"""Writes the reference pages from code and rules: `python -m bot.cli.reference FOLDER`."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import click
from pydantic.fields import FieldInfo

from bot.cli import pages
from bot.cli.main import COMMANDS, cli
from bot.cli.pages.checks import checks_page
from bot.cli.pages.doctor import doctor_page
from bot.cli.pages.events import events_page
from bot.cli.pages.metrics import metrics_page
from bot.cli.pages.overview import rules_page
from bot.cli.pages.postmortem import postmortem_page
from bot.incidents.policy import DEFAULT, WORDS
from bot.paths import read_rules
from bot.rules.book import Book, load_book
from bot.settings import ENVIRONMENT, TABLES, Settings
from bot.slack.cards.help import VERB_LINES
from bot.slack.ids import COMMAND
from bot.slack.manifest import manifest
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from bot.workflows.auditor import INVARIANTS

_BAR: Final = "\\|"
"""A stroke within a cell of a table."""
_WHERE: Final = {"global": "under shortcuts", "message": "in a message's menu"}


def settings_page() -> str:
    """Return the page of every environment variable and TOML setting."""
    return "\n".join(_settings()) + "\n"


def _settings() -> Iterator[str]:
    yield "# Settings\n\nMade from `bot/settings.py`; a test compares."
    yield "Secrets may also come from a file: `NAME_FILE=/path`.\n"
    yield "| variable | default | meaning |\n| --- | --- | --- |"
    for variable, field in sorted(ENVIRONMENT.items()):
        info = Settings.model_fields[field]
        yield f"| `{variable}` | {_default(info)} | {info.description} |"
    yield "\n## anth-triage.toml\n\nNamed by `ANTH_TRIAGE_CONFIG`.\n"
    yield "| table | setting | default | meaning |\n| --- | --- | --- | --- |"
    for table, model in TABLES.items():
        for name, info in model.model_fields.items():
            yield f"| `[{table}]` | `{name}` | {_default(info)} | {info.description} |"


def _default(info: FieldInfo) -> str:
    return "required" if info.is_required() else _shown(info.get_default(call_default_factory=True))


def _shown(value: object) -> str:
    if value is None or value in ("", ()):
        return "-"
    return f"`{','.join(value)}`" if isinstance(value, tuple) else f"`{value}`"


def commands_page() -> str:
    """Return the page of every command with its help."""
    parts = ["# Commands\n\nMade from the commands' own help; a test compares.\n"]
    context = cli.make_context("anth-triage", [], resilient_parsing=True)
    for name in COMMANDS:
        parts += _helps(cli.get_command(context, name), name, context)
    return "\n".join([*parts, _in_slack()])


def _helps(command: click.Command | None, name: str, parent: click.Context) -> Iterator[str]:
    """Yield the section of a command, then those of the commands below it."""
    if command is None:
        return
    context = click.Context(command, info_name=name, parent=parent, terminal_width=100)
    heading = context.command_path.removeprefix("anth-triage ")
    yield f"## {heading}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _helps(command.get_command(context, below), below, context)


def _in_slack() -> str:
    """Return the section of what people can type and choose in Slack."""
    verbs = [f"| `{COMMAND} {verb.replace('|', _BAR)}` | {what} |" for verb, what in VERB_LINES.items()]
    shortcuts = manifest()["features"]["shortcuts"]
    chosen = [f"| *{item['name']}* {_WHERE[item['type']]} | {item['description']} |" for item in shortcuts]
    return "\n".join(["## In Slack\n", "| type or choose | what it does |", "| --- | --- |", *verbs, *chosen, ""])


def manifest_page() -> str:
    """Return the Slack app manifest for Socket Mode."""
    return json.dumps(manifest(), ensure_ascii=False, indent=2) + "\n"


def scopes_page() -> str:
    """Return the page of the bot token's scopes."""
    head = [
        "# Scopes\n",
        "Made from `bot/slack/scopes.py`; a test compares. `anth-triage manifest` asks for all of them, for the second",
        "table as optional ones: whoever installs the app may leave them out. What the bot does without shows at",
        "`/health/ready` under `lacks`, at its start in the log (`scope_missing`), and in what [the doctor](doctor.md)",
        "says.\n",
        "The bot starts without any of them, and does the rest. Those of the first table are what it is for.\n",
    ]
    return "\n".join([*head, "## Needed\n", *_scopes(SCOPES), "\n## Optional\n", *_scopes(OPTIONAL_SCOPES), ""])


def _scopes(of: Mapping[str, str]) -> list[str]:
    rows = [f"| `{scope}` | {what} |" for scope, what in of.items()]
    return ["| scope | without it the bot cannot |", "| --- | --- |", *rows]


def audit_page() -> str:
    """Return the page of what the auditor checks."""
    rows = [f"| `{one.name}` | {one.words} | {one.mend} |" for one in INVARIANTS]
    head = ["# What the auditor checks\n", "Made from `bot/workflows/auditor.py`; a test compares.\n"]
    return "\n".join([*head, "| invariant | what is wrong | what to do |", "| --- | --- | --- |", *rows, ""])


def _of_rules(page: Callable[[Book], str]) -> Callable[[], str]:
    """Return the page of a part of the rules that ship."""
    return lambda: page(load_book(read_rules()))


def policy_page() -> str:
    """Return the page of who may do what."""
    rows = [
        f"| `{act}` | {WORDS[act]} | {row.who} | {'yes' if row.guests else 'no'} | {row.where} |"
        for act, row in DEFAULT.items()
    ]
    head = [
        "# Who may do what\n",
        "Made from `bot/incidents/policy.py`; a test compares. What no row allows is refused. A team changes a row",
        'in anth-triage.toml, such as `[policy.close]` with `who = "lead"`; `[response] admins` may do all of it.',
        "Responders are who opened or acknowledged the incident, or has a role or a task in it. People of other",
        "workspaces may do nothing.\n",
    ]
    return "\n".join(
        [
            *head,
            "| act | what it lets one do | who | guests too | from where |",
            "| --- | --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


PAGES: dict[str, Callable[[], str]] = {
    "policy.md": policy_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "slack-manifest.json": manifest_page,
    "scopes.md": scopes_page,
    "audit.md": audit_page,
    "postmortem.md": postmortem_page,
    "checks.md": checks_page,
    "metrics.md": metrics_page,
    "doctor.md": doctor_page,
    "events.md": events_page,
    "rules.md": _of_rules(rules_page),
    **{f"{name}.md": _of_rules(page) for name, page in pages.PAGES.items()},
}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (Path(sys.argv[1]) / file).write_text(page(), "utf-8")
