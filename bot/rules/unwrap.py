"""Finds the provider's own words in a text, whatever it is wrapped in: JSON, repr, SSE, HTML, a gateway, a terminal.

Wrappings nest without limit and are often cut off, so nothing is parsed. The text is made plain (escapes, entities,
colours and line wraps removed) and its fields are read by pattern: an error body looks the same in all of them.
"""

import html
import re
from dataclasses import dataclass
from typing import Final

LOOKED_AT: Final = 65_536  # characters of a text; of a longer one the first three quarters and the last quarter
_ESCAPES: Final = 6  # levels of escaped escapes
# The values of `error.type` that the provider documents; `unknown` types stay visible in the text.
ERROR_TYPES: Final = frozenset({
    "invalid_request_error", "authentication_error", "billing_error", "permission_error", "not_found_error",
    "conflict_error", "request_too_large", "rate_limit_error", "timeout_error", "overloaded_error", "api_error",
})  # fmt: skip
_GENERIC: Final = ("api_error", "invalid_request_error")  # what gateways call anything; the last is the vaguest

# What a user wrote, as logs and validators print it: `prompt='...'`, `Got: '...'`. It may quote any error.
_SAID: Final = re.compile(
    r"\b((?:user_?message|user_?input|user_?prompt|prompt|question|query|input_value|got)[\"']?\s?[=:]\s?)"
    r"(?:'[^'{}]{0,2000}'|\"[^\"{}]{0,2000}\")",
    re.IGNORECASE,
)
_TERMINAL: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\u200b-\u200f\u2060\ufeff]")
_BOX: Final = re.compile(r"[\u2500-\u257f\u23bf]")
_QUOTES: Final = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})
_ESCAPED: Final = re.compile(r"(?<!\\)\\++(?:u([0-9a-fA-F]{4})|([nrt])|([\"'/]))")

_TYPE_WORD: Final = re.compile(rf"\b({'|'.join(sorted(ERROR_TYPES))})\b")
_ENVELOPE: Final = re.compile(r"""\btype["']?\s?[:=]\s?["']?error(?=["',}\s])""")
_FIRST_TYPE: Final = re.compile(r"""["']type["']\s?:\s?["']([A-Za-z_]{1,40})["']""")
_CUT_TYPE: Final = re.compile(r"""["']type["']\s?:\s?["']([a-z_]{3,40})(?: ?(?:\.{3}|…))?$""")
_CODE: Final = re.compile(r"""["']?\bcode["']?\s?[:=]\s?["']?([a-z_]{3,60})""")
_ERROR_CODE: Final = re.compile(r"""error_code["']?\s?[:=]\s?["']?([a-z][a-z_]{3,60})""")
_MESSAGE: Final = re.compile(
    r"""["'](?:message|detail)["']\s?:\s?"""
    r"""(?:"((?:[^"]|"(?!\s?[,}\]]))*)|'((?:[^']|'(?!\s?[,}\]]))*))|[{,]\s?message=()([^{}]{1,500})(?=\})"""
)
_REQUEST_ID: Final = re.compile(r"\breq_[A-Za-z0-9_]{6,64}")
_EXCEPTION: Final = re.compile(
    r"\b(?:[A-Za-z_]\w{0,60}\.){0,6}[A-Z]\w{1,60}(?:Error|Exception|Timeout|Disconnected)\b|\b(?:gaierror|herror)\b"
)
_CLASS_END: Final = re.compile(r"(?:Error|Exception)$")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_STOP: Final = re.compile(r"""["']stop_reason["']\s?:\s?["']([a-z_]{1,40})["']""")
_ROLE: Final = re.compile(r"""["']role["']""")
_EMPTY: Final = re.compile(r"""["']content["']\s?:\s?\[\s?\]""")
_STREAM_ERROR: Final = re.compile(
    r"(?:^|\\[nr]|[\"'>\s])event:\s{0,2}error(?=\s{0,4}(?:\\{1,8}[nr]){0,2}\s{0,4}data:|\s{0,4}$)", re.MULTILINE
)
_DELTA: Final = re.compile(r"""^.{0,80}["']type["']\s?:\s?["']content_block_(?:delta|start)["'].*$""", re.MULTILINE)
_STREAMED: Final = frozenset({
    "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "ping",
})  # fmt: skip
_ONE_TOKEN: Final = re.compile(r"""["']output_tokens["']\s?:\s?[01]\b""")

