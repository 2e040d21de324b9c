"""The bundle and the report as a person gets them in a terminal: output, files, exit status, answers to bad input."""

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.console import run, start
from tests.quarter import keep

pytestmark = [pytest.mark.e2e]


@pytest.fixture
async def place(database: Database, database_url: str) -> dict[str, str]:
    """Return the environment of a bot that has seen a quarter of incidents."""
    await keep(Store(database, SystemClock(), lambda data: data))
    return {"DATABASE_URL": database_url}


async def test_a_bundle_is_written(place: dict[str, str], tmp_path: Path) -> None:
    """On standard output or into a file, the same; it names the host that the bot asks, and no word of people."""
    shown = await start(place, "bundle", "INC-1")
    assert (0, "") == (shown.status, shown.errors)
    assert shown.out.startswith("# Failed Claude API requests (INC-1)\n")
    assert "req_011C09250300a" in shown.out
    assert "Chat answers fail" not in shown.out
    file = tmp_path / "bundle.md"
    done = await run(place, "bundle", "1", "-o", str(file))
    assert (0, "") == (done.status, done.out)
    assert shown.out == await asyncio.to_thread(file.read_text, "utf-8")
    gateway = await run({**place, "ANTHROPIC_BASE_URL": "https://llm.example/team"}, "bundle", "1")
    assert "- API host: llm.example (a gateway of ours stands between)" in gateway.out
    assert 4 == (await run(place, "bundle", "INC-99")).status
    assert 2 == (await run(place, "bundle", "what")).status
    unwritten = await run(place, "bundle", "1", "-o", str(tmp_path / "no" / "bundle.md"))
    assert (2, True) == (unwritten.status, "cannot be written" in unwritten.errors)


async def test_a_report_is_counted_in_every_format(place: dict[str, str], tmp_path: Path) -> None:
    """Text, table, data and page tell of the same seven incidents; the private one is marked."""
    text = await start(place, "report", "--since", "2026-09-01")
    assert (0, "") == (text.status, text.errors)
    for told in ("UTC: 7\n", "1 open, 1 private, 1 reopened", "OVERDUE  ravi", "(private) write to ACME"):
        assert told in text.out
    table = list(csv.DictReader(io.StringIO((await run(place, "report", "--since", "all", "--format", "csv")).out)))
    assert [f"INC-{number}" for number in range(1, 8)] == [row["incident"] for row in table]
    assert "yes" == table[5]["private"]
    data = json.loads((await run(place, "report", "--since", "all", "--format", "json")).out)
    assert (7, 1) == (data["count"], data["private"])
    file = tmp_path / "report.html"
    done = await run(place, "report", "--since", "all", "--format", "html", "-o", str(file))
    assert 0 == done.status, done.errors
    assert "A key of ACME was in a public log" in await asyncio.to_thread(file.read_text, "utf-8")


async def test_a_wrong_period_is_told(place: dict[str, str]) -> None:
    """With how it is written; a format that is none is told as well."""
    wrong = await run(place, "report", "--since", "soon")
    assert (2, "") == (wrong.status, wrong.out)
    assert "'soon' is no period.\nWrite it like `30d`, `2026-10-01` or `all`.\n" == wrong.errors
    assert 2 == (await run(place, "report", "--format", "pdf")).status


async def test_a_report_of_nothing(database_url: str) -> None:
    """A bot that has seen no incident yet says so."""
    done = await run({"DATABASE_URL": database_url}, "report")
    assert 0 == done.status, done.errors
    assert done.out.endswith("UTC: 0\n")
