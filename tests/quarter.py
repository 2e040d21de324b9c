"""A quarter of incidents for tests of numbers: theirs and ours, private, reopened, still open, with tasks left."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.incidents.events import (
    Acknowledged,
    Event,
    Failing,
    Measured,
    Opened,
    Recorded,
    Reopened,
    StageSet,
    TaskAdded,
    TaskTicked,
)
from bot.incidents.model import fold
from bot.postmortem.context import build
from bot.postmortem.numbers import Row, row_of
from bot.postmortem.shape import PostmortemContext
from bot.rules.evidence import Fault, PageIncident, PageUpdate, Severity
from bot.store.unit_of_work import Store
from tests.factories import LENA, NOW, RAVI, measured, opened, resolved

FIRST = NOW - timedelta(days=60)


def minutes(count: float) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=count)


def failing(at: datetime, branch: str = "overloaded", status: int = 529, **changes: Any) -> Measured:
    """Return a measurement in which five of five requests failed a few seconds before it."""
    failed = Failing(
        branch=branch,
        count=5,
        first_at=at - timedelta(seconds=6),
        last_at=at - timedelta(seconds=2),
        statuses=(status,),
        models=("claude-haiku-5-5",),
        request_ids=tuple(f"req_011C{at:%m%d%H%M}{letter}" for letter in "abcde"),
        headers=(("request-id", f"req_011C{at:%m%d%H%M}a"), ("x-should-retry", "true"), ("via", "1.1 google")),
    )
    values = {"branch": branch, "failures": (failed,), "request_ids": failed.request_ids, "provider": ()} | changes
    return measured(happened_at=at, first_failure_at=failed.first_at, **values)


def clean(at: datetime) -> Measured:
    """Return a measurement in which nothing failed."""
    return measured(
        happened_at=at,
        severity=Severity.NONE,
        fault=None,
        branch=None,
        because="5 of 5 attempts were answered.",
        samples_failed=0,
        request_ids=(),
        first_failure_at=None,
        provider=(),
    )


def on_the_page(at: datetime, posted_at: datetime) -> dict[str, Any]:
    """Return what a measurement at that moment read on the provider's page."""
    states = (("investigating", posted_at), ("identified", posted_at + minutes(15)))
    updates = tuple(PageUpdate(at=when, status=word, text="We look into it.") for word, when in states if when <= at)
    told = PageIncident(
        id="p1",
        name="Elevated errors on Claude Haiku 5.5",
        status=updates[-1].status,
        impact="major",
        started_at=posted_at - minutes(2),
        names_api=True,
        url="https://stspg.io/p1",
        updates=updates,
    )
    return {"provider": (told.name,), "page": (told,)}


def stories() -> list[list[Event]]:
    """Return the timelines, in the order of their openings."""
    return [list(story) for story in (_overload(), _key(), _blip(), _again(), _limits(), _breach(), _open())]


def contexts(told: Sequence[Sequence[Event]] | None = None) -> list[PostmortemContext]:
    """Return the postmortem's variables of these timelines."""
    return [_context(number, story) for number, story in enumerate(told or stories(), 1)]


def rows() -> list[Row]:
    """Return the quarter in numbers."""
    return [row_of(context) for context in contexts()]


async def keep(store: Store) -> None:
    """Store the quarter as it would have been recorded."""
    for first, *others in stories():
        assert isinstance(first, Opened)
        async with store.begin() as unit:
            incident = await unit.open(first)
            for event in others:
                incident = await unit.record(incident, event)


def _context(number: int, story: Sequence[Event]) -> PostmortemContext:
    incident = fold(number, story)
    assert incident is not None
    recorded = [Recorded(seq=seq, at=event.happened_at, event=event) for seq, event in enumerate(story, 1)]
    return build(incident, recorded)


