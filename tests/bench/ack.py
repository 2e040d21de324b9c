"""Measures acknowledgements beside the floor: the bot against a bare Bolt listener, in turns, in one run.

The command is `/anth-triage note`: one transaction with what follows from it. The floor is the platform without a line
of the bot and runs the same statements, taken from the bot itself, in one transaction; another runs one INSERT. Beside
them stands a listener with the same statements on the bot's own HTTP stack and database: what lies between it and the
bot is what the bot does itself.
"""

import asyncio
import re
import shutil
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.playground.world import World
from tests.bench.bare import COUNTED, FRESH, SECRET, Statements
from tests.bench.serving import bare, bot, opened
from tests.bench.slack_load import Sender
from tests.ground import Files

ROUNDS = 5
ONE_BY_ONE = 200
AT_ONCE = 640
CONNECTIONS = 16
HANGING = 50


_BOT, _FLOOR, _INSERT, _LEAN = (
    "the bot",
    "bare Bolt, the same statements",
    "bare Bolt, one INSERT",
    "the same statements on the bot's own stack",
)


@dataclass
class Figures:
    """What one server took: seconds of each command one by one, and commands a second at once, round by round."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    def beside(self, floor: "Figures") -> tuple[float, float]:
        """Return how p50 and throughput compare with this floor's: medians over what was measured round by round."""
        slower = statistics.median(ours / theirs for ours, theirs in zip(self.p50, floor.p50, strict=True))
        faster = statistics.median(ours / theirs for ours, theirs in zip(self.rate, floor.rate, strict=True))
        return slower, faster

    def line(self, name: str) -> str:
        """Return a row of the table: medians over the rounds."""
        p50, p99, rate = (statistics.median(one) for one in (self.p50, self.p99, self.rate))
        return f"| {name} | {p50 * 1000:.2f} | {p99 * 1000:.2f} | {rate:.0f} |"


async def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        async with opened(await Files(folder).fresh("start"), folder) as begun:
            statements = [_template(*pair) for pair in zip(*begun.notes, strict=True)]
            await _compare(begun.world, folder, begun.channel, statements)


def _template(first: tuple[str, Any], second: tuple[str, Any]) -> tuple[str, list[Any]]:
    assert first[0] == second[0], (first[0], second[0])
    return first[0], [_value(one, other) for one, other in zip(first[1], second[1], strict=True)]


def _value(one: Any, other: Any) -> Any:
    """Return what stands for a value that two notes told: itself, a growing number or a new id."""
    if one == other:
        return one
    if isinstance(one, int):
        return f"{COUNTED}{other}"
    return FRESH if re.fullmatch(r"[0-9a-f-]{32,64}", str(one)) else str(other)


async def _compare(world: World, folder: Path, channel: str, statements: Statements) -> None:
    inserts = [one for one in statements if one[0].startswith("INSERT INTO slack_event")]
    lena = world.workspace.lead
    figures = {name: Figures() for name in (_BOT, _FLOOR, _INSERT, _LEAN)}
    for number in range(ROUNDS):
        turns = [*figures]
        for place, name in enumerate(turns[number % len(turns) :] + turns[: number % len(turns)]):
            url = _copy(folder, f"round-{number}-{place}")
            secret = world.workspace.signing_secret if name == _BOT else SECRET
            floor = bare(folder, url, inserts if name == _INSERT else statements, "lean" if name == _LEAN else "bare")
            async with bot(world, folder, url) if name == _BOT else floor as served:
                await _measure(Sender(port=served.port, secret=secret, channel=channel, user=lena), figures[name])
    print("| | p50, ms | p99, ms | commands a second |\n| --- | --- | --- | --- |")
    for name, one in figures.items():
        print(one.line(name))
    slower, faster = figures[_BOT].beside(figures[_FLOOR])
    print(f"\np50: {slower:.2f} of bare Bolt's with the same statements (at most 1.25)")
    print(f"throughput: {faster:.2f} of it (at least 0.8)")
    slower, faster = figures[_BOT].beside(figures[_LEAN])
    print(f"beside {_LEAN}, which costs less: p50 {slower:.2f}, throughput {faster:.2f}")
    await _hanging(world, folder, channel)


async def _hanging(world: World, folder: Path, channel: str) -> None:
    """Print what commands take while so many people wait for triages of a provider that answers nobody."""
    await world.play("hanging")
    lena, secret = world.workspace.lead, world.workspace.signing_secret
    async with bot(world, folder, _copy(folder, "hanging")) as served:
        sender = Sender(port=served.port, secret=secret, channel=channel, user=lena)
        await sender.send("note warming up", 20)
        await sender.send_beside("run", HANGING, HANGING)
        took = sorted(await sender.send("note beside them", ONE_BY_ONE))
    print(f"beside {HANGING} hanging triages: p99 {took[int(len(took) * 0.99)] * 1000:.0f} ms (at most 1000)")


def _copy(folder: Path, name: str) -> str:
    shutil.copy(folder / "start.db", folder / f"{name}.db")
    return f"sqlite+aiosqlite:///{folder / name}.db"


async def _measure(sender: Sender, figures: Figures) -> None:
    await sender.send("note warming up", 20)
    took = sorted(await sender.send("note one by one", ONE_BY_ONE))
    figures.p50.append(statistics.median(took))
    figures.p99.append(took[int(len(took) * 0.99)])
    _, rate = await sender.send_beside("note at once", AT_ONCE, CONNECTIONS)
    figures.rate.append(rate)


if __name__ == "__main__":
    asyncio.run(main())
