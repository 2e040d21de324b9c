"""What a person should know before they declare an incident."""

from dataclasses import dataclass

from bot.incidents.model import Incident
from bot.incidents.triage import Triage


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """The newest incident's number, the open ones of which the person may know, and a run with a fresh verdict."""

    seen: int
    others: tuple[Incident, ...]
    triage: Triage | None
