"""API keys as the provider's Admin API tells of them, never their secret; and which key a person means."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Self, TypedDict, get_args

from bot.errors import BadInput

KeyStatus = Literal["active", "inactive", "archived", "expired"]
STATUSES: Final[tuple[KeyStatus, ...]] = get_args(KeyStatus)

_HEAD: Final = 3  # characters after the prefix that a hint shows
_TAIL: Final = 4  # last characters that it shows
_LONGEST: Final = 1_000  # characters of what somebody gave that are looked at
_CUT: Final = 60  # characters after the prefix; a shorter run may be a key that was cut, whose end says nothing
_ID: Final = re.compile(r"apikey_[A-Za-z0-9]{1,64}", re.ASCII)
_PREFIX: Final = r"sk-ant-(?:[a-z0-9]{2,12}-)?"
_GAP: Final = r"(?:\.{2,}|\u2026|\*+|\u2022+|\[redacted\]|\[\u2026\])"
_SHOWN: Final = re.compile(
    rf"(?P<prefix>{_PREFIX})(?P<head>[A-Za-z0-9_-]{{0,200}}?){_GAP}(?P<tail>[A-Za-z0-9_-]*)", re.ASCII
)
_PARTS: Final = re.compile(
    rf"(?P<prefix>{_PREFIX})?(?P<head>[A-Za-z0-9_-]{{0,200}}?){_GAP}(?P<tail>[A-Za-z0-9_-]*)", re.ASCII
)
_WHOLE: Final = re.compile(r"(?P<prefix>sk-ant-[a-z0-9]{2,12}-)(?P<run>[A-Za-z0-9_-]{3,})", re.ASCII)
_BARE: Final = re.compile(r"(?P<prefix>)(?P<run>[A-Za-z0-9_-]{60,})", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{20,}", re.ASCII)
_DRAWN: Final = re.compile(r"(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{12}", re.ASCII)
_LAST_FOUR: Final = re.compile(r"[A-Za-z0-9_-]{4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """One API key of the organization. `hint` is `sk-ant-api03-R2D...igAA`: all that anybody is shown of it.

    `workspace_id` is None for a key of the whole organization. `workspace_name` and `created_by` are names, or ids
    where no name could be read. Every text is foreign, cut to a sane length and without control characters.
    """

    id: str
    name: str
    hint: str
    status: KeyStatus
    workspace_id: str | None
    workspace_name: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime | None

    @property
    def workspace(self) -> str:
        """Return the workspace in words."""
        return self.workspace_name or self.workspace_id or "none: the whole organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """What one key was used for in the hour that begins at `at` (UTC).

    `input_tokens` counts those read from and written to a cache too. `requests` is None where the report counts
    tokens only, as the provider's does today.
    """

    at: datetime
    requests: int | None
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person gave of a key, and nothing more of its secret than a hint shows.

    `id` stands alone. Else the key has this `name`, or a hint that fits `prefix`, `head` and `tail`, each of which
    may be empty; with neither head nor tail only the name counts.
    """

    id: str = ""
    name: str = field(default="", repr=False)
    prefix: str = ""
    head: str = ""
    tail: str = ""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what the text says: an id, a hint, a whole key (of which only the hint is kept), the end, or a name.

        So is of a piece of one without its prefix: a long run that mixes capitals, small letters and digits, as no name
        does. Raises BadInput, which holds nothing of the text, if that is too little to tell keys apart.
        """
        text = text[:_LONGEST].strip().strip("`'\"<>").strip()
        if not text:
            raise BadInput("Say which key: its name, its id, its hint or its last four characters.")
        if _ID.fullmatch(text):
            return cls(id=text)
        if shown := _SHOWN.search(text):
            return cls(prefix=shown["prefix"], **_ends(shown["head"], shown["tail"]))
        if whole := _WHOLE.search(text) or _BARE.fullmatch(text):
            run = whole["run"]
            return cls(prefix=whole["prefix"] or "", **_ends(run, run if len(run) >= _CUT else ""))
        piece = next((word for word in _WORD.findall(text) if _DRAWN.search(word)), "")
        parts = _PARTS.fullmatch(text)
        if parts and (not parts["head"] or _tells(parts["head"], parts["tail"])):
            return cls(name="" if piece else text, **_ends(parts["head"], parts["tail"]))
        if piece:
            return cls(**_ends(piece, piece))
        return cls(name=text, tail=text if _LAST_FOUR.fullmatch(text) else "")

    def fits(self, name: str, hint: str) -> bool:
        """Tell whether a key with this name and hint may be the one that is meant."""
        if self.name and self.name == name:
            return True
        own = _PARTS.fullmatch(hint)
        if own is None or not (self.head or self.tail):
            return False
        prefix = own["prefix"] or ""
        return prefix.startswith(self.prefix) and own["head"].startswith(self.head) and own["tail"].endswith(self.tail)


def is_key_id(text: str) -> bool:
    """Tell whether the text is the id of a key, `apikey_...`, and no more than that."""
    return _ID.fullmatch(text) is not None


class _Ends(TypedDict):
    head: str
    tail: str


def _tells(head: str, tail: str) -> bool:
    """Tell whether so much of a key tells it from others."""
    return len(head) >= _HEAD or len(tail) >= _TAIL


def _ends(head: str, tail: str) -> _Ends:
    """Return as much of both ends as a hint shows. Raises BadInput if that is too little."""
    if not _tells(head, tail):
        raise BadInput(
            "That is too little of a key to find it.",
            "Give the three characters after its prefix or its last four, as the Console shows them.",
        )
    return {"head": head[:_HEAD], "tail": tail[-_TAIL:]}
