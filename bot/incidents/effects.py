"""Wishes to act on Slack, as data: what each event asks the outside world to show or do.

An effect becomes a row of the job table in the transaction of its cause. It carries ids, never objects: what is
shown is drawn from the database at the moment of sending. Effects of one lane are carried out in order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.incidents import events
from bot.incidents.events import Event, Recorded
from bot.incidents.model import Incident, apply

SHOW: Final = "slack.show"
"""The kind of effect that makes a message stand in Slack."""
SWEEP: Final = "slack.sweep"
"""The kind of effect that deletes surplus copies of a message."""
CAPTURE: Final = "slack.capture"
UNMARK: Final = "slack.unmark"
BACKFILL: Final = "slack.backfill"
HOME: Final = "slack.home"
BOOKMARKS: Final = "slack.bookmarks"
SHARE: Final = "slack.share_postmortem"
CANVAS: Final = "slack.canvas"
FIND_KEY: Final = "keys.find"
CONTAIN_KEY: Final = "keys.contain"
KEYS_GIVEN_UP: Final = "keys.given_up"
TELL: Final = "slack.tell"
GIVEN: Final = "slack.tell_given"
RESPONDERS: Final = "slack.invite_responders"
REPORT: Final = "slack.report"
DOCTOR: Final = "slack.doctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A wish: what to do (`kind`), with which ids, in which lane; effects with the same `key` are one.

    One that `moves` takes the time of its newest wish, as a timer does; others are done at the earliest.
    """

    kind: str
    lane: str
    key: str | None = None
    payload: dict[str, str | int] = field(default_factory=dict)
    incident_id: int | None = None
    moves: bool = False


def sweep(uuid: str, name: str, lane: str, since: datetime) -> Effect:
    """Look for surplus copies of the message that the job with this uuid posted, first tried at `since` (UTC).

    Then the message is drawn once more, in its own `lane`.
    """
    payload: dict[str, str | int] = {"uuid": uuid, "name": name, "lane": lane, "since": since.isoformat()}
    return Effect(kind=SWEEP, lane=f"sweep:{uuid}", key=f"sweep:{uuid}", payload=payload)


def incident_lane(incident_id: int) -> str:
    """Return the lane of everything about one incident."""
    return f"incident:{incident_id}"


def show(name: str, lane: str, *, plain: bool = False) -> Effect:
    """Make Slack show the message with this name as it stands now: post it, or edit it in place.

    In `plain` sections, for Slack has refused its layout this time.
    """
    payload: dict[str, str | int] = {"name": name, **({"plain": 1} if plain else {})}
    return Effect(kind=SHOW, lane=lane, key=show_key(name), payload=payload)


def show_key(name: str) -> str:
    """Return the key of the effect that shows the message with this name."""
    return f"show:{name}"


def show_triage(triage_id: int) -> Effect:
    """Show the message of a triage run: its checks, its verdict, its incident."""
    return show(f"triage:{triage_id}", f"triage:{triage_id}")


def show_card(incident_id: int) -> Effect:
    """Show the incident's card."""
    return show(f"incident:{incident_id}:card", incident_lane(incident_id))


def show_step(incident_id: int, index: int) -> Effect:
    """Show the n-th question (from 0) of the decision tree, open or answered."""
    return show(f"incident:{incident_id}:step:{index}", incident_lane(incident_id))


def show_announcement(incident_id: int) -> Effect:
    """Show the incident's message in the channel for those outside; a lane of its own, for that may be closed to us."""
    name = f"incident:{incident_id}:announcement"
    return show(name, f"announcement:{incident_id}")


def show_home(user: str) -> Effect:
    """Draw the App Home of a person; several wishes are one."""
    return Effect(kind=HOME, lane=f"home:{user}", key=f"home:{user}", payload={"user": user})


def show_reminder(incident_id: int, index: int) -> Effect:
    """Show the n-th reminder (from 0): asking, or answered."""
    return show(f"incident:{incident_id}:reminder:{index}", incident_lane(incident_id))


def show_news(incident_id: int, index: int) -> Effect:
    """Show the n-th news (from 0) that measurements gave of the end."""
    return show(f"incident:{incident_id}:news:{index}", incident_lane(incident_id))


def show_procedure(incident_id: int) -> Effect:
    """Show where the procedure for a key in the wrong hands stands."""
    return show(f"incident:{incident_id}:key", incident_lane(incident_id))


def find_key(incident_id: int) -> Effect:
    """Ask the Admin API which key is meant; several wishes are one."""
    name = f"keys:{incident_id}"
    return Effect(kind=FIND_KEY, lane=name, key=f"find:{name}", payload={"incident_id": incident_id})


