"""A signed webhook: what happened to which incident, as JSON, for whatever a team runs itself."""

import hashlib
import hmac
from typing import Final

from bot.clock import Clock
from bot.incidents.model import Incident
from bot.integrations.handoff import Letter, json_bytes

_VERSION: Final = "v1"


class Webhook:
    """Writes the letters; whoever receives one can check who sent it, when, and whether it came before.

    `x-anth-triage-signature` is `v1=` and the HMAC-SHA256, in hex, of the time, a dot and the body, under the shared
    secret; `x-anth-triage-timestamp` is that time in seconds (UTC); `x-anth-triage-delivery` is the same for a
    letter that comes twice.
    """

    def __init__(self, url: str, secret: str, clock: Clock) -> None:
        self._url = url
        self._secret = secret.encode()
        self._clock = clock

    def letter(self, incident: Incident, what: str, uuid: str) -> Letter:
        """Return the request for one event; a private incident tells neither title nor impact."""
        body = json_bytes({"event": what, "incident": _shown(incident)})
        stamp = str(int(self._clock.now().timestamp()))
        headers = {
            "content-type": "application/json",
            "x-anth-triage-timestamp": stamp,
            "x-anth-triage-signature": sign(self._secret, stamp, body),
            "x-anth-triage-delivery": uuid,
        }
        return Letter(url=self._url, headers=headers, body=body)


def sign(secret: bytes, stamp: str, body: bytes) -> str:
    """Return the signature of a body that is sent at this time."""
    digest = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"{_VERSION}={digest}"


def _shown(incident: Incident) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": incident.name,
        "status": incident.status,
        "severity": incident.severity,
        "fault": incident.fault,
        "branch": incident.branch,
        "private": incident.private,
        "opened_at": incident.opened_at.isoformat(),
        "acknowledged_at": incident.acknowledged_at.isoformat() if incident.acknowledged_at else None,
        "resolved_at": incident.resolved_at.isoformat() if incident.resolved_at else None,
    }
    if not incident.private:
        update = incident.updates[-1].text if incident.updates else None
        shown |= {"title": incident.title, "impact": incident.impact, "lead": incident.lead.name, "update": update}
    return shown
