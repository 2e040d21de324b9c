"""Puts the bot together and runs it: settings in, a bot that answers out, everything closed again at the end."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from starlette.routing import BaseRoute

from bot import telemetry
from bot.app.doctor.visit import visit
from bot.app.health import Health, measure_queue
from bot.app.keys import key_crew
from bot.app.lock import only_one
from bot.app.measure import (
    Rulebook,
    api_of,
    asking,
    levers_of,
    policy_of,
    procedure_of,
    recovery_of,
    response_of,
    rulebook,
    target_of,
)
from bot.app.services import services_of
from bot.app.steering import follow, refuse_real_services
from bot.app.stopping import first_of, on_signal
from bot.app.waiting import answered
from bot.checks.runner import checks_of
from bot.clock import Clock, SteeredClock, SystemClock
from bot.errors import BadSettings, BotError, Unavailable
from bot.integrations.handoff import Handoff
from bot.rules.redact import Redactor
from bot.settings import Examined, Settings
from bot.slack.bolt import bolt_app
from bot.slack.calls import Slack
from bot.slack.capture import Capture
from bot.slack.catching_up import CatchingUp
from bot.slack.channels import ChannelMaker
from bot.slack.client import OutgoingClient
from bot.slack.deliver import Deliverer
from bot.slack.doctoring import Doctoring
from bot.slack.drawing import Drawing
from bot.slack.forms import redacting
from bot.slack.furnishing import Furnishing, Furniture
from bot.slack.guard import Desk
from bot.slack.http import slack_route
from bot.slack.listeners import register
from bot.slack.outside import Outside
from bot.slack.people import People
from bot.slack.refusals import SHUT_OUT, Refused, code_of, hint_for, translate
from bot.slack.reporting import Reporting
from bot.slack.scopes import granted, lacking
from bot.slack.sharing import Sharing, Wanted
from bot.slack.transport import SocketMode
from bot.slack.whisper import Whisper
from bot.store.database import Database
from bot.store.migrate import upgrade
from bot.store.schema import require_current
from bot.store.unit_of_work import Reactions, Store
from bot.vitals import Vitals
from bot.web import Watch, WebServer, web_app
from bot.workflows import auditor, retention
from bot.workflows.admin_keys import given_up_handlers
from bot.workflows.auditor import Auditor
from bot.workflows.context import Context
from bot.workflows.dead_letter import tell_somebody
from bot.workflows.retention import Retention
from bot.workflows.timers import Timers
from bot.workflows.triage import RUN, triage_runner
from bot.workflows.worker import GRACE_S, LEASE, Crew, Worker

DRAIN_S = 20.0
"""So long a process that was asked to end works on what it has begun; what is not done then the next one does."""
_SLACK_TIMEOUT = aiohttp.ClientTimeout(total=10)  # shorter than a lease; the client's own limit would be 300 s
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `anth-triage serve` is told on its command line."""

    host: str = "127.0.0.1"
    port: int = 8080
    admin_port: int | None = None
    clock_url: str = ""
    migrate: bool = True
    lease_s: float = LEASE.total_seconds()


async def serve(settings: Settings, options: Options) -> None:
    """Run the bot until SIGTERM or SIGINT; raises BadSettings or Unavailable when it cannot start."""
    stop = on_signal()
    telemetry.configure(Redactor(settings.secrets()))
    await run(settings, options, stop)


async def run(settings: Settings, options: Options, stop: asyncio.Event) -> None:
    """Run the bot until `stop` is set; raises as `serve` does."""
    _require_tokens(settings)  # before anything is made on disk or asked of the network
    book = rulebook(settings)  # and so are rules with problems
    redactor = Redactor(settings.secrets())
    clock: Clock = SystemClock()
    if options.clock_url:
        refuse_real_services(settings, options.clock_url)
        clock = SteeredClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(_store(settings, clock, redactor, options, stop))
        if store is None:
            return
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=_SLACK_TIMEOUT))
        bot = await _assemble(settings, options, book, clock, store, redactor, session)
        await bot.run(stop, clock)


