"""The chart: the same bytes for the same incident, right places, whole words, nothing foreign as markup."""

import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET  # what is parsed is our own chart

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.postmortem.axis import round_top, time_axis
from bot.postmortem.chart import chart, legend
from bot.postmortem.marks import labels, marks_of
from bot.postmortem.shape import PostmortemContext, plain
from tests.factories import NOW
from tests.postmortems import over_time

_SVG = "{http://www.w3.org/2000/svg}"
_ALLOWED = {"svg", "title", "desc", "g", "rect", "line", "text", "circle", "polyline", "path"}
MINUTE, DAYS = timedelta(minutes=1), timedelta(days=3)


def _drawn(context: PostmortemContext) -> ET.Element:
    return ET.fromstring(chart(plain(context)))  # noqa: S314 - our own


@pytest.mark.parametrize("span", [MINUTE, timedelta(minutes=42), DAYS])
@pytest.mark.parametrize("count", [0, 1, 3, 900])
def test_everything_stays_on_the_paper(count: int, span: timedelta) -> None:
    """However many measurements over whatever time: each number is within the picture."""
    root = _drawn(over_time(count, span, tried=30))
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    for one in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert -1 <= float(one.get(name, 0)) <= width, ET.tostring(one)
        for name in ("y", "cy"):
            assert -1 <= float(one.get(name, 0)) <= height, ET.tostring(one)
        if points := one.get("points"):
            assert all(64 <= float(place.split(",")[0]) <= 944 for place in points.split())


def test_it_can_be_read_without_seeing_it() -> None:
    """Title and description are named by the picture, and say the worst share, the slowest time and the severities."""
    root = _drawn(over_time(30, timedelta(minutes=42)))
    assert "img" == root.get("role")
    named = (root.get("aria-labelledby") or "").split()
    said = {one.get("id"): one.text or "" for one in root if one.tag in {f"{_SVG}title", f"{_SVG}desc"}}
    assert set(named) == set(said)
    words = " ".join(said.values())
    assert "30 measurements from 2026-11-24 03:00:00 UTC to 2026-11-24 03:42:00 UTC." in words
    assert "At worst 100% of the requests failed, at 2026-11-24 03:00:00 UTC." in words
    assert "The slowest median latency was 3.5 s" in words
    assert "P1 from 2026-11-24 03:02:06 UTC, P3 from" in words


def test_it_can_be_read_without_colour() -> None:
    """Circles are failures and squares are latency; a moment, a change of severity and an action have three shapes."""
    text = chart(plain(over_time(12, timedelta(minutes=42))))
    assert re.search(r'<circle class="paper failed"', text)
    assert re.search(r'<rect class="paper latency"', text)
    marks = re.findall(r'<(circle|path|rect) class="mark"', text)
    assert {"circle", "path", "rect"} == set(marks)
    assert "stroke-dasharray" in text


def test_every_number_is_in_the_legend() -> None:
    """The numbers count up in the order of time, and each says in words what it stands for."""
    told = legend(plain(over_time(3, timedelta(minutes=10), tried=2)))
    assert list(range(1, 9)) == [mark.number for mark in told]
    assert sorted(mark.at for mark in told) == [mark.at for mark in told]
    words = [mark.words for mark in told]
    assert "opened (lena)" in words
    assert "severity P1 (rule 2)" in words
    assert "done: Fallback 1 (ravi); after it it worked" in words


def test_marks_at_one_moment_share_a_label() -> None:
    """Where three rows are full, neighbours are one label with the first and last number; none is lost."""
    marks = marks_of(plain(over_time(0, timedelta(minutes=1), tried=30)))
    crowded = [replace(mark, at=NOW.timestamp()) for mark in marks]
    found = labels(crowded, time_axis([NOW.timestamp()], [], 64, 944))
    assert ["1", "2", f"3\N{EN DASH}{len(marks)}"] == [label.words for label in found]
    assert [0, 1, 2] == [label.row for label in found]


def test_a_gap_is_shown_as_one() -> None:
    """Where no clean request was measured the line of latency is broken, not drawn through."""
    context = over_time(3, timedelta(minutes=2))
    values = ((1, 0.5), (5, None), (1, 0.7))
    told = tuple(
        replace(one, failed=failed, latency_s=took)
        for one, (failed, took) in zip(context.measurements, values, strict=True)
    )
    text = chart(plain(replace(context, measurements=told)))
    assert 0 == text.count('<polyline class="latency"')
    assert 2 == text.count('<rect class="paper latency"')
    assert 1 == text.count('<polyline class="failed"')


def test_nothing_measured_is_said() -> None:
    """An incident without measurements has a chart that says so."""
    assert "nothing was measured" in chart(plain(over_time(0, MINUTE)))


def test_many_measurements_keep_their_extremes() -> None:
    """One failure among thousands of clean measurements is still to be seen, and the picture stays small."""
    context = over_time(20_000, DAYS)
    clean = [replace(one, failed=0) for one in context.measurements]
    clean[7777] = replace(clean[7777], failed=5)
    text = chart(plain(replace(context, measurements=tuple(clean))))
    (line,) = re.findall(r'<polyline class="failed" points="([^"]+)"', text)
    assert 122.0 == min(float(place.split(",")[1]) for place in line.split())
    assert len(text) < 60_000


def test_foreign_words_are_only_words() -> None:
    """Whatever stands in every field, the chart has our elements only, none of them a script, and is still XML."""
    hostile = "<script>alert(1)</script>\"'&]]><!-- \u202e"
    root = _drawn(_with_names(hostile))
    assert {one.tag.removeprefix(_SVG) for one in root.iter()} <= _ALLOWED
    assert not [name for one in root.iter() for name in one.attrib if name.startswith("on") or "href" in name]


def _with_names(text: str) -> PostmortemContext:
    context = over_time(3, MINUTE, tried=3)
    changes = tuple(replace(one, severity=text, by=text, reason=text, rule=text) for one in context.severity_changes)
    return replace(context, name=text, title=text, severity_changes=changes)


def test_the_same_incident_gives_the_same_bytes() -> None:
    """Drawing twice changes nothing."""
    variables = plain(over_time(900, DAYS, tried=30))
    assert chart(variables) == chart(variables)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 4_000_000_000), st.integers(0, 400_000_000))
def test_the_axis_has_few_round_ticks(begin: int, length: int) -> None:
    """From a minute to twelve years: at most ten ticks, in order, on the paper, the first with its day."""
    axis = time_axis([float(begin), float(begin + length)], [], 64, 944)
    ticks = list(axis.ticks())
    assert 1 <= len(ticks) <= 10
    assert sorted(tick.at for tick in ticks) == [tick.at for tick in ticks]
    assert all(64 <= tick.at <= 944 for tick in ticks)
    assert ticks[0].below


def test_a_page_of_long_ago_does_not_stretch_the_axis() -> None:
    """What the provider posted last week leaves the axis on our own incident; what it posted just before is on it."""
    moments = [NOW.timestamp(), NOW.timestamp() + 3600]
    assert time_axis(moments, [], 0, 1) == time_axis(moments, [moments[0] - 7 * 86_400], 0, 1)
    assert time_axis(moments, [moments[0] - 600], 0, 1).begin < moments[0] - 600


@given(st.floats(1e-3, 1e6))
def test_the_top_of_the_latency_is_round(most: float) -> None:
    """The top is 1, 2 or 5 times a power of ten, and no more than two and a half times the largest value."""
    top = round_top(most)
    assert most <= top * (1 + 1e-6)
    assert top <= 2.5 * most * (1 + 1e-6)
    assert f"{top:e}"[0] in "125"
