"""Incidents that we caused: a key in the wrong hands, an empty balance, a severity that people knew better."""

from datetime import date

from bot.incidents.events import (
    BOT,
    Acknowledged,
    ContainmentAsked,
    ContainmentConfirmed,
    Event,
    EvidenceReported,
    KeyContained,
    KeyLookedUp,
    KeyPlanned,
    KeyReported,
    KeyStepMarked,
    MitigationMarked,
    Resolved,
    SeverityChanged,
    StepAnswered,
    TaskAdded,
    TaskTicked,
)
from bot.rules.api_keys import ApiKey, Hour, KeyStatus
from bot.rules.evidence import Fault, PageUpdate, Severity
from tests.golden.telling import (
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
    on_the_page,
    opened,
    opened_from,
    told,
)


def key_compromise() -> Told:
    """Tell of a key that stood in a public repository: contained after four minutes, replaced after half an hour."""
    at = on("2026-09-02")
    opening = opened(
        at("14:03:00"),
        MIRELA,
        "API key of the export job in a public repository",
        Severity.P1,
        rule="1-key-compromise",
        fault=Fault.OURS,
        branch="auth.exposed",
        because="A person reports that a key is, or may be, in the wrong hands.",
        private=True,
    )
    return told(103, opening, *_contained(), *_replaced(), *_reviewed())


def _contained() -> tuple[Event, ...]:
    at = on("2026-09-02")
    hours = (Hour(at=at("13:00:00"), requests=None, input_tokens=18_200, output_tokens=4_100),)
    return (
        KeyReported(actor=MIRELA, happened_at=at("14:04:10"), wanted="sk-ant-api03-Qw7…x9AA", looked_up=True),
        KeyLookedUp(actor=BOT, happened_at=at("14:04:20"), keys=(_key("active"),), hours=hours),
        Acknowledged(actor=MIRELA, happened_at=at("14:04:30")),
        KeyPlanned(actor=MIRELA, happened_at=at("14:05:00"), replace_first=False),
        ContainmentAsked(actor=MIRELA, happened_at=at("14:05:30"), key_id="apikey_01export"),
        ContainmentConfirmed(actor=JONAS, happened_at=at("14:07:00"), key_id="apikey_01export"),
        KeyContained(actor=BOT, happened_at=at("14:07:12"), key=_key("inactive")),
    )


def _key(status: KeyStatus) -> ApiKey:
    return ApiKey(
        id="apikey_01export",
        name="export-job",
        hint="sk-ant-api03-Qw7...x9AA",
        status=status,
        workspace_id="wrkspc_01data",
        workspace_name="Data exports",
        created_by="Mirela Kostova",
        created_at=on("2026-02-11")("10:00:00"),
        expires_at=None,
    )


def _replaced() -> tuple[Event, ...]:
    at = on("2026-09-02")
    return (
        clean(at("14:08:30"), SONNET),
        EvidenceReported(
            actor=JONAS,
            happened_at=at("14:09:00"),
            said="every request of the export job gets a 401, 40 of 40",
            branch="auth",
            since=at("14:07:20"),
        ),
        _step(
            "14:20:00", "replace", "Make a new key in the Console: same workspace, an expiry, kept in the secret store"
        ),
        _step("14:31:00", "deploy:production", "Deploy the new key to production"),
    )


def _reviewed() -> tuple[Event, ...]:
    at = on("2026-09-02")
    return (
        _step("15:10:00", "audit", "Go through the key's recent usage: are there calls that nobody of us made?"),
        _step("15:40:00", "others", "Look at the other keys of the workspace, and at where this one leaked"),
        TaskAdded(
            actor=MIRELA,
            happened_at=at("15:45:00"),
            number=1,
            text="Refuse commits that contain a key, in every repository",
            owner=JONAS,
            due=date(2026, 9, 9),
        ),
        TaskAdded(actor=MIRELA, happened_at=at("15:46:00"), number=2, text="Give every key an expiry", owner=MIRELA),
        TaskTicked(actor=MIRELA, happened_at=at("16:20:00"), number=2, done=True),
        _step("16:30:00", "report", "Write the report: how it leaked, since when, what was called"),
        Resolved(
            actor=MIRELA,
            happened_at=at("16:45:00"),
            impact="No call of a stranger was found. Exports stood still for 24 minutes, until the new key came.",
            root_cause="A test file with the key was pushed to a public repository at 13:20.",
            mitigation="The key was made inactive and replaced.",
            early="Nothing had failed but what we switched off ourselves.",
        ),
    )


