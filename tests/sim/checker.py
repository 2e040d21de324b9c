"""What must hold when everything has come to rest, however often the bot was killed on the way."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bot.clock import SystemClock
from bot.incidents.events import BOT
from bot.incidents.model import Status, fold
from bot.incidents.timers import RECHECK
from bot.store.database import Database
from bot.store.deliveries import Posted
from bot.store.unit_of_work import Store
from tests.sim.place import Place
from tests.sim.script import STORY, messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What else the history may hold: more exports, failures of the channel, more triages.

    `surplus` says what may stand twice: `messages` (nothing could be looked up or edited), `files`, or the direct
    messages of the person whose id it holds. In the channel `besides` the incident says nothing. What was given up and
    tried again is not `in_order`; `pinned` and `invited` say whether that was done.
    """

    exports: int = 1
    failures: int = 0
    surplus: frozenset[str] = frozenset()
    besides: str = ""
    in_order: bool = True
    pinned: bool = True
    invited: bool = True


_THE_STORY = Wanted()
_BESIDE = {"reminded", "relapsed"}  # what time brings, however often the bot was killed


async def problems(place: Place, database_url: str, diary: Path) -> list[str]:
    """Return what was lost, doubled or wrong in a story of the script; nothing when it is as it must be."""
    database = Database(database_url)
    try:
        return _in_the_diary(diary) or await problems_in(place, database, _THE_STORY)
    finally:
        await database.close()


async def problems_in(place: Place, database: Database, wanted: Wanted) -> list[str]:
    """Return what was lost, doubled or wrong in this database and in Slack."""
    return await _in_the_database(database, wanted) or await _in_slack(place, database, wanted)


async def _in_the_database(database: Database, wanted: Wanted) -> list[str]:
    found: list[str] = []
    async with Store(database, SystemClock(), lambda data: data).read() as unit:
        incidents = await unit.incidents.all()
        if len(incidents) != 1:
            return [f"incidents: {[incident.id for incident in incidents]}"]
        incident, story = incidents[0], await unit.incidents.story(incidents[0].id)
        # Reminders and rechecks come with time, of which a run with many deaths takes more.
        rechecks = [item for item in story if item.event.kind == "measured"][1:]
        kinds = [item.event.kind for item in story if item.event.kind not in _BESIDE and item not in rechecks]
        more = ["postmortem_exported"] * (wanted.exports - 1) + ["channel_failed"] * wanted.failures
        if sorted([*STORY, *more]) != sorted(kinds):
            found.append(f"events: {kinds}")
        if list(range(1, len(story) + 1)) != [item.seq for item in story]:
            found.append("the sequence has a gap or a double")
        if incident != fold(incident.id, [item.event for item in story]):
            found.append("the state is not the fold of the events")
        if Status.RESOLVED != incident.status or incident.version != len(story):
            found.append(f"{incident.status}, version {incident.version} of {len(story)}")
        jobs = [*await unit.jobs.listed(dead=False), *await unit.jobs.listed(dead=True)]
        if left := [
            job for job in jobs if job.dead or job.kind != RECHECK
        ]:  # for an hour it looks whether it stays well
            found.append(f"jobs left: {left}")
    if database.is_sqlite:
        async with database.connection(write=False) as connection:
            if "ok" != (await connection.execute(text("PRAGMA integrity_check"))).scalar_one():
                found.append("the file is damaged")
    return found


async def _in_slack(place: Place, database: Database, wanted: Wanted) -> list[str]:
    channels = [channel for channel in place.slack.state.channels.values() if channel.name.startswith("inc-")]
    if len(channels) != 1:
        return [f"channels: {[channel.name for channel in channels]}"]
    async with Store(database, SystemClock(), lambda data: data).read() as unit:
        (incident,) = await unit.incidents.all()
        names = messages(await _triages(database), incident.id, incident.reminders, incident.news)
        posted = {name: await unit.deliveries.posted(name) for name in names}
    found = _of_messages(place, posted, wanted)
    files = [file.name for channel in place.slack.state.channels.values() for file in channel.files]
    if len(files) < wanted.exports or (len(files) > wanted.exports and not wanted.surplus & {"files", "messages"}):
        found.append(f"files: {files}")
    card = posted[f"incident:{incident.id}:card"]
    if wanted.pinned and "messages" not in wanted.surplus and card is not None and channels[0].pins != [card.ts]:
        found.append(f"pins: {channels[0].pins}")
    if wanted.invited and incident.lead.id not in channels[0].members:
        found.append("the lead is not in the channel")
    if f"INC-{incident.id} P2 resolved" not in channels[0].topic:
        found.append(f"topic: {channels[0].topic}")
    return found


async def _triages(database: Database) -> list[int]:
    """Return the runs that people asked for: what was measured for an incident stands in its card and question."""
    asked = text("SELECT id FROM triage WHERE CAST(requested_by AS text) NOT LIKE :by_bot")
    async with database.connection(write=False) as connection:
        return list((await connection.execute(asked, {"by_bot": f'%"{BOT.id}"%'})).scalars())


def _of_messages(place: Place, posted: dict[str, Posted | None], wanted: Wanted) -> list[str]:
    """Return what is wrong with the messages: each must stand once, and those of a channel in order."""
    found: list[str] = []
    channels = [one for one in place.slack.state.channels.values() if one.name != wanted.besides]
    ours = [message for channel in channels for message in channel.messages if message.metadata is not None]
    stands = {(message.channel, message.ts) for message in ours}
    found += [f"{name} does not stand" for name, at in posted.items() if at is None or _at(at) not in stands]
    if "messages" in wanted.surplus or found:
        return found
    told = {channel.id for channel in channels if channel.kind == "im"}  # there stand words to one person, too
    unread = {channel.id for channel in channels if channel.kind == "im" and wanted.surplus & set(channel.members)}
    keys = Counter(str(message.metadata) for message in ours if message.channel not in unread)
    found += [f"{count} copies of {key}" for key, count in keys.items() if count > 1]
    shown = {_at(at) for at in posted.values() if at is not None}
    found += [f"a message that nobody wanted: {at}" for at in sorted(stands - shown) if at[0] not in told]
    if wanted.in_order:
        found += _out_of_order(
            [(name, at) for name, at in posted.items() if at is not None and at.channel_id not in told]
        )
    return found


def _out_of_order(posted: list[tuple[str, Posted]]) -> list[str]:
    """Return which of an incident's messages stand above an earlier one: the card first, then question by question."""
    steps = [at.ts for name, at in posted if name.endswith(":card") or ":step:" in name]
    rung = [at.ts for name, at in posted if ":reminder:" in name]
    return [f"out of order: {found}" for found in (steps, rung) if found != sorted(found)]


def _at(posted: Posted) -> tuple[str, str]:
    return posted.channel_id, posted.ts


def _in_the_diary(diary: Path) -> list[str]:
    lines = diary.read_text("utf-8").splitlines()
    return [] if any('"ok": "resolve"' in line for line in lines) else ["the last delivery was never acknowledged"]
