"""Do the configured models exist, and for how long? Reads each of them and the catalogue; costs nothing."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from bot.checks.base import AT_DEADLINE, NO_KEY, Attempt, Raw, Terms, report, status_of
from bot.checks.client import Client
from bot.checks.limits import moment
from bot.checks.probe import ask, ungood
from bot.checks.shared import Shared
from bot.checks.target import Target
from bot.rules.evidence import CheckStatus, Evidence

_PATH: Final = "/v1/models"
_LIST: Final = "catalogue"
_SOON: Final = timedelta(days=60)
_ID: Final = re.compile(r"claude-[a-z0-9.-]{1,60}")
_CHEAP: Final = "haiku"


class Models:
    """Asks for each configured model and for the list of all.

    - Tells a model that is gone, one whose retirement is at most 60 days away, and one that is missing in the list.
    - Does not prove that this key may use the model, or that it has capacity.
    """

    name = "models"
    terms = Terms(
        sends=f"`GET {_PATH}/MODEL` for each configured model, and the catalogue, `GET {_PATH}`; free of charge",
        count="one a model, and one",
        skipped=NO_KEY,
        ends=AT_DEADLINE,
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Ask for all of them side by side."""
        raw.skipped = client.refusal
        if raw.skipped:
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(_read_list(client, shared, raw))
            for model in target.models:
                path = f"{_PATH}/{quote(model, safe='')}"
                group.create_task(ask(client, shared, raw, about=model, path=path, flaw=ungood, free=True))

    def interpret(self, raw: Raw, target: Target) -> Evidence:
        """Say what is wrong with the configured models, else that they are active."""
        listing = raw.about(_LIST)
        listed = None if listing is None or listing.branch else {model.id for model in _catalogue(listing)}
        states = [_state(model, raw.about(model), listed) for model in target.models]
        worries = [state.worry for state in states if state.worry]
        facts = {name: value for state in states for name, value in state.facts.items()}
        status = status_of(raw)
        if status is CheckStatus.OK and worries:
            status = CheckStatus.FAILED
        return report(self.name, raw, _summary(target, worries, facts), status=status, facts=facts)


@dataclass(frozen=True, slots=True)
class _Model:
    """A model as the API describes it; unknown fields are None."""

    id: str
    lifecycle: str | None
    line: str | None
    retires_at: datetime | None


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of a configured model: facts, and what people should worry about."""

    worry: str | None
    facts: Mapping[str, str]


async def _read_list(client: Client, shared: Shared, raw: Raw) -> None:
    """Read the catalogue, and tell the other checks which models are active, cheap ones first."""
    attempt = await ask(client, shared, raw, about=_LIST, path=f"{_PATH}?limit=1000", flaw=ungood, free=True)
    found = [] if attempt is None else list(_catalogue(attempt))
    active = [model for model in found if model.lifecycle in {"active", None} and _ID.fullmatch(model.id)]
    active.sort(key=lambda model: _CHEAP not in model.id)
    shared.listed.tell(tuple(model.id for model in active))


def _catalogue(attempt: Attempt) -> Iterator[_Model]:
    listed = attempt.exchange.data().get("data")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            yield _model(item)


def _model(item: Mapping[str, object]) -> _Model:
    texts = {name: value for name, value in item.items() if isinstance(value, str)}
    return _Model(texts.get("id", ""), texts.get("lifecycle"), texts.get("line"), moment(texts.get("retires_at")))


def _state(model: str, attempt: Attempt | None, listed: set[str] | None) -> _State:
    if attempt is None:
        return _State(f"{model}: no answer", {})
    if attempt.branch:
        gone = attempt.observation.http_status == HTTPStatus.NOT_FOUND
        worry = "not found, so it is unknown or retired" if gone else f"could not be read ({attempt.branch})"
        return _State(f"{model}: {worry}", {f"lifecycle:{model}": "not found"} if gone else {})
    known = _model(attempt.exchange.data())
    facts = {f"lifecycle:{model}": (known.lifecycle or "unknown")[:40]}
    if listed is not None and not {model, known.id} & listed:
        facts[f"listed:{model}"] = "no"
    if known.retires_at:
        facts[f"retires_at:{model}"] = known.retires_at.isoformat()
    return _State(_worry(model, known, attempt.exchange.at), facts)


def _worry(model: str, known: _Model, now: datetime) -> str | None:
    """Return the trouble ahead: an active model may have a date before which it will not retire, which is none."""
    if known.lifecycle == "retired":
        return f"{model}: retired"
    if known.lifecycle != "deprecated" or known.retires_at is None:
        return f"{model}: deprecated, date unknown" if known.lifecycle == "deprecated" else None
    left = known.retires_at - now
    if left < timedelta(0):
        return f"{model}: deprecated, its retirement is overdue since {known.retires_at:%Y-%m-%d}"
    return f"{model}: deprecated, retires in {left.days} days ({known.retires_at:%Y-%m-%d})" if left <= _SOON else None


def _summary(target: Target, worries: list[str], facts: Mapping[str, str]) -> str:
    if worries:
        return "; ".join(worries) + "."
    unlisted = [model for model in target.models if facts.get(f"listed:{model}") == "no"]
    hidden = f" Not in the catalogue: {', '.join(unlisted)}." if unlisted else ""
    return f"Known and not about to retire: {', '.join(target.models)}.{hidden}"
