"""Redactor: every kind of key in every context goes, everything that responders need stays."""

import base64
import json
import random
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.redact import _KINDS, MASK, Redactor
from tests.keys import CONTEXTS, KINDS, ZERO_WIDTH, plant

BENIGN = [
    "request-id: req_011CSHoEeqs5C35K2UUqR7Fy, message id msg_01XFDUDYJgAACzvnptvVoYEL",
    '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"req_01Abc"}',
    "{'message': 'invalid x-api-key', 'request_id': 'req_011CSHoEeqs5C35K2UUqR7Fy'}",
    "Elevated errors on Claude Opus 4.7; we are investigating. Update at 12:30 UTC.",
    "model claude-haiku-4-5-20251001 was retired, use claude-sonnet-5-5 on us.anthropic.claude-opus-5-v1:0",
    "Check that ANTHROPIC_API_KEY is set; keys look like sk-ant-api03-... and the hint is sk-ant-api03-R2D...igAA.",
    "Bearer authentication failed: use a bearer token instead of the x-api-key header",
    "task-550e8400-e29b-41d4-a716-446655440000 on disk-pressure-taint-of-the-second-node-pool failed",
    "cf-ray: 8f1a2b3c4d5e6f70-FRA, anthropic-organization-id: 00000000-0000-0000-0000-000000000000",
    "429 at https://api.anthropic.com/v1/messages (retry-after: 12), see http://127.0.0.1:8080/health/ready",
    "The cookie: we cleared it. Authorization: missing. Set-Cookie was absent, password: wrong.",
    "workspace wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ, key id apikey_01Rj2N8SVvo6BePZj99NhmiT",
    "the log says msg.status=529",
    "got errmsg.retry_count=3",
    "see dbmsg.orders-2026.eu-west-1.internal.example.com",
    "Error in errormsg.handle_response_body.raise_for_status_code at line 3",
    "see highs_and_lows_24",
    "asia-northeast1 and ASIA are regions, npm_config_registry is a setting, ghs_ a prefix",
    "\U0001f469\u200d\U0001f4bb says: 3 of 5 probes failed \u2014 P2 \u2014 retrying\u2026",
]


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_goes_in_every_context(kind: str, context: str) -> None:
    """No 12 characters from the start of a planted key's secret part survive, wherever it stands."""
    rng = random.Random(f"{kind}{context}")  # noqa: S311 - a repeatable draw, not a secret
    for _ in range(4):
        key, secret = plant(kind, rng)
        assert secret[:12] not in Redactor()(context.format(key))


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=20), st.text(max_size=20), st.randoms(use_true_random=False))
def test_any_neighbours_do_no_harm(kind: str, before: str, after: str, rng: random.Random) -> None:
    """A key goes whatever text it is glued to."""
    key, secret = plant(kind, rng)
    assert secret[:12] not in Redactor()(before + key + after)


@pytest.mark.parametrize(("signs", "pattern"), [pytest.param(*more, id=name) for name, *more in _KINDS])
def test_each_find_has_a_sign(signs: str, pattern: str) -> None:
    """Whatever a pattern finds has one of its kind's signs: a text without any sign need not be searched."""

    @given(st.from_regex(re.compile(pattern, re.ASCII | re.IGNORECASE)))
    def has_sign(found: str) -> None:
        assert any(sign in found.lower() for sign in signs.split())

    has_sign()


@pytest.mark.parametrize(
    "secret", ["pÄSSWORD\u03a3", "\u0130stanbul-2026", "STRASSE\u1e9e-and-more", "Kelvin\u212a-273"]
)
def test_a_configured_secret_goes_whatever_its_letters_are(secret: str) -> None:
    """Some letters have no lower case of one letter, or another one at the end of a word."""
    for text in (f"is {secret}", f"is {secret}abc", f"({secret})"):
        assert secret not in Redactor([secret])(text)


@pytest.mark.parametrize("text", BENIGN)
def test_incident_prose_is_unaltered(text: str) -> None:
    """Request ids, model ids, status text and ordinary sentences stay as they are."""
    assert text == Redactor()(text)


@given(
    st.lists(st.sampled_from([*BENIGN, *(c for c in CONTEXTS), "sk-ant-", "://a:", "eyJ", "@", "xoxb-", " "])),
    st.randoms(),
)
def test_redacting_twice_changes_nothing(pieces: list[str], rng: random.Random) -> None:
    """The redactor is idempotent on mixtures of prose, prefixes and keys."""
    text = "".join(
        piece.format(plant(rng.choice(sorted(KINDS)), rng)[0]) if piece in CONTEXTS else piece for piece in pieces
    )
    redact = Redactor(["wJalrXUtnFEMIK7MDENG"])
    once = redact(text)
    assert once == redact(once)


