"""Takes prompts and completions out of pasted request and response bodies; what tells the failure stays."""

import re
from collections.abc import Iterator
from typing import Final

# What stands for white space and for a quote in JSON, in JSON inside JSON (`\"`, `\\n`), in a Python repr and in HTML.
_BLANK: Final = r"(?:\s|\\{1,63}+[nrt]|&nbsp;){0,400}+"
_QUOTE: Final = r"(?<!\\)\\{0,63}+(?:[\"'`]|&quot;|&#3[49];|&#x2[27];)"
# Fields whose text is somebody's words, whatever stands around them; `system` and `text` also mean other things.
_ALWAYS: Final = "content|prompt|thinking|completion|partial_json|reasoning_content|output_text|cited_text|instructions"
_KEY: Final = re.compile(
    rf"(?P<quote>{_QUOTE})(?P<quoted>{_ALWAYS}|system|input|text|data|arguments)(?P=quote){_BLANK}:{_BLANK}"
    rf"|(?<=[{{,\s])(?P<bare>{_ALWAYS}|system|input|text|data|arguments):\s{{1,9}}(?=[\"'`\[{{])"
    rf"|(?<![\w.-])(?P<named>{_ALWAYS}|system|input|text)=(?=b?[\"'\[{{])"
)
_HINT: Final = re.compile(f"{_ALWAYS}|system|input|text|data|arguments")
_STRING: Final = re.compile(rf"b?(?P<open>{_QUOTE})")
_MARKS: Final = re.compile(rf"(?P<quote>{_QUOTE})|(?P<fresh>\n)|(?P<opens>[\[{{(])|(?P<closes>[\]}})])")
_ENDS: Final = re.compile(rf"{_BLANK}(?:[,\]}})]|\Z)|\s{{0,9}}\n|\\{{0,63}}+[\"'`]")
_ENDS_INSIDE: Final = re.compile(rf"{_BLANK}:|(?:{_ENDS.pattern})")
# A line that begins like this is no longer part of a value that was cut off before it.
_FRESH: Final = re.compile(
    r"\s{0,20}(?:\[?\d{4}-\d\d-\d\d|\[?\d\d:\d\d:\d\d|HTTP/\d|(?:event|data|request-id|x-request-id|retry-after|cf-ray):"
    r"|[<>*] |Traceback \(most|anthropic-|(?:[\w.]{1,80})?(?:Error|Exception)\b|Error code"
    r"|\{\s{0,9}\"(?:type\"\s?:\s?\"error|error)\")"
)
_IS_ERROR: Final = re.compile(rf"{_BLANK}\{{{_BLANK}{_QUOTE}(?:type{_QUOTE}{_BLANK}:{_BLANK}{_QUOTE})?error{_QUOTE}")
_DROPPED: Final = re.compile(r"\[dropped(?: \d{1,9} characters)?\]")
_WORD: Final = re.compile(rf"[\w./:@-]{{1,60}}{_QUOTE}")  # a name, as in `system=linux`, and no sentence
_MEMBER: Final = re.compile(r"[{,]\s{0,40}\Z")
_PASSES: Final = 4  # what was dropped may uncover a field that was taken for words
_LOOK_BACK: Final = 100  # characters before a field that tell what it belongs to
_TEXT_BEFORE: Final = re.compile(
    rf"type{_QUOTE}{_BLANK}:{_BLANK}{_QUOTE}(?:input_|output_|summary_)?text(?:_delta)?{_QUOTE}[^{{}}]*\Z"
    rf"|(?:parts|content|system|delta|choices|content_block){_QUOTE}{_BLANK}:{_BLANK}\[?{_BLANK}(?:\{{{_BLANK})?\Z"
    r"|\btype:\s{0,9}[\"'](?:text|text_delta)[\"'][^{}]*\Z"
    r"|\b(?:Text|Thinking)\w{0,20}\([^()]*\Z"
)
_TEXT_AFTER: Final = re.compile(
    rf"{_BLANK},{_BLANK}{_QUOTE}?(?:type{_QUOTE}?{_BLANK}:{_BLANK}{_QUOTE}(?:\w{{0,8}}_)?text(?:_delta)?{_QUOTE}"
    rf"|(?:index|logprobs|finish_reason){_QUOTE}?{_BLANK}:)"
    r"|[^{}]{0,60}\Z"  # cut off before it could tell
)
_DATA_BEFORE: Final = re.compile(r"(?:base64|media_type|redacted_thinking)[^{}]*\Z")
_TOOL_BEFORE: Final = re.compile(r"\bToolUse\w{0,20}\([^()]*\Z")
_TAG_BEFORE: Final = re.compile(r"<[a-z]{1,20}\s[^<>]*\Z", re.IGNORECASE)
_FULL: Final = re.compile(r"[\[{][^\]})\"'`&]{0,400}(?:[\"'`]|&quot;|&#)")  # with a text in it
_CURLY: Final = str.maketrans({"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'"})


