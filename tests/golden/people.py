"""Incidents known from people above all: unmeasured, private, never over, with mended words, rewritten."""

from datetime import date

from bot.incidents.events import (
    BOT,
    Acknowledged,
    Amended,
    Captured,
    ChannelCreated,
    ChannelFailed,
    Closed,
    Erased,
    Event,
    EvidenceReported,
    Noted,
    PostmortemExported,
    PostmortemWritten,
    Recorded,
    Reminded,
    Reopened,
    Resolved,
    Retracted,
    RoleGiven,
    Snoozed,
    StageSet,
    TaskAdded,
    UpdateSent,
)
from bot.incidents.words import to_erase
from bot.rules.evidence import Fault, Severity
from tests.golden.telling import (
    HAIKU,
    INES,
    JONAS,
    MIRELA,
    SEUN,
    SONNET,
    TOMASZ,
    Told,
    clean,
    failing,
    on,
    opened,
    opened_from,
    told,
)


def nothing_measured() -> Told:
    """Tell of an incident that people opened, ran and ended without one measurement."""
    at = on("2026-08-19")
    return told(
        104,
        opened(
            at("07:05:00"),
            INES,
            "Translations come back empty",
            Severity.P2,
            impact="Product pages go online without text.",
            affected="the shops in France and Spain",
        ),
        ChannelFailed(
            actor=BOT,
            happened_at=at("07:05:03"),
            error="restricted_action",
            hint="Let the app create channels, or name one that exists.",
        ),
        Acknowledged(actor=JONAS, happened_at=at("07:06:30")),
        RoleGiven(actor=INES, happened_at=at("07:08:00"), role="lead", to=JONAS),
        RoleGiven(actor=INES, happened_at=at("07:08:10"), role="communications", to=SEUN),
        EvidenceReported(
            actor=JONAS, happened_at=at("07:12:00"), said="12 of 300 translations are empty", since=at("06:40:00")
        ),
        UpdateSent(
            actor=SEUN, happened_at=at("07:15:00"), text="Some texts are missing. We are on it.", next_minutes=45
        ),
        Noted(actor=JONAS, happened_at=at("07:30:00"), text="All of them contain a table. The others are well."),
        StageSet(
            actor=JONAS,
            happened_at=at("07:50:00"),
            before="investigating",
            after="monitoring",
            reason="tables are left out for now",
        ),
        Resolved(
            actor=JONAS,
            happened_at=at("08:20:00"),
            impact="212 product pages had no text for up to 100 minutes.",
            root_cause="Our own parser dropped answers that contain a table.",
            mitigation="Texts with tables were left out and translated by hand.",
            action_items=("Test the parser with tables", "Never publish an empty text"),
            early="No key was set, so nothing could be measured; the pages were looked at.",
        ),
        Closed(actor=JONAS, happened_at=on("2026-08-20")("09:00:00")),
    )


def private() -> Told:
    """Tell of an incident that few may know of: the organization was put on hold."""
    at = on("2026-05-11")
    held = failing(
        at("08:31:04"), Severity.P1, "permission.hold", 403, {SONNET: (5, 5), HAIKU: (5, 5)}, fault=Fault.OURS
    )
    return told(
        111,
        opened_from(held, at("08:36:00"), MIRELA, "The vendor has put us on hold", "3-all-failing", private=True),
        held,
        ChannelCreated(
            actor=BOT, happened_at=at("08:36:05"), channel_id="G0INC00111", name="inc-111-on-hold", private=True
        ),
        Acknowledged(actor=MIRELA, happened_at=at("08:36:30")),
        Noted(actor=MIRELA, happened_at=at("08:50:00"), text="Their mail names an unpaid invoice of March."),
        StageSet(actor=MIRELA, happened_at=at("09:30:00"), before="investigating", after="identified"),
        clean(at("13:10:00"), SONNET, HAIKU),
        StageSet(actor=MIRELA, happened_at=at("13:12:00"), before="identified", after="monitoring"),
        Resolved(
            actor=MIRELA,
            happened_at=at("13:36:00"),
            impact="Nothing that uses Claude worked for five hours.",
            root_cause="An invoice was lost when the office moved.",
            mitigation="The invoice was paid and the hold lifted.",
            action_items=("Send invoices to a mailbox of the team",),
            early="The vendor wrote that the hold is lifted.",
        ),
    )


def never_resolved() -> Told:
    """Tell of an incident that was thought to be over once, and is open to this day."""
    at = on("2026-11-16")
    seen = failing(at("16:00:04"), Severity.P3, "rate_limit", 429, {SONNET: (20, 2)}, fault=Fault.OURS)
    back = failing(at("18:00:04"), Severity.P2, "rate_limit", 429, {SONNET: (20, 9)}, fault=Fault.OURS)
    return told(
        112,
        opened_from(seen, at("16:04:00"), SEUN, "Claude API: rate limit", "7-intermittent", provisional=True),
        seen,
        Reminded(actor=BOT, happened_at=at("16:34:00"), about="ack", level=0, told=None),
        Reminded(actor=BOT, happened_at=at("16:49:00"), about="ack", level=1, told=TOMASZ.id),
        Acknowledged(actor=TOMASZ, happened_at=at("16:52:00")),
        Resolved(
            actor=TOMASZ,
            happened_at=at("17:10:00"),
            impact="Batch jobs took longer.",
            action_items=("Ask for higher limits",),
            early="The batch that caused it has ended.",
        ),
        back,
        Reopened(actor=SEUN, happened_at=at("18:04:00"), reason="The next batch meets the same limit."),
        Snoozed(actor=SEUN, happened_at=at("18:05:00"), until=at("20:00:00")),
        TaskAdded(
            actor=SEUN,
            happened_at=at("18:20:00"),
            number=1,
            text="Spread the batch over the night",
            due=date(2026, 11, 20),
        ),
        Snoozed(actor=SEUN, happened_at=at("20:01:00"), until=None),
    )


