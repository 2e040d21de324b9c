"""An incident in which every text that people or the outside wrote tries to become markup."""

from datetime import date
from typing import Final

from bot.incidents.events import (
    BOT,
    Acknowledged,
    Actor,
    Amended,
    Captured,
    ChannelCreated,
    ChannelFailed,
    Erased,
    Event,
    EvidenceReported,
    Failing,
    KeyContained,
    KeyLookedUp,
    KeyReported,
    KeyStepMarked,
    Measured,
    MitigationMarked,
    ModelSeen,
    Noted,
    PostmortemWritten,
    Relapsed,
    Reopened,
    Resolved,
    Retracted,
    RoleGiven,
    SeverityChanged,
    StageSet,
    StepAnswered,
    TaskAdded,
    UpdateSent,
)
from bot.rules.api_keys import ApiKey
from bot.rules.evidence import Fault, PageIncident, PageUpdate, Severity
from tests.golden.telling import Told, on, opened, told

_ATTACKS: Final = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- comment -->",
    "&lt;b&gt; &amp; &#106; &copy;",
    "**bold** __bold__ *em* _em_ ~~gone~~",
    "[press](javascript:alert(1)) ![seen](https://evil.example/x.png)",
    "[ref]: https://evil.example",
    "<https://evil.example|press> <!channel> <@U0EVIL0001>",
    "<javascript:alert(1)> https://evil.example",
    "{{ 7 * 7 }} {% for x in y %} {# gone #} ${7*7}",
    "| cell | cell |",
    "`code` ``code`` ``` fence ~~~",
    "\n# heading\n- item\n1. first\n2) second\n> quote\n---\n===\n    indented",
    "\n```\nfence\n```\n| a | b |\n| --- | --- |\n",
    "a\\",
    "\x00\x07\x1b[31m\x7f\u0085\u2028\u2029",
    "zero\u200bwidth\u200d\ufeff \u202eturned\u2066",
    "w" * 120,
    "+",
)


def nasty(mark: str) -> str:
    """Return a text with every attack; `mark` says where it stood."""
    return f"{mark} " + " ".join(_ATTACKS) + f" {mark} ends"


def _first(mark: str) -> str:
    """Return a text that begins with what begins a block."""
    return f"- [ ] # 1. > {nasty(mark)}"


EVE: Final = Actor(id="U0EVE00001", name=nasty("eve"))
MAL: Final = Actor(id="U0MAL00001", name=_first("mal"))


def hostile_markup() -> Told:
    """Tell of an incident that attacks its own postmortem in every field."""
    at = on("2026-07-15")
    opening = opened(
        at("09:00:00"),
        EVE,
        nasty("title"),
        Severity.P1,
        rule=nasty("rule"),
        because=_first("because"),
        branch=nasty("branch"),
        impact=nasty("opened-impact"),
        affected=_first("affected"),
    )
    return told(108, opening, _measured(), *_channels(), *_words(), *_keys(), *_end())


def _measured() -> Measured:
    at = on("2026-07-15")("08:59:00")
    failed = Failing(
        branch=nasty("leaf"),
        count=5,
        first_at=at,
        last_at=at,
        statuses=(529,),
        models=(nasty("failed-model"),),
        request_ids=(nasty("request-id"),),
        headers=((nasty("header"), nasty("header-value")),),
    )
    return Measured(
        actor=BOT,
        happened_at=at,
        severity=Severity.P1,
        fault=Fault.THEIRS,
        branch=nasty("measured-branch"),
        because=nasty("measured-because"),
        samples_total=5,
        samples_failed=5,
        checks=(_first("check"), nasty("second-check")),
        request_ids=(nasty("other-id"),),
        first_failure_at=at,
        models=(ModelSeen(model=nasty("model"), total=5, failed=5),),
        failures=(failed,),
        provider=(nasty("provider"),),
        page=(_page(),),
    )


def _page() -> PageIncident:
    at = on("2026-07-15")("08:58:00")
    update = PageUpdate(at=at, status=nasty("update-status"), text=_first("update-text"))
    return PageIncident(
        id="pgevil",
        name=_first("page-name"),
        status="investigating",
        impact=nasty("page-impact"),
        started_at=at,
        names_api=True,
        url="javascript:alert(1)//<script>alert(1)</script>[press](javascript:alert(1))",
        updates=(update,),
    )


def _channels() -> tuple[Event, ...]:
    at = on("2026-07-15")
    return (
        ChannelFailed(actor=BOT, happened_at=at("09:00:02"), error=nasty("slack-error"), hint=nasty("slack-hint")),
        ChannelCreated(actor=BOT, happened_at=at("09:00:05"), channel_id="C0INC00108", name=nasty("channel")),
        Acknowledged(actor=MAL, happened_at=at("09:01:00")),
        RoleGiven(actor=MAL, happened_at=at("09:01:10"), role="scribe", to=EVE),
    )


