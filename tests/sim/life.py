"""One life of the bot: put together as `serve` does, without sockets, fed with deliveries, killed at a given step."""

import asyncio
import json
import os
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import aiohttp
import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from sqlalchemy import func, select

from bot.app.measure import rulebook
from bot.clock import Clock, SteeredClock
from bot.rules.asking import OnEvidence
from bot.rules.evidence import Evidence
from bot.rules.redact import Redactor
from bot.rules.response import Response
from bot.settings import load
from bot.slack.calls import Slack
from bot.slack.capture import Capture
from bot.slack.channels import ChannelMaker
from bot.slack.client import OutgoingClient
from bot.slack.deliver import Deliverer
from bot.slack.drawing import Drawing
from bot.slack.furnishing import Furnishing, Furniture
from bot.slack.guard import Desk, guard
from bot.slack.outside import Outside
from bot.slack.people import People
from bot.slack.sharing import Sharing, Wanted
from bot.slack.whisper import Whisper
from bot.store.database import Database
from bot.store.tables import triage
from bot.store.unit_of_work import Store
from bot.workflows.context import Context
from bot.workflows.dead_letter import tell_somebody
from bot.workflows.timers import Timers
from bot.workflows.triage import RUN, triage_runner
from bot.workflows.worker import GRACE_S, Crew, Worker
from tests.factories import some_evidence
from tests.sim.script import NAMES, script

_SETTINGS = load({"ANTHROPIC_API_KEY": "k"})
_BOOK = rulebook(_SETTINGS)  # read once, before the fork
_MODEL = _SETTINGS.models[0]
_SOON = timedelta(minutes=1)  # what is later than this is a timer of the incident
_ROUNDS = 2_000  # a life that has not come to rest by then never will


@dataclass(frozen=True)
class Orders:
    """What a life is told: where Slack and the database are, when to die, and where its diary lies.

    `kill_at` is the step of the event loop (0: never); `repeat` delivers once more what was acknowledged before.
    """

    slack_url: str
    clock_url: str
    token: str
    team: str
    bot_user: str
    ops: str
    database_url: str
    diary: str
    seed: int
    offset_s: float
    kill_at: int
    repeat: bool


