"""Ids of buttons and forms, built and parsed in one place; values carry ids only, and a version of their own.

An id begins with a noun and a verb, `tree:answer`; what follows tells several of that kind apart.
A value is `1|` and the parts, joined by `|`. One made by another version of the bot raises BadButton.
"""

from bot.errors import BadButton
from bot.incidents.model import Incident, Status
from bot.incidents.seen import Seen, seen_of
from bot.incidents.walk import Choice
from bot.rules.evidence import Severity

COMMAND = "/anth-triage"
OPEN = "triage:open"
RERUN = "triage:rerun"
ANSWER = "tree:answer:"
MEASURE = "tree:measure"
MITIGATE = "tree:mitigate:"
KEY = "key:start"
KEY_FORM = "form:key"
KEY_CHOOSE = "key:choose:"
KEY_PLAN = "key:plan:"
KEY_CONTAIN = "key:contain"
KEY_CONTAIN_FORM = "form:contain"
KEY_CONFIRM = "key:confirm"
KEY_WITHDRAW = "key:withdraw"
KEY_STEP = "key:step:"
KEY_AGAIN = "key:again"
RESOLVE = "incident:resolve"
RETRY_CHANNEL = "incident:retry_channel"
RESOLVE_FORM = "form:resolve"
EVIDENCE = "evidence:ask"
ACKNOWLEDGE = "incident:ack"
SNOOZE = "incident:snooze"
EVIDENCE_FORM = "form:evidence"
EXPLAIN_FORM = "form:explain"
REOPEN = "incident:reopen"
REOPEN_FORM = "form:reopen"
WRITE = "postmortem:write"
WRITE_FORM = "form:postmortem"
SHARE = "postmortem:share"
ANSWER_FORM = "form:answer"
SEVERITY = "incident:severity"
SEVERITY_FORM = "form:severity"
DECLARE = "incident:declare"
DECLARE_FORM = "form:declare"
UPDATE = "incident:update"
UPDATE_FORM = "form:update"
OPEN_ANYWHERE = "open_incident"  # the global shortcut, as the manifest names it
OPEN_FROM_MESSAGE = "open_from_message"  # and the one of a message
ADD_TO_TIMELINE = "add_to_timeline"  # and the one that marks a message
EXPLAIN_MESSAGE = "explain_error"  # the message shortcut, as the manifest names it
_VERSION = "1"
_PLACE = "@"
_PRIVATE = "!"


def kind_of(id_: str) -> str:
    """Return the noun and the verb of an id: what it does, whichever of several it is."""
    return ":".join(id_.split(":", 2)[:2])


def value(*parts: object) -> str:
    """Return the value of a button for these parts."""
    return "|".join([_VERSION, *(str(part) for part in parts)])


def number(text: str) -> int:
    """Return the one number that a value carries; raises BadButton."""
    (part,) = _parts(text, 1)
    return _int(part)


def place(text: str) -> str:
    """Return the channel that a value carries; raises BadButton."""
    (part,) = _parts(text, 1)
    return part


def step_value(incident_id: int, index: int, step: str, option: str) -> str:
    """Return the value of a button of the decision tree."""
    return value(incident_id, index, step, option)


def parse_step(text: str) -> Choice:
    """Return what a button of the decision tree stands for; raises BadButton."""
    incident, index, step, option = _parts(text, 4)
    return Choice(incident_id=_int(incident), index=_int(index), step=step, option=option)


def parse_mitigation(text: str) -> tuple[int, str, str]:
    """Return the incident, the mitigation's id and the mark that a button stands for; raises BadButton."""
    incident, mitigation, mark = _parts(text, 3)
    return _int(incident), mitigation, mark


def parse_key(text: str) -> tuple[int, str]:
    """Return the incident and what else a button of the procedure for a key stands for; raises BadButton."""
    incident, part = _parts(text, 2)
    return _int(incident), part


def form_value(incident: Incident) -> str:
    """Return what a form of an incident carries: which one it is, and how it stood when the form was opened."""
    seen = seen_of(incident)
    return value(incident.id, seen.rounds, seen.status, seen.severity)


def parse_form(text: str) -> tuple[int, Seen]:
    """Return the incident and how the person saw it; raises BadButton."""
    incident, rounds, status, severity = _parts(text, 4)
    if status not in tuple(Status) or severity not in tuple(Severity):
        raise BadButton("This form is damaged.", "Open it again from the card.")
    return _int(incident), Seen(rounds=_int(rounds), status=Status(status), severity=Severity(severity))


def ending_value(incident: Incident) -> str:
    """Return what the form that ends an incident carries: how it stood, and the newest entry of its timeline."""
    seen = seen_of(incident)
    return value(incident.id, seen.rounds, seen.status, seen.severity, incident.version)


def parse_ending(text: str) -> tuple[int, Seen, int]:
    """Return the incident, how the person saw it, and the newest entry at that time; raises BadButton."""
    incident, rounds, status, severity, entries = _parts(text, 5)
    number, seen = parse_form(value(incident, rounds, status, severity))
    return number, seen, _int(entries)


def parse_written(text: str) -> tuple[int, int]:
    """Return the incident and the newest entry that a form of its postmortem was drawn from; raises BadButton."""
    incident, seen = _parts(text, 2)
    return _int(incident), _int(seen)


def declare_value(channel_id: str, seen: int) -> str:
    """Return what the form of a new incident carries: where it was asked for, and the newest incident's number."""
    return value(channel_id, seen)


def parse_declare(text: str) -> tuple[str, int]:
    """Return the channel (may be empty) and the newest incident that the person could know of."""
    channel_id, seen = _parts(text, 2)
    return channel_id, _int(seen)


def placed(text: str, channel_id: str, *, in_private: bool = False) -> str:
    """Return what a form carries with the channel in which it was asked for, which Slack does not tell of a form."""
    return f"{text}{_PLACE}{channel_id}{_PRIVATE if in_private else ''}"


def place_of(text: str) -> str:
    """Return the channel in which a form was asked for; empty for none."""
    return text.partition(_PLACE)[2].removesuffix(_PRIVATE)


def is_placed_in_private(text: str) -> bool:
    """Tell whether a form was asked for where not everybody may look."""
    return text.partition(_PLACE)[2].endswith(_PRIVATE)


def _parts(text: str, count: int) -> list[str]:
    version, *parts = text.partition(_PLACE)[0].split("|")
    if version != _VERSION or len(parts) != count:
        raise BadButton("This button was made by another version of the bot.", "Use the newest message.")
    return parts


def _int(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 15:  # noqa: PLR2004 - no id has more digits
        raise BadButton("This button is damaged.", "Use the newest message.")
    return int(text)
