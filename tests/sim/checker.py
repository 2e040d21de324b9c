"""What must hold when everything has come to rest, however often the bot was killed on the way."""

from collections import Counter
from pathlib import Path

from sqlalchemy import text

from bot.clock import SystemClock
from bot.incidents.model import Status, fold
from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.sim.place import Place
from tests.sim.script import STORY, messages


async def problems(place: Place, database_url: str, diary: Path) -> list[str]:
    """Return what was lost, doubled or wrong; nothing when the history is as it must be."""
    database = Database(database_url)
    try:
        found = [*await _in_the_database(database), *_in_the_diary(diary)]
        return found or await _in_slack(place, database)
    finally:
        await database.close()


async def _in_the_database(database: Database) -> list[str]:
    found: list[str] = []
    async with Store(database, SystemClock(), lambda data: data).read() as unit:
        incidents = await unit.incidents.all()
        if len(incidents) != 1:
            return [f"incidents: {[incident.id for incident in incidents]}"]
        incident, story = incidents[0], await unit.incidents.story(incidents[0].id)
        kinds = [item.event.kind for item in story if item.event.kind != "reminded"]
        if sorted(STORY) != sorted(kinds):
            found.append(f"events: {kinds}")
        if list(range(1, len(story) + 1)) != [item.seq for item in story]:
            found.append("the sequence has a gap or a double")
        if incident != fold(incident.id, [item.event for item in story]):
            found.append("the state is not the fold of the events")
        if Status.RESOLVED != incident.status or incident.version != len(story):
            found.append(f"{incident.status}, version {incident.version} of {len(story)}")
        if (0, 0) != await unit.jobs.counts():
            found.append(f"jobs left: {[*await unit.jobs.listed(dead=False), *await unit.jobs.listed(dead=True)]}")
    if database.is_sqlite:
        async with database.connection(write=False) as connection:
            if "ok" != (await connection.execute(text("PRAGMA integrity_check"))).scalar_one():
                found.append("the file is damaged")
    return found


async def _in_slack(place: Place, database: Database) -> list[str]:
    found: list[str] = []
    slack = place.slack
    channels = [channel for channel in slack.state.channels.values() if channel.name.startswith("inc-")]
    if len(channels) != 1:
        return [f"channels: {[channel.name for channel in channels]}"]
    seen = [*slack.messages("#ops"), *slack.messages(channels[0].name)]
    ours = [message for message in seen if message.metadata is not None]
    keys = Counter(str(message.metadata) for message in ours)
    found += [f"{count} copies of {key}" for key, count in keys.items() if count > 1]
    async with Store(database, SystemClock(), lambda data: data).read() as unit:
        (incident,) = await unit.incidents.all()
        wanted = messages(await unit.triages.newest() or 0, incident.id, incident.reminders)
        posted = {name: await unit.deliveries.posted(name) for name in wanted}
    stands = {message.ts for message in ours}
    found += [f"{name} does not stand" for name, place_ in posted.items() if place_ is None or place_.ts not in stands]
    if len(ours) != len(wanted):
        found.append(f"{len(ours)} messages, wanted {len(wanted)}")
    files = [file.name for message in seen for file in message.files]
    if len(files) != 1:
        found.append(f"files: {files}")
    card = posted[f"incident:{incident.id}:card"]
    if card is not None and channels[0].pins != [card.ts]:
        found.append(f"pins: {channels[0].pins}")
    if f"INC-{incident.id} P2 resolved" not in channels[0].topic:
        found.append(f"topic: {channels[0].topic}")
    return found


def _in_the_diary(diary: Path) -> list[str]:
    lines = diary.read_text("utf-8").splitlines()
    return [] if any('"ok": "resolve"' in line for line in lines) else ["the last delivery was never acknowledged"]