def mended_words() -> Told:
    """Tell of a timeline with one entry corrected, one taken back and one erased."""
    at = on("2026-07-07")
    seen = failing(at("12:00:04"), Severity.P1, "network.dns", None, {SONNET: (5, 5)}, fault=Fault.OURS)
    whole = told(
        115,
        opened_from(seen, at("12:02:00"), JONAS, "Names do not resolve", "3-all-failing"),
        seen,
        Acknowledged(actor=JONAS, happened_at=at("12:03:00")),
        Noted(actor=JONAS, happened_at=at("12:10:00"), text="It began after the deployment of Tuesday."),
        Captured(
            actor=JONAS,
            happened_at=at("12:12:00"),
            author=TOMASZ,
            text="Call Helena Brandt on her private number, she knows the resolver.",
            channel_id="C0INC00115",
            ts="1783425120.000100",
        ),
        Noted(actor=TOMASZ, happened_at=at("12:15:00"), text="The proxy is at fault."),
        Retracted(actor=TOMASZ, happened_at=at("12:20:00"), seq=6, reason="it was the resolver"),
        StageSet(actor=JONAS, happened_at=at("12:25:00"), before="investigating", after="monitoring"),
        clean(at("12:26:00"), SONNET),
        Resolved(
            actor=JONAS,
            happened_at=at("12:32:00"),
            impact="Nobody could log in for 32 minutes.",
            root_cause="The resolver lost its zone.",
            mitigation="The zone was loaded again.",
            action_items=("Watch the resolver", "Document its restart"),
            early="Log-ins work.",
        ),
        *_mends(),
    )
    return _without_the_words_of(whole, 5)


def _mends() -> tuple[Event, ...]:
    at = on("2026-07-08")
    erasure = "names a person who has nothing to do with it"
    return (
        Amended(
            actor=JONAS,
            happened_at=at("09:00:00"),
            seq=10,
            part="impact",
            text="Only those who logged in anew were shut out.",
            reason="read from the log",
        ),
        Amended(
            actor=JONAS,
            happened_at=at("09:01:00"),
            seq=4,
            part="text",
            text="It began after the deployment of Monday.",
            reason="wrong day",
        ),
        Erased(actor=JONAS, happened_at=at("09:05:00"), seq=5, reason=erasure),
    )


def _without_the_words_of(whole: Told, seq: int) -> Told:
    """Return the incident as it is kept once an entry was erased."""
    masked = to_erase(whole.story, seq)
    story = (Recorded(seq=item.seq, at=item.at, event=masked.get(item.seq, item.event)) for item in whole.story)
    return Told(number=whole.number, story=tuple(story))


def rewritten_postmortem() -> Told:
    """Tell of a postmortem whose parts were written, rewritten and taken back."""
    at = on("2026-10-12")
    seen = failing(at("20:10:04"), Severity.P1, "streaming_error", 200, {SONNET: (5, 5)})
    return told(
        118,
        opened_from(seen, at("20:11:00"), INES, "Long answers break off", "3-all-failing"),
        seen,
        Acknowledged(actor=INES, happened_at=at("20:13:00")),
        StageSet(actor=INES, happened_at=at("20:40:00"), before="investigating", after="monitoring"),
        clean(at("20:45:00"), SONNET),
        Resolved(
            actor=INES,
            happened_at=at("20:56:00"),
            impact="Long answers stopped in the middle.",
            root_cause="Probably our gateway.",
            mitigation="The gateway was restarted.",
            early="Streams reach their end.",
        ),
        *_parts(),
        PostmortemExported(actor=BOT, happened_at=on("2026-10-13")("16:00:00"), format="markdown"),
    )


def _parts() -> tuple[Event, ...]:
    at = on("2026-10-13")
    return (
        PostmortemWritten(
            actor=MIRELA,
            happened_at=at("09:00:00"),
            root_cause="The provider closed streams after 30 seconds.",
            detection="A customer called before our alert did.",
            lessons="Streams need an alert of their own.",
        ),
        PostmortemWritten(
            actor=TOMASZ,
            happened_at=at("10:30:00"),
            root_cause="The provider closed streams after 30 seconds, as their log of changes says.",
            lessons="",
        ),
        PostmortemWritten(
            actor=INES,
            happened_at=at("15:00:00"),
            lessons="Alert on streams without an end.\nRead the provider's log of changes every Monday.",
            mitigation="",
        ),
    )
