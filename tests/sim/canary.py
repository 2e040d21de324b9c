"""What the canary run does: everything into which people write, each with fresh keys in it, as flows by name."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import inspect
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import create_async_engine

from bot.playground.workspace import View
from bot.playground.workspace.refusal import NotPossible
from bot.slack import ids
from tests.keys import Planter, left_of
from tests.scene import Scene

ROOMS: Final = ("open", "ending", "ended")
Act = Callable[["Stage", str], Awaitable[None]]


@dataclass
class Stage:
    """A scene with three incidents (open, to be resolved, resolved) and one person for each flow."""

    scene: Scene
    planter: Planter
    keys: int
    """How many keys each flow carries at once."""
    rooms: dict[str, str] = field(default_factory=dict)
    told: list[Any] = field(default_factory=list)
    """What the bot answered in its acknowledgements, and on its pages."""
    carried: set[str] = field(default_factory=set)
    """The flows in which the bot was given a key since this was emptied."""

    def text(self, most: int = 3_000) -> str:
        """Return words with fresh keys in them, in at most so many characters: fewer keys where they do not fit."""
        text, keys = self.planter.text(self.keys), self.keys
        while len(text) > most and keys > 1:
            keys -= 1
            text = self.planter.text(keys)
        ours = self.planter.configured()
        return f"{text} or {ours}" if len(text) + len(ours) + 4 <= most else text[:most]

    async def command(self, flow: str, text: str, room: str = "open") -> None:
        """Let the flow's person type this behind the command."""
        outcome = await self.scene.slack.command(self.person(flow), self.rooms[room], text.replace("\n", " "))
        self.told.append(outcome.payload)
        self._carries(flow, text)

    async def submit(self, flow: str, said: Mapping[str, object]) -> None:
        """Let the flow's person submit the form that is open before them; while Slack is away none may be."""
        view = self.scene.slack.view(self.person(flow))
        if view is not None:
            asked = {block.get("block_id") for block in view.blocks}
            given = {name: value for name, value in said.items() if name in asked}
            self.told.append((await self.scene.slack.submit(self.person(flow), given)).payload)
            self._carries(flow, *map(str, given.values()))

    async def form(self, flow: str, text: str, room: str = "open") -> None:
        """Open a form by a verb and wait until it is there."""
        if self.scene.slack.view(self.person(flow)) is not None:
            await self.scene.slack.close_view(self.person(flow))
        await self.command(flow, text, room)
        await self.scene.until(lambda: self.scene.slack.view(self.person(flow)), f"the form of {flow}")

    async def said(self, flow: str, text: str, thread_ts: str | None = None) -> str:
        """Let the flow's person write a message and return where it stands."""
        self._carries(flow, text)
        return (await self.scene.slack.say(self.person(flow), self.rooms["open"], text, thread_ts)).ts or ""

    def person(self, flow: str) -> str:
        """Return the id of the flow's person."""
        name = "p" + "".join(filter(str.isalnum, flow)).lower()
        known = next((one for one in self.scene.slack.state.users.values() if one.name == name), None)
        if known is None:
            known = self.scene.slack.add_person(name)
            for room in self.rooms.values():
                self.scene.slack.channel(room).members.append(known.id)
        return known.id

    async def set_up(self) -> None:
        """Declare three incidents, each in a channel of its own."""
        for number, room in enumerate(ROOMS, 1):
            self.rooms[room] = self.scene.slack.add_channel(f"room{number}", [self.scene.lena]).id
        for number, room in enumerate(ROOMS, 1):
            await self.form("set up", "open")
            await self.submit("set up", {"title": f"Trouble {number}", "house": self.rooms[room], "severity": "P2"})
            await self.scene.see(self.rooms[room], f"Trouble {number}")

    async def restore(self) -> None:
        """Have the first two incidents open and the third resolved, whatever was done to them."""
        for number, room in enumerate(ROOMS, 1):
            incident, _ = await self.scene.record(number)
            if incident.is_open and room == "ended":
                await self.form("set up", "resolve", room)
                await self.submit("set up", {"early": "production is fine", "impact": "none"})
            elif not incident.is_open and room != "ended":
                await self.command("set up", "reopen it goes on", room)
            incident, _ = await self.scene.record(number)
            assert incident.is_open == (room != "ended"), room

    def _carries(self, flow: str, *texts: str) -> None:
        if left_of(self.planter, [(flow, text) for text in texts]):
            self.carried.add(flow)


@dataclass(frozen=True)
class Flow:
    """Something that people do: what must be there before (`ready`), and the act itself."""

    act: Act
    ready: Act | None = None


def _verb(words: str, room: str = "open", most: int = 3_000) -> Flow:
    async def act(stage: Stage, flow: str) -> None:
        await stage.command(flow, f"{words} {stage.text(most)}", room)

    return Flow(act)


def _form(words: str, *fields: str, room: str = "open", most: int = 3_000, **others: str) -> Flow:
    async def ready(stage: Stage, flow: str) -> None:
        await stage.form(flow, words, room)

    async def act(stage: Stage, flow: str) -> None:
        await stage.submit(flow, {name: stage.text(120 if name == "title" else most) for name in fields} | others)

    return Flow(act, ready)


