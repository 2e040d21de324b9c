"""What people type behind a verb: an incident's name, a person, a day, a moment, a task."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.errors import BadInput
from bot.incidents.events import Actor
from bot.incidents.names import number_in
from bot.slack.written import as_written

_MENTION: Final = re.compile(r"<@(?P<id>[UW][A-Z0-9]{2,20})(?:\|(?P<name>[^<>]*))?>")
_OWNER: Final = re.compile(rf"{_MENTION.pattern}\s*$")
_TICK: Final = re.compile(r"(done|undo) (\d{1,3})\b(.*)", re.IGNORECASE | re.ASCII | re.DOTALL)
_SPAN: Final = re.compile(r"(\d{1,3})\s*(m|min|h)?", re.IGNORECASE | re.ASCII)
_LONGEST_SPAN: Final = timedelta(hours=24)
_DUE: Final = re.compile(r"\bby (\d{4}-\d{2}-\d{2})\s*$", re.IGNORECASE | re.ASCII)
_AGO: Final = re.compile(r"(\d{1,4})\s?([a-z]+) ago\b[:,]?\s*", re.IGNORECASE | re.ASCII)
_UNITS: Final = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
}
_AT: Final = re.compile(r"at ([01]?\d|2[0-3]):([0-5]\d)(?: ?UTC)?\b[:,]?\s*", re.IGNORECASE | re.ASCII)


def split(text: str) -> tuple[str, str]:
    """Return the first word and the rest; both empty for no text."""
    first, rest = [*text.split(maxsplit=1), "", ""][:2]
    return first, rest


def named(text: str, *, alone: bool = False) -> tuple[int | None, str]:
    """Return the number of the incident with whose name (`INC-7`) a text begins, and the rest; None for no name.

    A bare number is a name only where nothing else may be said (`alone`): `7 pods restarted` is a note, and so is `42`.
    """
    first, rest = split(text)
    number = number_in(first) if alone or first.lower().startswith("inc-") else None
    return (None, text) if number is None else (number, rest)


def tick(text: str) -> tuple[int, bool] | None:
    """Return the number of a task and whether it is done, for `done 3` and `undo 3`; None for other words.

    Raises BadInput when more stands behind the number: it would be lost.
    """
    found = _TICK.fullmatch(text)
    if found is None:
        return None
    if found[3].strip():
        hint = f"`task {found[1].lower()} {found[2]}` marks task {found[2]}; what there is to say goes into a `note`."
        raise BadInput("Nothing more may stand behind the number of a task.", hint)
    return int(found[2]), found[1].lower() == "done"


def happened_at(text: str, now: datetime) -> tuple[datetime | None, str]:
    """Return when it happened, if the text begins with that, and the rest of the text; raises BadInput."""
    if ago := _AGO.match(text):
        unit = _UNITS.get(ago[2].lower())
        if unit is None:
            raise BadInput(f"How long ago is {ago[1]} {ago[2]}?", "Write it like `10m ago`, `2h ago` or `3 days ago`.")
        return now - timedelta(**{unit: int(ago[1])}), text[ago.end() :]
    if at := _AT.match(text):
        moment = now.replace(hour=int(at[1]), minute=int(at[2]), second=0, microsecond=0)
        return (moment if moment <= now else moment - timedelta(days=1)), text[at.end() :]
    return None, text


def span(text: str) -> timedelta | None:
    """Return how long reminders are put off (`30m`, `2h`; half an hour without a text), None for `stop`.

    Raises BadInput for anything else, and for more than a day.
    """
    if text.lower() == "stop":
        return None
    found = _SPAN.fullmatch(text.strip() or "30m")
    wanted = _length(found) if found else timedelta(0)
    if not timedelta(0) < wanted <= _LONGEST_SPAN:
        raise BadInput("That is no span of time.", "Write it like `30m` or `2h`, a day at most, or `stop`.")
    return wanted


def person(text: str) -> Actor:
    """Return the person whom a text mentions; raises BadInput."""
    found = _MENTION.fullmatch(text.strip())
    if found is None:
        raise BadInput("That is no person of this workspace.", "Mention one, like `role lead @name`, or write `me`.")
    return _actor(found)


def task_of(text: str) -> tuple[Actor | None, date | None, str]:
    """Return a task's owner, its day and its words: a mention and a day behind `by` at the end, in either order."""
    owner: Actor | None = None
    due: date | None = None
    for _ in range(2):
        if due is None and (day := _DUE.search(text)):
            due, text = _day(day[1]), text[: day.start()]
        if owner is None and (who := _OWNER.search(text)):
            owner, text = _actor(who), text[: who.start()]
    return owner, due, as_written(text)


def _actor(mention: re.Match[str]) -> Actor:
    return Actor(id=mention["id"], name=mention["name"] or mention["id"])


def _length(found: re.Match[str]) -> timedelta:
    """Return the span of a match whose groups are a number and `h`, or minutes under any name or none."""
    number = int(found[1])
    return timedelta(hours=number) if (found[2] or "").lower() == "h" else timedelta(minutes=number)


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise BadInput("There is no such day.", "Write it like `by 2026-12-01`.") from None