def drop_words(text: str) -> str:
    """Return the text with the words of prompts, completions and tool calls in it replaced by their length.

    They are found by the fields that carry them, in JSON, JSON within JSON, Python's and Node's way of printing
    objects, curl commands and streams, also where the text was cut off. Error bodies, headers, ids, models, roles and
    token counts stay, as does everything that belongs to no such field. Dropping twice changes nothing.
    """
    for _ in range(_PASSES if _HINT.search(text) else 0):
        dropped = _once(text)
        if dropped == text:
            break
        text = dropped
    return text


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
        start = at = key.end()
        string = _STRING.match(text, start)
        inner = start if string is None else string.end()
        before = text[max(0, key.start() - _LOOK_BACK) : key.start()]
        if _IS_ERROR.match(text, inner) or not _may_be(key, before, text[inner : inner + _LOOK_BACK]):
            continue
        if string is not None:
            stop, after = ends.of_string(inner, string["open"], loose=key["named"] is not None)
            is_told = _name(key) != "text" or _TEXT_BEFORE.search(before) or _TEXT_AFTER.match(text, after)
            if stop > inner and is_told and not _DROPPED.fullmatch(text, inner, stop):
                yield start, after, string["open"]
            at = after if is_told else inner
        elif _FULL.match(text, start):
            at = ends.of_group(start, key["quote"] or '"')
            yield start, at, key["quote"] or '"'


def _name(key: re.Match[str]) -> str:
    return str(key["quoted"] or key["bare"] or key["named"])


def _may_be(key: re.Match[str], before: str, value: str) -> bool:
    """Tell whether the field, by its name, what stands before it and how its value begins, may carry words."""
    if (key["bare"] and not _MEMBER.search(before)) or (key["named"] and _TAG_BEFORE.search(before)):
        return False
    name, is_group = _name(key), value[:1] in {"[", "{"} and not _DROPPED.match(value)
    if name == "text":
        return not is_group  # what stands behind the value may tell as well
    if name == "system":
        return _WORD.match(value) is None
    if name == "data":
        return not is_group and _DATA_BEFORE.search(before) is not None
    if name == "input" and key["named"]:
        return _TOOL_BEFORE.search(before) is not None
    return name != "arguments" or not value.startswith("[")


class _Ends:
    """Finds where values end. Whether a quote can close a string is decided by it alone, so no look is taken twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[tuple[str, bool], tuple[int, int, int]] = {}

    def of_string(self, at: int, opened: str, *, loose: bool) -> tuple[int, int]:
        """Return where a string's text ends, and where the text after its closing quote begins.

        A quote closes it that has as many backslashes as the one that opened it, and behind which a value may end; in
        `name="value" other=1` (`loose`) a blank may follow as well. One with fewer belongs to what is around a string
        that was cut off.
        """
        since, stop, after = self._known.get((opened, loose), (0, -1, -1))
        if not since <= at <= stop:
            stop, after = self._string(at, opened, loose=loose)
            self._known[opened, loose] = at, stop, after
        return stop, after

    def of_group(self, at: int, key_quote: str) -> int:
        """Return where the brackets that open here are closed, or where the text was cut off."""
        depth, inside = 0, ""
        for mark in _MARKS.finditer(self._text, at):
            quote = mark["quote"]
            if mark["fresh"]:
                if _FRESH.match(self._text, mark.end()):
                    return mark.start()
            elif quote and _is_around(quote, key_quote):
                return mark.start()
            elif quote and not inside:
                inside = quote
            elif quote and _closes(quote, inside) and _ENDS_INSIDE.match(self._text, mark.end()):
                inside = ""
            elif not quote and not inside:
                depth += 1 if mark["opens"] else -1
                if depth == 0:
                    return mark.end()
        return len(self._text)

    def _string(self, at: int, opened: str, *, loose: bool) -> tuple[int, int]:
        text = self._text
        inner: set[str] = set()  # quotes that open texts within this one, as in JSON that Python has printed
        for mark in _MARKS.finditer(text, at):
            quote, after = mark["quote"], mark.end()
            if mark["fresh"]:
                if opened[-1] != "`" and _FRESH.match(text, after):
                    return mark.start(), mark.start()
            elif quote and _closes(quote, opened):
                is_end = _ENDS.match(text, after) or (loose and text[after : after + 1].isspace())
                if is_end and quote not in inner:
                    return mark.start(), after
                if quote != opened:
                    inner.add(quote)
            elif quote and _is_around(quote, opened):
                return mark.start(), mark.start()
        return len(text), len(text)


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
