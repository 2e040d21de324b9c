"""One whole incident of the script in which Slack has a trouble in each flow, and what must be true of it."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.clock import SteeredClock
from bot.incidents.effects import Effect
from bot.incidents.events import ChannelFailed
from bot.playground.faults import Fault
from bot.playground.recorder import Call
from bot.playground.workspace import Message
from bot.slack import ids
from bot.slack.client import OutgoingClient
from bot.slack.guard import Listener, guard
from bot.slack.listeners import actions, commands
from bot.slack.listeners.actions import ask_to_resolve
from tests.sim.checker import Wanted, problems_in
from tests.sim.life import Life
from tests.sim.place import Place, orders
from tests.sim.script import NAMES, Body, pressing, script, typing
from tests.sim.slack_faults import AT_THE_START, USES, Cell, Fate, bound_to

LENA, RAVI = "U0LEAD0001", "U0RAVI0001"
_OTHER = "other"
METHODS = AT_THE_START | {use.method for use in USES}
_PATIENCE_S = 0.4  # real seconds for an answer that never comes; ten in production
_SOON, _LATER, _LONG = 20.0, 100.0, 300.0  # virtual seconds
_MOST_TRIES = 60  # in five minutes, of all the work that is held
_TOLD_WITHIN_S = 60.0
_CLOSED_PORT = "http://127.0.0.1:1/api/"


class _NoNames(AbstractResolver):
    """A resolver that knows no name, as when DNS is away."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        """Know nothing."""
        del port, family
        raise OSError(f"{host}: name or service not known")

    async def close(self) -> None:
        """Hold nothing."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A request as it leaves, or an answer that asks to wait as it arrives: what is on its way then cannot know."""

    method: str
    channel: str
    at: float
    asks_to_wait: bool = False


def _bucket(url: str, arguments: dict[str, Any]) -> tuple[str, str]:
    """Return what Slack counts together: a method's calls, and for messages those to one channel."""
    method = url.rpartition("/")[2]
    channel = (arguments.get("json") or {}).get("channel", "") if method == "chat.postMessage" else ""
    return method, str(channel)


class _Detoured(OutgoingClient):
    """The bot's client: calls of one method can be led astray before they reach Slack, or lose patience early."""

    _part = ""
    _way = ""
    _times = 0
    _patience_s: float | None = None
    hits = 0
    now: Callable[[], datetime]

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.wire: list[Passage] = []

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        self.wire.append(Passage(*_bucket(api_url, req_args), at=self.now().timestamp()))
        async with asyncio.timeout(self._patience_s if self._part in api_url else None):
            answer = await super()._request(http_verb=http_verb, api_url=self._astray(api_url), req_args=req_args)
        if answer["status_code"] == 429 or answer["data"].get("error") == "ratelimited":
            self.wire.append(Passage(*_bucket(api_url, req_args), at=self.now().timestamp(), asks_to_wait=True))
        return answer

    async def send_file(self, url: str, data: bytes) -> None:
        """Send a file's bytes, unless they are led astray."""
        async with asyncio.timeout(self._patience_s if self._part in url else None):
            await super().send_file(self._astray(url), data)

    def trouble(self, method: str, way: str, times: int, patience_s: float | None) -> None:
        """Break the way of the next calls of this method, and wait only so long for their answers."""
        self._part = "/upload/" if method == "upload" else f"/api/{method}"
        self._way, self._times, self._patience_s, self.hits = way, times, patience_s, 0

    def _astray(self, url: str) -> str:
        if not self._way or self._part not in url or self.hits >= self._times:
            return url
        self.hits += 1
        scheme = {"refused": _CLOSED_PORT, "dns": "http://slack.invalid/api/"}
        return scheme.get(self._way) or url.replace("http://", "https://", 1)


class _Life(Life):
    """A life in the same process as the world: the clock is one."""

    async def jump(self, seconds: float) -> None:
        """Move the clock on."""
        assert isinstance(self.clock, SteeredClock)
        self.clock.move_to(self.clock.offset + timedelta(seconds=max(seconds, 0.01)))


@dataclass(frozen=True, slots=True)
class _Act:
    """What a person does: the listener that hears of it, and Slack's payload."""

    listener: Listener
    body: Callable[[str], Body]


