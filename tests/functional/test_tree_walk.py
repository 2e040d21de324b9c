"""The whole decision tree through the real socket: every way to an end, and what is pre-selected."""

from collections.abc import Iterator

import pytest

from bot.paths import read_rules
from bot.playground.scenario import scenario_named, scenario_names
from bot.playground.workspace import Message
from bot.rules.book import load_book
from bot.rules.tree import BACK, Option, family_of
from bot.slack import ids
from tests.scene import Scene
from tests.sim.scale import CHAOS

BOOK = load_book(read_rules())
TREE = BOOK.tree
Path = tuple[Option, ...]


def _paths(step_id: str, seen: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield every way to an end that comes by no step twice."""
    step = TREE.step(step_id)
    if step.end:
        yield ()
    for option in step.option:
        if option.next not in (*seen, step_id):
            yield from ((option, *rest) for rest in _paths(option.next, (*seen, step_id)))


PATHS = list(_paths(TREE.start))


def test_every_path_comes_by_a_mitigation_and_a_look_whether_it_helped() -> None:
    """And every leaf of the taxonomy has mitigations, reached along the steps that its verdict speaks for."""
    for path in PATHS:
        reached = [TREE.step(option.next) for option in path]
        advice = [step for step in reached if step.kind == "advice"]
        assert advice
        assert all(TREE.advice(step, BOOK.rules.taxonomy) for step in advice)
        assert path[-1].id in {"recovered", "handed_over"}
    assert 50 < len(PATHS)


class _Walker:
    """Walks a channel's tree from where it stands, by the buttons that people see."""

    def __init__(self, desk: Scene, channel: str) -> None:
        self.desk = desk
        self.channel = channel
        self.at: list[Option] = []

    async def take(self, path: Path) -> None:
        """Go back as far as needed, then on to the end of the path."""
        common = 0
        while common < min(len(path), len(self.at)) and path[common] == self.at[common]:
            common += 1
        while len(self.at) > common:
            await self._press(BACK)
            self.at.pop()
        for option in path[common:]:
            await self._press(option.id)
            self.at.append(option)
            await self._shows(TREE.step(option.next).question)

    async def _press(self, option: str) -> None:
        question = await self._open()
        await self.desk.slack.press(self.desk.lena, self.channel, question.ts, action_id=f"{ids.ANSWER}{option}")
        if self.desk.slack.view(self.desk.lena) is not None:  # the measurement speaks for another answer
            await self.desk.slack.submit(self.desk.lena, {"reason": "walked"})
        await self.desk.world.jump(5)  # Slack's budgets of edits are those of the world's clock
        await self.desk.until(lambda: ids.ANSWER not in str(question.blocks) or None, f"{option} taken")

    async def _open(self) -> Message:
        def waiting() -> Message | None:
            there = self.desk.slack.messages(self.channel)
            return next((message for message in there if ids.ANSWER in str(message.blocks)), None)

        return await self.desk.until(waiting, "an open question")

    async def _shows(self, question: str) -> None:
        await self.desk.until(lambda: self.desk.with_text(self.channel, question), question)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("first", [option.id for option in TREE.step(TREE.start).option])
async def test_each_simple_path_is_walked(desk: Scene, first: str) -> None:
    """One after the other in one incident, with Back in between; each ends where the tree says.

    The gate walks every other one, `make chaos` all of them.
    """
    walker = _Walker(desk, await desk.opened())
    paths = [path for path in PATHS if path[0].id == first]
    for path in paths if CHAOS > 1 else paths[::4]:
        await walker.take(path)
        incident, _ = await desk.record()
        assert path[-1].next == incident.step


def _speaking() -> Iterator[tuple[str, str]]:
    """Yield each scenario that begins with trouble, and the leaf of that."""
    for name in scenario_names():
        expected = scenario_named(name).expect
        if expected is not None and expected.branch is not None:
            yield name, expected.branch


SPEAKING = list(_speaking())


@pytest.mark.parametrize(("scenario", "branch"), SPEAKING, ids=[name for name, _ in SPEAKING])
async def test_the_tree_preselects_what_the_provider_s_trouble_is(desk: Scene, branch: str) -> None:
    """For each scenario of the stand-in: question after question the answer that stands out leads to its advice."""
    verdict = await desk.verdict()
    await desk.slack.press(desk.lena, "#ops", verdict.ts, label="Open incident")
    channel = await desk.until(desk.incident_channel, "the incident's channel")
    walker = _Walker(desk, channel)
    step = TREE.step(TREE.start)
    while step.kind == "question":
        question = await walker._open()
        outstanding = [
            button["action_id"].removeprefix(ids.ANSWER)
            for block in question.blocks
            if block["type"] == "actions"
            for button in block["elements"]
            if button.get("style") == "primary"
        ]
        if not outstanding and step.id == "overloaded":  # one model alone was asked: nobody can tell
            outstanding = ["all"]
        assert 1 == len(outstanding), f"{step.id} of {branch}"
        await walker._press(outstanding[0])
        step = TREE.step(next(option for option in step.option if option.id == outstanding[0]).next)
    assert family_of(branch) == family_of(step.leaf)