def _step(time: str, step: str, title: str) -> KeyStepMarked:
    return KeyStepMarked(actor=JONAS, happened_at=on("2026-09-02")(time), step=step, title=title)


def balance_used_up() -> Told:
    """Tell of an incident opened by hand, before anything was measured, that was our own unpaid bill.

    The provider's page shows at that time an incident that has nothing to do with it.
    """
    at = on("2026-03-17")
    update = PageUpdate(at=at("11:02:00"), status="monitoring", text="Uploads were slow in one region.")
    page = (on_the_page("Slow uploads to the Files API", update, id="pgfiles01", impact="minor"),)
    refused = failing(at("10:46:04"), Severity.P1, "billing.credit", 400, {SONNET: (5, 5)}, fault=Fault.OURS, page=())
    again = failing(at("11:05:04"), Severity.P1, "billing.credit", 400, {SONNET: (5, 5)}, fault=Fault.OURS, page=page)
    return told(
        114,
        opened(at("10:44:00"), SEUN, "Assistant answers nothing", Severity.P2, affected="all customers in Europe"),
        Acknowledged(actor=SEUN, happened_at=at("10:45:00")),
        refused,
        EvidenceReported(
            actor=SEUN,
            happened_at=at("10:48:00"),
            said="500 of 500 requests failed since 10:31",
            branch="billing.credit",
            since=at("10:31:00"),
        ),
        *_asked_what_it_says(),
        again,
        *_paid(),
    )


def _asked_what_it_says() -> tuple[Event, ...]:
    at = on("2026-03-17")
    first = StepAnswered(
        actor=SEUN,
        happened_at=at("10:50:00"),
        step="symptom",
        question="What do your own services get from the API?",
        option="other",
        label="Something else",
        next_step="other",
        reached="question",
    )
    second = StepAnswered(
        actor=SEUN,
        happened_at=at("10:51:00"),
        step="other",
        question="What does the error say?",
        option="credit",
        label="Credit or payment",
        next_step="billing",
        reached="advice",
        advice="The account cannot pay",
    )
    return first, second


def _paid() -> tuple[Event, ...]:
    at = on("2026-03-17")
    return (
        MitigationMarked(
            actor=INES,
            happened_at=at("11:20:00"),
            mitigation="buy_credits",
            title="Buy credits",
            mark="done",
            measurable=True,
        ),
        clean(at("11:22:00"), SONNET),
        Resolved(
            actor=SEUN,
            happened_at=at("11:34:00"),
            impact="The assistant gave no answer to anybody for 51 minutes.",
            root_cause="The prepaid credit ran out; the mail that warned of it went to somebody who left in January.",
            mitigation="Ines bought credits.",
            action_items=("Switch on automatic reload", "Send the provider's mails to the whole team"),
            early="Support confirms that answers come again.",
        ),
    )


def severity_overridden_twice() -> Told:
    """Tell of a severity that was measured as P3 and that people set twice."""
    at = on("2026-04-28")
    seen = failing(at("06:00:04"), Severity.P3, "timeout", None, {SONNET: (20, 1)}, fault=Fault.UNKNOWN)
    worse = failing(at("06:40:04"), Severity.P2, "timeout", None, {SONNET: (20, 7)}, fault=Fault.UNKNOWN)
    return told(
        113,
        opened_from(seen, at("06:03:00"), TOMASZ, "Claude API: timeout", "7-intermittent", provisional=True),
        seen,
        SeverityChanged(
            actor=TOMASZ,
            happened_at=at("06:10:00"),
            before=Severity.P3,
            after=Severity.P2,
            reason="It hits the checkout assistant, which is all that customers see.",
        ),
        Acknowledged(actor=TOMASZ, happened_at=at("06:12:00")),
        worse,
        SeverityChanged(
            actor=INES,
            happened_at=at("06:45:00"),
            before=Severity.P2,
            after=Severity.P1,
            reason="Orders are down by a third.",
        ),
        MitigationMarked(
            actor=INES,
            happened_at=at("06:58:00"),
            mitigation="adjust_timeouts",
            title="Set the timeouts apart",
            mark="done",
        ),
        clean(at("07:05:00"), SONNET, asked=20),
        Resolved(
            actor=INES,
            happened_at=at("07:33:00"),
            impact="A third fewer orders for 50 minutes.",
            early="Orders are back to where they were.",
        ),
    )