@asynccontextmanager
async def _store(
    settings: Settings, clock: Clock, redactor: Redactor, options: Options, stop: asyncio.Event
) -> AsyncIterator[Store | None]:
    """Yield the records; None when the bot was to stop before their database answered."""
    database = Database(settings.database_url)
    try:
        with only_one(database.file) if database.is_sqlite else nullcontext():
            if not await answered(database, options.host, options.port, stop):
                yield None
                return
            await (upgrade(database) if options.migrate else require_current(database))
            targets = services_of(settings, clock).keys()
            rules = Reactions(response=response_of(settings), recovery=recovery_of(settings), targets=targets)
            store = Store(database, clock, redactor.deep, rules)
            async with store.begin() as unit:
                await auditor.schedule(unit)
                await retention.schedule(unit)
                if database.is_sqlite:  # nobody else can hold a lease on this file any more
                    await unit.jobs.shorten_leases(unit.after(GRACE_S))  # its last request may still land
            yield store
    finally:
        await database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The running parts, in the order in which they stop: no new events, no new jobs, no more answers."""

    sockets: SocketMode | None
    worker: Worker
    web: tuple[WebServer, ...]
    whisper: Whisper
    catching_up: CatchingUp
    outside: Outside
    vitals: Vitals
    clock_url: str

    async def run(self, stop: asyncio.Event, clock: Clock) -> None:
        """Run until `stop` is set, then finish what is in flight."""
        try:
            await self._run(stop, clock)
        except* BotError as group:
            raise _first_error(group) from None

    async def _run(self, stop: asyncio.Event, clock: Clock) -> None:
        async with asyncio.TaskGroup() as group:
            watch = self.vitals.watch
            beside = [watch(group.create_task(self.whisper.run(), name="whisper"))]
            watch(group.create_task(self.catching_up.run(), name="catching up"))
            if isinstance(clock, SteeredClock):
                beside.append(watch(group.create_task(follow(clock, self.clock_url), name="clock")))
            working = group.create_task(self.worker.run(), name="worker")
            serving = [group.create_task(one.run(), name=one.name) for one in self.web]
            # In a task: Slack may be away for long, and a stop must not wait for it.
            beside += [group.create_task(self._connect()), group.create_task(self.outside.look())]
            await first_of(stop, working, *serving)
            log.info("stopping")
            self.vitals.is_stopping = True
            if self.sockets is not None:
                await self.sockets.close()
            self.catching_up.stop()
            self.worker.stop()
            await asyncio.wait({working}, timeout=DRAIN_S)
            for one in self.web:
                one.stop()
            for task in (*beside, working):
                task.cancel()

    async def _connect(self) -> None:
        if self.sockets is not None:
            await self.sockets.connect()
        else:
            self.catching_up.connected()
        log.info("ready")


def _first_error(group: BaseExceptionGroup[BotError]) -> BotError:
    """Return the first of the errors that a group of tasks ended with."""
    inner = group.exceptions[0]
    return _first_error(inner) if isinstance(inner, BaseExceptionGroup) else inner


async def _assemble(
    settings: Settings,
    options: Options,
    book: Rulebook,
    clock: Clock,
    store: Store,
    redactor: Redactor,
    session: aiohttp.ClientSession,
) -> Bot:
    token = _needed(settings.slack_bot_token, "SLACK_BOT_TOKEN")
    client = OutgoingClient(token, base_url=settings.slack_api_url, session=session, retry_handlers=[])
    who = await _checked_tokens(client, settings)
    client.watch(store)
    context = Context(
        store=store,
        clock=clock,
        tree=book.tree,
        rules=book.rules,
        policy=policy_of(settings),
        recovery=recovery_of(settings),
        models=settings.models,
        levers=levers_of(settings, book.rules.taxonomy),
        keys=procedure_of(settings),
        api=api_of(settings),
    )
    # A client of its own, without budgets: it speaks when the database is away.
    whisper = Whisper(OutgoingClient(token, base_url=settings.slack_api_url, session=session, retry_handlers=[]))
    secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
    app = bolt_app(client, secret, _authorized(who, token))
    people = People(client, clock, str(who["team_id"]))
    slack = Slack(client, redactor.deep, clock)
    outside = Outside(slack, settings.announce.channel)
    desk = Desk(
        context=context,
        open_view=redacting(client.views_open, redactor.deep),
        whisper=whisper,
        team_id=str(who["team_id"]),
        redact_data=redactor.deep,
        has_secret=redactor.has_secret,
        kinds_of=redactor.kinds,
        scopes=granted(str(who.headers.get("x-oauth-scopes", ""))),
        kind_of=people.kind,
        actor_of=people.actor,
        emoji=settings.capture.emoji,
        announced=outside.announced,
        bot_user_id=str(who["user_id"]),
    )
    register(app, desk)
    catching_up = CatchingUp(store, clock)
    app_token = settings.slack_app_token
    sockets = SocketMode(app, app_token.get_secret_value(), catching_up.connected) if app_token else None
    target = target_of(settings, book.prices)
    drawing = Drawing(context, tuple(check.name for check in checks_of(target)), settings.announce.channel)
    furniture = Furniture(
        bookmarks=settings.channel.bookmarks,
        status_page=settings.status_urls[0],
        responders=settings.channel.invite,
    )
    papers = settings.postmortem
    wanted = Wanted(canvas=papers.canvas, chart=papers.chart, transcript=papers.transcript, template=papers.template)
    in_slack = (
        Deliverer(context, slack, drawing, outside),
        ChannelMaker(context, client, str(who["user_id"])),
        Furnishing(context, slack, furniture),
        Capture(context, slack, people, settings.capture.emoji, desk.bot_user_id),
        Reporting(context),
    )
    ask = asking(target, book.rules, clock)
    crews = (
        Crew("slack", {kind: handler for part in in_slack for kind, handler in part.handlers().items()}, slots=8),
        Crew("doctor", Doctoring(partial(visit, Examined(settings=settings, problems=()), clock)).handlers(), slots=1),
        Crew("papers", Sharing(context, slack, wanted).handlers(), slots=2),
        Crew("triage", {RUN: triage_runner(context, ask, book.judge, book.key)}, slots=2),
        *key_crew(settings, store, clock),
        Crew("handoff", Handoff(store, services_of(settings, clock)).handlers(), slots=2),
    )
    vitals = Vitals()
    without = _told_of_scopes(desk.scopes)
    timers = Timers(response_of(settings), desk.team_id)
    within = {
        **timers.handlers(),
        **Auditor(settings.response.admins).handlers(),
        **Retention(settings.retention.incident_days, settings.retention.report_days).handlers(),
        **given_up_handlers(),
    }
    worker = Worker(
        store,
        clock,
        crews,
        jitter=random.random,
        on_dead=tell_somebody,
        within=within,
        lease=timedelta(seconds=options.lease_s),
        vitals=vitals,
    )
    health = Health(store, clock, sockets, vitals, client)
    watch = Watch(health, lambda: [*without, *outside.lacks()], lambda: measure_queue(store, clock, worker.kinds))
    return Bot(
        sockets=sockets,
        worker=worker,
        web=_listeners(options, watch, () if sockets else [slack_route(app, secret)]),
        whisper=whisper,
        catching_up=catching_up,
        outside=outside,
        vitals=vitals,
        clock_url=options.clock_url,
    )


def _listeners(options: Options, watch: Watch, public: Sequence[BaseRoute]) -> tuple[WebServer, ...]:
    """Return the listeners: the one that is always there, and with an admin port one for this machine alone."""
    servers = [WebServer(web_app(watch, public), options.host, options.port)]
    if options.admin_port is not None:
        servers.append(WebServer(web_app(watch), "127.0.0.1", options.admin_port, name="admin"))
    return tuple(servers)


def _authorized(who: AsyncSlackResponse, token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Return Bolt's authorization from what the start has learned: no call stands before the first answer."""
    result = AuthorizeResult(
        enterprise_id=who.get("enterprise_id"),
        team_id=who.get("team_id"),
        bot_user_id=who.get("user_id"),
        bot_id=who.get("bot_id"),
        bot_token=token,
    )

    async def authorize() -> AuthorizeResult:
        return result

    return authorize


