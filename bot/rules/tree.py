"""The decision tree as data: questions, advice and ends, read from tree.toml and checked as a whole."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from bot.errors import BadButton
from bot.rules.rows import header_lines, line_of_name, read_toml, refuse
from bot.rules.taxonomy import Mitigation, Taxonomy

LABEL_LIMIT = 75  # characters on a Slack button
BACK: Final = "back"
"""The answer that leads to the question before."""
SKIP: Final = "skip"
"""The answer of who can or will not answer: the walk goes on where `skip` in tree.toml says."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer: where it leads, and the branch families of a verdict that speak for it.

    With `spread` it also matters how many of the models fail: `one` of them, or `all`.
    """

    id: str
    label: str
    next: str
    families: tuple[str, ...]
    spread: Literal["one", "all"] | None = None


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


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A row of the runbook's table of symptoms: what is seen, the likely cause, the first look, and which leaf it is.

    `corrects` says where the runbook's row is wrong or too short.
    """

    symptom: str
    cause: str
    look: str
    leaf: str
    source: Literal["runbook", "ours"]
    corrects: str | None = None


def family_of(branch: str | None) -> str:
    """Return the kind of failure of which a leaf is: `auth` of `auth.exposed`; empty for none."""
    return (branch or "").partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All steps by id, where a walk starts, where it goes on past a skipped step, and the runbook's symptoms."""

    start: str
    skip: str
    steps: Mapping[str, Step]
    symptoms: tuple[Symptom, ...] = ()

    def step(self, step_id: str) -> Step:
        """Return the step; raises BadButton when this version of the tree has none of that id."""
        step = self.steps.get(step_id)
        if step is None:
            raise BadButton("This step is not in the decision tree any more.", "Use the newest message of the tree.")
        return step

    def at(self, step_id: str) -> Step:
        """Return the step at which a walk stands; the start when that step is in the tree no more."""
        return self.steps.get(step_id) or self.steps[self.start]

    def choose(self, step_id: str, option_id: str, path: Sequence[str] = ()) -> tuple[Step, Option]:
        """Return the step and the chosen option; `path` are the steps before. Raises BadButton for no such option."""
        step = self.step(step_id)
        for option in (*step.option, *self.beside(step, path)):
            if option.id == option_id:
                return step, option
        raise BadButton("This answer is not in the decision tree any more.", "Use the newest message of the tree.")

    def beside(self, step: Step, path: Sequence[str]) -> tuple[Option, ...]:
        """Return what can be answered besides: back to the step before, and on without an answer."""
        is_there = bool(path) and path[-1] in self.steps  # a team may have changed the tree since
        back = Option(id=BACK, label="Back", next=path[-1], families=()) if is_there else None
        may_skip = not step.end and step.id != self.skip
        skip = Option(id=SKIP, label="Skip", next=self.skip, families=()) if may_skip else None
        return tuple(option for option in (back, skip) if option is not None)

    def suggest(self, step_id: str, branch: str | None, spread: str | None = None) -> Option | None:
        """Return the option that a verdict with this branch, failing on one model or all (`spread`), speaks for."""
        family = family_of(branch)
        fitting = (option for option in self.step(step_id).option if family in option.families)
        return next((option for option in fitting if option.spread in {None, spread}), None)

    def advice(self, step: Step, taxonomy: Taxonomy, branch: str | None = None) -> tuple[Mitigation, ...]:
        """Return what the step advises to do, for the very leaf that was measured (`branch`) if it is of that kind."""
        ids = step.mitigations
        if step.leaf is not None:
            same_kind = family_of(branch) == family_of(step.leaf) and branch in taxonomy.leaves
            ids = taxonomy.leaf(str(branch) if same_kind else step.leaf).mitigations
        return tuple(taxonomy.mitigations[name] for name in ids)


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class _Advice:
    option: tuple[Option, ...]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    start: str
    skip: str
    step: tuple[Step, ...]
    advice: _Advice
    symptom: tuple[Symptom, ...] = ()


