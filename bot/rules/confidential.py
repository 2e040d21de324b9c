"""Takes prompts and completions out of pasted request and response bodies; what tells the failure stays."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Final

# What stands for white space and for a quote in JSON, in JSON inside JSON (`\"`, `\\n`), in a Python repr and in HTML.
_DEEPEST: Final = 31  # backslashes before a quote: JSON within JSON, five times
_BLANK: Final = rf"(?:\s|\\{{1,{_DEEPEST}}}+[nrt]|&nbsp;){{0,400}}+"
_MARK: Final = r"(?:[\"'`]|&quot;|&#3[49];|&#x2[27];)"
_QUOTE: Final = rf"(?<!\\)\\{{0,{_DEEPEST}}}+{_MARK}"
_LETTERS: Final = r"[bBfFrRuU]{0,2}+"  # before a quote of Python
_TRIPLE: Final = r"\"{3}|'{3}"
# Fields whose text is somebody's words, whatever stands around them; `system` and `text` also mean other things.
_ALWAYS: Final = "content|prompt|thinking|completion|partial_json|reasoning_content|output_text|cited_text|instructions"
_KEY: Final = re.compile(
    rf"(?:(?P<quote>{_QUOTE})(?P<quoted>{_ALWAYS}|system|input|text|data|arguments)(?P=quote){_BLANK}:{_BLANK}"
    rf"|(?<=[{{,\s])(?P<bare>{_ALWAYS}|system|input|text|data|arguments):\s{{1,9}}(?=[\"'`\[{{])"
    rf"|(?<![\w.-])(?P<named>{_ALWAYS}|system|input|text)=(?={_LETTERS}[\"'\[{{]))(?:{_LETTERS}(?P<open>{_TRIPLE}|{_QUOTE}))?"
)
_HINT: Final = re.compile(f"{_ALWAYS}|system|input|text|data|arguments")
_MARKS: Final = re.compile(rf"(?P<quote>{_QUOTE})|(?P<opens>[\[{{(])|[\]}})]")
_ENDS: Final = rf"{_BLANK}(?:[,\]}})]|\Z)|\s{{0,9}}\n|\\{{0,{_DEEPEST}}}+[\"'`]"
_END: Final = re.compile(_ENDS)
_ENDS_INSIDE: Final = re.compile(rf"{_BLANK}:|{_ENDS}")
# A line that begins like this is no longer part of a value that was cut off before it.
_FRESH: Final = re.compile(
    r"(?<!\n)\n\s{0,20}+(?:\[?\d{4}-\d\d-\d\d|\[?\d\d:\d\d:\d\d|HTTP/\d|(?:event|data):"
    r"|(?i:[^\n]{0,300}?(?:\brequest[_ -]?id[\"']?\s{0,4}[:=]|\breq_[a-z0-9]{16}))"
    r"|(?i:(?:retry-after|cf-[a-z-]{2,30}|x-[a-z-]{2,40}|content-(?:type|length)|transfer-encoding|set-cookie):)"
    r"|(?i:date: (?:mon|tue|wed|thu|fri|sat|sun),)"
    r"|[<>*] |Traceback \(most|(?i:anthropic-)|(?:[\w.]{1,80})?(?:Error|Exception)\b|Error code"
    r"|\{\s{0,9}\"(?:type\"\s?:\s?\"error|error)\")"
)
_IS_ERROR: Final = re.compile(rf"{_BLANK}\{{{_BLANK}{_QUOTE}(?:type{_QUOTE}{_BLANK}:{_BLANK}{_QUOTE})?error{_QUOTE}")
_DROPPED: Final = re.compile(r"\[dropped(?: \d{1,9} characters)?\]")
_WORD: Final = re.compile(rf"[\w./:@-]{{1,60}}{_QUOTE}")  # a name, as in `system=linux`, and no sentence
_MEMBER: Final = re.compile(r"[{,]\s{0,40}\Z")
_PASSES: Final = 3  # the last finds nothing more in any real body
_CUT: Final = 60  # characters behind a text in which its type may have stood
_LOOK_BACK: Final = 100  # characters before a field that tell what it belongs to
_TEXT_BEFORE: Final = re.compile(
    rf"type{_QUOTE}{_BLANK}:{_BLANK}{_QUOTE}(?:input_|output_|summary_)?text(?:_delta)?{_QUOTE}[^{{}}]*\Z"
    rf"|(?:parts|content|system|delta|choices|content_block){_QUOTE}{_BLANK}:{_BLANK}\[?{_BLANK}(?:\{{{_BLANK})?\Z"
    r"|\btype:\s{0,9}[\"'](?:text|text_delta)[\"'][^{}]*\Z"
    r"|\b(?:Text|Thinking)\w{0,20}\([^()]*\Z"
)
_LEADS: Final = re.compile(r"type|parts|content|system|delta|choices|Text|Thinking")  # of any of these
_TEXT_AFTER: Final = re.compile(
    rf"{_BLANK},{_BLANK}{_QUOTE}?(?:type{_QUOTE}?{_BLANK}:{_BLANK}{_QUOTE}(?:\w{{0,8}}_)?text(?:_delta)?{_QUOTE}"
    rf"|(?:index|logprobs|finish_reason){_QUOTE}?{_BLANK}:)"
)
_CUT_OFF: Final = re.compile(r"[^{}]*+\Z")  # before it could tell
_DATA_BEFORE: Final = re.compile(
    rf"(?:base64|media_type|redacted_thinking)[^{{}}]*\Z|source{_QUOTE}?{_BLANK}:{_BLANK}\{{{_BLANK}\Z"
)
_DATA_AFTER: Final = re.compile(
    rf"{_BLANK},{_BLANK}{_QUOTE}?(?:media_type{_QUOTE}?{_BLANK}:|type{_QUOTE}?{_BLANK}:{_BLANK}{_QUOTE}base64)"
)
_TOOL_BEFORE: Final = re.compile(r"\bToolUse\w{0,20}\([^()]*\Z")
_TAG_BEFORE: Final = re.compile(r"<[a-z]{1,20}\s[^<>]*\Z", re.IGNORECASE)
_FULL: Final = re.compile(r"[\[{][^\]})\"'`&]{0,400}+(?:[\"'`]|&quot;|&#)")  # with a text in it
_CURLY: Final = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"})


def drop_words(text: str) -> str:
    """Return the text with the words of prompts, completions and tool calls in it replaced by their length.

    They are found by the fields that carry them, in JSON, JSON within JSON, Python's and Node's way of printing
    objects, curl commands and streams, also where the text was cut off. Error bodies, headers, ids, models, roles and
    token counts stay, as does everything that belongs to no such field. Dropping twice changes nothing: a text so
    entangled that each look uncovers more words is dropped as a whole.
    """
    if _HINT.search(text) is None:
        return text
    left = text
    for _ in range(_PASSES):
        dropped = _once(left)
        if dropped == left:
            return left
        left = dropped
    return f"[dropped {len(text)} characters]"


def _once(text: str) -> str:
    pieces, end = [], 0
    for start, stop, quote in _values(text.translate(_CURLY)):
        pieces += [text[end:start], f"{quote}[dropped {stop - start} characters]{quote}"]
        end = stop
    return "".join([*pieces, text[end:]])


def _values(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where the value of each confidential field stands, its quotes included, and what quotes a text there."""
    ends = _Ends(text)
    at = 0
    while (key := _KEY.search(text, at)) is not None:
        opened, inner, name = key["open"], key.end(), key["quoted"] or key["bare"] or key["named"]
        at = inner if opened is None else key.start("open")
        if opened is None and _FULL.match(text, inner) is None:
            continue
        before = text[max(0, key.start() - _LOOK_BACK) : key.start()]
        if _IS_ERROR.match(text, inner) or not _may_be(key, name, before, text[inner : inner + _LOOK_BACK]):
            continue
        if opened is None:
            start, at = at, ends.of_group(at, key["quote"] or '"')
            yield start, at, key["quote"] or '"'
            continue
        stop, after = ends.of_string(inner, opened, loose=key["named"] is not None)
        if name == "text" and (stop == inner or not _is_told(text, before, after)):
            at = inner
            continue
        if name == "data" and not (_DATA_BEFORE.search(before) or _DATA_AFTER.match(text, after)):
            at = inner
            continue
        if stop - inner > 1 and not _DROPPED.fullmatch(text, inner, stop):  # one character, as probes send, is no word
            yield at, after, opened
        at = after


