"""Reads scenarios: stories of the provider over time, written as TOML (docs/reference/scenarios.md).

The dataclasses of `provider/story.py` are the schema: keys are fields. `[provider]` takes what `Conditions` has,
`[[step]]` what `Step` has; a step's keys replace those of `[provider]`.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from bot.errors import BadInput, BadRules
from bot.playground.provider.api import ANSWERS
from bot.playground.provider.catalogue import MODELS
from bot.playground.provider.story import Conditions, Scenario, Step
from bot.playground.shapes import fit, keys_of

_FOLDER = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFile:
    """A scenario file. `description` is one sentence; the first `step` begins at 0 seconds."""

    title: str
    description: str
    step: tuple[Step, ...]
    provider: Conditions = field(default_factory=Conditions)


def scenario_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the playground, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def scenario_named(name: str) -> Scenario:
    """Return a scenario that comes with the playground. Raises BadInput for a name that none has."""
    if name not in scenario_names():
        raise BadInput(f"There is no scenario named {name!r}.", f"Choose one of: {', '.join(scenario_names())}.")
    return read_scenario(name, (_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def read_scenario(name: str, text: str) -> Scenario:
    """Return the scenario in a TOML text. Raises BadRules that lists every problem with its place."""
    try:
        top = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRules(f"The scenario {name} is no TOML: {error}.") from None
    problems: list[str] = []
    fit(ScenarioFile, top, problems)
    told = None
    if not problems:
        told = fit(ScenarioFile, top | {"step": [top.get("provider", {}) | step for step in top["step"]]}, problems)
        problems.extend(_misuses(told.step) if told else ())
    if told is None or problems:
        raise BadRules(f"The scenario {name} cannot be played: {'; '.join(problems)}.")
    return Scenario(name=name, title=told.title, description=told.description, steps=told.step)


def accepted_keys() -> frozenset[str]:
    """Return every key that a scenario file may hold, at any depth."""
    return frozenset(keys_of(ScenarioFile))


def _misuses(steps: tuple[Step, ...]) -> Iterator[str]:
    """Yield what is well-formed and yet makes no story."""
    if not steps or steps[0].at_s != 0:
        yield "step[1].at_s: a story begins at 0"
    for number, (before, after) in enumerate(pairwise(steps), start=2):
        if after.at_s <= before.at_s:
            yield f"step[{number}].at_s: not after the step before"
    for number, step in enumerate(steps, start=1):
        yield from (f"step[{number}].{problem}" for problem in _misuses_in(step))


def _misuses_in(step: Step) -> Iterator[str]:
    yield from _unknown("models", (*step.models, *step.retires_in_days), MODELS)
    if step.latency_s < 0:
        yield "latency_s: less than 0"
    limits = step.limits
    if min(limits.requests_per_minute, limits.input_tokens_per_minute, limits.output_tokens_per_minute) < 1:
        yield "limits: less than 1 a minute"
    if not 0 <= limits.load <= 1:
        yield "limits.load: not between 0 and 1"
    for fault in step.faults:
        yield from _unknown("faults.answer", (fault.answer,), ANSWERS)
        yield from _unknown("faults.models", fault.models, MODELS)
        if not 0 < fault.share <= 1:
            yield "faults.share: not above 0 and up to 1"


def _unknown(key: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    choices = tuple(known)
    yield from (f"{key}: {name!r} is not one of {', '.join(sorted(choices))}" for name in names if name not in choices)
