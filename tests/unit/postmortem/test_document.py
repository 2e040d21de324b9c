"""One entry for every kind of document: right names, the same bytes always, and our template where a team's fails."""

import asyncio
import hashlib
import importlib
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest

from bot.errors import BadInput
from bot.postmortem import print_child, prints
from bot.postmortem.document import KINDS, Kind, chart_png, document
from bot.postmortem.page import picture
from bot.postmortem.shape import PostmortemContext, plain
from tests.paper import needs_paper
from tests.postmortems import HOSTILE, long_context, over_time, with_every_text

CONTEXT = over_time(30, timedelta(minutes=42), tried=3)
_MADE = """
import asyncio, hashlib, sys
from datetime import timedelta
from bot.postmortem.document import chart_png, document
from tests.postmortems import over_time

context = over_time(30, timedelta(minutes=42), tried=3)
made = [asyncio.run(document(context, kind, template=None)).content for kind in sys.argv[1].split(",")]
print([hashlib.sha256(one).hexdigest() for one in [*made, asyncio.run(chart_png(context)) or b""]])
"""
PAPER = pytest.param("pdf", marks=needs_paper)


async def _made(kind: Kind, context: PostmortemContext = CONTEXT, template: Path | None = None) -> bytes:
    return (await document(context, kind, template=template)).content


@pytest.mark.parametrize("kind", ["md", "html", PAPER])
async def test_each_kind_is_what_it_says(kind: Kind) -> None:
    """The file has the ending of its kind and begins as such a file does."""
    made = await document(CONTEXT, kind, template=None)
    assert f"postmortem-inc-7-claude-api-overloaded.{kind}" == made.name
    assert kind == made.kind
    assert "" == made.problem
    assert made.content.startswith({"md": b"## Incident:", "html": b"<!DOCTYPE html>", "pdf": b"%PDF-"}[kind])


@needs_paper
def test_the_same_incident_gives_the_same_bytes_in_every_process() -> None:
    """Two processes with other hash seeds, at other times and in other zones, make the same four files."""
    told = []
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        done = subprocess.run(
            [sys.executable, "-c", _MADE, ",".join(KINDS)],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed, "TZ": zone}, cwd=Path.cwd(),
        )  # fmt: skip
        told.append(done.stdout)
    assert told[0] == told[1]
    assert 4 == len(set(told[0].split(",")))
    assert hashlib.sha256(b"").hexdigest() not in told[0]


@needs_paper
async def test_the_pdf_is_read_as_it_was_written() -> None:
    """Each page has its number, and the words of the incident can be searched and copied."""
    pdf = pypdfium2.PdfDocument(await _made("pdf"))
    pages = [pdf[number].get_textpage().get_text_range() for number in range(len(pdf))]
    assert all(f"{number} / {len(pages)}" in text for number, text in enumerate(pages, start=1))
    told = " ".join(" ".join(pages).split())
    for words in ("Incident: Claude API: overloaded", "req_1", "5 of 5", "Failed requests", "opened (lena)"):
        assert words in told, words


@needs_paper
async def test_the_picture_is_one_of_the_chart() -> None:
    """The picture for Slack is a PNG, wide enough to be read."""
    picture = await chart_png(CONTEXT)
    assert picture is not None
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(picture[place : place + 4]) for place in (16, 20))
    assert (2000, True) == (width, 1000 < height < 2000)


@needs_paper
async def test_nothing_is_fetched_for_paper() -> None:
    """A page that names addresses of the web and of this machine is laid out without any of them."""
    asked: list[str] = []

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append("somebody came")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        place = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a"
        sources = (place, "file:///etc/passwd", "/etc/passwd")
        loads = "".join(
            f'<img src="{one}"><link rel="stylesheet" href="{one}"><object data="{one}"></object>' for one in sources
        )
        face = f"@font-face {{ font-family: a; src: url({place}) }}"
        style = f"<style>@import url({place}); {face} p {{ font: 9px a }}</style>"
        pdf = await prints.printed(f"<!DOCTYPE html><title>a</title>{style}{loads}<p>whole</p>", "pdf")
    assert [] == asked
    assert "whole" in pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()


