"""How a command that the documents show is run, or what is checked of it where it cannot be."""

import asyncio
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
import httpx
from click.testing import CliRunner, Result

from bot.app.serve import Options
from bot.cli.main import COMMANDS, cli
from bot.errors import BotError, UnknownIncident
from bot.web import Steady, Watch, web_app
from tests.docs.shown import ROOT, Shown

TRAFFIC: Final = '{"status": 529, "error_type": "overloaded_error"}\n' * 20
PLACEHOLDERS: Final[Mapping[str, str]] = {"FILE": "calls.jsonl", "TEXT": "529", "ID": "1"}
"""What stands on a page for something of the reader's own."""
STATUS: Final[Mapping[str, int]] = {r"anth-triage triage --traffic": 1}
"""Exit statuses other than 0: that of an incident, for the traffic fails."""
BASH: Final = "/bin/bash"
REALLY: Final = frozenset({"cp", "curl", "getent", "mkdir", "printf", "python3", "rm", "set", "tail", "umask"})
"""Programs that are run as they stand, by a shell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """A command that is not run here: why, and what of it is looked at instead; `check` raises AssertionError."""

    pattern: str
    why: str
    check: Callable[[list[str]], None]


def target_is_there(words: list[str]) -> None:
    """Look for the targets in the Makefile."""
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set() == {word for word in words[1:] if "=" not in word} - set(targets)


def options_are_there(words: list[str]) -> None:
    """Let the command's own parser take the words."""
    name, *arguments = words[1:]
    parent = cli.make_context("anth-triage", [], resilient_parsing=True)  # a command remembers the first it meets
    command = cli.get_command(parent, name)
    assert command is not None
    command.make_context(name, arguments, parent=parent)


def _paths_are_there(words: list[str]) -> None:
    assert [] == [word for word in words[1:] if not (ROOT / word).exists()]


def _is_a_command(words: list[str]) -> None:
    assert words[1] in COMMANDS


def _has_command(words: list[str]) -> None:
    """Let the parser of a command within a group take the words."""
    parent = cli.make_context("anth-triage", [], resilient_parsing=True)
    group = cli.get_command(parent, words[1])
    assert isinstance(group, click.Group)
    group.commands[words[2]].make_context(words[2], words[3:], parent=parent)


def service_is_there(words: list[str]) -> None:
    """Look for the service, and the profile, in docker-compose.yml."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    services = set(re.findall(r"^  (\w+):$", text.partition("services:")[2].partition("\nvolumes:")[0], re.MULTILINE))
    named = {word.partition(":")[0] for word in words[2:] if not word.startswith(("-", "/", "."))}
    assert {"up", "exec", "cp", "run", "start", "stop", "port"} & named
    assert services & named
    profiles = [after for word, after in pairwise(words) if word == "--profile"]
    assert all(f"profiles: [{profile}]" in text for profile in profiles)


def files_and_extras_are_there(words: list[str]) -> None:
    """Look for the files that are installed from, and the extras in pyproject.toml."""
    files = [after for word, after in pairwise(words) if word == "-r"]
    assert all((ROOT / file).is_file() for file in files)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for name, extras in re.findall(r"(?:^| )([\w.-]+)\[([\w,]+)\]", " ".join(words)):
        assert name in {".", project["name"]}
        assert set(extras.split(",")) <= set(project["optional-dependencies"])


def _module_is_there(words: list[str]) -> None:
    assert (ROOT / words[2].replace(".", "/")).with_suffix(".py").is_file()


def _route_answers(words: list[str]) -> None:
    """Ask the bot's own pages, with nothing behind them: they answer 200 there."""
    url = httpx.URL(words[-1])

    async def ask() -> int:
        transport = httpx.ASGITransport(app=web_app(Watch(Steady())))
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get(url)).status_code

    assert (Options().port, 200) == (url.port, asyncio.run(ask()))


def _nothing(words: list[str]) -> None:
    assert words


