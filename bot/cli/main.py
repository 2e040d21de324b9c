"""The command `anth-triage`: a command's file is loaded when that command is called, so that each starts fast."""

import importlib
import sys
from collections.abc import Mapping

import click

from bot import __version__
from bot.errors import BotError, UnknownIncident

COMMANDS: Mapping[str, str] = {
    "triage": "run every check once and print the verdict",
    "explain": "say what an error text, a log line or a response means",
    "serve": "run the bot",
    "demo": "play with the bot in a stand-in workspace; no account, key or network needed",
    "incidents": "list the incidents",
    "show": "show one incident with its timeline",
    "export": "write an incident's postmortem",
    "amend": "correct what was written on a timeline",
    "erase": "take words off a timeline that must not stay",
    "retention": "delete incidents that have been over for long",
    "manifest": "print the Slack app manifest",
    "rules": "check a team's own rules, or show the rules in force",
    "db": "upgrade or look at the database's schema",
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
        command: click.Command = importlib.import_module(f"bot.cli.{cmd_name}").command
        return command

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
    try:
        cli()
    except BotError as error:
        sys.stderr.write(f"{error.user_message}\n{error.hint}\n".rstrip("\n") + "\n")
        sys.exit(4 if isinstance(error, UnknownIncident) else 2)
    except OSError as error:
        sys.stderr.write(
            f"{error.filename or 'The system'}: {error.strerror or error}.\nName another place, or mend it.\n"
        )
        sys.exit(2)
