"""`explain` in a terminal: what is a file's name and what is a text, and what is said of a pasted key."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.explain import EXPOSED
from bot.cli.main import cli
from bot.errors import BadInput

TEXTS = (
    "https://api.anthropic.com/v1/messages", "401/403", "socket.error", "anthropic.APIConnectionError", "/v1/messages",
    "httpx.ReadTimeout", "v1/messages", "and/or", "401/403/404",
)  # fmt: skip
FILES = (
    "none.log",
    "./none",
    "../none/at.all",
    "/var/log/none",
    "~/none",
    "logs/none.jsonl",
    "no/such/file",
    "C:\\none.txt",
)
KEY = "sk-ant-api03-" + "Zq7" * 31 + "AA"


def explained(*arguments: str) -> tuple[int, str, str]:
    """Return the exit status and what the command prints."""
    done = CliRunner().invoke(cli, ["explain", *arguments])
    if isinstance(done.exception, BadInput):  # which the program's own end turns into status 2
        return 2, "", done.exception.user_message
    return done.exit_code, " ".join(done.stdout.split()), " ".join(done.stderr.split())


@pytest.mark.parametrize("text", TEXTS)
def test_an_address_or_a_class_is_a_text(text: str) -> None:
    """What has no file system's folder and no file's ending is explained, slash or dot or not."""
    assert 0 == explained(text)[0]


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there_is_named(name: str) -> None:
    """Who mistypes a file's name is told so."""
    status, _, errors = explained(name)
    assert (2, True) == (status, f"{name} cannot be read: No such file" in errors)


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_is_nothing_to_explain(text: str) -> None:
    """An empty text is no folder."""
    status, _, errors = explained(text)
    assert (2, True) == (status, "There is nothing to explain." in errors)


def test_a_pasted_key_is_warned_of(tmp_path: Path) -> None:
    """Whoever pastes one, alone or in a log, hears that it must be revoked and how; JSON stays JSON alone."""
    log = tmp_path / "production.log"
    log.write_text(f"x-api-key: {KEY}\nHTTP 529 Overloaded\n", "utf-8")
    for source in (KEY, f"401 invalid x-api-key: {KEY}", str(log)):
        _, out, errors = explained(source)
        assert EXPOSED in errors
        assert KEY not in out + errors
        assert not explained(source, "--json")[2]
    assert not explained("HTTP 529 Overloaded, key sk-ant-api03-…igAA")[2]


def test_an_exposed_key_leads_to_its_procedure() -> None:
    """P1, and where to go."""
    _, out, _ = explained("our key is on github")
    for part in ("· P1", "`/anth-triage key`", "docs/how-to/leaked-key.md", "Deactivate the key at once"):
        assert part in out
