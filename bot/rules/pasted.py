"""Explains a pasted text of any length: of many lines the failure seen most, what else is in it, what was not read."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from bot.rules.classify import UNKNOWN, Rules, classify
from bot.rules.evidence import Observation
from bot.rules.explain import Explanation, explain_observations
from bot.rules.observation import parse_text
from bot.rules.prose import failing, page_words, share, spoken
from bot.rules.told import Told
from bot.rules.unwrap import COUNTED, LOOKED_AT, NO_UNIT, REASONS, without_deltas

_MOST: Final = 500  # different lines that are classified; in a log the same ones repeat, times and ids apart
_LINE: Final = 2_000  # characters of a log's line that are read
_ALSO: Final = 4  # other kinds that are named
_PARTS: Final = re.compile(r"[,;|]|\.\s|\b(?:and|then|but)\b", re.IGNORECASE)
_NUMBERED: Final = (
    "number", "room", "order", "PR", "MR", "issue", "ticket", "bug", "build", "release", "version", "line", "page",
    "port", "step", "commit", "job", "task", "row", "case", "limit", "balance", "budget", "cap", "total", "request",
)  # fmt: skip
_BARE: Final = re.compile(
    r"(?<![\w.:/#=$\u20ac\u00a3\u00a5-])(?<![$\u20ac\u00a3\u00a5] )"
    + "".join(f"(?<!\\b{word} )" for word in _NUMBERED)
    + rf"([45]\d\d)(?=$|[\s()x\u00d7]){NO_UNIT}{COUNTED}",
    re.IGNORECASE,
)
_LEADING: Final = re.compile(
    r"^(\W{0,3})([45]\d\d)(?=\s+(?![(\u00d7{<\"'\[\u00b7]|[a-z]{2,20}_error|(?:for|on|from|once|twice|at|in|since|when"
    r"|again|all|every|each|during|over|after|until|with|while|to|by|is|are|was|were|today|now|here|too|only|x|as|model|no"
    rf"|your|this|you|prompt|key|credit|{REASONS})(?:\b|[-_ ])))",
    re.IGNORECASE,
)
"""A number at which a sentence was parted, and a word that no status is followed by."""
_OF_A_KEY: Final = re.compile(r"\bkeys?\b|sk-ant-", re.IGNORECASE)
_TRACE: Final = re.compile(r"Traceback \(most recent|^\s+at \S|^\s+File \"", re.MULTILINE)
_TIMES: Final = re.compile(r"(?<![\w.])(?:[x\u00d7]\s?(\d{1,6})|(\d{1,6})\s?(?:[x\u00d7]|times))\b", re.IGNORECASE)
_VARYING: Final = re.compile(
    r"\b\w{1,5}_\w{16,64}|\b(?=[a-f0-9-]{0,63}\d)[a-f0-9-]{8,64}\b|\d{4,}|\d{1,3}(?=[.:-]\d)|(?<=[.:-])\d{1,3}"
)
_TELLING: Final = re.compile(
    r"[45]\d\d|[45]xx|err|exception|time[ds]?[- ]?out|refus|reset|fail|denied|overload|limit|closed|unavailable|credit",
    re.IGNORECASE,
)
_FAILED: Final = 400  # HTTP's border
_THEIRS: Final = 500  # HTTP's border


@dataclass(frozen=True, slots=True)
class _Seen:
    """A failure that a line tells, and how often it was seen."""

    observation: Observation
    branch: str
    times: int


def explain_text(text: str, rules: Rules) -> Explanation:
    """Return what a pasted error, log, stack trace or response means. Never raises.

    In a log the most frequent kind of failure is explained, of equals a server's own, and the others are named: one
    401 among many 529s must not speak for all of them. `2 x 401, 118 x 529` on one line is such a log too. What a
    text quotes of the provider's status page counts as the page's words; what it denies ("no 529s") is left out.
    """
    text = without_deltas(text)
    lines = [line[:_LINE] for line in text.splitlines() if line.strip()]
    scope, rate = share(text[:_LINE])
    told = Told(
        scope=scope, rate=rate, words=spoken(text)[:_LINE], page="\n".join(filter(None, map(page_words, lines)))[:_LINE]
    )
    failures, unread = _failures(text, lines, rules)
    kinds: Counter[str] = Counter()
    for one in failures:
        kinds[one.branch] += one.times
    if failures:
        first = min(failures, key=lambda one: (-kinds[one.branch], (one.observation.http_status or 0) < _THEIRS))
        seen = first.observation
        if len(kinds) > 1 and not _OF_A_KEY.search(told.words):
            told = replace(told, words="")  # they name more than the one that is explained
        more = _also({branch: times for branch, times in kinds.items() if branch != first.branch}, rules)
    else:
        said = failing(text)
        seen, more = parse_text(said), _unread_middle(text)
        if classify(seen, rules).branch == UNKNOWN:  # a person's words, then
            told = replace(told, words=said[:_LINE])
    found = explain_observations([seen], told, rules)
    return replace(found, because=" ".join(filter(None, [found.because, more, unread])))


def _failures(text: str, lines: list[str], rules: Rules) -> tuple[list[_Seen], str]:
    """Return the failures that the lines of a log tell, and what was not read of it.

    A short text is better read in one piece, and there are none, if it names at most one status and does not repeat
    itself, or is a stack trace. Of a long one every line is looked at: the failure may stand in its middle.
    """
    is_long = len(text) > LOOKED_AT
    parts = len(lines) == 1 and not is_long and "{" not in text
    entries = _parted(lines[0]) if parts else lines
    seen, unread = _read(entries, rules)
    known = [one for one in seen if not one.branch.startswith(UNKNOWN)]
    if is_long or (_repeats(known) and not _TRACE.search(text)):
        return known, unread
    failed = [one for one in seen if (one.observation.http_status or 0) >= _FAILED]
    is_log = bool(unread) or len({one.observation.http_status for one in failed}) > 1
    return (failed, unread) if is_log else ([], "")


def _parted(line: str) -> list[str]:
    """Return the parts of a sentence, bare numbers marked as statuses where none is told as such.

    Beside a real status a bare number is a count or an amount more often than a second one, also where the sentence
    was parted before it.
    """
    parts = _PARTS.split(line)
    if not any(parse_text(part).http_status for part in parts):
        return [_BARE.sub(r"HTTP \1", part) for part in parts]
    return [parts[0], *(_LEADING.sub(r"\1#\2", part) for part in parts[1:])]


def _repeats(seen: list[_Seen]) -> bool:
    """Tell a log by two kinds of failure of which one came more than once."""
    kinds: Counter[str] = Counter()
    for one in seen:
        kinds[one.branch.partition(".")[0]] += one.times
    return len(kinds) > 1 and max(kinds.values()) > 1


def _read(entries: Iterable[str], rules: Rules) -> tuple[list[_Seen], str]:
    """Read each different line once; those that differ only in times, ids and long numbers are the same."""
    seen: dict[str, tuple[Observation, str]] = {}
    times: Counter[str] = Counter()
    unread = 0
    for entry in map(failing, entries):
        if not _TELLING.search(entry):
            continue
        shape = _VARYING.sub("#", _TIMES.sub(" ", entry))
        if shape not in seen and len(seen) == _MOST:
            unread += 1
            continue
        if shape not in seen:
            observation = parse_text(_TIMES.sub(" ", entry))
            seen[shape] = observation, classify(observation, rules).branch
        times[shape] += _times(entry)
    note = f"{unread} lines unlike the first {_MOST} different ones were not read." if unread else ""
    return [_Seen(*seen[shape], count) for shape, count in times.items()], note


def _times(entry: str) -> int:
    found = _TIMES.search(entry)
    return max(1, int(found[1] or found[2])) if found else 1


def _also(kinds: dict[str, int], rules: Rules) -> str:
    """Return the sentence that names the other kinds, the most frequent ones first."""
    told = sorted(kinds.items(), key=lambda kind: -kind[1])
    named = [f"{rules.taxonomy.leaf(branch).title} ({branch}, {times}x)" for branch, times in told[:_ALSO]]
    more = [f"{len(told) - _ALSO} more kinds"] if len(told) > _ALSO else []
    return f"Also in it: {'; '.join(named + more)}." if named else ""


def _unread_middle(text: str) -> str:
    left = len(text) - LOOKED_AT
    return f"{left} of {len(text)} characters, in the middle, were not read." if left > 0 else ""
