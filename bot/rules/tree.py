"""The decision tree as data: questions, advice and ends, read from tree.toml and checked as a whole."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from bot.errors import BadButton, BadRules
from bot.rules.taxonomy import Mitigation, Taxonomy

LABEL_LIMIT = 75  # characters on a Slack button


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer: where it leads, and the branch families of a verdict that speak for it."""

    id: str
    label: str
    next: str
    families: tuple[str, ...]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A node: a question, an advice (`leaf` or `mitigations`), or an end."""

    id: str
    question: str
    source: Literal["runbook", "ours"]
    detail: str = ""
    option: tuple[Option, ...] = ()
    leaf: str | None = None
    mitigations: tuple[str, ...] = ()
    end: bool = False

    @property
    def kind(self) -> Literal["question", "advice", "end"]:
        """Return what the step is for."""
        if self.end:
            return "end"
        return "advice" if self.leaf or self.mitigations else "question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All steps by id, and where a walk starts."""

    start: str
    steps: Mapping[str, Step]

    def step(self, step_id: str) -> Step:
        """Return the step; raises BadButton when this version of the tree has none of that id."""
        step = self.steps.get(step_id)
        if step is None:
            raise BadButton("This step is not in the decision tree any more.", "Use the newest message of the tree.")
        return step

    def choose(self, step_id: str, option_id: str) -> tuple[Step, Option]:
        """Return the step and the chosen option; raises BadButton when there is no such option."""
        step = self.step(step_id)
        for option in step.option:
            if option.id == option_id:
                return step, option
        raise BadButton("This answer is not in the decision tree any more.", "Use the newest message of the tree.")

    def suggest(self, step_id: str, branch: str | None) -> Option | None:
        """Return the option that a verdict with this branch speaks for."""
        family = (branch or "").partition(".")[0]
        return next((option for option in self.step(step_id).option if family in option.families), None)

    def advice(self, step: Step, taxonomy: Taxonomy) -> tuple[Mitigation, ...]:
        """Return what the step advises to do."""
        ids = step.mitigations or (taxonomy.leaf(step.leaf).mitigations if step.leaf else ())
        return tuple(taxonomy.mitigations[name] for name in ids)


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class _Advice:
    option: tuple[Option, ...]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    start: str
    step: tuple[Step, ...]
    advice: _Advice


_FILE: TypeAdapter[_File] = TypeAdapter(_File)


def load_tree(text: str, taxonomy: Taxonomy) -> Tree:
    """Return the tree that this TOML text describes; raises BadRules naming every problem."""
    try:
        file = _FILE.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadRules(f"tree.toml is not valid TOML: {error}.") from None
    except ValidationError as error:
        raise _refusal(_located(error, text)) from None
    steps = {step.id: _with_options(step, file.advice.option) for step in file.step}
    tree = Tree(start=file.start, steps=steps)
    problems = [*_doubles(file), *problems_of(tree, taxonomy)]
    if problems:
        raise _refusal(_placed(problem, text) for problem in problems)
    return tree


def _refusal(problems: Iterable[str]) -> BadRules:
    told = list(problems)
    return BadRules(f"tree.toml has {len(told)} problem(s):\n" + "\n".join(told), "Mend the file and check again.")


def _placed(problem: str, text: str) -> str:
    """Return the problem with the line of the step that it names."""
    step = re.match(r"step (\w+)", problem)
    line = _line_of(rf'\s*id\s*=\s*"{step[1]}"', text) if step else _line_of(r"\s*start\s*=", text)
    return f"tree.toml:{line} {problem}"


def _line_of(pattern: str, text: str, nth: int = 0) -> int:
    """Return the number of the n-th line (from 0) that begins like this, 0 when there is none."""
    found = [number for number, line in enumerate(text.splitlines(), 1) if re.match(pattern, line)]
    return found[nth] if nth < len(found) else 0


def _with_options(step: Step, common: tuple[Option, ...]) -> Step:
    if step.kind != "advice" or step.option:
        return step
    values: dict[str, Any] = {name: getattr(step, name) for name in Step.__slots__}
    return Step(**(values | {"option": common}))


def _located(error: ValidationError, text: str) -> Iterator[str]:
    for problem in error.errors(include_input=False, include_url=False):
        where = problem["loc"]
        nth = next((part for part in where if isinstance(part, int)), None)
        line = 0 if nth is None else _line_of(r"\s*\[\[step\]\]", text, nth)
        yield f"tree.toml:{line} {'.'.join(map(str, where))}: {problem['msg']}"


def _doubles(file: _File) -> Iterator[str]:
    ids = [step.id for step in file.step]
    yield from (f"step {name}: stands twice" for name in sorted({name for name in ids if ids.count(name) > 1}))


def problems_of(tree: Tree, taxonomy: Taxonomy) -> Iterator[str]:
    """Yield every reason why a walk could go wrong: dead links, unknown leaves, steps out of reach, no end."""
    if tree.start not in tree.steps:
        yield f"start: there is no step {tree.start}"
        return
    for step in tree.steps.values():
        yield from _problems_of_step(step, tree, taxonomy)
    reached = _reached(tree)
    yield from (f"step {name}: no path leads to it" for name in tree.steps if name not in reached)
    yield from (f"step {name}: the path never ends" for name in sorted(_endless(tree)))


def _problems_of_step(step: Step, tree: Tree, taxonomy: Taxonomy) -> Iterator[str]:
    if bool(step.option) == step.end:
        yield f"step {step.id}: a question or advice has options, an end has none"
    if step.leaf and step.leaf not in taxonomy.leaves:
        yield f"step {step.id}: there is no leaf {step.leaf}"
    yield from (f"step {step.id}: no mitigation {m}" for m in step.mitigations if m not in taxonomy.mitigations)
    for option in step.option:
        if option.next not in tree.steps:
            yield f"step {step.id}, option {option.id}: there is no step {option.next}"
        if len(option.label) > LABEL_LIMIT:
            yield f"step {step.id}, option {option.id}: the label is longer than {LABEL_LIMIT} characters"


def _reached(tree: Tree) -> set[str]:
    seen: set[str] = set()
    waiting = [tree.start]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in tree.steps:
            continue
        seen.add(name)
        waiting += [option.next for option in tree.steps[name].option]
    return seen


def _endless(tree: Tree) -> set[str]:
    """Return the steps from which some path never reaches an end: what is left when ends are peeled off."""
    left = {name: {option.next for option in step.option} for name, step in tree.steps.items()}
    while done := {name for name, following in left.items() if not following & left.keys()}:
        left = {name: following for name, following in left.items() if name not in done}
    return set(left)