def _words() -> tuple[Event, ...]:
    at = on("2026-07-15")
    captured = Captured(
        actor=EVE,
        happened_at=at("09:04:00"),
        author=MAL,
        text=_first("captured"),
        channel_id="C0INC00108",
        ts="1784106240.000100",
        permalink="javascript:alert(1)",
    )
    return (
        EvidenceReported(actor=EVE, happened_at=at("09:02:00"), said=nasty("said"), text=nasty("pasted")),
        Noted(actor=EVE, happened_at=at("09:03:00"), text=_first("noted")),
        captured,
        UpdateSent(actor=EVE, happened_at=at("09:05:00"), text=nasty("update")),
        _answered(),
        MitigationMarked(
            actor=MAL, happened_at=at("09:07:00"), mitigation="own_switch", title=_first("mitigation"), mark="taken"
        ),
        SeverityChanged(
            actor=MAL,
            happened_at=at("09:08:00"),
            before=Severity.P1,
            after=Severity.P2,
            reason=nasty("severity-reason"),
        ),
        StageSet(
            actor=EVE,
            happened_at=at("09:09:00"),
            before="investigating",
            after="monitoring",
            reason=nasty("stage-reason"),
        ),
        TaskAdded(
            actor=EVE, happened_at=at("09:10:00"), number=1, text=_first("task"), owner=MAL, due=date(2026, 7, 20)
        ),
        Retracted(actor=EVE, happened_at=at("09:11:00"), seq=8, reason=nasty("retracted-reason")),
        Amended(
            actor=EVE,
            happened_at=at("09:12:00"),
            seq=1,
            part="affected",
            text=_first("amended"),
            reason=nasty("amended-reason"),
        ),
    )


def _answered() -> StepAnswered:
    return StepAnswered(
        actor=MAL,
        happened_at=on("2026-07-15")("09:06:00"),
        step="symptom",
        question=_first("question"),
        option="other",
        label=nasty("label"),
        next_step="other",
        reached="advice",
        advice=_first("advice"),
        suggested=nasty("suggested"),
        reason=nasty("answer-reason"),
    )


def _keys() -> tuple[Event, ...]:
    at = on("2026-07-15")
    key = ApiKey(
        id="apikey_01evil",
        name=nasty("key-name"),
        hint="sk-ant-api03-<b>...|`_*",
        status="inactive",
        workspace_id=None,
        workspace_name=nasty("workspace"),
        created_by=nasty("creator"),
        created_at=at("08:00:00"),
        expires_at=None,
    )
    return (
        KeyReported(actor=EVE, happened_at=at("09:13:00"), wanted=nasty("wanted"), looked_up=True),
        KeyLookedUp(actor=BOT, happened_at=at("09:13:05"), keys=(key,)),
        KeyLookedUp(actor=BOT, happened_at=at("09:13:06"), problem=nasty("key-problem")),
        KeyContained(actor=BOT, happened_at=at("09:14:00"), key=key),
        KeyStepMarked(actor=MAL, happened_at=at("09:15:00"), step="deploy:x", title=_first("key-step")),
    )


def _end() -> tuple[Event, ...]:
    at = on("2026-07-15")
    return (
        PostmortemWritten(
            actor=EVE,
            happened_at=at("09:16:00"),
            impact=nasty("written-impact"),
            root_cause=nasty("written-cause"),
            detection=_first("written-detection"),
            mitigation=nasty("written-mitigation"),
            lessons=_first("written-lessons"),
        ),
        _resolved("first", "09:17:00"),
        Relapsed(actor=BOT, happened_at=at("09:18:00"), because=nasty("relapsed")),
        Reopened(actor=MAL, happened_at=at("09:19:00"), reason=_first("reopened")),
        _resolved("last", "09:20:00"),
        Erased(actor=EVE, happened_at=at("09:21:00"), seq=2, reason=nasty("erased-reason")),
    )


def _resolved(mark: str, time: str) -> Resolved:
    return Resolved(
        actor=MAL,
        happened_at=on("2026-07-15")(time),
        impact=nasty(f"{mark}-impact"),
        root_cause=_first(f"{mark}-cause"),
        mitigation=nasty(f"{mark}-mitigation"),
        action_items=(_first(f"{mark}-item"), "1. " + nasty(f"{mark}-second-item")),
        early=_first(f"{mark}-early"),
    )
