"""The command `anth-triage`: a command's file is loaded when that command is called, so that each starts fast."""

import gc
import importlib
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import click

from bot import __version__
from bot.errors import BotError, UnknownIncident

COMMANDS: Mapping[str, str] = {
    "triage": "run every check once and print the verdict",
    "explain": "say what an error text, a log line or a response means",
    "serve": "run the bot",
    "keys": "hold the Admin key for the bot, in a process of its own",
    "demo": "play with the bot in a stand-in workspace; no account, key or network needed",
    "incidents": "list the incidents",
    "show": "show one incident with its timeline",
    "export": "write an incident's postmortem",
    "bundle": "write what the provider's support can look up of an incident",
    "report": "count many incidents: whose fault, how long, how quick, what is left to do",
    "amend": "correct what was written on a timeline",
    "erase": "take words off a timeline that must not stay",
    "retention": "delete incidents that have been over for long, and what is old and belongs to none",
    "doctor": "find what is wrong with the set-up, and name the line to mend",
    "manifest": "print the Slack app manifest",
    "rules": "check a team's own rules, or show the rules in force",
    "db": "back up, restore and copy the records; upgrade or look at the schema",
}


class Commands(click.Group):
    """Finds the command in `bot.cli.<name>`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, loading its file."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        gc.disable()  # what is loaded stays: to look through it again and again meanwhile is a sixth of the start
        command: click.Command = importlib.import_module(f"bot.cli.{cmd_name}").command
        gc.freeze()
        gc.enable()
        return command

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:  # noqa: ANN401 - as click has it
        """Read the arguments; what click says of wrong ones quotes them."""
        with _quoting_no_key():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Call the command, which reads its own arguments."""
        with _quoting_no_key():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands without loading their files."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="anth-triage")
def cli() -> None:
    """Says whose fault a Claude API failure is, how bad it is, and what to do next."""


def main() -> None:
    """Run the command; an error that a person can mend is told on standard error, exit status 2 or 4 (not found)."""
    sys.excepthook = _told_redacted
    try:
        cli()
    except BotError as error:
        sys.stderr.write(_redacted(f"{error.user_message}\n{error.hint}\n".rstrip("\n") + "\n"))
        sys.exit(4 if isinstance(error, UnknownIncident) else 2)
    except OSError as error:
        told = f"{error.filename or 'The system'}: {error.strerror or error}.\nName another place, or mend it.\n"
        sys.stderr.write(_redacted(told))
        sys.exit(2)


@contextmanager
def _quoting_no_key() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        raise click.UsageError(_redacted(error.format_message()), ctx=error.ctx) from None


def _redacted(text: str) -> str:
    """Return the text without secrets; what that needs is loaded only when something went wrong."""
    secrets = importlib.import_module("bot.settings").secrets_in(os.environ)
    return str(importlib.import_module("bot.rules.redact").Redactor(secrets)(text))


def _told_redacted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print an exception that nobody has caught as Python does, without secrets: its text may quote anything."""
    sys.stderr.write(_redacted("".join(traceback.format_exception(kind, error, trace))))
