"""The how-to of the report shows what the commands print, and every header that goes to support."""

from datetime import UTC, datetime
from pathlib import Path

from bot.cli.pages.numbers import numbers_page
from bot.incidents.failing import SUPPORT_HEADERS
from bot.postmortem.bundle import Api
from bot.postmortem.numbers import numbers
from bot.postmortem.papers import render_bundle
from bot.postmortem.period import period_of
from tests.quarter import contexts, rows

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "report.md").read_text("utf-8")


def test_the_numbers_are_those_of_the_command() -> None:
    """What stands there was printed for the quarter of incidents that the tests use."""
    period = period_of("2026-09-01", datetime(2026, 11, 27, 22, 19, tzinfo=UTC))
    assert f"$ anth-triage report --since 2026-09-01\n{numbers_page(numbers(rows(), period))}```" in PAGE


def test_the_bundle_is_that_of_the_command() -> None:
    """To the letter."""
    assert f"$ anth-triage bundle INC-3\n{render_bundle(contexts()[2], Api())}```" in PAGE


def test_every_header_that_leaves_the_house_is_named() -> None:
    """The list in the code and the list on the page are the same."""
    assert [] == [name for name in SUPPORT_HEADERS if f"`{name}`" not in PAGE]