def contain_key(incident_id: int, key_id: str) -> Effect:
    """Make a key inactive and read its status back; several wishes are one."""
    name, payload = f"keys:{incident_id}", dict[str, str | int](incident_id=incident_id, key_id=key_id)
    return Effect(kind=CONTAIN_KEY, lane=name, key=f"contain:{name}", payload=payload)


def keys_given_up(incident_id: int, kind: str, error: str) -> Effect:
    """Say on the timeline that a job for a key (of this `kind`) was given up, whichever process had it."""
    name, payload = f"keys:{incident_id}", dict[str, str | int](of=kind, error=error)
    key = f"given_up:{kind}:{name}"
    return Effect(kind=KEYS_GIVEN_UP, lane=f"given_up:{name}", key=key, payload=payload, incident_id=incident_id)


def create_channel(incident_id: int, asked_by: str = "") -> Effect:
    """Create the incident's channel; `asked_by` is who wants to know whether the one that it has still serves.

    Then it stands in a lane of its own: what waits for the lost channel must not hold it up.
    """
    lane = f"repair:{incident_id}" if asked_by else incident_lane(incident_id)
    payload: dict[str, str | int] = {"incident_id": incident_id, "asked_by": asked_by}
    return Effect(kind="slack.create_channel", lane=lane, key=channel_key(incident_id), payload=payload)


def channel_key(incident_id: int) -> str:
    """Return the key of the effect that creates the incident's channel."""
    return f"channel:{incident_lane(incident_id)}"


def set_topic(incident_id: int, *, again: bool = False) -> Effect:
    """Write the incident's state into its channel's topic; several wishes are one, for Slack announces each change.

    `again` says that it is written once more, after a late answer to an earlier attempt can no longer change it.
    """
    lane, payload = incident_lane(incident_id), dict[str, str | int](incident_id=incident_id)
    if again:  # in a lane of its own: what waits would hold up everything behind it
        lane, payload = f"again:{lane}", {**payload, "again": 1}
    return Effect(kind="slack.set_topic", lane=lane, key=f"topic:{lane}", payload=payload)


def invite(incident_id: int, user: str) -> Effect:
    """Invite a person into the incident's channel."""
    payload: dict[str, str | int] = {"incident_id": incident_id, "user": user}
    return Effect(kind="slack.invite", lane=incident_lane(incident_id), payload=payload)


def invite_responders(incident_id: int) -> Effect:
    """Invite those whom the team wants in each channel; nothing else waits for that."""
    return Effect(kind=RESPONDERS, lane=f"responders:{incident_id}", payload={"incident_id": incident_id})


def bookmarks(incident_id: int) -> Effect:
    """Let the channel's bookmarks lead to what is true now; several wishes are one, and nothing else waits for it."""
    name = f"bookmarks:{incident_id}"
    return Effect(kind=BOOKMARKS, lane=name, key=name, payload={"incident_id": incident_id})


def capture(incident_id: int, channel_id: str, ts: str, by: str, *, by_mark: bool = False) -> Effect:
    """Put a message and its replies on the timeline for this person (id), who has marked it; several wishes are one."""
    payload: dict[str, str | int] = {"incident_id": incident_id, "channel": channel_id, "ts": ts, "by": by}
    payload |= {"by_mark": 1} if by_mark else {}
    name = f"{incident_id}:{channel_id}:{ts}"
    return Effect(kind=CAPTURE, lane=f"capture:{incident_id}", key=f"capture:{name}", payload=payload)


def unmark(incident_id: int, channel_id: str, ts: str, by: str) -> Effect:
    """Take the entry of a message back from which this person took their mark, unless others have marked it, too."""
    payload: dict[str, str | int] = {"incident_id": incident_id, "channel": channel_id, "ts": ts, "by": by}
    return Effect(kind=UNMARK, lane=f"capture:{incident_id}", payload=payload)


def backfill(incident_id: int, *, start: str = "", lane: str = "") -> Effect:
    """Read an incident's channel and every thread in it anew, from the one of `start` (a ts) on.

    In a `lane` that others wait in only the threads that have grown are read. Several wishes are one.
    """
    payload: dict[str, str | int] = {"incident_id": incident_id, "start": start}
    lane = lane or f"capture:{incident_id}"
    return Effect(kind=BACKFILL, lane=lane, key=f"backfill:{lane}", payload=payload)


def postmortem(incident_id: int, kind: str = "md", *, asked_by: str = "", place: str = "") -> Iterable[Effect]:
    """Share the postmortem in Slack as a file of this kind, after what was said there last is known.

    In a lane of its own, for paper may take a minute; `asked_by` hears in `place` when it cannot be made.
    """
    lane = f"paper:{incident_id}"
    yield backfill(incident_id, lane=lane)
    payload: dict[str, str | int] = {"incident_id": incident_id, "format": kind, "asked_by": asked_by, "place": place}
    yield Effect(kind=SHARE, lane=lane, payload=payload)


