"""Incidents that the provider caused: from one minute to three days, and what its page said of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.incidents.events import (
    BOT,
    Acknowledged,
    ChannelCreated,
    Event,
    Mark,
    Measured,
    MitigationMarked,
    Noted,
    Recovered,
    Relapsed,
    Reopened,
    Resolved,
    StageSet,
    StepAnswered,
    TaskAdded,
    UpdateSent,
)
from bot.rules.evidence import PageIncident, PageUpdate, Severity
from tests.golden.telling import (
    HAIKU,
    INES,
    JONAS,
    MIRELA,
    OPUS,
    SEUN,
    SONNET,
    TOMASZ,
    Told,
    clean,
    failing,
    on,
    on_the_page,
    opened_from,
    told,
)

_ALL: Final = "2-all-500-529"


def one_minute_blip() -> Told:
    """Tell of an outage that was over before anybody could do anything."""
    at = on("2026-09-14")
    seen = failing(at("09:12:14"), Severity.P1, "overloaded", 529, {SONNET: (5, 5)})
    return told(
        101,
        opened_from(seen, at("09:12:20"), INES, "Claude API: overloaded", _ALL),
        seen,
        ChannelCreated(actor=BOT, happened_at=at("09:12:25"), channel_id="C0INC00101", name="inc-101-overloaded"),
        Acknowledged(actor=INES, happened_at=at("09:12:40")),
        clean(at("09:12:58"), SONNET),
        Resolved(
            actor=INES,
            happened_at=at("09:13:15"),
            impact="About 40 chat answers failed within half a minute; every one came through on the next try.",
            mitigation="None was needed.",
            early="The measurement is clean and our own error rate is back at zero.",
        ),
    )


_EVERY: Final = timedelta(seconds=324)  # 800 times that is three days
_SERVER: Final = 20  # every so many measurements one request got a 500
_TIMEOUT: Final = (100, 50)  # in every hundredth, beginning with the fiftieth, one had no answer
_WELL_FROM: Final = 700  # from this one on nothing failed


def three_days() -> Told:
    """Tell of a trickle of errors over three days, measured 800 times."""
    monday, tuesday, wednesday, thursday = (on(f"2026-10-0{day}") for day in (5, 6, 7, 8))
    measured = tuple(_trickle(monday("08:00:00")))
    return told(
        102,
        opened_from(measured[0], monday("08:02:00"), TOMASZ, "Claude API: one request in 400 fails", "7-intermittent"),
        measured[0],
        ChannelCreated(actor=BOT, happened_at=monday("08:02:05"), channel_id="C0INC00102", name="inc-102-trickle"),
        Acknowledged(actor=TOMASZ, happened_at=monday("08:20:00")),
        *measured[1:4],
        Recovered(actor=BOT, happened_at=monday("08:16:12"), checks=3, lasting_s=648, models=(SONNET,)),
        *measured[4:345],
        MitigationMarked(
            actor=MIRELA,
            happened_at=tuesday("15:00:00"),
            mitigation="backoff_with_jitter",
            title="Retry with backoff and jitter",
            mark="done",
        ),
        *measured[345:684],
        Recovered(actor=BOT, happened_at=wednesday("21:28:12"), checks=3, lasting_s=648, models=(SONNET,)),
        *measured[684:690],
        StageSet(
            actor=TOMASZ,
            happened_at=wednesday("22:00:00"),
            before="investigating",
            after="monitoring",
            reason="no error for almost an hour",
        ),
        *measured[690:],
        Resolved(
            actor=TOMASZ,
            happened_at=thursday("09:02:00"),
            impact="Some 0.3 % of the nightly summaries had to be tried twice. No customer saw an error.",
            root_cause="A faulty host at the provider, by their own account.",
            mitigation="Retries with backoff hid the errors; the provider took the host out of service.",
            action_items=("Alert when more than 0.2 % of requests need a second try",),
        ),
    )


def _trickle(start: datetime) -> Iterator[Measured]:
    for turn in range(800):
        at = start + turn * _EVERY
        page = _trickle_page(turn)
        every, beginning = _TIMEOUT
        if turn < _WELL_FROM and turn % _SERVER == 0:
            yield failing(at, Severity.P3, "server_error", 500, {SONNET: (20, 1)}, page=page)
        elif turn < _WELL_FROM and turn % every == beginning:
            yield failing(at, Severity.P3, "timeout", None, {SONNET: (20, 1)}, page=page)
        else:
            yield clean(at, SONNET, asked=20, page=page)


def _trickle_page(turn: int) -> tuple[PageIncident, ...]:
    """Return what the page showed: from the 62nd measurement to the 400th an incident, of which it said more later."""
    at = on("2026-10-05")
    first = PageUpdate(at=at("13:30:00"), status="investigating", text="We are looking into a raised rate of errors.")
    second = PageUpdate(at=at("15:10:00"), status="identified", text="One host answers with errors; it is being moved.")
    if not 62 <= turn <= 400:
        return ()
    updates = (first,) if turn < 80 else (first, second)
    return (on_the_page("Raised error rate on the Messages API", *updates, impact="minor"),)


def reopened_twice() -> Told:
    """Tell of an overload that came back twice, and that the page admitted 41 minutes after our first failure."""
    at = on("2026-09-21")
    seen = failing(at("10:00:04"), Severity.P1, "overloaded", 529, {SONNET: (5, 5)})
    return told(
        105,
        opened_from(seen, at("10:01:00"), SEUN, "Chat answers fail with 529", _ALL),
        seen,
        Acknowledged(actor=SEUN, happened_at=at("10:02:00")),
        *_two_answers(at("10:04:00"), at("10:05:00")),
        *_switched(at("10:06:00"), at("10:10:00")),
        clean(at("10:12:00"), SONNET),
        Resolved(
            actor=SEUN,
            happened_at=at("10:20:00"),
            impact="Chat was down for the web and both apps.",
            root_cause="The provider ran out of capacity for this model.",
            mitigation="We answered from the smaller model.",
            action_items=("Alert on the share of 529 answers",),
        ),
        *_first_return(),
        *_second_return(),
    )


def _two_answers(first: datetime, second: datetime) -> tuple[StepAnswered, ...]:
    symptom = StepAnswered(
        actor=SEUN,
        happened_at=first,
        step="symptom",
        question="What do your own services get from the API?",
        option="overloaded",
        label="529",
        next_step="overloaded",
        reached="question",
        suggested="529",
        measured_at=first - timedelta(minutes=4),
    )
    spread = StepAnswered(
        actor=SEUN,
        happened_at=second,
        step="overloaded",
        question="One model, or all that you use?",
        option="all",
        label="All of them",
        next_step="overloaded_all",
        reached="advice",
        branch="overloaded",
        advice="The API is overloaded",
        suggested="One model",
        reason="The evaluation service uses another model and fails as well.",
    )
    return symptom, spread


def _switched(taken: datetime, done: datetime) -> tuple[MitigationMarked, ...]:
    marks: tuple[tuple[datetime, Mark], ...] = ((taken, "taken"), (done, "done"))
    return tuple(
        MitigationMarked(
            actor=MIRELA, happened_at=moment, mitigation="other_model", title="Fall back to another model", mark=mark
        )
        for moment, mark in marks
    )


def _page_of_the_return() -> PageIncident:
    at = on("2026-09-21")
    first = PageUpdate(at=at("10:41:00"), status="investigating", text="We are aware of overloaded errors.")
    return on_the_page("Overloaded errors", first)


def _first_return() -> tuple[Event, ...]:
    """Return the second round, of 38 minutes."""
    at = on("2026-09-21")
    because = "5 of 5 attempts failed with HTTP 529 (5 request ids)."
    return (
        failing(at("10:50:04"), Severity.P1, "overloaded", 529, {SONNET: (5, 5)}, page=(_page_of_the_return(),)),
        Relapsed(actor=BOT, happened_at=at("10:50:04"), because=because),
        Reopened(actor=SEUN, happened_at=at("10:52:00"), reason="Chat fails again since we switched back."),
        Acknowledged(actor=SEUN, happened_at=at("10:53:00")),
        clean(at("11:10:00"), SONNET),
        Resolved(
            actor=MIRELA,
            happened_at=at("11:30:00"),
            early="The provider says that capacity was added.",
            action_items=("Switch back to the large model only after an hour without errors",),
        ),
    )


def _second_return() -> tuple[Event, ...]:
    """Return the third round, of 45 minutes."""
    at = on("2026-09-21")
    return (
        Reopened(actor=JONAS, happened_at=at("13:00:00"), reason="Support reports the same error again."),
        failing(at("13:00:34"), Severity.P1, "overloaded", 529, {SONNET: (5, 5)}),
        StageSet(actor=JONAS, happened_at=at("13:20:00"), before="investigating", after="monitoring"),
        clean(at("13:25:00"), SONNET),
        clean(at("13:40:00"), SONNET),
        Resolved(
            actor=JONAS, happened_at=at("13:45:00"), mitigation="We stayed on the smaller model until the evening."
        ),
    )


def one_model_of_three() -> Told:
    """Tell of one model that fails while two others work."""
    at = on("2026-11-03")
    seen = failing(
        at("17:30:04"),
        Severity.P2,
        "overloaded",
        529,
        {SONNET: (5, 5), HAIKU: (5, 0), OPUS: (5, 0)},
        because=f"Every attempt on {SONNET} failed while others got through: 5 of 15 attempts (5 request ids).",
        latency_s=1.2,
    )
    slow = failing(at("17:45:04"), Severity.P2, "timeout", None, {SONNET: (5, 3), HAIKU: (5, 0), OPUS: (5, 0)})
    return told(
        110,
        opened_from(seen, at("17:32:30"), MIRELA, "Summaries fail, search and chat work", "5-part-down"),
        seen,
        ChannelCreated(actor=BOT, happened_at=at("17:32:40"), channel_id="C0INC00110", name="inc-110-summaries"),
        Acknowledged(actor=JONAS, happened_at=at("17:35:00")),
        *_switched(at("17:36:00"), at("17:40:00")),
        slow,
        UpdateSent(
            actor=JONAS,
            happened_at=at("17:50:00"),
            text="Summaries are late. Search and chat are not concerned.",
            next_minutes=30,
        ),
        clean(at("17:55:00"), SONNET, HAIKU, OPUS),
        TaskAdded(
            actor=JONAS,
            happened_at=at("17:58:00"),
            number=1,
            text="Let summaries fall back by themselves",
            owner=MIRELA,
        ),
        Resolved(
            actor=JONAS,
            happened_at=at("18:02:30"),
            impact="Summaries of 212 documents came up to 25 minutes late.",
            root_cause="One model had no capacity at the provider.",
            mitigation="Summaries ran on the smaller model for 20 minutes.",
            early="Three models answered; nobody waits any more.",
        ),
    )


def page_first() -> Told:
    """Tell of an outage that the provider's page had named 20 minutes before it reached us."""
    at = on("2026-06-09")
    first = PageUpdate(
        at=at("21:10:00"), status="investigating", text="Requests to several models fail for some users."
    )
    second = PageUpdate(at=at("21:42:00"), status="monitoring", text="A fix is in place and we are watching it.")
    early, late = on_the_page("Errors on several models", first), on_the_page("Errors on several models", first, second)
    seen = failing(at("21:30:04"), Severity.P2, "server_error", 500, {SONNET: (20, 6)}, page=(early,))
    return told(
        116,
        opened_from(seen, at("21:33:00"), INES, "Claude API: server error", "5-share-failing", provisional=True),
        seen,
        Acknowledged(actor=INES, happened_at=at("21:34:00")),
        clean(at("21:45:00"), SONNET, page=(late,)),
        clean(at("21:52:00"), SONNET, page=(late,)),
        clean(at("21:58:00"), SONNET),
        Recovered(actor=BOT, happened_at=at("21:58:00"), checks=3, lasting_s=780, models=(SONNET,)),
        Resolved(
            actor=INES,
            happened_at=at("22:03:00"),
            impact="One answer in three failed for about ten minutes.",
            root_cause="The provider's own outage.",
            mitigation="The provider mended it.",
        ),
    )