def _overload() -> Iterator[Event]:
    """Yield an hour of 529, which the page told of after 41 minutes."""
    at = FIRST
    yield opened(happened_at=at, triage_id=None, title="Chat answers fail for everybody")
    yield failing(at)
    yield Acknowledged(actor=RAVI, happened_at=at + minutes(2))
    yield TaskAdded(
        actor=LENA, happened_at=at + minutes(9), number=1, text="alert on the share of 529", owner=RAVI, due=at.date()
    )
    for passed in (45, 60):
        posted_at = at - timedelta(seconds=6) + minutes(41)
        yield failing(at + minutes(passed), **on_the_page(at + minutes(passed), posted_at))
    yield StageSet(actor=LENA, happened_at=at + minutes(70), before="investigating", after="monitoring")
    yield clean(at + minutes(75))
    yield resolved(happened_at=at + minutes(80))


def _key() -> Iterator[Event]:
    at = FIRST + timedelta(days=6)
    ours = {"severity": Severity.P1, "fault": Fault.OURS, "branch": "auth.invalid_key"}
    yield opened(happened_at=at, triage_id=None, title="The key was refused after the rotation", **ours)
    yield failing(at, status=401, **ours)
    yield Acknowledged(actor=LENA, happened_at=at + minutes(4))
    yield clean(at + minutes(21))
    yield resolved(happened_at=at + minutes(26))


def _blip() -> Iterator[Event]:
    """Yield a minute of 500, of which the page said nothing."""
    at = FIRST + timedelta(days=13)
    theirs = {"severity": Severity.P3, "fault": Fault.THEIRS, "branch": "server_error.internal"}
    yield opened(happened_at=at, triage_id=None, title="Some requests fail with 500", **theirs)
    yield failing(at, status=500, **theirs)
    yield clean(at + minutes(1))
    yield resolved(happened_at=at + minutes(9))


def _again() -> Iterator[Event]:
    at = FIRST + timedelta(days=27)
    yield opened(happened_at=at, triage_id=None, title="Overload again", severity=Severity.P2)
    yield failing(at, severity=Severity.P2)
    yield Acknowledged(actor=RAVI, happened_at=at + minutes(6))
    yield clean(at + minutes(20))
    yield resolved(happened_at=at + minutes(25))
    yield Reopened(actor=RAVI, happened_at=at + minutes(50), reason="it fails anew")
    yield failing(at + minutes(51), severity=Severity.P2)
    yield failing(at + minutes(61), severity=Severity.P2)
    yield clean(at + minutes(70))
    yield resolved(happened_at=at + minutes(75))


def _limits() -> Iterator[Event]:
    at = FIRST + timedelta(days=34)
    ours = {"severity": Severity.P2, "fault": Fault.OURS, "branch": "rate_limit.ramp"}
    yield opened(happened_at=at, triage_id=None, title="The nightly batch runs into limits", **ours)
    yield failing(at, status=429, **ours)
    yield TaskAdded(actor=LENA, happened_at=at + minutes(9), number=1, text="spread the batch over the night")
    yield TaskAdded(actor=LENA, happened_at=at + minutes(9), number=2, text="ask for a higher limit", owner=LENA)
    yield TaskTicked(actor=LENA, happened_at=at + minutes(90), number=2, done=True)
    yield clean(at + minutes(40))
    yield resolved(happened_at=at + minutes(42))


def _breach() -> Iterator[Event]:
    at = FIRST + timedelta(days=48)
    ours = {"severity": Severity.P1, "fault": Fault.OURS, "branch": "auth.compromised", "rule": None}
    yield opened(happened_at=at, triage_id=None, private=True, title="A key of ACME was in a public log", **ours)
    yield Acknowledged(actor=LENA, happened_at=at + minutes(1))
    due = (NOW + timedelta(days=7)).date()
    yield TaskAdded(actor=LENA, happened_at=at, number=1, text="write to ACME", owner=LENA, due=due)
    yield resolved(happened_at=at + minutes(180))


def _open() -> Iterator[Event]:
    at = NOW - minutes(30)
    stream = {"severity": Severity.P3, "branch": "streaming_error.dropped"}
    yield opened(happened_at=at, triage_id=None, title="=HYPERLINK(1) <b>streams</b> break", **stream)
    yield failing(at, status=200, **stream)
