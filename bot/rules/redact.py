"""Takes keys, tokens, passwords, prompts and completions out of text before it is written, logged, posted, exported."""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final
from urllib.parse import quote, urlsplit

from bot.rules.confidential import drop_words

MASK: Final = "[redacted]"
_SHORTEST_SECRET: Final = 6  # characters; masking shorter settings would shred ordinary text
_PREFIX: Final = 12  # so many leading characters of a configured key give it away
_LONG: Final = 24  # characters; of a drawn key part of this length any 12 give it away, of a password they may be words
_DRAWN: Final = re.compile(rf"(?=[^0-9]{{0,99}}[0-9])[A-Za-z0-9+/_-]{{{_LONG},}}+")
_WORD: Final = re.compile(rf"[A-Za-z0-9+/_-]{{{_PREFIX},}}+")
_SHOWN: Final = 4  # last characters of an Anthropic key that stay, as the Console shows them
_HIDDEN: Final = 8  # ... if at least so many before them are hidden
_DEPTH: Final = 64  # levels of nested data
_SHORT: Final = 256  # characters; names of fields, ids and the sentences of cards come again and again
_REMEMBERED: Final = 4_096  # so many of them, all without a secret
_SET_COOKIE: Final = "set-cookie"
_PASSES: Final = 4  # a mask may uncover a second match; more than two passes were never seen

