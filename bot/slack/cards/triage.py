"""The message of a triage run: each check as it finishes, then the verdict with its evidence."""

from bot.incidents.model import Incident
from bot.incidents.triage import Triage
from bot.rules.evidence import Bucket, CheckStatus, Evidence, Verdict
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards.links import LINKS

_SIGN = {
    CheckStatus.OK: ":white_check_mark: ok",
    CheckStatus.FAILED: ":x: failed",
    CheckStatus.SKIPPED: ":white_circle: skipped",
    CheckStatus.TIMEOUT: ":hourglass: timed out",
}
_STILL_OPEN = ":hourglass_flowing_sand: still open"
FAULT = {"theirs": "theirs (the provider's)", "ours": "ours", "mixed": "both sides'", "unknown": "not known"}


def triage_card(triage: Triage, incident: Incident | None, check_names: tuple[str, ...]) -> kit.Message:
    """Return the message of the run as it stands now; `check_names` are the checks that it waits for."""
    asked = f"asked by {kit.person(triage.requested_by)} {kit.moment(triage.requested_at)}"
    if triage.given_up:
        told = "could not be carried out; nothing was measured. `/anth-triage` starts another."
        return kit.Message(
            text="This triage could not be carried out.",
            blocks=[kit.section(f":x: *This triage* {told}"), kit.context(asked)],
        )
    if triage.finished_at is None or triage.verdict is None:
        done = sum("open" not in item.facts for item in triage.evidence.values())
        lines = [
            _check_line(triage.evidence[name]) if name in triage.evidence else _waiting(name) for name in check_names
        ]
        text = f"Triage of the Claude API is running: {done} of {len(check_names)} checks done."
        return kit.Message(
            text=text,
            blocks=[
                kit.section(f":mag: *Triage of the Claude API is running* - {done} of {len(check_names)} checks done"),
                *_so_far(triage.verdict),
                kit.section("\n".join(lines)),
                kit.context(asked),
            ],
        )
    return _finished(triage, triage.verdict, incident, asked)


def _so_far(verdict: Verdict | None) -> list[kit.Block]:
    """Return what the verdict would be by now, once checks are overdue: 3 a.m. does not wait for the last of them."""
    if verdict is None:
        return []
    return [kit.section(f"*So far:* {verdict_line(verdict)}\n{kit.safe(verdict.because, 900)}")]


def _waiting(name: str) -> str:
    return f":hourglass_flowing_sand: running - *{_words(name)}*"


def _words(name: str) -> str:
    return kit.safe(name.replace("_", " "))


def _check_line(evidence: Evidence) -> str:
    took = f" ({evidence.latency_ms / 1000:.1f} s)" if evidence.latency_ms is not None else ""
    sign = _STILL_OPEN if "open" in evidence.facts else _SIGN[evidence.status]
    return f"{sign} - *{_words(evidence.check)}*: {kit.safe(evidence.summary, 300)}{took}"


def verdict_line(verdict: Verdict) -> str:
    """Return severity, whose fault and branch in one line, in words besides the sign."""
    sign = kit.SEVERITY_SIGN[verdict.severity]
    if verdict.severity == "none":
        return f"{sign} *No incident measured*"
    provisional = " (provisional)" if verdict.provisional else ""
    fault = FAULT.get(verdict.fault or "unknown", "not known")
    level = "Severity unknown" if verdict.severity == "unknown" else verdict.severity
    return f"{sign} *{level}{provisional} · fault: {fault} · {_words(verdict.branch or 'unknown')}*"


def _finished(triage: Triage, verdict: Verdict, incident: Incident | None, asked: str) -> kit.Message:
    lines = "\n".join(_check_line(item) for item in triage.evidence.values())
    parts = [
        kit.header("Claude API triage"),
        kit.section(f"{verdict_line(verdict)}\n{kit.safe(verdict.because, 900)}"),
        kit.section(lines or "No check gave an answer."),
    ]
    if verdict.rate_limits:
        parts.append(kit.section("*Rate-limit headroom*\n" + kit.bullets(map(_headroom, verdict.rate_limits))))
    if verdict.next_steps:
        parts.append(
            kit.section("*Next*\n" + kit.bullets((kit.safe(step, 300) for step in verdict.next_steps), limit=9))
        )
    if verdict.request_ids:
        parts.append(kit.context("Request ids: " + " ".join(kit.code(i) for i in verdict.request_ids[:10])))
    parts += [kit.context(_vantage(verdict, triage)), kit.context(f"{asked} · {LINKS}")]
    parts += _incident_part(triage, incident)
    plain = verdict_line(verdict).split(" ", 1)[1].replace("*", "")
    return kit.Message(text=f"Claude API triage: {plain}. {kit.safe(verdict.because, 300)}", blocks=parts)


def _headroom(bucket: Bucket) -> str:
    left = f"{bucket.remaining:,} of {bucket.limit:,} left ({bucket.headroom:.0%})"
    refill = f", full again in {bucket.refill_s:.0f} s" if bucket.refill_s else ""
    return f"{_words(bucket.bucket)}: {left}{refill}"


def _vantage(verdict: Verdict, triage: Triage) -> str:
    seen = verdict.vantage
    took = f" in {triage.duration_ms / 1000:.1f} s" if triage.duration_ms is not None else ""
    counted = verdict.samples
    parts = [
        f"{counted.failed} of {counted.total} attempts failed, {counted.slow} slow{took}",
        f"key: {kit.safe(seen.key)}",
        f"models: {kit.safe(', '.join(seen.models) or 'none')}",
    ]
    if seen.workspace:
        parts.append(f"workspace: {kit.safe(seen.workspace)}")
    if seen.not_tested and verdict.severity != "none":  # there the verdict itself says it
        parts.append(f"not tested: {kit.safe(', '.join(seen.not_tested))}")
    if verdict.rule:
        parts.append(f"rule: {kit.safe(verdict.rule)}, confidence {verdict.confidence}")
    return " · ".join(parts)


def _incident_part(triage: Triage, incident: Incident | None) -> list[kit.Block]:
    again = kit.button("Run again", ids.RERUN, ids.value(triage.id), says="Run the triage again")
    tell = kit.button("Tell what production sees", ids.EVIDENCE, ids.value(triage.id))
    if incident is None:
        offer = kit.button("Open incident", ids.OPEN, ids.value(triage.id), style="primary")
        return [kit.actions(offer, again, tell)]
    where = f"<#{incident.channel_id}>" if incident.channel_id else "its channel is being created"
    if incident.channel_problem:
        retry = kit.button("Try again", ids.RETRY_CHANNEL, ids.value(incident.id), style="primary")
        problem = kit.safe(incident.channel_problem, 500)
        said = f":warning: *{incident.name}* is recorded, but it has no channel. {problem}"
        return [kit.section(said), kit.actions(retry)]
    opened = f":rotating_light: *{incident.name}* opened by {kit.person(incident.opened_by)}: {where}"
    return [kit.section(f"{opened} · {incident.status}")]


def running_text(triage: Triage, *, hidden: bool) -> str:
    """Return what is told to whoever asks for a run while one is under way; `hidden` where they may not know of it."""
    if hidden:
        return "A triage is running already and ends in some seconds: ask again then."
    where = f"in <#{triage.channel_id}>" if triage.channel_id.startswith(("C", "G")) else "in private"
    by = kit.person(triage.requested_by)
    return f"A triage is running already, asked for by {by} {where}: its result comes there."
