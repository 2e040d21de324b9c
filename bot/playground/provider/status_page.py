"""The status page's JSON, built from what a scenario says, in the shape of the real page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.playground.provider.story import Component, Impact, Page, PageIncident, PageUpdate

PAGE_ID = "tymt9n04zgry"
PAGE_URL = "https://status.claude.com"
_COMPONENTS: Mapping[Component, tuple[str, str]] = {
    "claude_ai": ("rwppv331jlwc", "claude.ai"),
    "console": ("0qbwn08sd68x", "Claude Console (platform.claude.com)"),
    "api": ("k8w3r06qmzrp", "Claude API (api.anthropic.com)"),
    "code": ("yyzkbfz2thpt", "Claude Code"),
    "cowork": ("bpp5gb3hpjcl", "Claude Cowork"),
    "government": ("0scnb50nvy53", "Claude for Government"),
}
_IMPACT_OF_STATE: Mapping[str, Impact] = {
    "operational": "none",
    "under_maintenance": "maintenance",
    "degraded_performance": "minor",
    "partial_outage": "major",
    "major_outage": "critical",
}
_BY_WEIGHT: tuple[Impact, ...] = ("none", "maintenance", "minor", "major", "critical")
_DESCRIPTIONS: Mapping[Impact, str] = {
    "none": "All Systems Operational",
    "maintenance": "Service Under Maintenance",
    "minor": "Minor Service Outage",
    "major": "Partial System Outage",
    "critical": "Major Service Outage",
}

Payload = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class PageNow:
    """The page `now`, in a scenario that began at `origin`."""

    page: Page
    origin: datetime
    now: datetime

    def payload(self, path: str) -> Payload | None:
        """Return the document under `/api/v2/`, by its path without `.json`; None if there is none."""
        build = _DOCUMENTS.get(path)
        return None if build is None else {"page": self._about(), **build(self)}

    def status(self) -> Payload:
        """Return indicator and description, by the scenario or by the worst that is open."""
        found = [_IMPACT_OF_STATE[state] for state in self.page.components.values()]
        found += [incident.impact for incident in self._shown() if self._status_of(incident) != "resolved"]
        worst: Impact = max(found, key=_BY_WEIGHT.index, default="none")
        worst = worst if self.page.indicator is None else self.page.indicator
        return {"indicator": worst, "description": _DESCRIPTIONS[worst]}

    def components(self) -> list[Payload]:
        """Return all components with their states."""
        return [self._component(name) for name in _COMPONENTS]

    def incidents(self, *, maintenance: bool = False, open_only: bool = False) -> list[Payload]:
        """Return the incidents that have begun, newest first; maintenances are listed apart from them."""
        shown = [incident for incident in self._shown() if (incident.impact == "maintenance") == maintenance]
        if open_only:
            shown = [incident for incident in shown if self._status_of(incident) not in {"resolved", "postmortem"}]
        return [self._incident(incident) for incident in reversed(shown)]

    def _about(self) -> Payload:
        changes = [update.at_s for incident in self._shown() for update in self._updates(incident)]
        changed = self._at(max(changes)) if changes else self._at(-86_400)
        return {"id": PAGE_ID, "name": "Claude", "url": PAGE_URL, "time_zone": "Etc/UTC", "updated_at": changed}

    def _shown(self) -> list[PageIncident]:
        return [incident for incident in self.page.incidents if self._updates(incident)]

    def _updates(self, incident: PageIncident) -> Sequence[PageUpdate]:
        elapsed = (self.now - self.origin).total_seconds()
        return [update for update in incident.updates if update.at_s <= elapsed]

    def _status_of(self, incident: PageIncident) -> str:
        return self._updates(incident)[-1].status

    def _component(self, name: Component) -> Payload:
        id_, title = _COMPONENTS[name]
        return {
            "id": id_,
            "name": title,
            "status": self.page.components.get(name, "operational"),
            "created_at": "2025-01-01T00:00:00.000Z",
            "updated_at": self._at(0),
            "position": list(_COMPONENTS).index(name) + 1,
            "description": None,
            "showcase": True,
            "start_date": "2025-01-01",
            "group_id": None,
            "page_id": PAGE_ID,
            "group": False,
            "only_show_if_degraded": False,
        }

    def _incident(self, incident: PageIncident) -> Payload:
        updates = self._updates(incident)
        id_ = f"standin{self.page.incidents.index(incident):05d}"
        began, changed = self._at(updates[0].at_s), self._at(updates[-1].at_s)
        since = {update.status: self._at(update.at_s) for update in updates}
        return {
            "id": id_,
            "name": incident.name,
            "status": updates[-1].status,
            "created_at": began,
            "updated_at": changed,
            "monitoring_at": since.get("monitoring"),
            "resolved_at": since.get("resolved"),
            "impact": incident.impact,
            "shortlink": f"{PAGE_URL}/incidents/{id_}",
            "started_at": began,
            "page_id": PAGE_ID,
            "incident_updates": [self._update(incident, id_, update) for update in reversed(updates)],
            "components": [self._component(name) for name in incident.components],
            "reminder_intervals": None,
        }

    def _update(self, incident: PageIncident, incident_id: str, update: PageUpdate) -> Payload:
        at = self._at(update.at_s)
        states = self.page.components
        return {
            "id": f"{incident_id}u{incident.updates.index(update)}",
            "status": update.status,
            "body": update.body,
            "incident_id": incident_id,
            "created_at": at,
            "updated_at": at,
            "display_at": at,
            "affected_components": [
                {"code": id_, "name": title, "old_status": "operational", "new_status": states.get(name, "operational")}
                for name, (id_, title) in _COMPONENTS.items()
                if name in incident.components
            ],
            "deliver_notifications": True,
            "custom_tweet": None,
            "tweet_id": None,
        }

    def _at(self, offset_s: float) -> str:
        moment = self.origin + timedelta(seconds=offset_s)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_DOCUMENTS: Mapping[str, Callable[[PageNow], Payload]] = {
    "status": lambda now: {"status": now.status()},
    "components": lambda now: {"components": now.components()},
    "incidents": lambda now: {"incidents": now.incidents()},
    "incidents/unresolved": lambda now: {"incidents": now.incidents(open_only=True)},
    "scheduled-maintenances": lambda now: {"scheduled_maintenances": now.incidents(maintenance=True)},
    "scheduled-maintenances/upcoming": lambda _: {"scheduled_maintenances": []},
    "scheduled-maintenances/active": lambda now: {
        "scheduled_maintenances": now.incidents(maintenance=True, open_only=True)
    },
    "summary": lambda now: {
        "components": now.components(),
        "incidents": now.incidents(open_only=True),
        "scheduled_maintenances": now.incidents(maintenance=True, open_only=True),
        "status": now.status(),
    },
}
