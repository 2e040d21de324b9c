"""The reference pages are made from the code, and current."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app.measure import asking, rulebook, target_of
from bot.checks.runner import ALL
from bot.cli.reference import PAGES
from bot.clock import SystemClock
from bot.playground.world import World
from bot.rules.evidence import Evidence
from bot.settings import load
from bot.workflows.auditor import INVARIANTS

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize(("name", "page"), PAGES.items(), ids=lambda item: item if isinstance(item, str) else "")
def test_the_page_is_current(name: str, page: Callable[[], str]) -> None:
    """`make docs` would change nothing."""
    assert page() == (FOLDER / name).read_text("utf-8"), "run `make docs`"


def test_the_how_to_says_what_to_do_about_each_finding() -> None:
    """Whoever is told of a broken invariant finds its name there."""
    text = (FOLDER.parent / "how-to" / "auditor.md").read_text("utf-8")
    assert [one.name for one in INVARIANTS] == re.findall(r"^- `(\w+)`: ", text, re.MULTILINE)


async def test_a_run_sends_what_the_page_of_checks_says() -> None:
    """One triage of a healthy API: each request that goes out is one that the page names, and no other."""
    async with World("healthy") as world:
        settings = load(world.environment())
        book = rulebook(settings)
        found = await asking(target_of(settings, book.prices), book.rules, SystemClock())(_unheard)
        calls = Counter(f"{call.method} {call.path}" for call in world.provider.calls)
    models = {f"GET /v1/models/{model}": 1 for model in settings.models}
    free = {"GET /api/v2/summary.json": 1, "GET /v1/models": 1, "POST /v1/messages/count_tokens": 1}
    assert {**models, **free, "POST /v1/messages": settings.probe.samples + 1} == calls  # one of them streamed
    page = (FOLDER / "checks.md").read_text("utf-8")
    named = {re.sub(r"MODEL", settings.models[0], one) for one in re.findall(r"`((?:GET|POST) /[^`]*)`", page)}
    assert {call for call in calls if call not in models} <= named
    assert [one.check for one in found] == [check.name for check in ALL if check.name != "long_stream"]


async def _unheard(_: Evidence) -> None:
    """Nobody listens to what is found on the way."""


def test_the_page_of_metrics_names_all_of_them() -> None:
    """What the code makes a metric of stands there, under the name that Prometheus reads."""
    made = r"(?:Gauge|Counter|Histogram|Summary)\(\s*\"(anth_triage_\w+)\""
    files = (FOLDER.parents[1] / "bot").rglob("*.py")
    names = {name for file in files for name in re.findall(made, file.read_text("utf-8"))}
    assert names
    assert names == set(re.findall(r"^\| `(\w+)`", (FOLDER / "metrics.md").read_text("utf-8"), re.MULTILINE))