class Story:
    """An incident under way; `_found` is what was wrong so far."""

    def __init__(self, cells: Iterable[Cell], place: Place, life: Life, client: _Detoured) -> None:
        self._cells = {cell.use.flow: cell for cell in cells}
        self._place = place
        self._slack = place.slack
        self._life = life
        self._client = client
        self._desk, self._worker = life.parts()
        self._found: list[str] = []
        # Of the trouble that is on, or was the last one:
        self._cell = next(iter(self._cells.values()))
        self._hit_by = Fault("")
        self._began = 0

    async def play(self) -> list[str]:
        """Play the whole story, each trouble in its flow, and return what was wrong."""
        for name in ("triage", "open", "answer 0", "reminder", "stale", "stranger", *NAMES[3:], "export"):
            if cell := self._cells.get(name.partition(" 0")[0]):
                before = len(self._found)
                await self._in_trouble(cell, name)
                self._found[before:] = [f"{cell}: {problem}" for problem in self._found[before:]]
            elif name in NAMES:
                await self._do(name)
                await self._rest()
        self._found += [
            f"{method} is not in the matrix" for method in {call.method for call in self._journal()} - METHODS
        ]
        self._found += await problems_in(self._place, self._life.database, self._wanted())
        return self._found

    async def _in_trouble(self, cell: Cell, name: str) -> None:
        self._cell, self._began = cell, len(self._journal())
        fault, passed = self._order(), len(self._client.wire)
        waiting = asyncio.ensure_future(self._time_passes(fault, cell.trouble.in_flight_s))
        if cell.trouble.early:
            await self._do(cell.trouble.early)
        bodies = await self._do(name)
        for seconds in cell.trouble.again_s:
            await self._rest(seconds) if seconds else None
            for listener, body in bodies:
                await self._deliver(listener, body)
        await self._rest(_LATER if cell.use.first else _SOON)
        waiting.cancel()
        if cell.trouble.on_the_way_out and fault.times == self._hit_by.times and not self._client.hits:
            self._found.append("the trouble never struck")
        if (cell.trouble.wait_s or cell.fate in {Fate.HELD, Fate.REFUSED}) and not cell.trouble.everywhere:
            await self._another_channel_goes_on()
        await {
            Fate.PASSES: self._passes,
            Fate.UNCLEAR: self._passes,
            Fate.HELD: self._held,
            Fate.REFUSED: self._refused,
        }.get(cell.fate, self._known)()
        self._slack.faults.clear()
        await self._rest()
        self._found += too_soon(self._client.wire[passed:], cell.trouble.wait_s)
        uploads = [call for call in self._journal()[self._began :] if call.method == "upload"]
        self._found += too_soon(passages_of(uploads), cell.trouble.wait_s)
        if "chat.postEphemeral" == cell.use.method or cell.use.flow == "stranger":
            self._told_privately()

    def _journal(self) -> list[Call]:
        return self._slack.recorder.calls()

    def _order(self) -> Fault:
        cell = self._cell
        if cell.use.first is not None:
            self._slack.faults.add(replace(cell.use.first))
        self._hit_by = cell.fault(bound_to(cell.use, RAVI))
        waits = _PATIENCE_S if self._hit_by.hang or self._hit_by.trickles else None
        self._client.trouble(cell.use.method, cell.trouble.way, times=2, patience_s=waits)
        if cell.trouble.happens is not None:
            cell.trouble.happens(self._slack)
            return self._hit_by
        if cell.trouble.way:
            return self._hit_by
        return self._slack.faults.add(replace(self._hit_by))

    def _mend(self) -> None:
        self._slack.faults.clear()
        if self._cell.trouble.mends is not None:
            self._cell.trouble.mends(self._slack)

    async def _time_passes(self, fault: Fault, seconds: float) -> None:
        if seconds:
            await self._slack.until(lambda: fault.times < self._hit_by.times, what="the trouble")
            await self._life.jump(seconds)

    async def _passes(self) -> None:
        await self._rest(self._cell.trouble.wait_s + _LATER)
        await self._nothing_dead()
        self._mend()

    async def _held(self) -> None:
        await self._rest(_LONG)
        tries = len(self._calls())
        if not 2 <= tries <= _MOST_TRIES:
            self._found.append(f"{tries} tries while the work was held")
        await self._nothing_dead()
        self._mend()
        await self._rest(_LATER)

    async def _refused(self) -> None:
        await self._rest(_LATER)
        tries = len(self._calls())
        await self._rest(_LONG)
        again = Counter(f"{call.method} {call.arguments}" for call in self._calls()[tries:] if not call.ok)
        if again and max(again.values()) > 1:
            self._found.append(f"it is tried for ever: {again.most_common(1)}")
        if not await self._dead():
            self._found.append("no dead letter")
        self._told_once()
        self._mend()
        async with self._life.store.begin() as unit:  # what `anth-triage db jobs --retry all` does
            await unit.jobs.revive(None, unit.now)
        await self._rest(_LATER)

    async def _known(self) -> None:
        """Let pass what the bot can do something about, and do what a person is asked to do then."""
        await self._rest(_LATER)
        await self._nothing_dead()
        self._slack.faults.clear()
        if self._cell.fate is Fate.ANSWERED:
            if not self._words(LENA, "Slack did not open the form."):
                self._found.append("nobody said that the form was not opened")
            await self._do("form")
        if self._cell.fate is Fate.RECORDED:
            await self._channel_again()

    async def _channel_again(self) -> None:
        async with self._life.store.read() as unit:
            story = await unit.incidents.story((await self._life.numbers())[1])
        failed = [item.event for item in story if isinstance(item.event, ChannelFailed)]
        verdict = self._slack.read(self._slack.messages("#ops")[0])
        if len(failed) != 1 or failed[0].hint not in verdict:
            self._found.append(f"the failure is not told once: {failed} {verdict}")
        await self._do("channel again")

    async def _do(self, name: str) -> list[tuple[Listener, Body]]:
        """Let people do this and return what Slack delivered."""
        if name == "reminder":
            await self._until_a_reminder()
            return []
        done = [(act.listener, act.body(self._slack.state.new_trigger(LENA))) for act in await self._acts(name)]
        for listener, body in done:
            await self._deliver(listener, body)
        return done

    async def _deliver(self, listener: Listener, body: Body) -> None:
        answers: list[object] = []

        async def ack(**reply: object) -> None:
            answers.append(reply)

        heard = cast("Callable[[AsyncAck, Body], Awaitable[None]]", guard(listener, self._desk, None))
        await heard(cast("AsyncAck", ack), body)
        if not answers:
            self._found.append(f"not acknowledged: {body}")

    async def _acts(self, name: str) -> list[_Act]:
        team, ops = self._life.orders.team, self._life.orders.ops
        triage, incident = await self._life.numbers()
        channel = next((c.id for c in self._slack.state.channels.values() if c.name.startswith("inc-")), "")
        late = ids.step_value(incident, 0, "symptom", "overloaded")
        form = _Act(ask_to_resolve, pressing(team, LENA, channel, ids.RESOLVE, ids.value(incident)))
        if name in NAMES:
            there = ops if name in {"triage", "open"} else channel
            delivery = script(team, LENA, there, triage, incident)[NAMES.index(name)]
            act = _Act(delivery.listener, delivery.body)
            return [form, act] if name == "resolve" and self._cell.use.method == "views.open" else [act]
        return {
            "form": [form],
            "stale": [_Act(actions.answer, pressing(team, LENA, channel, ids.ANSWER, late))],
            "stranger": [_Act(actions.answer, pressing(team, RAVI, channel, ids.ANSWER, late))],
            "channel again": [
                _Act(actions.try_channel_again, pressing(team, LENA, ops, ids.RETRY_CHANNEL, ids.value(incident)))
            ],
            "export": [_Act(commands.command, typing(team, LENA, channel, "export"))],
        }[name]

    async def _until_a_reminder(self) -> None:
        async with self._life.store.read() as unit:
            before = (await unit.incidents.get((await self._life.numbers())[1])).reminders
        for _ in range(10):
            moment = await self._life.next_at()
            if moment is not None:
                await self._life.jump(max(0.01, (moment - self._life.clock.now()).total_seconds() + 0.01))
            await self._worker.drain()
            async with self._life.store.read() as unit:
                if (await unit.incidents.get((await self._life.numbers())[1])).reminders > before:
                    return
        self._found.append("nothing reminds")

    async def _another_channel_goes_on(self) -> None:
        there = self._slack.channel(_OTHER).id
        before = len(self._slack.messages(there))
        payload: dict[str, str | int] = {"channel": there, "user": there, "text": "meanwhile"}
        async with self._life.store.begin() as unit:
            await unit.wish(Effect(kind="slack.tell", lane="tell:other", payload=payload))
        await self._rest(_SOON)
        if len(self._slack.messages(there)) != before + 1:
            self._found.append("another channel is held up")

    def _told_once(self) -> None:
        """Let the refusal be told once and soon; a private word that found no way is told to nobody else."""
        if self._cell.use.flow == "stranger" or self._cell.trouble.everywhere:
            return
        struck = next(call for call in self._calls() if not call.ok)
        told = self._words(LENA, "Slack refuses")
        if len(told) != 1 or self._cell.trouble.code not in self._slack.read(told[0]):
            self._found.append(f"told {len(told)} times: {[self._slack.read(one) for one in told]}")
        elif float(told[0].ts) - struck.at.timestamp() > _TOLD_WITHIN_S:
            self._found.append("told too late")

    def _told_privately(self) -> None:
        told = self._words(RAVI if self._cell.use.flow == "stranger" else LENA, "lena")
        # For these there is no look-up, and a press that changed nothing is answered as often as it comes.
        may_repeat = self._cell.surplus or self._cell.fate is Fate.UNCLEAR or self._cell.trouble.again_s
        often = len(told) > 1 and not may_repeat
        if not told or often:
            self._found.append(f"told {len(told)} times: {[self._slack.read(one) for one in told]}")

    def _words(self, user: str, text: str) -> list[Message]:
        said = [*self._slack.direct(user), *self._slack.ephemerals(user)]
        at = self._journal()[self._began].at.timestamp()
        return [message for message in said if float(message.ts) >= at and text in self._slack.read(message)]

    def _calls(self) -> list[Call]:
        calls = [call for call in self._journal()[self._began :] if re.fullmatch(self._cell.use.pattern, call.method)]
        where = self._hit_by.channel
        return [call for call in calls if where is None or where in self._called(call)]

    def _called(self, call: Call) -> tuple[str, ...]:
        named = str(call.arguments.get("channel") or call.arguments.get("channel_id") or "")
        channel = self._slack.state.channels.get(named)
        return (named,) if channel is None else (named, channel.name)

    async def _dead(self) -> list[str]:
        async with self._life.store.read() as unit:
            return [f"{job.kind}: {job.error}" for job in await unit.jobs.listed(dead=True)]

    async def _nothing_dead(self) -> None:
        self._found += [f"given up: {job}" for job in await self._dead()]

    async def _rest(self, seconds: float | None = None) -> None:
        until = None if seconds is None else self._life.clock.now() + timedelta(seconds=seconds)
        await self._life.rest(self._worker, until)
        if until is not None and (left := (until - self._life.clock.now()).total_seconds()) > 0:
            await self._life.jump(left)
            await self._worker.drain()

    def _wanted(self) -> Wanted:
        cells = self._cells.values()
        skipped = {cell.use.method for cell in cells if cell.fate is Fate.SKIPPED}
        surplus = {cell.surplus for cell in cells} - {""}
        return Wanted(
            exports=2 if "export" in self._cells else 1,
            failures=sum(cell.fate is Fate.RECORDED for cell in cells),
            surplus=frozenset(RAVI if kind == "private" else kind for kind in surplus),
            besides=_OTHER,
            in_order=not any(cell.fate is Fate.REFUSED for cell in cells),
            pinned="pins.add" not in skipped,
            invited="conversations.invite" not in skipped,
        )


