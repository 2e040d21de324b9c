"""The period that numbers are counted over, as people say it: `30d`, a day, or `all`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.errors import BadInput

USUAL: Final = "30d"
_DAYS: Final = re.compile(r"(\d{1,5}) ?d(?:ays?)?", re.IGNORECASE | re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOST_DAYS: Final = 10_000
_HINT: Final = "Write it like `30d`, `2026-10-01` or `all`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From when to when (UTC): incidents that were opened in between are counted. `since` None: from the first on."""

    since: datetime | None
    until: datetime


def period_of(text: str, now: datetime) -> Period:
    """Return the period that a text means, up to now; raises BadInput for what is none, or lies ahead."""
    said = text.strip().lower()
    if said == "all":
        return Period(since=None, until=now)
    days = _DAYS.fullmatch(said)
    since = now - timedelta(days=_number(days[1])) if days else _midnight(said)
    if since > now:
        raise BadInput(f"{said} lies ahead.", _HINT)
    return Period(since=since, until=now)


def _number(digits: str) -> int:
    if not 1 <= int(digits) <= _MOST_DAYS:
        raise BadInput(f"{digits} days is no period.", f"From 1 to {_MOST_DAYS} days. {_HINT}")
    return int(digits)


def _midnight(said: str) -> datetime:
    """Return when a day begins (UTC)."""
    try:
        if _DAY.fullmatch(said):
            return datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise BadInput(f"{said[:40]!r} is no period.", _HINT)