def _is_told(text: str, before: str, after: int) -> bool:
    """Tell whether what stands before or after a field named `text` says that somebody's words are in it."""
    if len(text) - after <= _CUT and _CUT_OFF.match(text, after):
        return True
    if _TEXT_AFTER.match(text, after):
        return True
    return _LEADS.search(before) is not None and _TEXT_BEFORE.search(before) is not None


def _may_be(key: re.Match[str], name: str, before: str, value: str) -> bool:
    """Tell whether the field, by its name, what stands before it and how its value begins, may carry words."""
    if (key["bare"] and not _MEMBER.search(before)) or (key["named"] and _TAG_BEFORE.search(before)):
        return False
    is_group = value[:1] in {"[", "{"} and not _DROPPED.match(value)
    if name == "text":
        return not is_group  # what stands behind the value may tell as well
    if name == "system":
        return _WORD.match(value) is None
    if name == "data":
        return not is_group  # what stands behind the value may tell as well
    if name == "input" and key["named"]:
        return _TOOL_BEFORE.search(before) is not None
    return name != "arguments" or not value.startswith("[")


class _Ends:
    """Finds where values end. Values are asked for from left to right, and no place is looked at twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._has_escapes = "\\" in text
        self._fresh_at = -1
        self._escaped: dict[str, dict[int, list[int]]] = {}
        self._known: dict[tuple[str, bool], tuple[int, int, int]] = {}
        self._closing: dict[tuple[str, bool], int] = {}

    def of_string(self, at: int, opened: str, *, loose: bool) -> tuple[int, int]:
        """Return where a string's text ends, and where the text after its closing quote begins.

        A quote closes it that has as many backslashes as the one that opened it, and behind which a value may end; in
        `name="value" other=1` (`loose`) a blank may follow as well. One with fewer belongs to what is around a string
        that was cut off. One with more closes it if it was not seen before: as JSON that Python has printed, cut off.
        """
        since, stop, after = self._known.get((opened, loose), (0, -1, -1))
        if not since <= at <= stop:
            stop, after = self._string(at, opened, loose=loose)
            self._known[opened, loose] = at, stop, after
        return stop, after

    def of_group(self, at: int, key_quote: str) -> int:
        """Return where the brackets that open here are closed, or where the text was cut off."""
        depth, inside, last = 0, "", self._fresh(at)
        for mark in _MARKS.finditer(self._text, at, last):
            quote = mark["quote"]
            if not quote:
                if not inside:
                    depth += 1 if mark["opens"] else -1
                    if depth == 0:
                        return mark.end()
            elif _is_around(quote, key_quote):
                return mark.start()
            elif not inside:
                inside = quote
            elif _closes(quote, inside) and _ENDS_INSIDE.match(self._text, mark.end()):
                inside = ""
        return last

    def _string(self, at: int, opened: str, *, loose: bool) -> tuple[int, int]:
        text, mark = self._text, opened.lstrip("\\")
        few = len(opened) - len(mark)
        place = self._closed(at, opened, loose=loose)
        many_lines = mark == "`" or (mark in {'"""', "'''"} and place < len(text))
        stop = after = len(text) if many_lines else self._fresh(at)
        if place < stop:
            stop, after = place, place + len(opened)
        for many, places in self._levels(mark).items() if self._has_escapes else ():
            place = _next(places, at, stop)
            if place == stop or many == few:
                continue
            if many < few:
                stop = after = place
            elif (many - few) % (2 * (few + 1)) == 0:
                behind = place + many + len(mark)
                if _END.match(text, behind) or (loose and text[behind : behind + 1].isspace()):
                    stop, after = place, behind
        return stop, after

    def _fresh(self, at: int) -> int:
        """Return where the next line begins that is no part of a value any more."""
        if self._fresh_at < at:
            line = _FRESH.search(self._text, at)
            self._fresh_at = len(self._text) if line is None else line.start()
        return self._fresh_at

    def _closed(self, at: int, opened: str, *, loose: bool) -> int:
        """Return where the next such quote stands behind which a value may end."""
        known = self._closing.get((opened, loose), -1)
        if known < at:
            quote = _closing(opened, loose=loose).search(self._text, at)
            known = self._closing[opened, loose] = len(self._text) if quote is None else quote.start()
        return known

    def _levels(self, mark: str) -> dict[int, list[int]]:
        """Return where quotes with this mark stand, by the backslashes before them; nothing if none has any."""
        if mark not in self._escaped:
            levels: dict[int, list[int]] = defaultdict(list)
            if f"\\{mark}" in self._text:
                for quote in re.finditer(rf"\\*+{mark}", self._text):
                    levels[quote.end() - quote.start() - len(mark)].append(quote.start())
            self._escaped[mark] = {many: levels[many] for many in sorted(levels) if many <= _DEEPEST}
        return self._escaped[mark]


@cache
def _closing(quote: str, *, loose: bool) -> re.Pattern[str]:
    """Return what finds this quote where a value may end behind it."""
    ends = rf"{_ENDS}|\s" if loose else _ENDS
    return re.compile(rf"(?<!\\){re.escape(quote)}(?={ends})")


def _next(places: list[int], at: int, end: int) -> int:
    number = bisect_left(places, at)
    return min(places[number], end) if number < len(places) else end


def _closes(quote: str, opened: str) -> bool:
    """Tell whether a quote ends what this one opened: any more backslashes are escaped ones of the text itself."""
    mark = opened.lstrip("\\")
    if quote.lstrip("\\") != mark:
        return False
    few, many = len(opened) - len(mark), len(quote) - len(mark)
    return many >= few and (many - few) % (2 * (few + 1)) == 0


def _is_around(quote: str, opened: str) -> bool:
    """Tell whether a quote is of the text around the one in which this was opened: it has fewer backslashes."""
    mark = opened.lstrip("\\")
    return quote.lstrip("\\") == mark and len(quote) < len(opened)