@given(st.text())
def test_any_text_is_stable(text: str) -> None:
    """Any Unicode text is taken without an error, and redacting it again changes nothing."""
    once = Redactor()(text)
    assert once == Redactor()(once)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sk-ant-api03-R2D2c3po_bb8igAA", "sk-ant-api03-…igAA"),
        ("sk-ant-api03-R2D2c3poAAA", "sk-ant-api03-…"),
        ("Bearer sk-ant-oat01-R2D2c3po_bb8igAA", "Bearer sk-ant-oat01-…igAA"),
    ],
)
def test_an_anthropic_key_keeps_its_kind_and_last_four(text: str, expected: str) -> None:
    """The last four characters stay only where at least eight before them are hidden."""
    assert expected == Redactor()(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Authorization: Bearer abc.def-ghi", f"Authorization: Bearer {MASK}"),
        ("authorization: Basic dXNlcjpwYXNz", f"authorization: Basic {MASK}"),
        ("'x-api-key': 'my-own-gateway-key'", f"'x-api-key': '{MASK}'"),
        ("('x-api-key', 'my-own-gateway-key')", f"('x-api-key', '{MASK}')"),
        ("postgresql://bot:hunter2@db/x", f"postgresql://bot:{MASK}@db/x"),
        ("redis://:hunter2@cache:6379", f"redis://:{MASK}@cache:6379"),
        ("a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b", f"a {MASK} b"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ never ends", MASK),
        ("https://claude.ai/code/session_01AbCdEf", f"https://claude.ai/code/session_{MASK}"),
        ("set-cookie: __cf_bm=abcdef; path=/", f"set-cookie: {MASK}"),
        ("cookie: sid=abcdef; sessionKey=ghijkl; x", f"cookie: {MASK}; x"),
        ('"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfi"', f'"SecretAccessKey": "{MASK}"'),
        ('"SessionToken":"IQoJb3JpZ2luX2VjEJr//wEaCX"', f'"SessionToken":"{MASK}"'),
        ("ya29.a0AfH6SMBxyzABCDEFGHIJKLMN-OPQ", f"ya29.{MASK}"),
        ("api-key: 7f3a9c2e5b8d4a1c9e0f6b7d2c3a8e1f", f"api-key: {MASK}"),
        ("hooks.slack.com%2Fservices%2FT01%2FB01%2Fabcdef", f"hooks.slack.com%2Fservices%2F{MASK}"),
    ],
)
def test_structures_are_masked(text: str, expected: str) -> None:
    """Headers, URL passwords, key blocks, cookies and session links lose the secret and keep the rest."""
    assert expected == Redactor()(text)


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/2 529 set-cookie: __cf_bm=abcdef; path=/; HttpOnly; request-id: {} x-should-retry: true",
        r"b'HTTP/1.1 529 \r\nSet-Cookie: _cfuvid=abcdef; path=/\r\nRequest-Id: {}\r\n'",
        '"set-cookie": "a=bcdef, b", "request-id": "{}"',
        "set-cookie: a=bcdef, request-id: {}",
        "cookie: a=bcdef; request-id={}",
    ],
)
def test_a_cookie_takes_no_request_id_along(text: str) -> None:
    """What stands behind it on the line stays; a cookie that a server sets is no key that somebody has sent."""
    request_id = "req_011CSHoEeqs5C35K2UUqR7Fy"
    told = Redactor()(text.format(request_id))
    assert (MASK in told, request_id in told) == (True, True)
    assert Redactor().has_secret(text.format(request_id)) == text.startswith("cookie")


def test_the_kind_of_a_secret_is_told() -> None:
    """For whoever is warned: of the provider's own kinds the beginning, in whatever disguise; nothing of a cookie."""
    text = f"sk-ant-admin01-{'Zq7' * 31}AA xoxb-123456789012-AbCdEf sk\u2011ant\u2011api03\u2011Abcdef0123456789"
    assert ("sk-ant-admin01-", "slack", "sk-ant-api03-") == Redactor().kinds(text)
    assert () == Redactor().kinds("set-cookie: _cfuvid=abcdef; sk-ant-api03-\u2026q7AA")


