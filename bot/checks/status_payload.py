"""Reads the JSON of a status page: tolerant of everything missing, unknown or of the wrong kind."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.checks.exchange import fields_of, word
from bot.checks.limits import moment
from bot.rules.evidence import PageIncident, PageUpdate, StatusPage

API_ID: Final = "k8w3r06qmzrp"
API_NAME: Final = "Claude API"
_OVER: Final = frozenset({"resolved", "postmortem", "completed"})
_UNTIED: Final = re.compile(r"\b(?:API|(?:all|many|multiple|several|some) models)\b")
_MOST_INCIDENTS: Final = 20
_MOST_UPDATES: Final = 12  # of one incident: the newest
_NAME_SHOWN: Final = 200
_TEXT_SHOWN: Final = 500
_VERSION: Final = r"\d+(?:[.-]\d+)*"
_VERSIONS: Final = rf"{_VERSION}(?:(?:, and |, | and | or | & |/| / ){_VERSION}(?![\w%]))*"
_LONGEST_VERSION: Final = 2  # digits; a longer number in a model id is a date

JsonObject = Mapping[str, object]


def read_page(data: JsonObject, host: str, models: Sequence[str]) -> StatusPage:
    """Return what a summary says, with the open incidents told apart by whether they name the API or `models`."""
    status = fields_of(data, "status")
    incidents = [item for item in _objects(data, "incidents") if item.get("status") not in _OVER]
    return StatusPage(
        readable=True,
        indicator=word(status.get("indicator")),
        description=word(status.get("description"), _NAME_SHOWN),
        api_component=_api_state(data),
        incidents=tuple(_incident(item, models) for item in incidents[:_MOST_INCIDENTS]),
        host=host,
    )


def _objects(data: JsonObject, name: str) -> list[JsonObject]:
    value = data.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _api_state(data: JsonObject) -> str | None:
    """Return the state of the API's component, found by its id, else by the beginning of its name."""
    components = _objects(data, "components")
    by_id = [item for item in components if item.get("id") == API_ID]
    by_name = [item for item in components if str(item.get("name")).startswith(API_NAME)]
    return next((word(item.get("status")) for item in by_id + by_name), None)


def _incident(item: JsonObject, models: Sequence[str]) -> PageIncident:
    name = word(item.get("name"), _NAME_SHOWN) or "without a name"
    updates = _objects(item, "incident_updates")
    return PageIncident(
        id=word(item.get("id")) or "",
        name=name,
        status=word(item.get("status")) or "unknown",
        impact=word(item.get("impact")) or "unknown",
        started_at=moment(item.get("started_at")) or moment(item.get("created_at")),
        names_api=_names_api(item, name) or any(names_model(name, model) for model in models),
        url=word(item.get("shortlink"), _NAME_SHOWN),
        latest=word(updates[0].get("body"), _TEXT_SHOWN) or "" if updates else "",
        updates=tuple(sorted(_updates(updates[:_MOST_UPDATES]), key=lambda update: update.at)),
    )


def _updates(found: Sequence[JsonObject]) -> Iterator[PageUpdate]:
    """Yield the provider's words whose moment can be read."""
    for update in found:
        at = moment(update.get("created_at")) or moment(update.get("display_at"))  # posted; what is shown may be older
        if at is not None:
            text = word(update.get("body"), _TEXT_SHOWN) or ""
            yield PageUpdate(at=at, status=word(update.get("status")) or "unknown", text=text)


def _names_api(item: JsonObject, name: str) -> bool:
    """Tell whether an incident is tied to the API; one that is tied to nothing is judged by its title."""
    tied = list(_tied_to(item))
    if tied:
        return any(code == API_ID or code.startswith(API_NAME) for code in tied)
    return bool(_UNTIED.search(name))


def _tied_to(item: JsonObject) -> Iterator[str]:
    """Yield the ids and names of the components that an incident or any of its updates affects."""
    affected = [
        part for update in _objects(item, "incident_updates") for part in _objects(update, "affected_components")
    ]
    for part in [*_objects(item, "components"), *affected]:
        yield from (value for key in ("id", "code", "name") if isinstance(value := part.get(key), str))


def names_model(title: str, model: str) -> bool:
    """Tell whether an incident's title names a model: its line with its version, or the line without any version.

    "Opus 4.5/4.7", "Opus 4.6 and 4.7" and "Opus models" name `claude-opus-4-7`, with or without a date; "Opus 4.6" and
    "Sonnet 4.7" do not. A model without a version is named by its words: "Mythos Preview".
    """
    parts = model.lower().removeprefix("claude-").split("-")
    words = [part for part in parts if part.isalpha()]
    version = ".".join(part for part in parts if part.isdigit() and len(part) <= _LONGEST_VERSION)
    if not words:
        return False
    if not version:
        return re.search(rf"\b{'[ -]'.join(words)}\b", title, re.IGNORECASE) is not None
    around = re.compile(rf"(?P<before>\b{_VERSION}[ -])?\b{words[0]}\b(?P<after>[ -]{_VERSIONS})?", re.IGNORECASE)
    return any(_names_version(found, version) for found in around.finditer(title))


def _names_version(found: re.Match[str], version: str) -> bool:
    told = re.findall(_VERSION, found["after"] or found["before"] or "")
    return not told or version in {number.replace("-", ".") for number in told}
