"""Made-up keys of every kind, the contexts in which people paste them, and a search for what is left of any of them."""

import base64
import random
import re
import string
from collections.abc import Iterable, Iterator
from urllib.parse import quote

ALPHANUMERIC = string.ascii_letters + string.digits
KEY = ALPHANUMERIC + "_-"
ZERO_WIDTH = "\u200b"


def run(rng: random.Random, length: int, characters: str = KEY) -> str:
    """Return random key characters; the first and last are alphanumeric, as a word is."""
    middle = "".join(rng.choice(characters) for _ in range(length - 2))
    return rng.choice(string.ascii_uppercase) + middle + rng.choice(string.digits)


def plant(kind: str, rng: random.Random) -> tuple[str, str]:
    """Return a made-up key of this kind and the part of it that must not survive."""
    prefix, length, characters = KINDS[kind]
    secret = run(rng, length, characters)
    return prefix + secret, secret


KINDS = {
    "anthropic api": ("sk-ant-api03-", 95, KEY),
    "anthropic admin": ("sk-ant-admin01-", 95, KEY),
    "anthropic oauth": ("sk-ant-oat01-", 60, KEY),
    "anthropic refresh": ("sk-ant-ort01-", 40, KEY),
    "anthropic enterprise": ("sk-ant-api01-", 40, KEY),
    "anthropic upper case": ("SK-ANT-API03-", 40, KEY),
    "openai project": ("sk-proj-", 60, KEY),
    "openai service": ("sk-svcacct-", 60, KEY),
    "openrouter": ("sk-or-v1-", 64, "0123456789abcdef"),
    "bare sk": ("sk-", 48, ALPHANUMERIC),
    "slack bot": ("xoxb-", 50, ALPHANUMERIC + "-"),
    "slack user": ("xoxp-", 70, ALPHANUMERIC + "-"),
    "slack app": ("xapp-1-", 90, ALPHANUMERIC + "-"),
    "slack rotation": ("xoxe.xoxb-1-", 163, ALPHANUMERIC),
    "slack hook": ("https://hooks.slack.com/services/", 44, ALPHANUMERIC),
    "slack response url": ("https://hooks.slack.com/commands/", 44, ALPHANUMERIC),
    "aws": ("AKIA", 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "bedrock": ("ABSK", 120, ALPHANUMERIC + "+/"),
    "bedrock session": ("bedrock-api-key-", 120, ALPHANUMERIC),
    "google": ("AIza", 35, KEY),
    "github": ("ghp_", 36, ALPHANUMERIC),
    "github server": ("ghs_", 36, ALPHANUMERIC),
    "github pat": ("github_pat_", 82, ALPHANUMERIC + "_"),
    "gitlab": ("glpat-", 20, KEY),
    "hugging face": ("hf_", 34, ALPHANUMERIC),
    "npm": ("npm_", 36, ALPHANUMERIC),
    "pypi": ("pypi-", 150, KEY),
    "stripe": ("sk_live_", 24, ALPHANUMERIC),
    "sendgrid": ("SG.Abcdefghij0123456789_-.", 43, KEY),
    "session": ("https://claude.ai/code/session_", 24, ALPHANUMERIC),
    "jwt": ("eyJhbGciOiJIUzI1NiIsInR5cCI.eyJzdWIiOiIxMjM0NTY3ODkw.", 43, KEY),
}
CONTEXTS = [
    "{}",
    "my key is {} ok",
    "ANTHROPIC_API_KEY={}",
    'export TOKEN="{}"',
    "x-api-key: {}",
    "Authorization: Bearer {}",
    "`{}`",
    "*{}*",
    "_{}_",
    "~{}~",
    "<{}>",
    "({})",
    "[{}]",
    "**{}**",
    "```\n{}\n```",
    '{{"key": "{}"}}',
    "\u201c{}\u201d",
    "&quot;{}&quot;",
    "{}, and more",
    "{}.",
    "{})",
    "{}|x",
    "{}\u2026",
    "https://example.com/?key={}&x=1",
    "glued{}",
    "\u5bc6\u94a5{}\u662f",
    f"{ZERO_WIDTH}{{}}{ZERO_WIDTH}",
]

_RUN = re.compile(r"[A-Za-z0-9+/=_-]{12,}")
_NEEDLE = 12  # so many characters of a key's own part give it away


class Planter:
    """Makes keys of all kinds in all contexts, in an order that its seed decides, and remembers each."""

    def __init__(self, seed: str) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a repeatable draw, not a secret
        self._pairs: list[tuple[str, str]] = []
        self._needles: dict[str, str] = {}
        self._configured: list[tuple[str, str]] = []
        self.planted = 0

    def text(self, keys: int) -> str:
        """Return a text with so many fresh keys in it, between words of an incident."""
        return "we saw " + " then ".join(self._one() for _ in range(keys)) + " and 529"

    def hits(self, run: str) -> list[str]:
        """Return of which planted keys 12 characters of their own part stand in this word, plain or in base64."""
        pieces = {run[at : at + _NEEDLE] for at in range(len(run) - _NEEDLE + 1)}
        return [self._needles[needle] for needle in pieces & self._needles.keys()]

    def knows(self, secret: str, what: str) -> None:
        """Look for this secret too."""
        for needle in _needles(secret):
            self._needles[needle] = what

    def configures(self, secret: str, name: str) -> None:
        """Look for any part of this configured secret too, and plant it in every form."""
        prefix = next((prefix for prefix, _, _ in KINDS.values() if secret.startswith(prefix)), "")
        part = secret.removeprefix(prefix)
        self._configured.append((prefix, part))
        self.knows(part, name)
        for at in range(len(part) - _NEEDLE + 1):
            if not part[at : at + _NEEDLE].replace("-", "").isdigit():  # numbers are ids of the workspace
                self._needles[part[at : at + _NEEDLE]] = f"{name} from {at}"

    def configured(self) -> str:
        """Return a configured secret: as it is, in base64, URL-encoded, or any 12 characters of it."""
        prefix, part = self._rng.choice(self._configured)
        at = self._rng.randrange(len(part) - _NEEDLE + 1)
        forms = (
            prefix + part,
            base64.b64encode(f"user:{prefix}{part}".encode()).decode(),
            base64.urlsafe_b64encode(part.encode()).decode(),
            quote(f"?key={prefix}{part}&x=1", safe=""),
            part[at : at + _NEEDLE],
            f"glued{part[at : at + _NEEDLE]}glued",
        )
        return self._rng.choice(forms)

    def _one(self) -> str:
        if not self._pairs:
            self._pairs = [(kind, context) for kind in KINDS for context in CONTEXTS if "\n" not in context]
            self._rng.shuffle(self._pairs)
        kind, context = self._pairs.pop()
        key, secret = plant(kind, self._rng)
        self.knows(secret, f"{kind} in {context!r}")
        self.planted += 1
        return context.format(key)


def _needles(secret: str) -> Iterator[str]:
    """Yield the beginning of a secret, and of its base64 in each of the three alignments."""
    yield secret[:_NEEDLE]
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + secret[:_NEEDLE].encode()).decode()
        yield code[(0, 2, 3)[shift] :][:_NEEDLE]


def left_of(planter: Planter, places: Iterable[tuple[str, str]]) -> list[str]:
    """Return what of the planted keys stands in any of these named texts, looking at each word once."""
    words: dict[str, str] = {}
    for name, text in places:
        for word in _RUN.findall(text):
            words.setdefault(word, name)
    return sorted({f"{name}: {hit}" for word, name in words.items() for hit in planter.hits(word)})