@pytest.mark.parametrize(
    "disguised",
    [
        "sk\u200b-ant-api03-Abcdef\u200b0123456789",
        "sk\u2013ant\u2013api03\u2013Abcdef0123456789",
        "sk\u2011ant\u2011api03\u2011Abcdef0123456789",
        "\ufeffsk-ant-api03-Abc\u00addef0123456789",
    ],
)
def test_invisible_characters_and_typographic_dashes_hide_nothing(disguised: str) -> None:
    """A key that an editor broke up with zero-width characters or long dashes is still found."""
    expected = "sk-ant-api03-…6789"
    assert expected == Redactor()(disguised).lstrip("\ufeff")


SECRETS = [
    "plain-gateway-secret-42",
    "p@ss/w\u00f6rd with 'quotes' & more",
    "sk-ant-api03-ABCdefGHIjklMNOpqrSTUvwx0123AA",
]


@pytest.mark.parametrize("secret", SECRETS)
def test_configured_secrets_go_in_every_encoding(secret: str) -> None:
    """The exact value, its URL, JSON and base64 forms, and its first 12 key characters are masked."""
    redact = Redactor(SECRETS)
    part = secret.removeprefix("sk-ant-api03-")
    assert part not in redact(f"value {secret} here")
    assert quote(part[:12], safe="") not in redact(f"?q={quote(secret, safe='')}&x=1")
    assert json.dumps(part)[1:13] not in redact(json.dumps({"a": secret}))
    assert "[" + "redacted]" in redact(f"starts with {part[:12]}")
    for padding in ("", "u", "us", "user:"):
        encoded = base64.b64encode((padding + secret).encode()).decode()
        assert encoded[-12:] not in redact(f"Basic {encoded} end")
        assert base64.b64encode(part[3:12].encode()).decode() not in redact(encoded)


def test_any_part_of_a_configured_key_is_masked() -> None:
    """Twelve characters from anywhere in a drawn key are masked, also glued to words; of a password no words are."""
    part = "Zq7Xw2Lm9Rt4Vb6Np1Kd8Hs3Gf5Jc0"
    redact = Redactor([f"sk-ant-api03-{part}", "gateway-of-the-checkout-service"])
    for at in range(len(part) - 11):
        for text in ("{}", "it ends in {} they say", "x{}y", "…{}…", "a_{}-"):
            before, _, after = text.partition("{}")
            assert redact(text.format(part[at : at + 12])) in {text.format(MASK), before + MASK + after.lstrip("y_-")}
    assert "the-checkout-service is slow" == redact("the-checkout-service is slow")
    assert part[:11] == redact(part[:11])


def test_a_configured_database_url_gives_its_password_away_nowhere() -> None:
    """For a URL the key part is the password, so other URLs of the same scheme stay readable."""
    redact = Redactor(["postgresql+asyncpg://bot:correct-horse-battery@db/triage"])
    assert MASK in redact("tried correct-horse-battery")
    other = "postgresql+asyncpg://db/other"
    assert other == redact(other)


def test_settings_too_short_to_be_secrets_are_ignored() -> None:
    """A one-letter test value does not shred every text."""
    prose = "a cat"
    assert prose == Redactor(["a", ""])(prose)


def test_deep_keeps_the_shape_and_masks_fields_named_for_secrets() -> None:
    """Numbers, keys and order stay; texts are redacted at any depth; a secret's field needs no known prefix."""
    data = {"at": 1, "headers": {"X-Api-Key": "short", "via": "1.1 google"}, "list": ["xoxb-123456789012", None, True]}
    expected = {"at": 1, "headers": {"X-Api-Key": MASK, "via": "1.1 google"}, "list": [f"xoxb-{MASK}", None, True]}
    assert expected == Redactor().deep(data)


def test_deep_survives_bottomless_data() -> None:
    """Data nested beyond the limit is masked instead of exhausting the stack."""
    data: object = "end"
    for _ in range(5_000):
        data = [data]
    assert MASK in str(Redactor().deep(data))


HOSTILE = ["sk-ant-", "sk-", "ey", "eyaaaaaaaaaaaaaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "://a:", "Bearer ", "x-api-key: ", "SG.", "A", "-", "cookie: a=", ZERO_WIDTH, "hooks.slack.com/services/", "authorization: basic ", "\\"]  # fmt: skip  # noqa: E501 - one list


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    """200 KB of repeated prefixes cost no more than two seconds of a busy machine's processor."""
    redact = Redactor(SECRETS)
    text = (piece * 200_000)[:200_000]
    before = time.process_time()
    redact(text)
    spent = time.process_time() - before
    assert spent < 2.0