# A kind has signs, one of which stands in each text that holds such a secret, in lower case; then its pattern: the
# text that stays, as a named group, and the run that is masked. Each run has a minimum and no right boundary: keys are
# quoted, starred, bracketed and glued to words. Nothing unbounded may fail after its minimum, so that hostile text
# costs linear time. Most texts have no sign: looking for these takes a fiftieth of what the patterns take.
_KEY_CHARACTERS: Final = r"[A-Za-z0-9_-]"
_SLASH: Final = r"(?:\\{0,4}/|%2F)"
_COLON: Final = r"[\"']?\s{0,4}:\s{0,4}[\"']?"
_NAME: Final = r"(?!(?:x-)?request[_-]id=)[A-Za-z0-9_.-]{1,64}="
_COOKIES: Final = rf"{_NAME}[^\s;,\\\"']{{4,}}+(?:;\s{{0,4}}{_NAME}[^\s;,\\\"']{{1,}}+)*+"
_CUT_OFF: Final = r"(?=(?:\u2026|\.{3})?\Z)"
_KINDS: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "pem",
        "-----begin",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]{0,60}-----|\Z)",
    ),
    ("jwt", ".ey", r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{19,}+\.ey[A-Za-z0-9_-]{17,}+\.[A-Za-z0-9_-]++"),
    ("anthropic", "sk-ant-", r"(?P<anthropic>sk-ant-[a-z0-9]{2,12}-)[A-Za-z0-9_-]{8,}+"),
    ("anthropic_odd", "sk-ant-", r"(?P<anthropic_odd>sk-ant-)[A-Za-z0-9_]{8}[A-Za-z0-9_-]*+"),
    ("anthropic_base64", "c2styw50l nrlwfudc zay1hbnqt", r"(?-i:c2stYW50L|NrLWFudC|zay1hbnQt)[A-Za-z0-9+/=_-]{12,}+"),
    ("openai", "sk-", r"(?P<openai>sk-(?:proj|svcacct|admin|or)-)[A-Za-z0-9_-]{16,}+"),
    # "task-" and "disk-" end in the same three letters: a digit and a long word, and not a UUID, make it a key.
    (
        "bare_sk",
        "sk-",
        (
            r"(?P<bare_sk>sk-)(?=[A-Za-z_-]{0,99}[0-9])(?=[A-Za-z0-9_-]{0,64}?[A-Za-z0-9]{12})"
            r"(?![0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-)[A-Za-z0-9_-]{32,}+"
        ),
    ),
    # What was cut off at the end of its text is shorter than its kind's shortest, and still gives the key away.
    (
        "cut_sk",
        "sk-",
        (
            r"(?P<cut_sk>sk-)(?=[A-Za-z_-]{0,64}[0-9])(?=[A-Za-z0-9_-]{0,64}?[A-Za-z0-9]{12})"
            rf"(?-i:(?=[a-z0-9_-]{{0,64}}[A-Z]))[A-Za-z0-9_-]{{12,64}}+{_CUT_OFF}"
        ),
    ),
    (
        "cut",
        "sk- absk bedrock-api-key- aiza github_pat_ glpat- pypi- sg.",
        (
            r"(?P<cut>(?<![A-Za-z0-9])(?:sk-(?:proj|svcacct|admin|or)-|ABSK|bedrock-api-key-|AIza|github_pat_|glpat-|pypi-"
            r"|(?-i:SG\.)))"
            rf"(?=[A-Za-z+/=_.-]{{0,40}}[0-9])[A-Za-z0-9+/=_.-]{{8,64}}+{_CUT_OFF}"
        ),
    ),
    (
        "cut_short",
        "ghp_ gho_ ghu_ ghs_ ghr_ hf_ npm_",
        (
            r"(?P<cut_short>(?<![A-Za-z0-9])(?:gh[pousr]_|hf_|npm_))"
            rf"(?=[A-Za-z]{{0,40}}[0-9])[A-Za-z0-9]{{8,64}}+{_CUT_OFF}"
        ),
    ),
    ("slack", "xox xapp- xwfp-", r"(?P<slack>xox[a-z](?:\.xox[a-z])?-|xapp-|xwfp-)[A-Za-z0-9-]{8}[A-Za-z0-9_-]*+"),
    (
        "slack_url",
        "hooks.slack",
        rf"(?P<slack_url>hooks\.slack(?:-gov)?\.com{_SLASH}[a-z]{{2,20}}{_SLASH})[A-Za-z0-9_/\\%-]{{8,}}+",
    ),
    ("session", "claude.ai", rf"(?P<session>claude\.ai{_SLASH}code{_SLASH}session_){_KEY_CHARACTERS}{{4,}}+"),
    ("aws", "akia asia abia acca a3t", r"(?-i:A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])[A-Z0-9]{16})[A-Za-z0-9_-]*+"),
    (
        "aws_lower",
        "akia asia abia acca a3t",
        r"a(?:kia|sia|bia|cca|3t[a-z0-9])(?=[a-z]{0,15}[0-9])[a-z0-9]{16}[A-Za-z0-9_-]*+",
    ),
    ("bedrock", "absk", r"(?P<bedrock>ABSK)[A-Za-z0-9+/=%_-]{40,}+"),
    ("bedrock_session", "bedrock-api-key-", r"(?P<bedrock_session>bedrock-api-key-)[A-Za-z0-9+/=%_-]{16,}+"),
    ("google", "aiza", r"(?P<google>AIza)[A-Za-z0-9_-]{30,}+"),
    ("google_oauth", "ya29.", r"(?P<google_oauth>ya29\.)[A-Za-z0-9_-]{20,}+"),
    ("github", "ghp_ gho_ ghu_ ghs_ ghr_", r"(?P<github>gh[pousr]_)[A-Za-z0-9]{20}[A-Za-z0-9_-]*+"),
    ("github_pat", "github_pat_", r"(?P<github_pat>github_pat_)[A-Za-z0-9_]{22}[A-Za-z0-9_-]*+"),
    ("gitlab", "glpat-", r"(?P<gitlab>glpat-)[A-Za-z0-9_-]{16,}+"),
    ("hugging_face", "hf_", r"(?P<hugging_face>hf_)[A-Za-z0-9]{20}[A-Za-z0-9_-]*+"),
    ("npm", "npm_", r"(?P<npm>npm_)[A-Za-z0-9]{20}[A-Za-z0-9_-]*+"),
    ("pypi", "pypi-", r"(?P<pypi>pypi-)[A-Za-z0-9_-]{40,}+"),
    ("stripe", "sk_ rk_", r"(?P<stripe>[sr]k_(?:live|test|prod)_)[A-Za-z0-9]{10}[A-Za-z0-9_-]*+"),
    # "msg." ends in the same three characters.
    (
        "sendgrid",
        "sg.",
        r"(?P<sendgrid>(?:(?-i:SG)|(?<![A-Za-z])SG)\.)(?:[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,}+|[A-Za-z0-9_-]{40,}+)",
    ),
    # A header or setting that names its secret; `sk-ant-` is left to its own kind, which keeps the last four.
    (
        "api_key_header",
        "x-api-key",
        (
            r"(?P<api_key_header>(?:x-api-key[\"'`]?\s{0,4}(?::|=>?)|\(b?[\"']x-api-key[\"'],)\s{0,4}b?[\"'`]?)"
            r"(?!sk-ant-)[A-Za-z0-9._~+/=-]{8,}+"
        ),
    ),
    (
        "api_key_plain",
        "api-key subscription-key",
        (
            r"(?P<api_key_plain>(?<![A-Za-z0-9-])(?:api-key|ocp-apim-subscription-key)[\"'`]?\s{0,4}(?::|=>?)\s{0,4}[\"'`]?)"
            r"(?:[0-9a-f]{32}|[A-Za-z0-9]{40})[A-Za-z0-9]*+"
        ),
    ),
    (
        "authorization",
        "authorization",
        (
            r"(?P<authorization>authorization[\"'`]?\s{0,4}[:=,]\s{0,4}b?[\"'`]?(?:bearer|basic|token)\s{1,4})"
            r"(?!sk-ant-)[A-Za-z0-9._~+/=-]{6,}+"
        ),
    ),
    (
        "bearer",
        "bearer",
        (
            r"(?P<bearer>bearer\s{1,4})(?!sk-ant-)"
            r"(?:(?=[A-Za-z._~+/=-]{0,99}[0-9])[A-Za-z0-9._~+/=-]{8,}+|[A-Za-z._~+/=-]{24,}+)"
        ),
    ),
    (
        "named",
        "secret token",
        (
            r"(?P<named>(?:secret_?access_?key|client_secret|signing_secret|session_?token|auth_token)"
            r"[\"'`]?\s{0,4}[:=]\s{0,4}[\"'`]?)(?!sk-ant-)(?=[A-Za-z._~+/=-]{0,99}[0-9])[A-Za-z0-9._~+/=-]{16,}+"
        ),
    ),
    ("set_cookie", "set-cookie", rf"(?P<set_cookie>set-cookie{_COLON}){_COOKIES}"),
    ("cookie", "cookie", rf"(?P<cookie>(?<!set-)cookie{_COLON}){_COOKIES}"),
    ("url_password", "://", r"(?P<url_password>(?<=://)[^\s/@:\"'<>]{0,256}+:)[^\s/\"'<>]{1,512}(?=@)"),
)
_KNOWN_PREFIX: Final = re.compile(
    r"sk-ant-[a-z0-9]{2,12}-|sk-(?:proj|svcacct|admin|or)-|sk-|xox[a-z](?:\.xox[a-z])?-|xapp-\d-|gh[pousr]_|ABSK",
    re.ASCII | re.IGNORECASE,
)
_SECRET_NAMES: Final = frozenset(
    {"x-api-key", "authorization", "proxy-authorization", "cookie", "set-cookie", "password"}
)
# Characters without width, and the dashes that editors put for "-": they hide a key from a pattern, not from a reader.
_INVISIBLE: Final = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2066\u2067\u2068\u2069\ufeff"  # fmt: skip  # noqa: E501 - one list
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")  # no database and no JSON takes these
_DISGUISE: Final = re.compile(f"[{_INVISIBLE}\u2010-\u2015\u2212]")


