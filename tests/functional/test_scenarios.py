"""Every scenario of the stand-in provider gets the verdict that it promises."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.measure import asking, rulebook, target_of
from bot.playground.scenario import scenario_named, scenario_names
from bot.playground.world import World
from bot.rules.evidence import Evidence
from bot.settings import load

REAL_TIME = {"slow"}  # being slow takes its time: these play with their real latencies and the real deadline


async def _ignore(_evidence: Evidence) -> None:
    """Nobody watches the progress."""


@pytest.mark.parametrize("name", scenario_names())
async def test_the_scenario_gets_its_verdict(name: str, tmp_path: Path) -> None:
    """Severity, and fault and branch where the scenario's file names them, are as expected."""
    expected = scenario_named(name).expect
    assert expected is not None
    real = name in REAL_TIME
    async with World(name, latency_scale=1.0 if real else 0.1) as world:
        settings = load(world.environment() | {"ANTH_TRIAGE_DATA_DIR": str(tmp_path)})
        book = rulebook(settings)
        target = target_of(settings, book.prices)
        if not real:
            target = replace(target, provisional_s=2.0, deadline_s=4.0, unanswered_s=2.0)
        verdict = book.judge(await asking(target, book.rules, world.clock)(_ignore))
    assert expected.severity == verdict.severity, verdict.because
    if expected.fault is not None:
        assert expected.fault == verdict.fault, verdict.because
    if expected.branch is not None:
        assert expected.branch == verdict.branch, verdict.because