_SHAPE: TypeAdapter[_File] = TypeAdapter(_File)
_FILE: Final = "tree.toml"


def load_tree(text: str, taxonomy: Taxonomy | None) -> Tree:
    """Return the tree that this TOML text describes; raises BadRules naming every problem.

    Without a taxonomy, because its own files have problems, leaves and mitigations are not looked up.
    """
    tables = read_toml(text, _FILE)
    try:
        file = _SHAPE.validate_python(tables)
    except ValidationError as error:
        refuse(_FILE, list(_located(error, text)))
    steps = {step.id: _with_options(step, file.advice.option) for step in file.step}
    tree = Tree(start=file.start, skip=file.skip, steps=steps, symptoms=file.symptom)
    problems = [*_doubles(file), *problems_of(tree, taxonomy)]
    if problems:
        refuse(_FILE, [_placed(problem, text) for problem in problems])
    return tree


def _placed(problem: str, text: str) -> str:
    """Return the problem with the line of the step or symptom that it names."""
    named = re.match(r"(step|symptom) ([^,:]+)", problem)
    if named is None:
        return f"{_FILE}:{line_of_name(text, 'start')} {problem}"
    key = {"step": "id", "symptom": "symptom"}[named[1]]
    here = re.compile(rf"\s*{key}\s*=\s*[\"']{re.escape(named[2])}[\"']")
    line = next((number for number, line in enumerate(text.splitlines(), 1) if here.match(line)), 0)
    return f"{_FILE}:{line} {problem}"


def _with_options(step: Step, common: tuple[Option, ...]) -> Step:
    if step.kind != "advice" or step.option:
        return step
    values: dict[str, Any] = {name: getattr(step, name) for name in Step.__slots__}
    return Step(**(values | {"option": common}))


def _located(error: ValidationError, text: str) -> Iterator[str]:
    """Yield each problem of the file's shape with the line of the table in which it is."""
    for problem in error.errors(include_input=False, include_url=False):
        name, *inner = problem["loc"]
        nth = inner[0] if inner else None
        line = line_of_name(text, str(name))
        if isinstance(nth, int):
            line = header_lines(text, str(name), nth + 1)[nth]
        yield f"{_FILE}:{line} {'.'.join(map(str, problem['loc']))}: {problem['msg']}"


def _doubles(file: _File) -> Iterator[str]:
    ids = [step.id for step in file.step]
    yield from (f"step {name}: stands twice" for name in sorted({name for name in ids if ids.count(name) > 1}))


def problems_of(tree: Tree, taxonomy: Taxonomy | None) -> Iterator[str]:
    """Yield every reason why a walk could go wrong: dead links, unknown leaves, steps out of reach, no end."""
    if tree.start not in tree.steps:
        yield f"start: there is no step {tree.start}"
        return
    if tree.skip not in tree.steps:
        yield f"skip: there is no step {tree.skip}"
    for step in tree.steps.values():
        yield from _problems_of_step(step, tree)
    if taxonomy is not None:
        yield from _loose_ends(tree, taxonomy)
    reached = _reached(tree)
    yield from (f"step {name}: no path leads to it" for name in tree.steps if name not in reached)
    yield from (f"step {name}: the path never ends" for name in sorted(_endless(tree)))


def _loose_ends(tree: Tree, taxonomy: Taxonomy) -> Iterator[str]:
    """Yield each leaf or mitigation that a step or symptom names and that is not there."""
    for step in tree.steps.values():
        if step.leaf and step.leaf not in taxonomy.leaves:
            yield f"step {step.id}: there is no leaf {step.leaf}"
        yield from (f"step {step.id}: no mitigation {m}" for m in step.mitigations if m not in taxonomy.mitigations)
    for row in tree.symptoms:
        if row.leaf not in taxonomy.leaves:
            yield f"symptom {row.symptom}: there is no leaf {row.leaf}"


def _problems_of_step(step: Step, tree: Tree) -> Iterator[str]:
    if bool(step.option) == step.end:
        yield f"step {step.id}: a question or advice has options, an end has none"
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