def page_unreadable() -> Told:
    """Tell of an outage during which the page could not be read, and that production saw longer than our requests."""
    at = on("2026-06-23")
    seen = failing(at("04:15:04"), Severity.P1, "server_error.gateway", 502, {SONNET: (20, 20)}, provider=None)
    later = clean(
        at("04:40:00"),
        SONNET,
        provider=None,
        contradicted=True,
        first_failure_at=at("04:38:30"),
        checks=("messages: ok - 5 of 5 answered", "traffic: failed - 31 of 200 requests of production failed"),
    )
    return told(
        117,
        opened_from(seen, at("04:16:00"), TOMASZ, "Every request to Claude fails with 502", "3-all-failing"),
        seen,
        Acknowledged(actor=TOMASZ, happened_at=at("04:21:00")),
        Noted(actor=TOMASZ, happened_at=at("04:25:00"), text="The provider's page answers with 503 itself."),
        later,
        StageSet(actor=TOMASZ, happened_at=at("04:50:00"), before="investigating", after="monitoring"),
        clean(at("05:00:00"), SONNET, provider=None),
        Resolved(
            actor=TOMASZ,
            happened_at=at("05:16:00"),
            impact="Nothing worked for the night shift in the first half hour.",
            early="Production has had no error for 20 minutes.",
        ),
    )