def test_without_the_extra_one_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is named: the extra, or the library of the system."""
    with pytest.raises(print_child.Unprintable, match=r"need the extra: pip install 'anth-triage\[pdf\]'$"):
        print_child._loaded("no_such_module")
    (tmp_path / "lacking.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0': no such file\")")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(print_child.Unprintable, match=r"need libpango-1\.0-0 of the system: install Pango"):
        print_child._loaded("lacking")


async def test_what_cannot_be_printed_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that fails gives an error with a hint, and a message without a picture."""
    monkeypatch.setattr(prints, "_MODULE", "no_such_module")
    with pytest.raises(BadInput, match=r"^The PDF cannot be made: [^\n]+\. The formats md, html and json"):
        await document(CONTEXT, "pdf", template=None)
    assert await chart_png(CONTEXT) is None


@pytest.mark.parametrize("kind", ["md", "html", PAPER])
async def test_a_teams_own_template_makes_every_kind(kind: Kind, tmp_path: Path) -> None:
    """The Markdown of a team's own becomes page and PDF as ours does, with the chart."""
    own = tmp_path / "own.md.j2"
    own.write_text("# Ours: {{ title | markdown }}\n\n[a](https://example.org)\n")
    made = await document(CONTEXT, kind, template=own)
    assert "" == made.problem
    if kind == "md":
        assert b"# Ours: Claude API: overloaded\n\n[a](https://example.org)\n" == made.content
    if kind == "html":
        assert b"<h1>Ours: Claude API: overloaded</h1>" in made.content
        assert b'<svg class="chart"' in made.content


@pytest.mark.parametrize(
    "text", ["{{ nobody }}", "{% for a in", "{{ title.__class__ }}", "{{ '<script>' ~ 1 / 0 }}", None]
)
async def test_a_template_that_fails_gives_way_to_ours(text: str | None, tmp_path: Path) -> None:
    """The document is ours in full, its first line says why, and so does the answer."""
    own = tmp_path / "own.md.j2"
    if text is not None:
        own.write_text(text)
    made = await document(CONTEXT, "md", template=own)
    first, _, rest = made.content.decode().partition("\n\n")
    assert rest.encode() == await _made("md")
    assert first.startswith("> This is the template that ships, for the team's own cannot be used: own.md.j2")
    assert made.problem.startswith("own.md.j2")
    assert "<script>" not in first
    assert "\n" not in made.problem
    page = (await document(CONTEXT, "html", template=own)).content
    assert b"<blockquote>" in page


@pytest.mark.parametrize("kind", ["md", "html", PAPER])
async def test_hostile_words_break_no_kind(kind: Kind) -> None:
    """With hostile text in every field each kind is made, half pairs and control characters included."""
    context = with_every_text(over_time(3, timedelta(minutes=10), tried=2), HOSTILE)
    made = await document(context, kind, template=None)
    assert made.content
    assert set(made.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


async def test_the_loop_turns_while_a_long_document_is_made() -> None:
    """Ten thousand lines take a second; nothing else waits for them longer than a moment."""
    context = long_context(10_000)
    longest = 0.0
    running = asyncio.ensure_future(document(context, "html", template=None))
    while not running.done():
        began = time.perf_counter()
        await asyncio.wait([running], timeout=0.01)
        longest = max(longest, time.perf_counter() - began - 0.01)
    assert len(running.result().content) > 1_000_000
    assert longest < 0.5


@needs_paper
@pytest.mark.parametrize("marks", [0, 3, 30])
def test_the_picture_is_one_sheet_with_every_mark(marks: int) -> None:
    """What each number of the chart means stands below it, also where many have to be explained."""
    weasyprint = importlib.import_module("weasyprint")
    shown = picture(plain(over_time(30, timedelta(minutes=42), tried=marks)))
    assert 1 == len(weasyprint.HTML(string=shown).render().pages)
