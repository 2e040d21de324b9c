"""The report as data: a table that a parser reads back and no spreadsheet calculates, and a page that stands alone."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from bot.cli.pages.numbers import numbers_page
from bot.postmortem.numbers import numbers
from bot.postmortem.papers import render_report
from bot.postmortem.period import Period
from bot.postmortem.table import COLUMNS, cell, csv_of, data_of
from bot.postmortem.weeks import BASE, MOST, WIDTH, bars, weeks
from bot.slack.cards.report import report_text
from tests.factories import NOW
from tests.quarter import rows

ROWS = rows()
EVER = Period(since=None, until=NOW)
NUMBERS = numbers(ROWS, EVER)
FORMULA = st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", "\n", "=1+1|cmd", "＝1", '"', ",", " "])  # noqa: RUF001


def _read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_table_has_a_row_for_each_incident() -> None:
    """Times in UTC, spans in whole seconds, what nobody knows empty; lines end as RFC 4180 has it."""
    text = csv_of(ROWS)
    first, *_, breach, last = _read(text)
    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert text.count("\r\n") == len(ROWS) + 1
    assert ("INC-1", "2026-09-25T03:00:00Z", "120", "2460", "0") == tuple(
        first[name]
        for name in ("incident", "opened_at", "time_to_acknowledge_s", "seen_before_page_s", "seen_after_page_s")
    )
    assert ("yes", "", "") == (breach["private"], breach["first_failure_at"], breach["seen_before_page_s"])
    assert "'=HYPERLINK(1) <b>streams</b> break" == last["title"]


@given(FORMULA, st.text(max_size=30), st.integers(-5, 5) | st.none())
def test_no_cell_is_a_formula_and_each_is_read_back(sign: str, words: str, ahead_s: int | None) -> None:
    """Whatever a title, a name or a number is: a parser finds the same text, behind an apostrophe where needed."""
    written = sign + words.replace("\x00", "")
    (read,) = _read(csv_of([replace(ROWS[0], title=written, lead=written, ahead_s=ahead_s)]))
    assert set(COLUMNS) == set(read)
    assert written.replace("'", "") == read["title"].replace("'", "")
    assert read["title"] == read["lead"] == cell(written)
    assert not [name for name, value in read.items() if value[:1] in tuple("=+-@\t\r\n＝＋－＠")]  # noqa: RUF001


@given(st.text(alphabet=";\t\n\r,\"'=+-@ ab", max_size=20), st.sampled_from(";\t"))
def test_no_part_of_a_cell_is_a_formula_where_something_else_parts_cells(written: str, delimiter: str) -> None:
    """Where a spreadsheet takes the semicolon or the tab for the end of a cell, and quotes within a cell for text."""
    text = csv_of([replace(ROWS[0], title=written, lead=written)])
    cells = [part for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for part in line]
    assert [] == [part for part in cells if part.lstrip(' "')[:1] in tuple("=+-@")]


def test_the_data_is_plain() -> None:
    """One JSON document, with the same numbers as the page and a row for each incident."""
    told = json.loads(json.dumps(data_of(NUMBERS, ROWS)))
    assert (7, {"P1": 3, "P2": 2, "P3": 2}, None) == (told["count"], told["severities"], told["since"])
    assert {"n": 4, "mean_s": 195, "median_s": 180} == told["acknowledge"]
    assert [False] * 5 + [True, False] == [one["private"] for one in told["incidents"]]
    assert "2026-11-24T03:00:00Z" == told["until"]


def test_the_page_is_well_formed_and_takes_no_markup() -> None:
    """A strict parser reads it, foreign text stays text, and the policy forbids any request."""
    odd = replace(ROWS[0], title="</td><script>alert(1)</script>&\u202e\x01", lead='"><img src=x>')
    page = render_report(NUMBERS, [odd, *ROWS])
    root = ET.fromstring(page.removeprefix("<!DOCTYPE html>"))  # noqa: S314 - our own page
    texts = ["".join(one.itertext()) for one in root.iter("bdi")]
    assert odd.title.strip("\x01") in texts
    assert [] == [one for one in root.iter() if one.tag in {"script", "img", "link", "iframe"}]
    (policy,) = (one.get("content") for one in root.iter("meta") if one.get("http-equiv"))
    assert "default-src 'none'; style-src 'unsafe-inline'" == policy
    assert page == render_report(NUMBERS, [odd, *ROWS])


def test_an_empty_report_says_so_everywhere() -> None:
    """Nothing is drawn of nothing."""
    none = numbers([], EVER)
    assert "No incident was opened in this time." in render_report(none, [])
    assert numbers_page(none).endswith(": 0\n")
    assert "No incident of which you may know" in report_text(none)
    assert 1 == csv_of([]).count("\r\n")


def test_every_week_is_drawn_once() -> None:
    """Also those without an incident; of a longer time the newest, and never beyond the frame."""
    drawn = weeks(ROWS, EVER)
    assert 7 == sum(week.total for week in drawn) == sum(part.count for part in bars(drawn))
    assert all(later.monday - week.monday == timedelta(days=7) for week, later in pairwise(drawn))
    assert [0] == sorted({week.monday.weekday() for week in drawn})
    for since in (NOW - timedelta(days=9000), NOW - timedelta(days=300), NOW):
        some = weeks(ROWS, Period(since=since, until=NOW))
        assert 1 <= len(some) <= MOST
        assert some[-1].monday <= NOW.date() < some[-1].monday + timedelta(days=7)
        for part in bars(some):
            assert part.x + part.width <= WIDTH
            assert 0 < part.y <= part.y + part.height <= BASE + 0.1


def test_the_terminal_s_page_is_aligned_and_obeys_nobody() -> None:
    """Columns stand under each other; signs that a terminal obeys are gone."""
    odd = replace(ROWS[0], todo=(replace(ROWS[0].todo[0], text="red \x1b[31m\u202e alert", owner="ra\nvi"),))
    lines = numbers_page(numbers([odd, *ROWS[1:]], EVER)).splitlines()
    (task,) = (line for line in lines if "INC-1 task 1" in line)
    assert "red [31m alert" in task
    assert "ra vi" in task
    ends = {len(line) for line in lines if line.startswith("  to ")}
    assert 1 == len(ends)