def _shortcut(callback_id: str) -> Flow:
    async def act(stage: Stage, flow: str) -> None:
        ts = await stage.said(flow, stage.text())
        slack = stage.scene.slack
        stage.told.append(
            (await slack.message_shortcut(stage.person(flow), stage.rooms["open"], ts, callback_id)).payload
        )

    return Flow(act)


async def _talk(stage: Stage, flow: str) -> None:
    await stage.said(flow, stage.text())


async def _edit(stage: Stage, flow: str) -> None:
    ts = await stage.said(flow, stage.text())
    await stage.scene.slack.edit(stage.person(flow), stage.rooms["open"], ts, stage.text())


async def _mark(stage: Stage, flow: str) -> None:
    slack, room = stage.scene.slack, stage.rooms["open"]
    ts = await stage.said(flow, stage.text())
    await stage.said(flow, stage.text(), ts)
    await slack.react(stage.person(flow), room, ts, "pushpin")
    await stage.said(flow, stage.text(), ts)
    await slack.edit(stage.person(flow), room, ts, stage.text())


async def _note(stage: Stage, flow: str) -> None:
    await stage.command(flow, "note restarted")


async def _retract(stage: Stage, flow: str) -> None:
    _, story = await stage.scene.record()
    number = next((item.seq for item in reversed(story) if item.event.kind == "noted"), 1)
    await stage.command(flow, f"retract {number} {stage.text(500)}")


async def _declare_from_message(stage: Stage, flow: str) -> None:
    await _shortcut(ids.OPEN_FROM_MESSAGE).act(stage, flow)
    await stage.submit(flow, {"affected": stage.text(120)})


FLOWS: Final[Mapping[str, Flow]] = {
    "note": _verb("note"),
    "note with a time": _verb("note 10m ago"),
    "explain": _verb("explain"),
    "explain form": _form("explain", "text"),
    "explain shortcut": _shortcut(ids.EXPLAIN_MESSAGE),
    "evidence": _verb("evidence"),
    "evidence form": _form("evidence", "text", "changed"),
    "bad numbers": _form("evidence", "text", failed="9", total="3"),
    "open": _verb("open", most=400),
    "declare form": _form("open", "title", "impact", "affected"),
    "declare from a message": Flow(_declare_from_message),
    "update form": _form("update", "text"),
    "task": _verb("task", most=480),
    "severity": _verb("severity P3", most=480),
    "severity form": _form("severity", "reason", most=480, severity="P1"),
    "status": _verb("status identified", most=480),
    "role": _verb("role lead", most=480),
    "resolve form": _form(
        "resolve", "early", "impact", "root_cause", "mitigation", "action_items", room="ending", most=480
    ),
    "reopen": _verb("reopen", "ended", most=480),
    "retract": Flow(_retract, _note),
    "search": _verb("search"),
    "no verb": Flow(lambda stage, flow: stage.command(flow, stage.text(400))),
    "too long": _verb("severity P2"),
    "talk": Flow(_talk),
    "edit": Flow(_edit),
    "mark": Flow(_mark),
    "shortcut": _shortcut(ids.ADD_TO_TIMELINE),
}


async def ready(stage: Stage) -> None:
    """Bring every flow to where its act can follow."""
    if not stage.rooms:
        await stage.set_up()
    await stage.restore()
    for name in FLOWS:  # who needs a form has it before the trouble begins
        stage.person(name)
    await asyncio.gather(*(flow.ready(stage, name) for name, flow in FLOWS.items() if flow.ready is not None))


async def play(stage: Stage) -> None:
    """Do all flows at once; each person does one thing."""
    done = await asyncio.gather(*(flow.act(stage, name) for name, flow in FLOWS.items()), return_exceptions=True)
    failed = [error for error in done if error is not None and not isinstance(error, NotPossible)]
    assert [] == failed


def shown(stage: Stage) -> Iterator[tuple[str, str]]:
    """Yield all that the bot has sent to Slack, by what it is."""
    slack = stage.scene.slack
    yield "answers", _text(stage.told)
    yield "calls", _text([call.arguments for call in slack.recorder.calls()])
    for message in [*_messages(stage), *slack.state.ephemerals]:
        if message.bot_id or message.user == slack.bot_user_id or message.only_for:
            yield "message", _text([[version.text, version.blocks] for version in message.versions])
    for channel in slack.state.channels.values():
        yield "channel", f"{channel.name} {channel.topic} {channel.purpose}"
    for file in slack.state.files.values():
        yield "file", file.name + file.bytes.decode()
    views: list[View] = [view for opened in slack.state.modals.values() for view in opened]
    yield "homes", _text([view.body for view in slack.state.homes.values()])
    yield "views", _text([view.body for view in views])


def stored(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every file of the folder, the database and its log of writes among them."""
    for file in folder.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes().decode("latin-1")


async def rows(database_url: str) -> list[tuple[str, str]]:
    """Return what stands in every table, by its name."""
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        found = [(name, await connection.execute(sql(f'SELECT * FROM "{name}"'))) for name in names]  # noqa: S608 - our own names
        told = [(name, repr(result.all())) for name, result in found]
    await engine.dispose()
    return told


def _messages(stage: Stage) -> Iterator[Any]:
    for channel in stage.scene.slack.state.channels.values():
        yield from stage.scene.slack.messages(channel.id)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