def live(orders: Orders) -> None:
    """Live until killed, or until everything is done; write the number of steps that this took into the diary."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # here: others import this module too
    steps = _count_steps(orders.kill_at)
    asyncio.run(_live(orders))
    _note(orders, {"steps": steps()})


def _count_steps(kill_at: int) -> Callable[[], int]:
    handle: Any = asyncio.events.Handle
    run, count = handle._run, 0

    def counted(self: object) -> None:
        nonlocal count
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        run(self)

    handle._run = counted
    return lambda: count


def _note(orders: Orders, entry: dict[str, Any]) -> None:
    with open(orders.diary, "a", encoding="utf-8") as diary:  # noqa: PTH123 - one write, one line
        diary.write(json.dumps(entry) + "\n")


def _acknowledged(orders: Orders) -> set[str]:
    with open(orders.diary, encoding="utf-8") as diary:  # noqa: PTH123 - the same file
        return {entry["ok"] for line in diary if "ok" in (entry := json.loads(line))}


class Life:
    """The parts of the bot, and the world's clock."""

    def __init__(self, orders: Orders, session: aiohttp.ClientSession, clock: Clock) -> None:
        self.orders = orders
        self.clock = clock
        self.session = session
        self.database = Database(orders.database_url)
        self.redactor = redactor = Redactor()
        self.store = Store(self.database, self.clock, redactor.deep)
        self.client = OutgoingClient(orders.token, base_url=orders.slack_url, session=session, retry_handlers=[])
        self.redact_data = redactor.deep

    def parts(self) -> tuple[Desk, Worker]:
        """Return the desk at which deliveries arrive, and the worker."""
        self.client.watch(self.store)
        context = Context(store=self.store, clock=self.clock, tree=_BOOK.tree, rules=_BOOK.rules)
        slack = Slack(self.client, self.redact_data, self.clock)
        people = People(self.client, self.clock, "T1")
        in_slack = (
            Deliverer(context, slack, Drawing(context, ("messages",)), Outside(slack, "")),
            ChannelMaker(context, self.client, self.orders.bot_user),
            Furnishing(context, slack, Furniture(bookmarks=False)),
            Sharing(context, slack, Wanted()),
            Capture(context, slack, people, "pushpin", self.orders.bot_user),
        )
        crews = (
            Crew("slack", {kind: handler for part in in_slack for kind, handler in part.handlers().items()}, slots=8),
            Crew("triage", {RUN: triage_runner(context, _overloaded, _BOOK.judge, "production")}, slots=1),
        )
        desk = Desk(
            context=context,
            open_view=self.client.views_open,
            whisper=Whisper(self.client),
            team_id=self.orders.team,
            redact_data=self.redact_data,
            has_secret=self.redactor.has_secret,
        )
        timers = Timers(Response(), self.orders.team)
        jitter = random.Random(self.orders.seed).random  # noqa: S311 - a replayable run
        return desk, Worker(
            self.store, self.clock, crews, jitter=jitter, on_dead=tell_somebody, within=timers.handlers()
        )

    async def rest(self, worker: Worker, until: datetime | None = None) -> None:
        """Do everything that there is to do, moving the world's clock on to whatever comes next.

        What is due after `until` stays; without one, what is a minute away.
        """
        for _ in range(_ROUNDS):
            moment, now = await self.next_at(), self.clock.now()
            if moment is None or moment > (until or now + _SOON):
                return
            if moment > now:
                await self.jump((moment - now).total_seconds() + 0.01)
            await worker.step()
        raise AssertionError("it never comes to rest")

    async def numbers(self) -> tuple[int, int]:
        """Return the numbers of the first triage and incident, 1 where there is none yet; later runs are rechecks."""
        async with self.store.read() as unit:
            every = await unit.incidents.all()
        async with self.database.engine.connect() as connection:
            first = (await connection.execute(select(func.min(triage.c.id)))).scalar_one()
        return first or 1, every[-1].id if every else 1

    async def next_at(self) -> datetime | None:
        """Return when the next job is due."""
        async with self.store.read() as unit:
            return await unit.jobs.next_at()

    async def jump(self, seconds: float) -> None:
        """Move the world's clock on."""
        async with self.session.get(f"{self.orders.clock_url}/jump?by={max(seconds, 0.01)}") as answer:
            offset = float(await answer.text())
        assert isinstance(self.clock, SteeredClock)
        self.clock.move_to(timedelta(seconds=offset))


async def _overloaded(on_evidence: OnEvidence) -> tuple[Evidence, ...]:
    status_page, messages, rate_limits = some_evidence()
    (sample,) = messages.samples
    messages = replace(messages, samples=(replace(sample, model=_MODEL),) * 5)  # the first answer is what it speaks for
    await on_evidence(messages)
    return status_page, messages, rate_limits


async def _live(orders: Orders) -> None:
    clock = SteeredClock()
    clock.move_to(timedelta(seconds=orders.offset_s))
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        life = Life(orders, session, clock)
        desk, worker = life.parts()
        if life.database.is_sqlite:  # as `serve` does at its start
            async with life.store.begin() as unit:
                await unit.jobs.shorten_leases(unit.after(GRACE_S))
        await life.rest(worker)
        await _play(orders, desk, life, worker)
        await life.rest(worker)
        await life.database.close()


async def _play(orders: Orders, desk: Desk, life: Life, worker: Worker) -> None:
    """Deliver what was not acknowledged yet; some of it was carried out all the same, and some is delivered twice."""
    done, dice = _acknowledged(orders), random.Random(orders.seed)  # noqa: S311 - a replayable run
    for place, name in enumerate(NAMES):
        again = orders.repeat and dice.random() < 0.5
        if name in done and not again:
            continue
        delivery = script(orders.team, "U0LEAD0001", orders.ops, *await life.numbers())[place]
        # A person whose press got no answer presses again, which is another press; Slack's retry is the same one.
        mark = delivery.name if delivery.name == "triage" or dice.random() < 0.5 else f"{delivery.name} again"
        _note(orders, {"invoke": delivery.name})
        acks: list[object] = []

        async def ack(acks: list[object] = acks, **reply: object) -> None:
            acks.append(reply)

        heard = cast("Callable[[AsyncAck, dict[str, Any]], Awaitable[None]]", guard(delivery.listener, desk, None))
        await heard(cast("AsyncAck", ack), delivery.body(mark))
        assert acks, "every delivery is acknowledged"
        _note(orders, {"ok": delivery.name})
        await life.rest(worker)  # nobody presses what does not stand there yet
