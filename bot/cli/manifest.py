"""`anth-triage manifest`: what to paste when the Slack app is created."""

import json
from urllib.parse import urlsplit

import click

from bot.errors import BadInput
from bot.slack.manifest import EVENTS_PATH, manifest


@click.command()
@click.option("--http", "http_url", default=None, help="Address of /slack/events, for HTTP mode; Socket Mode without.")
def command(http_url: str | None) -> None:
    """Print the Slack app manifest (JSON, which Slack takes as well as YAML)."""
    if http_url is not None and not http_url.startswith("https://"):
        raise BadInput("Slack calls https addresses only.", "Write it like https://bot.example/slack/events.")
    if http_url is not None and not urlsplit(http_url).path.rstrip("/").endswith(EVENTS_PATH):
        raise BadInput(
            f"{http_url} does not end in {EVENTS_PATH}, where the bot listens.",
            f"Write it like https://bot.example{EVENTS_PATH}.",
        )
    click.echo(json.dumps(manifest(http_url), ensure_ascii=False, indent=2))
