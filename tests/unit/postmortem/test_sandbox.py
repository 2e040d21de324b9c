"""A team's own template: works on the data, cannot leave it, ends within its limits, and the bot stays awake."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from bot.paths import data_folder
from bot.postmortem import own_template, sandbox
from bot.postmortem.apart import COMMAND, Told, TooMuch, apart
from bot.postmortem.render import markdown_of
from bot.postmortem.sandbox import Unusable, own_markdown, own_page
from bot.postmortem.shape import plain
from tests.postmortems import a_context, over_time
from tests.sim.scale import CHAOS
from tests.unit.postmortem.hostile_templates import ALL, Hostile

CANARY = "canary-7f3a91"
OUTSIDE = ("<class", "<function", "<module", "<built-in", "<bound", " object at 0x", "root:x:", "Linux", CANARY, "uid=")
PLAYED = ALL if CHAOS > 1 else ALL[::10]
LOOPS = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"
EATING = json.dumps({"template": LOOPS, "variables": {}}).encode()
VARIABLES = {"title": "x *y*", "timeline": [{"who": "lena", "text": "t"}], "provider": {"asked": 1, "incidents": []}}


def _file(folder: Path, text: str) -> Path:
    file = folder / "own.md.j2"
    file.write_text(text, "utf-8")
    return file


def test_there_are_two_hundred_hostile_templates() -> None:
    """The list is as long as promised, and none stands there twice."""
    assert len(ALL) >= 200
    assert len(ALL) == len({one.text for one in ALL})


_MEASURED = """
import json, resource, subprocess, sys

done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={})
used = resource.getrusage(resource.RUSAGE_CHILDREN)
sys.stderr.write(json.dumps([done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss]))
sys.stdout.buffer.write(done.stdout)
"""
"""Starts a command and tells what it used; a child counts the memory of who started it, so that has to be small."""


@pytest.mark.parametrize("hostile", PLAYED, ids=[f"{n} {one.name[:40]}" for n, one in enumerate(PLAYED)])
def test_a_hostile_template_does_no_harm(hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives nothing from outside the data, in at most two seconds of the processor and 256 MiB."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    given = json.dumps({"template": hostile.text, "variables": VARIABLES}).encode()
    command = [sys.executable, "-S", "-c", _MEASURED, *COMMAND, own_template.__name__]
    done = subprocess.run(command, input=given, capture_output=True, check=True)
    status, cpu_s, memory_kib = json.loads(done.stderr)
    told = done.stdout.decode()
    assert cpu_s <= own_template.CPU_S + 0.2
    assert memory_kib <= 256 << 10
    assert len(told.encode()) <= 4 << 20
    assert status != 0 or not hostile.refused
    assert [] == [word for word in OUTSIDE if status == 0 and word in told]
    assert CANARY not in told


async def test_the_loop_turns_while_a_template_eats(tmp_path: Path) -> None:
    """While two templates burn their two seconds, nothing else waits for them longer than a moment."""
    file = _file(tmp_path, LOOPS)
    longest = 0.0
    running = asyncio.gather(*(own_markdown(file, VARIABLES) for _ in range(2)), return_exceptions=True)
    while not running.done():
        began = time.perf_counter()
        await asyncio.wait([running], timeout=0.01)
        longest = max(longest, time.perf_counter() - began - 0.01)
    assert ["own.md.j2: it took more than 2 s of the processor"] * 2 == [str(one) for one in running.result()]
    assert longest < 0.5


async def test_our_template_as_a_teams_own_gives_the_same(tmp_path: Path) -> None:
    """A team that copies our template and changes nothing gets the same document, so it can go on from there."""
    variables = plain(over_time(50, timedelta(minutes=42), tried=3))
    text = (data_folder("templates") / "postmortem.md.j2").read_text("utf-8")
    assert markdown_of(variables) == await own_markdown(_file(tmp_path, text), variables)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{{ title }}", "x *y*"),
        ("{{ title | markdown }}", "x \\*y\\*"),
        ("{{ provider.asked + 1 }} {{ provider['asked'] }}", "2 1"),
        ("{% for one in timeline %}{{ loop.index }}. {{ one.who }}{% endfor %}", "1. lena"),
        ("{{ timeline | map(attribute='who') | join(', ') | upper }}", "LENA"),
        ("{{ timeline | selectattr('who', 'eq', 'ravi') | list | length }}", "0"),
        ("{% macro a(b) %}<{{ b }}>{% endmacro %}{{ a(title) }}", "<x *y*>"),
        ("{{ '-' * 3 }}{{ 7 // 2 }}{{ 7 % 2 }}{{ title[0] }}{{ timeline[0:1] | length }}", "---31x1"),
        ("{{ provider.nothing | default('none') }}{% for n in range(3) %}{{ n }}{% endfor %}", "none012"),
        ("{% set a = 1 %}{% if title is defined and a is number %}yes{% endif %}", "yes"),
    ],
)
async def test_what_templates_need_works(tmp_path: Path, template: str, told: str) -> None:
    """Data by name and place, loops, macros, our filters and the harmless ones of Jinja's."""
    assert told == await own_markdown(_file(tmp_path, template), VARIABLES)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("a\n{{ nobody }}", "line 2: 'nobody' is undefined"),
        ("a\n\n{% for b in c %}", "line 3: Unexpected end of template"),
        ("{{ title.upper() }}", "line 1: 'str object' has no attribute 'upper'"),
        ("{{ title | nothing }}", "line 1: No filter named 'nothing'"),
        ("{% include 'postmortem.md.j2' %}", "line 1: TypeError: no loader for this environment specified"),
        ("{{ 1 / 0 }}", "line 1: ZeroDivisionError: division by zero"),
        ("{{ 'a' * 1000000 }}", "line 1: the operator * makes more than 100000 characters"),
        ("{% for a in range(9999) %}{{ 'a' * 999 }}{% endfor %}", "it gives more than 1024 KiB"),
    ],
)
async def test_why_a_template_cannot_be_used_is_said_with_its_line(tmp_path: Path, template: str, why: str) -> None:
    """The reason is one line that names the file, the line, and what is wrong."""
    with pytest.raises(Unusable) as refused:
        await own_markdown(_file(tmp_path, template), VARIABLES)
    told = str(refused.value)
    assert told.startswith(f"own.md.j2: {why}")
    assert "\n" not in told