def too_soon(passages: Iterable[Passage], wait_s: float) -> list[str]:
    """Return which requests left before the moment that Slack had named."""
    found: list[str] = []
    closed: dict[tuple[str, str], float] = {}
    for passage in passages:
        bucket = (passage.method, passage.channel)
        if passage.asks_to_wait:
            closed[bucket] = passage.at + wait_s
        elif passage.at < closed.get(bucket, 0.0):
            found.append(f"{bucket} went {closed[bucket] - passage.at:.1f} s too soon")
    return found


def passages_of(calls: Iterable[Call]) -> Iterator[Passage]:
    """Yield what passed where one call follows another."""
    for call in calls:
        channel = str(call.arguments.get("channel", ""))
        yield Passage(call.method, channel, call.at.timestamp())
        if call.status == 429:
            yield Passage(call.method, channel, call.at.timestamp(), asks_to_wait=True)


async def tell(cells: Iterable[Cell], database_url: str) -> list[str]:
    """Play a story with these troubles in a world of its own and return what was wrong."""
    connector = aiohttp.TCPConnector(resolver=_NoNames())
    async with (
        Place() as place,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10), connector=connector) as session,
    ):
        place.slack.add_channel(_OTHER, [RAVI])
        life = _Life(orders(place.slack, database_url, clock_url=place.clock_url), session, place.clock)
        client = _Detoured(place.slack.bot_token, base_url=place.slack.api_url, session=session, retry_handlers=[])
        life.client = client
        client.now = place.clock.now
        try:
            return await Story(cells, place, life, client).play()
        finally:
            await life.database.close()
