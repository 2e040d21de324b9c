"""Correcting and erasing what people wrote on a timeline."""

from bot.incidents.events import Actor, Captured, EvidenceReported
from bot.incidents.model import Incident
from bot.incidents.words import ERASED, amended, erasure, to_erase
from bot.store.unit_of_work import Store


async def amend(
    store: Store, incident_id: int, *, seq: int, part: str, text: str, reason: str, actor: Actor
) -> Incident:
    """Correct one field of an entry by a later entry and return the state after it.

    Raises UnknownIncident, and BadInput as `words.amended` does.
    """
    async with store.begin() as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        story = await unit.incidents.story(incident_id)
        event = amended(story, seq=seq, part=part, text=text, reason=reason, actor=actor, now=unit.now)
        return await unit.record(incident, event)


async def erase(store: Store, incident_id: int, *, seq: int, reason: str, actor: Actor) -> Incident:
    """Erase what people wrote in an entry, and in its corrections, for good; return the state after it.

    The report that an entry was made of loses its words too. Raises UnknownIncident, and BadInput as `words.to_erase`.
    """
    async with store.begin() as unit:
        incident = await unit.incidents.get(incident_id, lock=True)
        story = await unit.incidents.story(incident_id)
        event = erasure(seq=seq, reason=reason, actor=actor, now=unit.now)
        for place, masked in to_erase(story, seq).items():
            why = event.reason
            await unit.tombstones.erase(incident_id, place, masked, actor=actor, reason=why, now=unit.now)
        first = story[seq - 1].event
        if isinstance(first, EvidenceReported):
            await unit.reports.erase(first.happened_at, ERASED)
        if isinstance(first, Captured):
            await unit.messages.delete(first.channel_id, [first.ts])
        incident = await unit.record(incident, event)
    await store.database.scrub()
    return incident