def canvas(incident_id: int) -> Effect:
    """Let the channel's canvas hold the postmortem as it is now; several wishes are one, nothing else waits for it."""
    name = f"canvas:{incident_id}"
    return Effect(kind=CANVAS, lane=name, key=name, payload={"incident_id": incident_id})


def tell_numbers(user: str, channel: str, since: datetime | None, asked: str) -> Effect:
    """Tell a person (id) the numbers since a moment (UTC; None: ever), where they `asked` for them; one at a time."""
    payload: dict[str, str | int] = {"user": user, "channel": channel, "since": since.isoformat() if since else ""}
    return Effect(kind=REPORT, lane="report", key=f"report:{asked}", payload=payload)


def tell_findings(user: str, channel: str, asked: str) -> Effect:
    """Tell a person (id) what is wrong with the bot, where they `asked` for it; one at a time."""
    payload: dict[str, str | int] = {"user": user, "channel": channel}
    return Effect(kind=DOCTOR, lane="doctor", key=f"doctor:{asked}", payload=payload)


def tell_given(incident_id: int, user: str, what: str, *, by: str = "") -> Effect:
    """Tell a person (id) of a role or a task (`task 3`) that somebody (`by`) gave them; without `by`: that is due."""
    payload: dict[str, str | int] = {"incident_id": incident_id, "user": user, "what": what, "by": by}
    return Effect(kind=GIVEN, lane=f"given:{incident_id}", payload=payload)


def word_to(user: str, text: str, lane: str, *, channel: str = "", key: str | None = None, hint: str = "") -> Effect:
    """Tell a person (id) something in private: where they acted, in `channel`, or directly.

    With the `hint` of an API key there is a button that begins the procedure for it.
    """
    payload: dict[str, str | int] = {"channel": channel or user, "user": user, "text": text}
    payload |= {"key": hint} if hint else {}
    return Effect(kind=TELL, lane=lane, key=key, payload=payload)


def _tell_the_lead(incident: Incident, text: str) -> Effect:
    key = f"lost:{incident.id}"
    return word_to(incident.lead.id, text, f"tell:{key}", key=key)


def _for_incident(kind: str, incident_id: int) -> Effect:
    return Effect(kind=kind, lane=incident_lane(incident_id), payload={"incident_id": incident_id})


_IN_THE_TOPIC = (
    events.SeverityChanged
    | events.StageSet
    | events.Resolved
    | events.Reopened
    | events.Closed
    | events.Amended
    | events.Erased
)
_ON_THE_CARD = (
    _IN_THE_TOPIC
    | events.StepAnswered
    | events.MitigationMarked
    | events.RoleGiven
    | events.TaskAdded
    | events.TaskTicked
    | events.Acknowledged
    | events.Snoozed
    | events.Measured
    | events.Noted
    | events.Captured
    | events.UpdateSent
    | events.Reminded
    | events.PostmortemWritten
    | events.PostmortemExported
)
_ANNOUNCED = _IN_THE_TOPIC | events.UpdateSent | events.StepAnswered | events.ChannelCreated | events.ChannelFailed
_ON_THE_RUN = (  # the message of the triage run from which the incident was opened
    events.Opened
    | events.ChannelCreated
    | events.ChannelFailed
    | events.StageSet
    | events.Acknowledged
    | events.Snoozed
    | events.Resolved
    | events.Reopened
    | events.Closed
    | events.PostmortemExported
)
_IN_NEWS = events.Recovered | events.Relapsed | events.Measured | events.Resolved | events.Reopened | events.Closed
_IN_THE_KEY_CASE = (
    events.ChannelCreated
    | events.KeyReported
    | events.KeyLookedUp
    | events.KeyPlanned
    | events.ContainmentAsked
    | events.ContainmentWithdrawn
    | events.ContainmentConfirmed
    | events.KeyContained
    | events.ContainmentFailed
    | events.KeyStepMarked
    | events.Measured
    | events.Resolved
    | events.Reopened
)
_IN_THE_CANVAS = (
    events.PostmortemWritten
    | events.TaskAdded
    | events.TaskTicked
    | events.SeverityChanged
    | events.Retracted
    | events.Reopened
    | events.Amended
    | events.Erased
)
_IN_REMINDERS = events.Acknowledged | events.Snoozed | events.Resolved | events.Reminded


