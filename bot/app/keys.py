"""The one part that holds the Admin key: inside `serve`, or as `anth-triage keys` in a process that knows no Slack."""

import asyncio
import random

import structlog

from bot import __version__, telemetry
from bot.app.measure import recovery_of, response_of
from bot.app.stopping import first_of, on_signal
from bot.clock import Clock, SystemClock
from bot.errors import BadSettings
from bot.integrations.admin_api import AdminApi
from bot.rules.redact import Redactor
from bot.settings import Settings
from bot.store.database import Database
from bot.store.schema import require_current, require_file
from bot.store.unit_of_work import Reactions, Store
from bot.workflows.admin_keys import KeyKeeper
from bot.workflows.dead_letter import tell_somebody
from bot.workflows.worker import Crew, Worker

log = structlog.get_logger()


def key_crew(settings: Settings, store: Store, clock: Clock) -> tuple[Crew, ...]:
    """Return the crew for the jobs that need the Admin key; none where that key is not."""
    admin_key = settings.anthropic_admin_key
    if admin_key is None:
        return ()
    api = AdminApi(
        settings.anthropic_base_url,
        admin_key.get_secret_value(),
        clock,
        user_agent=f"anth-triage/{__version__}",
        anthropic_version=settings.probe.anthropic_version,
    )
    return (Crew("keys", KeyKeeper(store, api).handlers(), slots=1),)


async def serve_keys(settings: Settings) -> None:
    """Do the jobs for keys until SIGTERM or SIGINT; raises BadSettings or Unavailable when it cannot start."""
    stop = on_signal()
    telemetry.configure(Redactor(settings.secrets()))
    await run_keys(settings, stop)


async def run_keys(settings: Settings, stop: asyncio.Event, clock: Clock | None = None) -> None:
    """Do the jobs for keys until `stop` is set; raises as `serve_keys` does."""
    clock = clock or SystemClock()
    if settings.anthropic_admin_key is None:
        raise BadSettings("ANTHROPIC_ADMIN_KEY is not set.", "This process exists to hold it and nothing else.")
    if settings.slack_bot_token or settings.slack_app_token:
        raise BadSettings("A Slack token is set.", "Leave it to `serve`: what talks to Slack need not hold this key.")
    database = Database(settings.database_url)
    require_file(database)
    try:
        await database.ping()
        await require_current(database)
        rules = Reactions(response=response_of(settings), recovery=recovery_of(settings))
        store = Store(database, clock, Redactor(settings.secrets()).deep, rules)
        worker = Worker(store, clock, key_crew(settings, store, clock), jitter=random.random, on_dead=tell_somebody)
        working = asyncio.create_task(worker.run())
        log.info("ready", part="keys")
        await first_of(stop, working)
        worker.stop()
        await working
    finally:
        await database.close()
