"""The auditor: each minute it asks the records whether what must hold does hold, and tells the admins once if not.

An audit is a job of the mode *tx*: its row is the lock over all replicas, and carries what was found. What it has to
say goes through the outbox like any other message, in the transaction that remembers it as told.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from prometheus_client import Gauge

from bot.incidents.effects import Effect, channel_key, demanded, show_key, word_to
from bot.incidents.model import Incident, fold
from bot.store.audit import Audited, Overdue
from bot.store.jobs import Due
from bot.store.unit_of_work import UnitOfWork
from bot.workflows.worker import LEASE, PERIODIC, TxHandler

AUDIT: Final = f"{PERIODIC}audit"
LATE: Final = timedelta(minutes=2)
"""So long the world may be slow, Slack away or a channel missing before that is worth a word."""
SILENT: Final = timedelta(minutes=3)
"""After so long without an audit nobody knows any more whether all is well."""
_EVERY_S: Final = 60
_UNKEPT: Final = 2 * LEASE
_SKEW: Final = timedelta(seconds=30)  # the clocks of replicas may differ
_ON_TIME: Final = timedelta(seconds=5)
_SETTLE_S: Final = 20.0
_KEY: Final = "cron:audit:"
_LANE: Final = "audit"  # the auditor's own lanes begin so: what it has to say is not audited, or it would never end
_SHOWN: Final = 5  # findings of one invariant that a message names
FINDINGS: Final = Gauge("anth_triage_audit_findings", "What the last audit found, by invariant.", ["invariant"])
log = structlog.get_logger()

Found = Mapping[str, str]
"""What breaks an invariant: the subject, and a few words about it. Our own words: none are redacted or escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What an audit looks at: the records, and the open incidents, apart from those that contradict their events."""

    unit: UnitOfWork
    sound: Sequence[tuple[Incident, Audited]]
    unsound: Sequence[Audited]
    unreadable: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """Something that must hold: where it does not, what is wrong then, and what a person can do about it."""

    name: str
    find: Callable[[Look], Awaitable[Found]]
    words: str
    mend: str


async def _late(look: Look) -> Found:
    return _by_lane(await look.unit.audit.late(look.unit.now - LATE, besides=_LANE), "was due at")


async def _expired(look: Look) -> Found:
    return _by_lane(await look.unit.audit.expired(look.unit.now - _UNKEPT, besides=_LANE), "was leased until")


async def _given_up(look: Look) -> Found:
    return _by_lane(await look.unit.audit.given_up_timers(besides=_LANE), "was due at")


async def _without_channel(look: Look) -> Found:
    bare = [one for one, _ in look.sound if one.channel_id is None and one.opened_at < look.unit.now - LATE]
    coming = await look.unit.audit.live([channel_key(one.id) for one in bare])
    return {
        one.name: f"{one.name}, opened at {_time(one.opened_at)}" for one in bare if channel_key(one.id) not in coming
    }


async def _without_message(look: Look) -> Found:
    wanted: dict[str, datetime] = {}
    for incident, audited in look.sound:
        if incident.channel_id is not None:  # else there is no place for them
            wanted |= demanded(incident.id, audited.story)
    # In this order: a job that ends between the two questions has left its message by the second.
    coming = await look.unit.audit.live([show_key(name) for name in wanted])
    shown = await look.unit.audit.shown(wanted)
    return {
        name: f"`{name}`, asked for at {_time(at)}"
        for name, at in wanted.items()
        if show_key(name) not in coming and (name not in shown or shown[name] < at - _SKEW)
    }


async def _differing(look: Look) -> Found:
    return {f"INC-{one.number}": f"INC-{one.number}" for one in look.unsound}


async def _unreadable(look: Look) -> Found:
    return {where: where for where in (*look.unreadable, *await look.unit.audit.unreadable_jobs())}


INVARIANTS: Final = (
    Invariant(
        name="late_work",
        find=_late,
        words="Work is late by more than two minutes.",
        mend="Look whether Slack and the provider answer; `anth-triage db jobs` gives the last error of each job.",
    ),
    Invariant(
        name="expired_lease",
        find=_expired,
        words="Work was begun and is neither finished nor taken over.",
        mend="Look whether every replica lives and is of the same version; restart the one that hangs.",
    ),
    Invariant(
        name="dead_timer",
        find=_given_up,
        words="A reminder of an open incident was given up.",
        mend="`anth-triage db jobs` gives the error; then `anth-triage db jobs --retry ID`.",
    ),
    Invariant(
        name="no_channel",
        find=_without_channel,
        words="An open incident has no channel.",
        mend="The triage's message says what Slack refuses; mend it and press *Try again* there.",
    ),
    Invariant(
        name="missing_message",
        find=_without_message,
        words="An event is not shown in Slack, and nothing is under way to show it.",
        mend="`anth-triage db jobs` lists what was given up; mend the reason, then `anth-triage db jobs --retry all`.",
    ),
    Invariant(
        name="wrong_state",
        find=_differing,
        words="The state of an incident is not what its events add up to.",
        mend="The timeline holds the truth. Keep the database as it is and report a bug.",
    ),
    Invariant(
        name="unreadable",
        find=_unreadable,
        words="A row of the database cannot be read.",
        mend="Look whether every replica is of the same version, or who has edited the row; the rest goes on.",
    ),
)


class Auditor:
    """Audits; tells `admins` (ids of people), or else where the newest triage stands."""

    def __init__(self, admins: Sequence[str] = ()) -> None:
        self._admins = admins

    def handlers(self) -> Mapping[str, TxHandler]:
        """Return the handler of the audit."""
        return {AUDIT: self.audit}

    async def audit(self, unit: UnitOfWork, due: Due) -> datetime:
        """Compare what is found with what was found before, tell the difference, and come again."""
        if unit.now - due.run_at > _ON_TIME:
            return unit.after(_SETTLE_S)  # nobody was at work until now: let what is late be done first
        before = _standing(due.payload)
        seen = await look(unit)
        found = {one.name: await one.find(seen) for one in INVARIANTS}
        standing = {
            name: {subject: before.get(name, {}).get(subject, (unit.now, words)) for subject, words in items.items()}
            for name, items in found.items()
        }
        await self._tell(unit, before, standing)
        await unit.jobs.remember(due, {"audited_at": unit.now.isoformat(), "standing": _stored(standing)})
        return _next(unit.now)

    async def _tell(self, unit: UnitOfWork, before: "Standing", standing: "Standing") -> None:
        lines = [*_news(before, standing), *_ends(before, standing, unit.now)]
        if not lines:
            return
        for whom in self._admins or await _ops(unit):
            # In a lane, for who hears of the end must have heard of the beginning.
            await unit.wish(word_to(whom, "\n".join(lines), f"{_LANE}:{whom}"))


Standing = dict[str, dict[str, tuple[datetime, str]]]
"""By invariant and subject: since when it is known, and the words about it."""


async def schedule(unit: UnitOfWork) -> None:
    """See to it that there are audits, from the next minute on."""
    await unit.jobs.keep(Effect(kind=AUDIT, lane=_LANE, key=_KEY), _next(unit.now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """When the last audit was (None: never), and how many findings each invariant had."""

    audited_at: datetime | None
    findings: Mapping[str, int]

    def problems(self, now: datetime, since: datetime) -> list[str]:
        """Return what is wrong in plain words; `since` is when this process began, both in UTC."""
        found = [one.words for one in INVARIANTS if self.findings.get(one.name)]
        # One in the future counts as none: the clock was set back, and until it gets there nobody audits.
        silent = abs(now - max(self.audited_at or since, since)) > SILENT
        return [*found, "No audit of the records has succeeded for three minutes."] if silent else found


async def last_audit(unit: UnitOfWork) -> Report:
    """Return what the last audit found, whichever replica did it, and let the metrics say the same."""
    memory = await unit.jobs.memory(_KEY)
    findings = {name: len(subjects) for name, subjects in _standing(memory).items()}
    for one in INVARIANTS:
        FINDINGS.labels(one.name).set(findings.get(one.name, 0))
    return Report(audited_at=_moment(memory.get("audited_at")), findings=findings)


async def look(unit: UnitOfWork) -> Look:
    """Return what there is to be looked at in this transaction."""
    sound: list[tuple[Incident, Audited]] = []
    unsound: list[Audited] = []
    unreadable: list[str] = []
    for one in await unit.audit.open_incidents():
        if one.unreadable:
            unreadable.append(one.unreadable)
        elif one.stored is not None and one.stored == _folded(one):
            sound.append((one.stored, one))
        else:
            unsound.append(one)
    return Look(unit=unit, sound=sound, unsound=unsound, unreadable=unreadable)


def _folded(one: Audited) -> Incident | None:
    try:
        return fold(one.number, [item.event for item in one.story])
    except ValueError:
        return None


async def _ops(unit: UnitOfWork) -> list[str]:
    """Return where people work with the bot: where the newest triage stands."""
    newest = await unit.triages.newest()
    posted = None if newest is None else await unit.deliveries.posted(f"triage:{newest}")
    return [] if posted is None else [posted.channel_id]


def _news(before: Standing, standing: Standing) -> Iterator[str]:
    for one in INVARIANTS:
        new = [words for subject, (_, words) in standing[one.name].items() if subject not in before.get(one.name, {})]
        if new:
            log.error("audit_found", invariant=one.name, found=new)
            yield f":warning: *{one.words}* {_listed(new)}.\n{one.mend}"


def _ends(before: Standing, standing: Standing, now: datetime) -> Iterator[str]:
    for one in INVARIANTS:
        gone = {subject: of for subject, of in before.get(one.name, {}).items() if subject not in standing[one.name]}
        if gone:
            log.info("audit_over", invariant=one.name, over=list(gone))
            minutes = (now - min(since for since, _ in gone.values())).total_seconds() / 60
            over = [words for _, words in gone.values()]
            yield f":white_check_mark: Over after {minutes:.0f} min: {one.words} {_listed(over)}."


def _listed(items: Sequence[str]) -> str:
    more = [f"and {len(items) - _SHOWN} more"] if len(items) > _SHOWN else []
    return "; ".join([*items[:_SHOWN], *more])


def _by_lane(jobs: Sequence[Overdue], what: str) -> Found:
    """Return one finding a lane: the oldest job stands for those behind it."""
    return {job.lane: f"`{job.kind}` of `{job.lane}` {what} {_time(job.since)}" for job in reversed(jobs)}


def _standing(memory: Mapping[str, Any]) -> Standing:
    """Return what was found before; nothing when that cannot be read: then it is found, and told, anew."""
    try:
        return {
            name: {subject: (datetime.fromisoformat(since), words) for subject, (since, words) in items.items()}
            for name, items in memory.get("standing", {}).items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def _moment(stored: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(stored)).astimezone(UTC) if stored else None
    except ValueError:
        return None


def _stored(standing: Standing) -> dict[str, dict[str, tuple[str, str]]]:
    return {
        name: {subject: (since.isoformat(), words) for subject, (since, words) in items.items()}
        for name, items in standing.items()
    }


def _next(now: datetime) -> datetime:
    """Return the next full minute: replicas whose clocks agree mean the same one."""
    return datetime.fromtimestamp((now.timestamp() // _EVERY_S + 1) * _EVERY_S, UTC)


def _time(moment: datetime) -> str:
    return f"{moment:%H:%M:%S} UTC"
