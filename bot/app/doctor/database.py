"""Checks of the database: does it answer, has it this version's schema, and what was given up in it."""

from collections import Counter
from typing import Final

from bot.app.doctor.case import Case, Check
from bot.app.doctor.finding import Findings, note, ok, problem
from bot.app.doctor.records import NoRecords
from bot.errors import BotError


async def database(case: Case) -> Findings:
    """Tell why the database cannot be used."""
    try:
        found = await case.records.database()
    except NoRecords as error:
        if error.is_new:
            return [note(f"{error.error.user_message} `serve` makes it", "DATABASE_URL, if it is another one")]
        return [problem(error.error.user_message, f"DATABASE_URL: {error.error.hint}")]
    return [ok("SQLite answers" if found.is_sqlite else "PostgreSQL answers")]


async def schema(case: Case) -> Findings:
    """Tell a schema of another version."""
    try:
        await case.records.require_schema()
    except BotError as error:
        return [problem(error.user_message, error.hint)]
    return [ok("the schema is this version's")]


async def dead_letters(case: Case) -> Findings:
    """Count the work that was given up, by kind."""
    store = await case.records.store()
    async with store.read() as unit:
        dead = await unit.jobs.listed(dead=True)
    if not dead:
        return [ok("no work was given up")]
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(job.kind for job in dead).items()))
    what = f"work was given up after too many attempts: {kinds}"
    return [problem(what, "`anth-triage db jobs` tells why; then `anth-triage db jobs --retry all`")]


CHECKS: Final = (
    Check(
        "database",
        "the database cannot be reached or is locked, refuses the user or the password, has no driver installed",
        "`DATABASE_URL`, or the extra to install",
        database,
    ),
    Check("schema", "a schema that is behind, ahead or not there", "`anth-triage db upgrade`, or the version", schema),
    Check("dead_letters", "work that was given up", "`anth-triage db jobs --retry all`", dead_letters),
)