async def _checked_tokens(client: AsyncWebClient, settings: Settings) -> AsyncSlackResponse:
    """Return who the bot token belongs to; a bad token is told at once, for Socket Mode would try it for ever."""
    try:
        who = await client.auth_test()
        if settings.slack_app_token:
            await client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except SlackApiError as error:
        if not isinstance(translate(error), Refused) and code_of(error) not in SHUT_OUT:
            raise Unavailable("Slack is in trouble.", f"It says {code_of(error)}; start again later.") from None
        raise BadSettings(f"Slack refuses a token ({code_of(error)}).", hint_for(error)) from None
    except aiohttp.ClientPayloadError as error:
        raise Unavailable("Slack is in trouble.", f"It answers {error}; start again later.") from None
    except (aiohttp.ClientError, OSError, TimeoutError):
        raise Unavailable("Slack does not answer.", "Check the network and SLACK_API_URL.") from None
    return who


def _told_of_scopes(scopes: frozenset[str]) -> list[str]:
    """Log what the bot cannot do with the scopes that Slack granted it, and return it."""
    lacks = list(lacking(scopes))
    for sentence in lacks:
        log.warning("scope_missing", lacks=sentence)
    return lacks


def _require_tokens(settings: Settings) -> None:
    _needed(settings.slack_bot_token, "SLACK_BOT_TOKEN")
    if not (settings.slack_app_token or settings.slack_signing_secret):
        raise BadSettings("SLACK_APP_TOKEN is not set.", "Set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.")


def _needed(secret: Any, name: str) -> str:  # noqa: ANN401 - SecretStr or None
    if secret is None:
        raise BadSettings(f"{name} is not set.", "The README says how to connect a workspace; `make demo` needs none.")
    return str(secret.get_secret_value())