REASONS: Final = (
    "bad request|unauthorized|payment required|forbidden|not found|request time|conflict|(?:payload|content|request)"
    "(?: entity)? too large|too many|unprocessable|internal server|not implemented|bad gateway|"
    "service (?:temporarily )?unavailable|gateway time|overloaded|web server|upstream|errors?\\b|responses?\\b|"
    "invalid (?:x-api-key|api key)|authentication|permission|rate[ -]?limit"
)
NO_UNIT: Final = (
    r"(?![\d.]*\d)(?!\s?(?:ms|s|sec|seconds|minutes|tokens?|usd|eur|dollars?|requests?|calls?|users?|people|rows|items"
    r"|words|files|times|prompts?|workers?|pods?|k|kb|mb|gb|lines|char(?:acter)?s|pages|bytes|rps|rpm|qps|tpm|itpm|otpm"
    r"|hours|days|messages|images|documents|customers|threads|concurrent|parallel|milliseconds|mins?|per)\b)(?! ?%)"
)
COUNTED: Final = (
    r"(?!\s(?!(?:errors|responses|answers|replies|status|codes|statuses|failures|exceptions|rejections|refusals|timeouts"
    r"|spikes|bursts|storms|waves|alerts|happens|occurs|comes|keeps|persists|returns|appears|means|starts|stops|shows"
    r"|always|sometimes|besides|across|was|is|has|does|as|this|plus|us|its|access|less|pages|logs|calls)\b)"
    r"[a-z]{2,20}s(?=[\s,;!)]|\.?$))(?!\s(?:\w{2,20}\s){1,2}(?:are |were |is |was )?(?:affected|impacted)\b)"
)
"""A plural behind a number makes it a count (`500 stores`), unless it is what people call failures."""
_NO_PARSER: Final = r"(?<!Encoding)(?<!Length)(?<!HttpMessage)(?<!StatusLine)"
"""What a client's parser found wrong with an answer bears a status of the parser's own."""
_COMMON: Final = r"4(?:[012]\d|99)|5(?:0\d|2\d|30)"
_ASKED: Final = (
    r"(?:requests|calls|everything|traffic|attempts|claude(?:-[\w.-]{1,40})?|anthropic|llm|100 ?%"
    r"|all(?: \w{1,20})?|every \w{1,20})(?!\w)"
)
"""What people say was asked, before or behind the bare status that they got."""
_LINKS: Final = (
    r"(?:\W{1,3}(?:is|are|was|were|at|as|a|an|the|all|just|only|now|still|with|come|came|comes|coming|back|end|ends"
    r"|ended|go|goes|going|fail|fails|failed|failing|die|dies|dying|turn|turns|turned|into|start|started|since|today"
    r"|\d{1,2}:\d\d)){0,6}"
)
_VERBS: Final = (
    "return(?:s|ed|ing)?|g[eo]t|gets|getting|gave|gives|giving|see(?:s|ing)?|saw|receiv(?:ed?|es|ing)|answer(?:s|ed)"
    "|respond(?:s|ed)|with|end(?:s|ing)? in|then|upstream|claude|anthropic|lots of|only|constant"
    r"|now|still|sometimes|intermittent(?:ly)?|sporadic(?:ally)?|occasional(?:ly)?|always|often|again"
    r"|\d{1,6} ?[x\u00d7]"
)
_STATUSES: Final = tuple(
    re.compile(pattern + NO_UNIT, re.IGNORECASE)
    for pattern in (
        r"\bHTTP(?:/[\d.]{1,3})?(?: (?:status|error|code|response))*[\W_]{0,6}([1-5]\d\d)",
        r"status[ _-]?(?:code)?[\W_]{0,6}([1-5]\d\d)",
        rf"{_NO_PARSER}(?:error|exception)(?: code)?[\W_]{{0,4}}([345]\d\d)",
        r"<title>[^<|]{0,80}\| ?([45]\d\d): ",
        r"\b([45]\d\d)\b(?=(?:[ ,;/]{1,3}\1\b){1,9})",
        rf"(?<!\w){_ASKED}{_LINKS}\W{{1,3}}({_COMMON})\b(?![:.]\d| ?(?:ok|okay|done|fine|succeed|success|passed|of)\b)",
        rf"(?<![\w.:/-])({_COMMON})(?= (?:for|on|from|to|in) (?:\w{{1,12}} ){{0,3}}{_ASKED})",
        r"\bcode[\W_]{1,5}([345]\d\d)",
        r"(?<![\w.:/-])([345]\d\d)(?=\s?\{|\W{0,3}(?:" + REASONS + "))",
        r"\((?:HTTP )?([45]\d\d)\)",
        rf"^\W{{0,3}}(?<![$€£¥#])(?<![$€£¥] )([45]\d\d)(?=[ :;]|, [a-z]|$){COUNTED}",
        r"(?<![\w.:/-])(?<!after )(?<!in )(?<!for )(?<!took )(40[134]|429|50[0234]|529)s\b",
        rf"\b(?:{_VERBS}) (?:an? )?([45]\d\d){COUNTED}",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """What a text says by itself. `text` is the plain text; `stop_reason` is `missing` for an answer that just ends.

    `own_body` says that the provider's own envelope, or a request id of its, is in it.
    """

    text: str
    status: int | None = None
    error_type: str | None = None
    error_code: str | None = None
    message: str | None = None
    request_id: str | None = None
    exception: str | None = None
    stop_reason: str | None = None
    own_body: bool = False

    @property
    def codes(self) -> frozenset[str]:
        """Return the error codes that are named: as such, or as the class that the client library calls after one."""
        names = [name.rpartition(".")[2] for name in (self.exception or "").split(", ")]
        classes = (_CAMEL.sub("_", _CLASS_END.sub("", name)).lower() for name in names)
        return frozenset(filter(None, (self.error_code, *classes)))


def clip(text: str, limit: int = LOOKED_AT) -> str:
    """Return the beginning and the end of a text that is too long; both tell more than its middle."""
    return text if len(text) <= limit else text[: limit * 3 // 4] + "\n" + text[-limit // 4 :]


def plain(text: str) -> str:
    """Return the text on one line, with straight quotes and without escapes, entities, colours and boxes."""
    text = _TERMINAL.sub("", html.unescape(clip(text)))
    for _ in range(_ESCAPES):
        unescaped = _ESCAPED.sub(_unescape, text)
        if unescaped == text:
            break
        text = unescaped
    return " ".join(_BOX.sub(" ", text.translate(_QUOTES)).split())


def without_deltas(text: str) -> str:
    """Return a stream without the lines that carry the answer's own words, which may quote any error."""
    return _DELTA.sub("", text)


def unwrap(text: str) -> Inner:
    """Read the fields of an error, or the stop reason of an answer, out of any text. Never raises."""
    text = without_deltas(clip(text))
    error = _STREAM_ERROR.search(text)
    text = plain(text[error.start() :] if error else text)
    text = _SAID.sub(r"\1", text)
    if error is None and _is_answer(text):
        stop, empty = _stop_reason(text), _EMPTY.search(text) is not None
        said = f"answer with empty content, {stop}" if empty and "message_start" not in text else ""
        said = said or ("answer of one token" if _ONE_TOKEN.search(text) else "")
        return Inner(text=said, status=200, request_id=_found(_REQUEST_ID, text), stop_reason=stop)
    code = _found(_ERROR_CODE, text)
    return Inner(
        text=text,
        status=None if error else _status(text),
        error_type=_error_type(text),
        error_code=code,
        message=_message(text),
        request_id=_found(_REQUEST_ID, text),
        exception=_exceptions(text),
        own_body=_ENVELOPE.search(text) is not None or _REQUEST_ID.search(text) is not None,
    )


def _unescape(match: re.Match[str]) -> str:
    code, space, mark = match.groups()
    if code is not None:
        return chr(int(code, 16))
    return " " if space is not None else str(mark)


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match.group(match.lastindex or 0) if match else None


def _is_answer(text: str) -> bool:
    """Tell a successful answer, or a stream's end, by the first type that it names; its content may quote any error."""
    first = _found(_FIRST_TYPE, text)
    if first in {"message", "message_start"} and _ROLE.search(text) is not None:
        return True
    return first in _STREAMED and _STOP.search(text) is not None


def _stop_reason(text: str) -> str:
    streamed = "message_start" in text
    found = _STOP.findall(text)
    return "missing" if not found or (streamed and "message_stop" not in text) else str(found[-1])


def _error_type(text: str) -> str | None:
    """Return the provider's type: a gateway's `code`, else what its innermost envelope names, else the least vague."""
    code = _found(_CODE, text)
    if code in ERROR_TYPES:
        return code
    envelopes = list(_ENVELOPE.finditer(text))
    if envelopes:
        inner = _TYPE_WORD.search(text, envelopes[-1].end())
        if inner is not None:
            return inner.group()
    words = list(dict.fromkeys(_TYPE_WORD.findall(text)))
    return min(words, key=lambda word: (word in _GENERIC, word == _GENERIC[0])) if words else _cut_type(text)


def _cut_type(text: str) -> str | None:
    """Return the type of which the text's cut-off end can only be the beginning."""
    begun = _found(_CUT_TYPE, text)
    meant = [word for word in ERROR_TYPES if begun and word.startswith(begun)]
    return meant[0] if len(meant) == 1 else None


def _message(text: str) -> str | None:
    """Return the innermost message: the last one that does not itself begin another object."""
    texts = ["".join(found) for found in _MESSAGE.findall(text)]
    texts = [found for found in texts if found and found[0] not in "{["]
    return texts[-1] if texts else None


def _status(text: str) -> int | None:
    found = [match for pattern in _STATUSES if (match := pattern.search(text))]
    return int(min(found, key=lambda match: match.start(1)).group(1)) if found else None


def _exceptions(text: str) -> str | None:
    names = list(dict.fromkeys(_EXCEPTION.findall(text)))[:8]
    return ", ".join(names) or None
