"""`anth-triage manifest`: what to paste when the Slack app is created."""

import json

import click

from bot.errors import BadInput
from bot.slack.manifest import manifest


@click.command()
@click.option("--http", "http_url", default=None, help="Address of /slack/events, for HTTP mode; Socket Mode without.")
def command(http_url: str | None) -> None:
    """Print the Slack app manifest (JSON, which Slack takes as well as YAML)."""
    if http_url is not None and not http_url.startswith("https://"):
        raise BadInput("Slack calls https addresses only.", "Write it like https://bot.example/slack/events.")
    click.echo(json.dumps(manifest(http_url), ensure_ascii=False, indent=2))