NOT_RUN: Final = (
    NotRun(pattern=r"make ", why="sets up, tests or measures this checkout, for minutes", check=target_is_there),
    NotRun(pattern=r"(\S+/)?pytest ", why="this is one of the tests", check=_paths_are_there),
    NotRun(pattern=r"docker compose ", why="needs a daemon and downloads", check=service_is_there),
    NotRun(pattern=r"(\S+/)?pip |uv ", why="installs, and downloads", check=files_and_extras_are_there),
    NotRun(pattern=r"(git clone|cd) ", why="leads to a clone of the reader's own", check=_nothing),
    NotRun(pattern=r"python3 -m venv ", why="makes an environment outside of this one", check=_nothing),
    NotRun(pattern=r"python3? -m tests\.", why="measures for minutes", check=_module_is_there),
    NotRun(
        pattern=r"anth-triage db copy postgresql:",
        why="asks a server; tests/store/test_backup.py copies",
        check=_has_command,
    ),
    NotRun(pattern=r"anth-triage (serve|keys)\b", why="runs until it is stopped", check=options_are_there),
    NotRun(pattern=r"anth-triage demo\b", why="make demo and tests/e2e play it", check=options_are_there),
    NotRun(pattern=r"anth-triage (amend|erase|retention|bundle|show|export)$", why="a name", check=_is_a_command),
    NotRun(pattern=r"curl --fail http://127\.0\.0\.1:8080/", why="asks a running bot", check=_route_answers),
)


class Place:
    """Where a reader stands: a folder with records and production's log, beside a healthy API."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment

    def run(self, text: str) -> None:
        """Run a command as it stands on the page; raises AssertionError when it ends otherwise than expected."""
        text = re.sub(r"(?<![\w-])[A-Z]{2,}(?![\w=-])", lambda word: PLACEHOLDERS.get(word[0], word[0]), text)
        before, piped, last = text.rpartition("| ")
        settings, words = taken_apart(last if piped and "anth-triage" in last else text)
        if words[0] != "anth-triage":
            self._in_shell(text)
            return
        given = self._in_shell(before) if piped else TRAFFIC
        words, target = (words[:-2], words[-1]) if words[-2:-1] == [">"] else (words, None)
        done = invoked(words[1:], given, settings)
        wanted = next((status for start, status in STATUS.items() if text.find(start) >= 0), 0)
        assert (wanted, text) == (done.exit_code, text), f"{done.output}{done.exception}"
        if target:
            (self._folder / target).write_text(done.stdout, "utf-8")

    def _in_shell(self, text: str) -> str:
        for real, ours in (("https://api.anthropic.com", "ANTHROPIC_BASE_URL"), ("https://status.claude.com", "PAGE")):
            text = text.replace(real, self._environment[ours])
        text = text.replace(" api.anthropic.com", " localhost")
        known = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **self._environment}
        done = subprocess.run(
            [BASH, "-euo", "pipefail", "-c", text],
            cwd=self._folder,
            env=known,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert (0, text) == (done.returncode, text), done.stderr
        return done.stdout


def taken_apart(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the variables set before a command, and its words."""
    words = shlex.split(text, comments=True)
    count = next(place for place, word in enumerate(words) if not re.match(r"[A-Z_]+=", word))
    return dict(word.split("=", 1) for word in words[:count]), words[count:]


def invoked(arguments: list[str], given: str, settings: Mapping[str, str]) -> Result:
    """Run `anth-triage` in this process; an error for people has the exit status that `main` gives it."""
    done = CliRunner(env=dict(settings)).invoke(cli, arguments, input=given)
    if isinstance(done.exception, BotError):
        done.exit_code = 4 if isinstance(done.exception, UnknownIncident) else 2
    return done


def way_of(text: str) -> NotRun | None:
    """Return how a command is treated that is not run, None for one that is."""
    bare = re.sub(r"^(?:[A-Z_]+=\S+ )*", "", text)
    return next((one for one in NOT_RUN if re.match(one.pattern, bare)), None)


def unknown(page: str, one: Shown) -> str | None:
    """Return what to do about a command that no test knows."""
    (_, words) = taken_apart(one.text)
    if way_of(one.text) or words[0] == "anth-triage" or words[0] in REALLY:
        return None
    return (
        f"{page}:{one.line}: `{one.text}` is not known to tests/docs/test_commands.py: add `{words[0]}` to REALLY if it"
        " can be run there, else to NOT_RUN with the reason and with what can be checked of it."
    )