def clock_change() -> Told:
    """Tell of an outage in the hour that clocks in Berlin show twice: 02:40 to 02:25, which are 45 minutes."""
    at = on("2026-10-25")
    seen = failing(at("00:37:04"), Severity.P1, "overloaded", 529, {SONNET: (5, 5)})
    return told(
        109,
        opened_from(seen, at("00:40:00"), JONAS, "Night import stands still", _ALL),
        seen,
        Acknowledged(actor=JONAS, happened_at=at("00:50:00")),
        Noted(actor=JONAS, happened_at=at("00:55:00"), text="It is 02:55 here, summer time for five more minutes."),
        *_switched(at("00:58:00"), at("00:59:30")),
        clean(at("01:00:00"), SONNET),
        Noted(actor=JONAS, happened_at=at("01:05:00"), text="It is 02:05 here, for the second time tonight."),
        clean(at("01:10:00"), SONNET),
        clean(at("01:20:00"), SONNET),
        Recovered(actor=BOT, happened_at=at("01:20:00"), checks=3, lasting_s=1_200, models=(SONNET,)),
        Resolved(
            actor=JONAS,
            happened_at=at("01:25:00"),
            impact="The import of the night began 45 minutes late and was done in time.",
            root_cause="The provider was overloaded.",
            mitigation="The import ran on the smaller model.",
        ),
    )
