"""The procedure for a key in the wrong hands: one message that stays true, and its forms."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, Final

from bot.incidents.leaked_key import KeyCase, Procedure, must_type
from bot.incidents.model import Incident
from bot.rules.api_keys import ApiKey, Hour
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards import form
from bot.slack.cards.pasted_key import KEYS

_STANDS_OUT: Final = 3  # times the median of the hours in which the key was used
_BLIND: Final = ":warning: *With this key the bot itself measures: it would be blind after that.*"
_MOST_KEYS: Final = 5
_HOURS: Final = 24


def procedure_card(incident: Incident, case: KeyCase, rule: Procedure) -> kit.Message:
    """Return the procedure as it stands: what is known of the key, what can be pressed, and the steps for people."""
    blocks = [kit.header(f"Key in the wrong hands: {case.wanted}"), kit.section(_state(case))]
    if case.problem:
        blocks.append(kit.section(f":warning: {kit.safe(case.problem)}"))
    for key in case.keys[:_MOST_KEYS]:
        blocks.append(kit.section(_facts(key, rule)))
        if case.phase == "several" and incident.is_open:
            value = ids.value(incident.id, key.id)
            blocks.append(kit.actions(kit.button("This one", f"{ids.KEY_CHOOSE}{key.id}", value)))
    if case.key is not None:
        blocks.append(kit.section(_usage(case.hours)))
    if incident.is_open:
        blocks += [kit.actions(*row) for row in [_buttons(incident, case)] if row]
    blocks += _steps(incident, case, rule)
    blocks.append(kit.context(f"<{KEYS}|API keys in the Console>. No API can make a new key: that is done there."))
    return kit.Message(text=f"{incident.name}: key in the wrong hands, {case.phase}", blocks=blocks)


def _state(case: KeyCase) -> str:
    asked = kit.person(case.asked_by) if case.asked_by else "Somebody"
    if case.phase == "contained" and case.key is not None:
        at = kit.moment(case.contained_at) if case.contained_at else "already before"
        proof = " A request with it was refused (401)." if case.refused else ""
        return f":white_check_mark: *Contained:* its status was read back, {case.key.status}, {at}.{proof}"
    if case.phase == "unknown" and case.problem:
        return ":question: *The key could not be looked up.* Find it in the Console, and go through the steps."
    return {
        "checklist": ":memo: No Admin API is connected: find the key in the Console, and go through the steps.",
        "looking": ":hourglass_flowing_sand: Looking the key up with the Admin API.",
        "unknown": ":question: *No key was found.* It may belong to another organization, or be no key of ours at all.",
        "several": ":question: *More than one key fits.* Which one is it?",
        "found": ":rotating_light: *The key is active.* Look at what would stop, then contain it, or replace it first.",
        "asked": f":raised_hand: *{asked} asks to make it inactive.* Somebody else who may do that confirms.",
        "containing": ":hourglass_flowing_sand: *It is being made inactive.* Its status is read back.",
    }.get(case.phase, "")


def _facts(key: ApiKey, rule: Procedure) -> str:
    expires = f", expires {kit.moment(key.expires_at)}" if key.expires_at else ", never expires"
    own = f"\n{_BLIND}" if rule.is_own(key) else ""
    return (
        f"*{kit.safe(key.name)}* {kit.code(key.hint)}: {key.status}, workspace {kit.safe(key.workspace)}\n"
        f"made by {kit.safe(key.created_by)} {kit.moment(key.created_at)}{expires}{own}"
    )


def _usage(hours: Sequence[Hour]) -> str:
    """Return what would stop: the hours in which the key was used, those marked that stand out."""
    if not hours:
        return "*In the last 24 hours* the usage report names no call with it (it may be some minutes late)."
    usual = median(hour.input_tokens + hour.output_tokens for hour in hours)
    lines = (_hour(hour, stands_out=_tokens(hour) > _STANDS_OUT * usual) for hour in hours[-_HOURS:])
    said = "Such calls would stop. Hours marked with ! stand out: was that us?"
    return (
        f"*In the last 24 hours* it was used in {len(hours)} hour{'s' if len(hours) > 1 else ''}. {said}\n```"
        + "\n".join(lines)
        + "```"
    )


def _hour(hour: Hour, *, stands_out: bool) -> str:
    mark = " !" if stands_out else ""
    return f"{hour.at:%d %b %H:%M} UTC  {hour.input_tokens:>12,} in  {hour.output_tokens:>10,} out{mark}"


def _tokens(hour: Hour) -> int:
    return hour.input_tokens + hour.output_tokens


def _buttons(incident: Incident, case: KeyCase) -> list[kit.Block]:
    """Return what can be pressed: what acts on the key itself only while it is known and active."""
    number, key = ids.value(incident.id), case.key
    again = kit.button("Look it up again", ids.KEY_AGAIN, number)
    plan = _plan(incident, case)
    if case.phase == "found" and key is not None:
        contain = kit.button("Make it inactive", ids.KEY_CONTAIN, ids.value(incident.id, key.id), style="danger")
        return [contain, plan, again]
    if case.phase == "asked" and key is not None:
        confirm = kit.button("Confirm", ids.KEY_CONFIRM, ids.value(incident.id, key.id), style="danger")
        confirm["confirm"] = _sure(key)
        return [confirm, kit.button("Keep it active", ids.KEY_WITHDRAW, number)]
    if case.phase == "checklist":
        return [plan]
    return [again] if case.phase in {"unknown", "several", "contained"} else []


def _plan(incident: Incident, case: KeyCase) -> kit.Block:
    label, what = ("Contain it first", "now") if case.replace_first else ("Replace it first", "replace")
    return kit.button(label, f"{ids.KEY_PLAN}{what}", ids.value(incident.id, what))


def _sure(key: ApiKey) -> kit.Block:
    text = f"Every call with {key.name} ({key.hint}) fails from then on. It can be made active again."
    return {
        "title": kit.plain("Make this key inactive?"),
        "text": kit.plain(kit.cut(text, 300)),
        "confirm": kit.plain("Make it inactive"),
        "deny": kit.plain("Not now"),
    }


def _steps(incident: Incident, case: KeyCase, rule: Procedure) -> Iterator[kit.Block]:
    for number, (step, title) in enumerate(rule.steps(replace_first=case.replace_first), 1):
        who = case.done.get(step)
        sign = ":white_check_mark:" if who else ":white_large_square:"
        by = f", done by {kit.person(who)}" if who else ""
        block = kit.section(f"{sign} {number}. {kit.safe(title)}{by}")
        by_the_bot = step == "contain" and case.phase not in {"checklist", "unknown"}
        if incident.is_open and not by_the_bot:
            mark = "undo" if who else "do"
            value = ids.value(incident.id, f"{mark} {step}")
            block["accessory"] = kit.button("Undo" if who else "Done", f"{ids.KEY_STEP}{step}", value, says=title)
        yield block


def which_key_form(incident_id: int) -> dict[str, Any]:
    """Return the form that asks which key; `incident_id` is 0 where an incident is opened for it."""
    hint = "Its name, its id (apikey_...), its hint (sk-ant-api03-R2D...igAA) or its last four characters, never more."
    blocks = [
        kit.section("It becomes a P1 at once. Nothing happens to the key before somebody confirms it."),
        form.field("wanted", "Which key?", form.line(most=120), hint=hint),
    ]
    return form.modal(ids.KEY_FORM, ids.value(incident_id), "Key in the wrong hands", blocks, submit="Begin")


def contain_form(incident_id: int, case: KeyCase, key: ApiKey, rule: Procedure) -> dict[str, Any]:
    """Return the form that asks to make the key inactive, beside what would stop."""
    blocks = [kit.section(_facts(key, rule)), kit.section(_usage(case.hours))]
    if must_type(key, rule):
        label = "Type the last four characters of its hint"
        blocks.append(form.field("typed", label, form.line(most=20)))
    then = "Somebody else confirms it." if rule.confirm == "second_person" else "It is done at once."
    blocks.append(kit.section(f"{then} Every call with it fails from then on; it can be made active again."))
    carries = ids.value(incident_id, key.id)
    return form.modal(ids.KEY_CONTAIN_FORM, carries, "Make the key inactive", blocks, submit="Ask for it")