async def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A missing file, a folder, a pipe, too long a text and one that is not UTF-8: each is named, nothing waits."""
    (tmp_path / "wrong").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_text("a" * 300_000)
    os.mkfifo(tmp_path / "pipe")
    told = []
    for file in (tmp_path / "missing", tmp_path, tmp_path / "wrong", tmp_path / "long", tmp_path / "pipe"):
        with pytest.raises(Unusable) as refused:
            await own_markdown(file, VARIABLES)
        told.append(str(refused.value))
    assert ["missing is no file", f"{tmp_path.name} is no file", "wrong is not UTF-8 text"] == told[:3]
    assert ["long is longer than 256 KiB", "pipe is no file"] == told[3:]


async def test_markdown_that_takes_too_long_to_read_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of a team's own Markdown has its limit too."""
    monkeypatch.setattr(sandbox, "_WALL_S", -9)  # and ten seconds of the processor
    file = _file(tmp_path, "")
    with pytest.raises(Unusable, match=r"the page of own.md.j2: it took longer than 1 s"):
        await own_page(file, plain(a_context()), "[" * 1_000_000, on_paper=False)


def _children() -> set[int]:
    """Return the processes that this one has started and that the system has not forgotten."""
    found = set()
    for one in Path("/proc/self/task").glob("*/children"):
        with suppress(FileNotFoundError):  # the thread has ended meanwhile
            found |= {int(number) for number in one.read_text().split()}
    return found


def _command(number: int) -> str:
    return Path(f"/proc/{number}/cmdline").read_text()


@asynccontextmanager
async def _eating() -> AsyncIterator[tuple[asyncio.Future[Told], int]]:
    """Yield a template that eats, and its process once that has begun to render."""
    before = _children()
    running = asyncio.ensure_future(apart(own_template.__name__, EATING, wall_s=10, most_bytes=9))
    while not (new := _children() - before) or "own_template" not in _command(min(new)):
        await asyncio.wait([running], timeout=0.01)
    yield running, min(new)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert before == _children()


async def test_a_cancelled_caller_leaves_no_process() -> None:
    """When nobody waits for the template any more, its process is ended and forgotten by the system."""
    async with _eating() as (running, number):
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


async def test_no_secret_of_the_bot_reaches_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for one who breaks out there is an empty environment, no file open but three pipes, and none to open."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    async with _eating() as (running, number):
        place = Path(f"/proc/{number}")
        while "Max open files            3 " not in (place / "limits").read_text():
            await asyncio.wait([running], timeout=0.01)
        assert b"" == (place / "environ").read_bytes()
        assert {"0", "1", "2"} == {file.name for file in (place / "fd").iterdir()}
        assert Path("/") == (place / "cwd").readlink()


async def test_a_process_that_writes_too_much_or_too_long_is_ended() -> None:
    """Limits hold from outside as well, whatever the process itself thinks of them."""
    with pytest.raises(TooMuch, match="it wrote more than"):
        await apart("this", b"", wall_s=10, most_bytes=100)
    with pytest.raises(TooMuch, match=r"it took longer than 0\.01 s"):
        await apart(own_template.__name__, EATING, wall_s=0.01, most_bytes=9)
