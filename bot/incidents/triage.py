"""A triage run as a value: who asked, how far each check is, and the verdict."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.incidents.events import Actor
from bot.rules.evidence import Evidence, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """One run: `evidence` grows check by check; until `finished_at` is there, a `verdict` is only what shows so far.

    One that was `given_up` has no verdict and never will. A `private` one was asked for where not everybody may look:
    nobody hears of it elsewhere.
    """

    id: int
    team_id: str
    channel_id: str
    requested_by: Actor
    requested_at: datetime
    evidence: dict[str, Evidence] = field(default_factory=dict)
    verdict: Verdict | None = None
    finished_at: datetime | None = None
    duration_ms: int | None = None
    incident_id: int | None = None
    given_up: bool = False
    private: bool = False
