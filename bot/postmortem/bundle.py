"""The support bundle: what the provider's support can look up of our failures, and nothing that people wrote.

Each field is on the list below, and what stands in it has the shape of what it should be: an id, a model, a number, a
moment. Titles, notes, names, channels and prompts are not left out of it, they never come in.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from urllib.parse import urlsplit

from bot.incidents.failing import SUPPORT_HEADERS
from bot.postmortem.shape import FailedLeaf, PostmortemContext, ProviderIncident

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}")  # a model, a leaf
_ID: Final = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")  # a request id: a word alone is none
_WORD: Final = re.compile(r"[a-z][a-z_]{0,39}")  # an impact, a state of the page
_LINK: Final = re.compile(r"https://[A-Za-z0-9.-]+/[A-Za-z0-9._~/#-]{0,200}")
_LONGEST: Final = 200  # signs of a line of the provider's
_UNSEEN: Final = re.compile(r"[^\x20-\x7e]+")
_MODEL: Final = "MODEL"  # stands where no model is known
_OWN_HOST: Final = "api.anthropic.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Whom the bot's requests go to: the host, without path or password, and the version that they name."""

    host: str = _OWN_HOST
    version: str = "2026-10-21"

    @classmethod
    def at(cls, base_url: str, version: str) -> Self:
        """Return the API behind the address that the bot was given."""
        return cls(host=urlsplit(base_url).netloc.rpartition("@")[2].lower(), version=version)

    @property
    def direct(self) -> bool:
        """Tell whether nothing of ours stands between."""
        return self.host == _OWN_HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Our requests that failed in one way."""

    branch: str
    count: int
    first_at: str
    last_at: str
    statuses: tuple[int, ...]
    models: tuple[str, ...]
    request_ids: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSaid:
    """An incident of the provider's status page, in its own name and words of state."""

    name: str
    impact: str
    url: str
    posted_at: str
    gone_by: str
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All that the bundle holds; moments are UTC, and empty where nobody knows them."""

    name: str
    host: str
    version: str
    direct: bool
    first_failure_at: str
    last_failure_at: str
    failures: tuple[Leaf, ...]
    other_request_ids: tuple[str, ...]
    reproduction: str
    streaming: bool
    page_asked: int
    page_readable: int
    page: tuple[PageSaid, ...]


def bundle(context: PostmortemContext, api: Api) -> Bundle:
    """Return what may leave the house of this incident."""
    streaming = bool(context.failures) and context.failures[0].branch.startswith("streaming_error")
    models = (model for leaf in context.failures for model in _names(leaf.models))
    return Bundle(
        name=context.name,
        host=api.host,
        version=api.version,
        direct=api.direct,
        first_failure_at=_utc(context.first_failure_at),
        last_failure_at=_utc(context.last_failure_at),
        failures=tuple(map(_leaf, context.failures)),
        other_request_ids=_ids(context.other_request_ids),
        reproduction=_reproduction(next(models, _MODEL), api, streaming=streaming),
        streaming=streaming,
        page_asked=context.provider.asked,
        page_readable=context.provider.readable,
        page=tuple(map(_page, context.provider.incidents)),
    )


def _leaf(leaf: FailedLeaf) -> Leaf:
    return Leaf(
        branch="".join(_names([leaf.branch])) or "unknown",
        count=leaf.count,
        first_at=_utc(leaf.first_at),
        last_at=_utc(leaf.last_at),
        statuses=leaf.statuses,
        models=_names(leaf.models),
        request_ids=_ids(leaf.request_ids),
        headers=tuple((name, _line(value)) for name, value in leaf.headers if name in SUPPORT_HEADERS),
    )


def _page(told: ProviderIncident) -> PageSaid:
    return PageSaid(
        name=_line(told.name),
        impact=_word(told.impact),
        url=told.url if _LINK.fullmatch(told.url) else "",
        posted_at=_utc(told.posted_at),
        gone_by=_utc(told.gone_by),
        states=tuple((_utc(update.at), _word(update.status)) for update in told.updates),
    )


def _reproduction(model: str, api: Api, *, streaming: bool) -> str:
    """Return a command that needs no SDK; the key is neither in it nor in the list of processes."""
    stream = ',"stream":true' if streaming else ""
    body = f'{{"model":"{model}","max_tokens":16{stream},"messages":[{{"role":"user","content":"1"}}]}}'
    return "\n".join(_command(f"https://{api.host}/v1/messages", api.version, body, unbuffered=streaming))


def _command(url: str, version: str, body: str, *, unbuffered: bool) -> Iterator[str]:
    yield """printf 'header = "x-api-key: %s"\\n' "$ANTHROPIC_API_KEY" |"""
    yield f"  curl --silent --show-error --max-time 60 --config - --include{' --no-buffer' if unbuffered else ''} \\"
    yield f"    -H 'anthropic-version: {version}' -H 'content-type: application/json' \\"
    yield f"    -d '{body}' \\"
    yield f"    {url}"


def _names(found: Iterable[str]) -> tuple[str, ...]:
    """Return those that have the shape of a name of machines: no text of people passes."""
    return tuple(name for name in found if _NAME.fullmatch(name))


def _ids(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in found if _ID.fullmatch(name))


def _line(text: str) -> str:
    """Return foreign text on one line, in signs that every form takes."""
    return " ".join(_UNSEEN.sub(" ", text).split())[:_LONGEST]


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else "unknown"


def _utc(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
