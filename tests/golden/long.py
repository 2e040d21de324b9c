"""An incident of 10,000 entries: what the bot measured every minute for a week, and what people said meanwhile."""

from datetime import datetime, timedelta
from typing import Final

from bot.incidents.events import Acknowledged, Captured, Event, Noted, Resolved
from bot.rules.evidence import Severity
from tests.golden.telling import INES, SEUN, SONNET, TOMASZ, Told, clean, failing, on, opened_from, told

EVENTS: Final = 10_000
_START: Final = on("2026-01-05")("00:00:00")
_AROUND: Final = 4  # the opening, the first measurement, the acknowledgement and the end


def ten_thousand_events() -> Told:
    """Tell of an incident that nobody wants to read to its end."""
    seen = failing(_START, Severity.P2, "server_error", 500, {SONNET: (20, 6)})
    end = _START + timedelta(minutes=EVENTS)
    return told(
        106,
        opened_from(seen, _START + timedelta(seconds=30), INES, "A week of errors", "5-share-failing"),
        seen,
        Acknowledged(actor=INES, happened_at=_START + timedelta(seconds=45)),
        *(_minute(_START + timedelta(minutes=turn), turn) for turn in range(1, EVENTS - _AROUND + 1)),
        Resolved(actor=INES, happened_at=end, impact="Every third request failed twice a minute, for a week."),
    )


def _minute(at: datetime, turn: int) -> Event:
    """Return what came in one minute: mostly a measurement, of which every other one met errors."""
    if turn % 10 == 3:
        return Noted(actor=TOMASZ, happened_at=at, text=f"Still waiting; this is note {turn} of the week.")
    if turn % 10 == 7:
        ts = f"{at.timestamp():.6f}"
        text = f"Customer {turn} asks when it will be over."
        return Captured(actor=TOMASZ, happened_at=at, author=SEUN, text=text, channel_id="C0INC00106", ts=ts)
    if turn % 2:
        return clean(at, SONNET, asked=20)
    return failing(at, Severity.P2, "server_error", 500, {SONNET: (20, 6)})