def reactions(incident: Incident, event: Event) -> Iterable[Effect]:
    """Return what the outside world must be asked to do because of this event; `incident` is the state after it."""
    number = incident.id
    status_changes = isinstance(event, events.StepAnswered) and event.reached != "question"
    if isinstance(event, events.Opened):
        yield create_channel(number)
    yield from _in_the_channel(incident, event)
    yield from _of_the_key(incident, event)
    if isinstance(event, _ON_THE_CARD):
        yield show_card(number)
    if (
        incident.channel_id is not None
        and incident.own_channel
        and (status_changes or isinstance(event, _IN_THE_TOPIC))
    ):
        yield set_topic(number)
    if isinstance(event, events.ChannelFailed) and (incident.triage_id is None or incident.private):
        # No message of a run says so.
        yield _tell_the_lead(incident, f"{incident.name} {event.sentence()} `/anth-triage repair {incident.name}`")
    if incident.updates and not incident.private and isinstance(event, _ANNOUNCED):
        yield show_announcement(number)
    if isinstance(event, events.RoleGiven) and incident.channel_id is not None:
        yield invite(number, event.to.id)
    if isinstance(event, events.Resolved):
        yield from postmortem(number)
    yield from _beside(incident, event)
    if incident.triage_id is not None and (status_changes or isinstance(event, _ON_THE_RUN)):
        yield show_triage(incident.triage_id)


def _of_the_key(incident: Incident, event: Event) -> Iterable[Effect]:
    """Return what the procedure for a key asks of the Admin API, and its message."""
    match event:
        case events.KeyReported(looked_up=True):
            yield find_key(incident.id)
        case events.ContainmentConfirmed():
            yield contain_key(incident.id, event.key_id)
        case _:
            pass
    if incident.key_case is not None and incident.channel_id is not None and isinstance(event, _IN_THE_KEY_CASE):
        yield show_procedure(incident.id)


def _beside(incident: Incident, event: Event) -> Iterable[Effect]:
    """Return the newest reminder and the newest news of the end, to be kept true; a reminder quiets the one before it.

    And a word to who is given a role or a task by somebody else.
    """
    match event:
        case events.RoleGiven() if event.to.id != event.actor.id:
            yield tell_given(incident.id, event.to.id, event.role, by=event.actor.id)
        case events.TaskAdded() if event.owner is not None and event.owner.id != event.actor.id:
            yield tell_given(incident.id, event.owner.id, f"task {event.number}", by=event.actor.id)
        case _:
            pass
    if isinstance(event, events.Reminded):
        if incident.reminders > 1:
            yield show_reminder(incident.id, incident.reminders - 2)
        public = incident.channel_id is not None and incident.own_channel and not incident.private
        if event.told and event.told[0] in "UW" and public:
            yield invite(incident.id, event.told)  # who is told must see what they are told of
    if incident.reminders and isinstance(event, _IN_REMINDERS):
        yield show_reminder(incident.id, incident.reminders - 1)
    if incident.news and isinstance(event, _IN_NEWS):
        yield show_news(incident.id, incident.news - 1)


def _in_the_channel(incident: Incident, event: Event) -> Iterable[Effect]:
    """Return what furnishes the channel, the tree after the card, and what keeps the tree's messages true."""
    number = incident.id
    match event:
        case events.ChannelCreated():
            if event.own:
                yield set_topic(number)
            yield show_card(number)
            yield _for_incident("slack.pin_card", number)
            yield from (invite(number, user) for user in dict.fromkeys(actor.id for actor in incident.crew.values()))
            yield show_step(number, incident.answers)
            if not incident.is_open:  # its channel was lost with what was shared there
                yield from postmortem(number)
            if event.own and not incident.private:  # into a private channel people are asked one by one
                yield invite_responders(number)
        case events.StepAnswered():
            yield show_step(number, incident.answers - 1)
            yield show_step(number, incident.answers)
        case events.Resolved() | events.Reopened() | events.MitigationMarked():
            yield show_step(number, incident.answers)
        case events.Measured() if incident.channel_id is not None:  # else the question would stand above the card
            yield show_step(number, incident.answers)
        case events.PostmortemExported():
            yield bookmarks(number)
            yield canvas(number)
        case _ if incident.exported_at is not None and isinstance(event, _IN_THE_CANVAS):
            yield canvas(number)
        case _:
            pass


def demanded(incident_id: int, story: Iterable[Recorded]) -> dict[str, datetime]:
    """Return the messages that these events ask for, each with the moment (UTC) of the newest event that does.

    Not the announcement: there may be no channel for those outside, or one in which nothing must be said.
    """
    incident: Incident | None = None
    wanted: dict[str, datetime] = {}
    for item in story:
        incident = apply(incident_id, incident, item.event)
        for effect in reactions(incident, item.event):
            if effect.kind == SHOW and not str(effect.payload["name"]).endswith(":announcement"):
                wanted[str(effect.payload["name"])] = item.at
    return wanted
