"""`anth-triage explain`: what an error text, a log line, a response or described cases mean. Asks nobody."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
from rich.text import Text

from bot.app.measure import rulebook
from bot.cli.paper import paper
from bot.cli.source import read_source
from bot.errors import BadInput
from bot.rules.answer import Answer, answer
from bot.rules.classify import Rules
from bot.rules.explain import Explanation, explain
from bot.rules.pasted import explain_text
from bot.rules.redact import Redactor
from bot.settings import load

_PATH: Final = re.compile(  # no blank, and a folder of a file system's or an ending that files have
    r"^(?!https?:)(?:(?:\.{1,2}|~|/(?:data|etc|home|mnt|opt|root|srv|tmp|usr|var)|[A-Za-z]:)[/\\]\S*"
    r"|(?![\d/]+$)(?!\S*\bv\d\b)[\w.-]+[/\\][\w.-]+[/\\]\S+"
    r"|\S+\.(?:csv|err|gz|har|html?|jsonl?|log|md|ndjson|out|pcap|txt|xml|ya?ml|zip))$"
)
EXPOSED: Final = (
    "A key, a token or a password stood in that text. Who could read it can use it: revoke it now, at "
    "https://platform.claude.com/settings/keys if it is an Anthropic key, and put a new one into service. The steps: "
    "`/anth-triage key` in Slack, or docs/how-to/leaked-key.md."
)


@click.command()
@click.argument("source", metavar="[FILE|-|TEXT]", default="-")
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each case on standard output, nothing else.")
def command(source: str, *, as_json: bool) -> None:
    """Say which kind of failure a text shows, whose fault it usually is, what to check and what to do.

    Give the text itself in quotes, or a file or standard input (up to 32 MiB) with any text, or JSON Lines with one
    case a line:
    {"observations": [{"http_status", "headers", "error_type", "message", "body", "exception", "latency_s",
    "request_id", "observed_n"}], "context": {"scope", "error_rate", "told"}, "statuspage": {"description",
    "components"}}, where whatever is not known is left out. Asks nobody.

    Exit status: 0 explained, also when not recognised, 2 nothing to explain or unreadable.
    """
    settings = load(os.environ)
    rules = rulebook(settings).rules
    redactor = Redactor(settings.secrets())
    text = _read(source)
    if Redactor().has_secret(text) and not as_json:
        paper(stderr=True).print(Text(EXPOSED, style="bold red"))
    for found in _explanations(text, rules):
        if as_json:
            click.echo(json.dumps(redactor.deep(found.as_json()), ensure_ascii=False))
        else:
            _print(answer(found, rules.taxonomy), redactor)


def _read(source: str) -> str:
    is_there = source == "-" or _is_there(source)
    try:
        text = read_source(source) if is_there or _PATH.search(source) else source
    except BadInput as error:
        hint = error.hint if is_there else "Name a file, - for standard input, or give the TEXT itself in quotes."
        raise BadInput(error.user_message, hint) from None
    if not text.strip():
        raise BadInput("There is nothing to explain.", "Give an error text in a file or on standard input.")
    return text


def _is_there(source: str) -> bool:
    try:
        return bool(source) and Path(source).exists()
    except (OSError, ValueError):  # too long, or with characters that no name has
        return False


def _explanations(text: str, rules: Rules) -> Iterator[Explanation]:
    """Yield one explanation for each line that is a case; a text without cases is explained as a whole."""
    cases = [_case(line) for line in text.splitlines() if line.strip()]
    if any(case is not None for case in cases):
        yield from (explain(case or {}, rules) for case in cases)
    else:
        yield explain_text(text, rules)


def _case(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and "observations" in found else None


def _print(found: Answer, redactor: Redactor) -> None:
    console = paper()
    severity = f" · {found.severity}" if found.severity_is_told else ""
    console.print(Text(f"{found.title} ({found.branch}) · fault: {found.fault}{severity}", style="bold"))
    console.print(Text(redactor(found.because)))
    if not found.severity_is_told:
        console.print(Text(f"  severity: {found.severity}; `anth-triage triage` measures it"))
    console.print(Text(f"  retry: {found.retry}"))
    for word, lines in (("check:", found.checks), ("do:   ", found.actions), ("see:  ", found.links)):
        for line in lines:
            console.print(Text(f"  {word} {line}"))