class Redactor:
    """Replaces every secret in a text, whatever it is glued to; `Redactor(secrets)(text)`.

    Known kinds of key are found by their prefix. `secrets` are the configured ones: they are also found by value,
    by their base64 and URL-encoded forms, and by the first 12 characters of their key part; by any 12 where it is
    a drawn one of at least 24. Configured values shorter than 6 characters are ignored. The result is stable:
    redacting it again changes nothing.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        secrets = tuple(secrets)
        kinds = [pattern if "(?P<" in pattern else f"(?P<{name}>){pattern}" for name, _, pattern in _KINDS]
        signs = {sign for _, several, _ in _KINDS for sign in several.split()}
        if own := _configured(secrets):
            kinds.insert(0, f"(?P<configured>)(?-i:{'|'.join(own)})")
        self._starts = tuple(own.values()) if own else ()
        self._signs = tuple(sign for sign in signs if not any(other in sign for other in signs - {sign}))
        self._alternatives = kinds
        self._pattern = re.compile("|".join(kinds), re.ASCII | re.IGNORECASE)
        self._parts = frozenset(part for secret in secrets for part in _parts(secret.strip()))
        self._clean: set[str] = set()

    def _alarming(self, text: str) -> re.Pattern[str]:
        """Return what finds in this text the secrets that somebody has to revoke."""
        may_have = _SET_COOKIE in text.lower() or _DISGUISE.search(text) is not None
        return self._without_cookies if may_have else self._pattern

    @cached_property
    def _without_cookies(self) -> re.Pattern[str]:
        alarming = (kind for kind in self._alternatives if not kind.startswith("(?P<set_cookie>"))
        return re.compile("|".join(alarming), re.ASCII | re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """Return the text with each secret masked; request ids, model ids and prose stay as they are.

        The words of prompts and completions in request and response bodies are dropped (`drop_words`). NUL and halves
        of characters, which cannot be stored, become U+FFFD.
        """
        if text in self._clean:
            return text
        given, text = text, _UNSTORABLE.sub("\ufffd", text)
        for _ in range(_PASSES):
            cleaned = drop_words(self._once(text))
            if cleaned == text:
                break
            text = cleaned
        if text == given and len(text) <= _SHORT:
            if len(self._clean) >= _REMEMBERED:
                self._clean.clear()
            self._clean.add(text)
        return text

    def has_secret(self, text: str) -> bool:
        """Tell whether a key, a token or a password stands in the text, one that is not masked already.

        The cookie that a server sets with each of its answers is none that anybody has to revoke.
        """
        return self._once(text, self._alarming(text)) != text

    def kinds(self, text: str) -> tuple[str, ...]:
        """Return of which kinds the secrets in the text are; of the provider's own the beginning, `sk-ant-api03-`."""
        plain = _DISGUISE.sub(lambda sign: "" if sign.group() in _INVISIBLE else "-", text)
        found = self._alarming(plain).finditer(plain)
        named = ((match.lastgroup or "", match) for match in found if _masked(match) != match.group())
        return tuple(dict.fromkeys(match.group(kind).lower() if kind == "anthropic" else kind for kind, match in named))

    def deep(self, value: object) -> object:
        """Return JSON-like data with each text in it redacted, and the values of fields that name a secret masked."""
        return self._deep(value, _DEPTH)

    def _deep(self, value: object, depth: int) -> object:
        if isinstance(value, str):
            return value if value in self._clean else self(value)
        if depth == 0 and isinstance(value, Mapping | list | tuple):
            return MASK
        if isinstance(value, Mapping):
            return {self._deep(key, 0): self._field(key, item, depth - 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._deep(item, depth - 1) for item in value]
        return value

    def _field(self, key: object, item: object, depth: int) -> object:
        cleaned = self._deep(item, depth)
        named = isinstance(item, str) and isinstance(key, str) and key.lower() in _SECRET_NAMES
        return MASK if named and cleaned == item else cleaned

    def _once(self, text: str, pattern: re.Pattern[str] | None = None) -> str:
        masked = self._masked(text, pattern or self._pattern)
        return _WORD.sub(self._without_parts, masked) if self._parts else masked

    def _without_parts(self, found: re.Match[str]) -> str:
        """Return the word with everything masked from the first to the last part of a configured key in it."""
        word = found.group()
        at = [i for i in range(len(word) - _PREFIX + 1) if word[i : i + _PREFIX] in self._parts]
        return f"{word[: at[0]]}{MASK}{word[at[-1] + _PREFIX :]}" if at else word

    def _has_sign(self, text: str) -> bool:
        for start in self._starts:  # as they are: their case counts, and not every letter has one lower case
            if start in text:
                return True
        lower = text.lower()
        for sign in self._signs:  # noqa: SIM110 - a generator costs as much as the search
            if sign in lower:
                return True
        return False

    def _masked(self, text: str, pattern: re.Pattern[str]) -> str:
        if _DISGUISE.search(text) is None:
            return pattern.sub(_masked, text) if self._has_sign(text) else text
        places = [place for place, character in enumerate(text) if character not in _INVISIBLE]
        plain = "".join(text[place] for place in places).translate(_DASHES)
        pieces, end = [], 0
        for match in pattern.finditer(plain):
            pieces += [text[end : places[match.start()]], _masked(match)]
            end = places[match.end() - 1] + 1
        return "".join([*pieces, text[end:]])


def _masked(match: re.Match[str]) -> str:
    """Return what stands for a found secret: the part that names its kind, then the mask."""
    kind = match.lastgroup or ""
    kept = match.group(kind)
    if not kind.startswith("anthropic") or not kept:
        return kept + MASK
    run = match.group()[len(kept) :]
    return kept + "…" + (run[-_SHOWN:] if len(run) >= _HIDDEN + _SHOWN else "")


def _configured(secrets: Iterable[str]) -> dict[str, str]:
    """Return patterns for the configured secrets, whole values before their beginnings, with what each begins with."""
    values = sorted({secret.strip() for secret in secrets if len(secret.strip()) >= _SHORTEST_SECRET}, key=len)
    wholes = {form for value in values for form in _forms(value)}
    starts = {start for value in values for start in _beginnings(value)}
    run = r"[A-Za-z0-9_+/=.~%-]*+"
    patterns = {re.escape(form): form for form in sorted(wholes, key=len, reverse=True)}
    return patterns | {re.escape(start) + run: start for start in sorted(starts)}


def _forms(value: str) -> set[str]:
    """Return the ways in which a text may appear: plain, URL-encoded, in JSON, in a Python repr, in HTML."""
    encoded = quote(value, safe="")
    lower = re.sub("%[0-9A-F]{2}", lambda match: match.group().lower(), encoded)
    return {value, encoded, lower, json.dumps(value)[1:-1], repr(value)[1:-1], html.escape(value)}


def _beginnings(value: str) -> set[str]:
    """Return what gives a secret away: 12 characters of its key part, and its base64 in each of three alignments."""
    if "://" in value:
        value = _url_password(value)
    prefix = _KNOWN_PREFIX.match(value)
    part = value[prefix.end() :] if prefix else value
    starts = _forms(part[:_PREFIX]) if len(part) >= _PREFIX else set()
    raw = part.encode()
    if len(raw) >= _PREFIX:
        for shift in range(3):
            code = base64.b64encode(b"\0" * shift + raw[: _PREFIX - 1]).decode()
            # Characters that also hold bits of the neighbouring bytes are left out on both sides.
            core = code[(0, 2, 3)[shift] : (shift + _PREFIX - 1) * 8 // 6]
            starts |= {core, core.replace("+", "-").replace("/", "_")}
    return starts


def _parts(value: str) -> Iterator[str]:
    """Yield any 12 characters of a configured key's drawn part; numbers alone are ids, which may stand elsewhere."""
    prefix = _KNOWN_PREFIX.match(value)
    part = value[prefix.end() :] if prefix else value
    if _DRAWN.fullmatch(part):
        pieces = (part[at : at + _PREFIX] for at in range(len(part) - _PREFIX + 1))
        yield from (piece for piece in pieces if not piece.replace("-", "").isdigit())


def _url_password(value: str) -> str:
    try:
        return urlsplit(value).password or ""
    except ValueError:
        return ""
