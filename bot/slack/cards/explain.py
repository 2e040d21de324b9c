"""An explained error: a private card, the form that asks for a text, and the same form with the explanation in it."""

from collections.abc import Iterable
from typing import Any

from bot.rules.answer import Answer
from bot.slack import ids
from bot.slack.cards import blocks as kit
from bot.slack.cards.links import ERRORS, LINKS, RATE_LIMITS, STATUS_PAGE
from bot.slack.cards.triage import FAULT

PASTE = "Paste an error, a log line, a stack trace or a response"
_EXCERPT = 200  # characters of what was given, so that people see what the answer is about
_LONGEST_INPUT = 3000  # Slack's own limit
_ACTIONS = 5


def explain_card(found: Answer, given: str) -> kit.Message:
    """Return the explanation for the person who asked; `given` is what they gave, redacted."""
    run = kit.button("Run triage", ids.RERUN, ids.value(0), says="Run the triage in this channel")
    fault = FAULT.get(found.fault, "not known")
    title, severity, retry = (kit.safe(part) for part in (found.title, found.severity, found.retry))
    text = f"{title}. Whose fault, usually: {fault}. Severity: {severity}. Retry: {retry}."
    return kit.Message(text=text, blocks=[*_explanation(found, given), kit.actions(run)])


def explain_form(note: str = "") -> dict[str, Any]:
    """Return the form that asks for a text; `note` says why it is shown, if that needs saying."""
    return {
        "type": "modal",
        "callback_id": ids.EXPLAIN_FORM,
        "title": {"type": "plain_text", "text": "Explain an error"},
        "submit": {"type": "plain_text", "text": "Explain"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [*([kit.section(kit.safe(note))] if note else []), _text_input()],
    }


def explained_view(found: Answer, given: str) -> dict[str, Any]:
    """Return the modal that shows the explanation; there is nothing to submit in it."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "What this error means"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": _explanation(found, given),
    }


def _text_input() -> kit.Block:
    return {
        "type": "input",
        "block_id": "text",
        "label": {"type": "plain_text", "text": "What came back"},
        "hint": {"type": "plain_text", "text": "Nothing is stored; keys in it are masked. At most 3,000 characters."},
        "element": {
            "type": "plain_text_input",
            "action_id": "text",
            "multiline": True,
            "max_length": _LONGEST_INPUT,
            "placeholder": {"type": "plain_text", "text": PASTE},
        },
    }


def _explanation(found: Answer, given: str) -> list[kit.Block]:
    parts = [
        kit.header(found.title),
        kit.context(f"About {kit.code(kit.cut(' '.join(given.split()), _EXCERPT))}"),
        kit.fields(
            ("Whose fault, usually", FAULT.get(found.fault, "not known")),
            ("Kind of failure", kit.code(found.branch)),
            ("Severity", kit.safe(found.severity) + ("" if found.severity_is_told else f": run `{ids.COMMAND}`")),
            ("Retry", kit.safe(found.retry)),
        ),
        kit.section(f"*Because* {kit.safe(found.because, 900)}"),
    ]
    if found.checks:
        parts.append(kit.section(f"*Check*\n{_list(found.checks)}"))
    if found.actions:
        parts.append(kit.section(f"*Do*\n{_list(found.actions)}"))
    if found.request_id:
        parts.append(kit.context(f"Request id {kit.code(found.request_id)}: the provider's support asks for it."))
    return [*parts, kit.context(_links(found.links))]


def _list(lines: Iterable[str]) -> str:
    return kit.bullets((kit.safe(line, 300) for line in lines), limit=_ACTIONS)


def _links(links: tuple[str, ...]) -> str:
    """Return the links of this kind of failure before those that are on every card."""
    own = [link for link in links if link not in {STATUS_PAGE, ERRORS, RATE_LIMITS}]
    return " · ".join([*(f"<{link}|{kit.safe(link.removeprefix('https://'))}>" for link in own), LINKS])
