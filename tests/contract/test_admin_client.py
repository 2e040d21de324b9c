"""The Admin API's client against the stand-in: what it finds, changes and counts, and how it bears refusals."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.clock import SteeredClock, SystemClock
from bot.errors import (
    AdminApiError,
    AdminApiLost,
    AdminApiUnreadable,
    AdminKeyRefused,
    AdminRateLimited,
    AdminRequestRefused,
    BadInput,
    BadSettings,
    KeyNotFound,
    NoAdminRights,
)
from bot.integrations import admin_api
from bot.integrations.admin_api import AdminApi, Patience
from bot.playground.provider import ApiFault, Pause, Provider, Script, Send, hostile_server, raw_answer, raw_head
from bot.playground.provider.key_ring import LEAKED
from bot.playground.provider.story import Endpoint
from bot.rules.api_keys import ApiKey

ADMIN_KEY = "sk-ant-admin01-" + "Wq5" * 31 + "AA"
SECRET = "Wq5Wq5Wq5"
WHOLE = "sk-ant-api03-R2D" + "x7Kq" * 22 + "igAA"
JSON = {"content-type": "application/json"}
BRIEF = Patience(request_s=0.5, call_s=2.0)


def a_client(
    url: str, key: str = ADMIN_KEY, *, version: str = "2026-10-21", patience: Patience | None = None
) -> AdminApi:
    """Return a client of this address."""
    return AdminApi(
        url, key, SystemClock(), user_agent="anth-triage/test", anthropic_version=version, patience=patience
    )


@asynccontextmanager
async def standing(
    *, version: str = "2026-10-21", patience: Patience | None = None
) -> AsyncIterator[tuple[Provider, AdminApi]]:
    """Start a provider and return it with a client that has its Admin key."""
    provider = Provider(clock=SteeredClock())
    await provider.start()
    try:
        yield provider, a_client(provider.api_url, provider.admin_key, version=version, patience=patience)
    finally:
        await provider.stop()


async def strike(provider: Provider, answer: str, *endpoints: Endpoint) -> None:
    """Let these requests end in this way from now on."""
    await provider.set(faults=(ApiFault(answer=answer, endpoints=endpoints),))


def posts(provider: Provider) -> int:
    """Return how many changes were asked for."""
    return sum(call.method == "POST" for call in provider.calls)


def an_answer(body: object, status: int = 200, **headers: str) -> Script:
    """Return a whole answer as bytes."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return [Send(raw_answer(status, JSON | headers, raw))]


def an_error(status: int, kind: str) -> Script:
    """Return the provider's error envelope, which quotes the key that was sent."""
    return an_answer({"type": "error", "error": {"type": kind, "message": f"no: {ADMIN_KEY}"}}, status)


def a_record(**changes: object) -> dict[str, object]:
    """Return a key as the API shows it, of the whole organization and made by a service."""
    return {
        "id": LEAKED,
        "type": "api_key",
        "name": "notebook",
        "partial_key_hint": "sk-ant-api03-R2D...igAA",
        "status": "active",
        "created_at": "2026-11-01T00:00:00Z",
        "created_by": {"id": "svac_1", "type": "service_account"},
        "expires_at": None,
        "scope": {"type": "organization"},
    } | changes


@pytest.mark.parametrize("version", ["2026-10-21", "2023-06-01"])
async def test_a_key_is_told_by_names(version: str) -> None:
    """A key comes with the names of its workspace and creator, whichever way the version tells the workspace."""
    async with standing(version=version) as (provider, api):
        key = await api.get(LEAKED)
        own = await api.get(provider.keys.own.id)
    assert ("notebook-experiments", "sk-ant-api03-R2D...igAA", "active") == (key.name, key.hint, key.status)
    assert ("Research", "Jonas Beck", None) == (key.workspace_name, key.created_by, key.expires_at)
    assert key.created_at.tzinfo is UTC
    assert ("Production", provider.keys.workspace) == (own.workspace_name, own.workspace_id)
    assert own.expires_at is not None


@pytest.mark.parametrize(
    "given",
    [WHOLE, "sk-ant-api03-R2D...igAA", "\u2026igAA", "igAA", LEAKED, "notebook-experiments", "sk-ant-api03-R2D"],
)
async def test_a_key_is_found_by_whatever_somebody_has_of_it(given: str) -> None:
    """The hint, the end, the beginning, the id, the name, and the whole key lead to the one key."""
    async with standing() as (_, api):
        assert [LEAKED] == [key.id for key in await api.find(given)]


async def test_the_worlds_own_key_finds_itself() -> None:
    """Given the production key as a whole, the production key is found."""
    async with standing() as (provider, api):
        assert ["payments-production"] == [key.name for key in await api.find(provider.api_key)]


async def test_two_keys_may_share_one_hint() -> None:
    """Both are returned, each with its own creator; a service account and one without a name are told by their ids."""
    async with standing() as (_, api):
        found = await api.find("sk-ant-api03-Qk7...x0AA")
        old = (await api.find("old-import"))[0]
        free = (await api.find("org-tools"))[0]
    assert ["batch-nightly", "batch-nightly-before"] == [key.name for key in found]
    assert found[0].created_by.startswith("svac_")
    assert "Mira Holt" == found[1].created_by
    assert old.created_by.startswith("user_")
    assert (None, None) == (free.workspace_id, free.workspace_name)


@pytest.mark.parametrize("given", ["zzzz", "nobody", "apikey_nobody", "sk-ant-admin01-R2D...igAA"])
async def test_a_key_that_is_nowhere_is_not_found(given: str) -> None:
    """What no key has is an empty answer, no error."""
    async with standing() as (_, api):
        assert () == await api.find(given)


async def test_too_little_is_refused_before_anything_is_asked() -> None:
    """What could be half of all keys never reaches the provider."""
    async with standing() as (provider, api):
        with pytest.raises(BadInput):
            await api.find("sk-ant-api03-...")
    assert [] == provider.calls


async def test_every_page_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key on the last of four pages is found, and no page is asked for twice."""
    monkeypatch.setattr(admin_api, "_A_PAGE", 2)
    async with standing() as (provider, api):
        assert ["first-try"] == [key.name for key in await api.find("first-try")]
    assert 4 == len(provider.calls.of("api", "/v1/organizations/api_keys"))


async def test_a_list_without_end_ends() -> None:
    """A list that always goes on is given up after a bounded number of pages, and nobody believes it was read."""
    received: list[bytes] = []
    page = an_answer({"data": [], "has_more": True, "last_id": "apikey_1"})
    async with hostile_server(page, received=received) as url:
        with pytest.raises(AdminApiUnreadable, match="more keys"):
            await a_client(url).find("igAA")
    assert 40 == len(received)


async def test_a_name_that_cannot_be_read_hides_no_key() -> None:
    """While names fail, the key is told by ids."""
    async with standing() as (provider, api):
        await strike(provider, "server_error", "names")
        key = await api.get(LEAKED)
    assert (key.workspace_id, True) == (key.workspace_name, key.created_by.startswith("user_"))


async def test_an_active_key_is_made_inactive() -> None:
    """One request makes it inactive; the answer and a look afterwards say so."""
    async with standing() as (provider, api):
        key = await api.deactivate(LEAKED)
        assert ("inactive", "inactive") == (key.status, (await api.get(LEAKED)).status)
    assert 1 == posts(provider)
    assert ("Research", "Jonas Beck") == (key.workspace_name, key.created_by)


@pytest.mark.parametrize("name", ["old-import", "trial", "first-try"])
async def test_a_key_that_is_off_is_left_alone(name: str) -> None:
    """An inactive, an expired and an archived key come back as they are, and nothing is sent."""
    async with standing() as (provider, api):
        before = (await api.find(name))[0]
        assert before == await api.deactivate(before.id)
    assert 0 == posts(provider)


async def test_the_own_key_made_inactive_is_refused_by_the_models() -> None:
    """After it was made inactive through the client, a message with the world's own key is answered with 401."""
    async with standing() as (provider, api):
        await api.deactivate(provider.keys.own.id)
        body = {"model": "claude-haiku-5-5", "max_tokens": 1, "messages": [{"role": "user", "content": "1"}]}
        headers = {"x-api-key": provider.api_key, "anthropic-version": "2026-10-21"}
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{provider.api_url}/v1/messages", json=body, headers=headers)
    assert 401 == answer.status_code


async def test_usage_by_the_hour() -> None:
    """Nine days in two pages: every hour once, in order; the leaked key's night stands out; requests are not told."""
    async with standing() as (provider, api):
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        hours = await api.usage(LEAKED, now - timedelta(days=9), now)
    assert [now - timedelta(days=9) + timedelta(hours=n) for n in range(9 * 24)] == [hour.at for hour in hours]
    assert {2, 3, 4} == {hour.at.hour for hour in sorted(hours, key=lambda hour: hour.input_tokens)[-3:]}
    assert {None} == {hour.requests for hour in hours}
    assert max(hour.output_tokens for hour in hours) > 0
    assert 2 == len(provider.calls)


async def test_usage_counts_one_key_only_and_all_kinds_of_input() -> None:
    """Results of other keys are left out; read, written to and taken from a cache make one sum."""
    mine = {
        "api_key_id": LEAKED,
        "uncached_input_tokens": 1,
        "cache_read_input_tokens": 20,
        "cache_creation": {"ephemeral_1h_input_tokens": 300, "ephemeral_5m_input_tokens": 4_000},
        "output_tokens": 7,
    }
    bucket = {"starting_at": "2026-11-01T05:00:00Z", "results": [mine, {**mine, "api_key_id": "apikey_other"}]}
    since = datetime(2026, 11, 1, 5, 20, tzinfo=UTC)
    async with hostile_server(an_answer({"data": [bucket], "has_more": False})) as url:
        (hour,) = await a_client(url).usage(LEAKED, since, since + timedelta(minutes=1))
    assert (4_321, 7, datetime(2026, 11, 1, 5, tzinfo=UTC)) == (hour.input_tokens, hour.output_tokens, hour.at)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (datetime(2026, 11, 1), datetime(2026, 11, 2, tzinfo=UTC)),  # noqa: DTZ001 - the slip that is tried
        (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)),
        (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)),
    ],
)
async def test_usage_of_no_time_or_too_much(since: datetime, until: datetime) -> None:
    """A time without a zone, none at all, and more than a month are slips of the caller."""
    with pytest.raises(ValueError, match="usage"):
        await a_client("http://127.0.0.1:9").usage(LEAKED, since, until)


REFUSALS = [
    ("unauthorized", AdminKeyRefused),
    ("forbidden", NoAdminRights),
    ("not_found", NoAdminRights),
    ("rate_limited", AdminRateLimited),
    ("server_error", AdminApiLost),
    ("unavailable", AdminApiLost),
    ("overloaded", AdminApiLost),
    ("hang", AdminApiLost),
    ("cut", AdminApiLost),
    ("hang_body", AdminApiLost),
    ("cut_body", AdminApiLost),
    ("trickle", AdminApiLost),
    ("bad_length", AdminApiLost),
    ("credit", AdminRequestRefused),
    ("edge_block", AdminApiUnreadable),
    ("region_block", AdminRequestRefused),
    ("redirect", AdminApiUnreadable),
    ("empty_200", AdminApiUnreadable),
    ("html_200", AdminApiUnreadable),
    ("gzip_bomb", AdminApiUnreadable),
    ("oversized", AdminApiUnreadable),
]


@pytest.mark.parametrize(("answer", "kind"), REFUSALS)
async def test_every_refusal_of_the_list_has_its_error(answer: str, kind: type[AdminApiError]) -> None:
    """Each way in which the list is refused is one error of the closed set, in time, with a sentence and a hint."""
    async with standing(patience=BRIEF) as (provider, api):
        await strike(provider, answer, "api_keys")
        began = time.monotonic()
        with pytest.raises(kind) as caught:
            await api.find("igAA")
    assert time.monotonic() - began < 5.0
    assert kind is type(caught.value)
    assert caught.value.user_message.endswith(".")
    assert caught.value.hint
    assert caught.value.may_have_changed is False


async def test_a_report_that_is_not_there_is_a_matter_of_rights() -> None:
    """Where the account has no Admin API, usage says so, too, and speaks of no missing key."""
    since = datetime(2026, 11, 1, tzinfo=UTC)
    async with standing() as (provider, api):
        await strike(provider, "not_found", "usage_report")
        with pytest.raises(NoAdminRights):
            await api.usage(LEAKED, since, since + timedelta(hours=1))


NOT_DONE = {"unauthorized", "forbidden", "rate_limited", "edge_block", "credit"}
DONE = {"cut_done", "hang_done", "cut_body", "hang_body", "bad_length"}
UNTOUCHED = {"cut", "hang", "server_error", "overloaded", "redirect", "empty_200", "html_200", "oversized"}


@pytest.mark.parametrize("answer", sorted(NOT_DONE | DONE | UNTOUCHED))
async def test_a_change_without_a_clear_answer_says_that_nobody_knows(answer: str) -> None:
    """A clear refusal says that nothing was changed; anything else leaves it open, and only a look tells. Sent once."""
    async with standing(patience=BRIEF) as (provider, api):
        await strike(provider, answer, "api_key_change")
        with pytest.raises(AdminApiError) as caught:
            await api.deactivate(LEAKED)
        seen = await api.get(LEAKED)
    assert (answer not in NOT_DONE) is caught.value.may_have_changed
    assert ("read its status back" in caught.value.hint) is caught.value.may_have_changed
    assert ("inactive" if answer in DONE else "active") == seen.status
    assert 1 == posts(provider)


async def test_after_a_lost_answer_a_second_call_sends_nothing() -> None:
    """Made inactive although the answer was lost, the key is seen to be off, and no second change is asked for."""
    async with standing(patience=BRIEF) as (provider, api):
        await strike(provider, "cut_done", "api_key_change")
        with pytest.raises(AdminApiLost):
            await api.deactivate(LEAKED)
        assert "inactive" == (await api.deactivate(LEAKED)).status
    assert 1 == posts(provider)


async def test_a_rate_limit_says_how_long() -> None:
    """The seconds of `retry-after` come with the error, and stand in its sentence."""
    async with standing() as (provider, api):
        await strike(provider, "rate_limited")
        with pytest.raises(AdminRateLimited) as caught:
            await api.get(LEAKED)
    assert (17.0, "The Admin API asks to wait 17 s.") == (caught.value.retry_after_s, caught.value.user_message)


async def test_a_rate_limit_without_a_time_asks_for_a_minute() -> None:
    """A 429 that names no time still names one to us."""
    async with hostile_server(an_answer({}, 429)) as url:
        with pytest.raises(AdminRateLimited) as caught:
            await a_client(url).get(LEAKED)
    assert 60.0 == caught.value.retry_after_s


async def test_an_ordinary_key_has_no_admin_rights() -> None:
    """The organization's ordinary API key is told apart from one that is not good."""
    async with standing() as (provider, _):
        with pytest.raises(NoAdminRights):
            await a_client(provider.api_url, provider.api_key).find("igAA")
        with pytest.raises(AdminKeyRefused):
            await a_client(provider.api_url).find("igAA")


@pytest.mark.parametrize("key_id", ["apikey_nobody", "apikey_../users", "", "notebook", WHOLE])
async def test_no_such_key(key_id: str) -> None:
    """An id that no key has is said to be none; what is no id is not even sent."""
    async with standing() as (provider, api):
        with pytest.raises(KeyNotFound):
            await api.get(key_id)
        with pytest.raises(KeyNotFound):
            await api.deactivate(key_id)
    assert (2 if key_id == "apikey_nobody" else 0) == len(provider.calls)
    assert 0 == posts(provider)


async def test_where_nobody_listens_nothing_was_changed() -> None:
    """A refused connection is certain to have changed nothing."""
    async with standing() as (provider, api):
        await provider.stop()
        with pytest.raises(AdminApiLost) as caught:
            await api.deactivate(LEAKED)
    assert (False, "The Admin API gave no answer: it could not be reached.") == (
        caught.value.may_have_changed,
        caught.value.user_message,
    )


async def test_unreachable_only_when_the_change_is_sent() -> None:
    """The port closes between the look and the change: that nothing left this machine is known."""
    async with AsyncExitStack() as stack:
        provider, api = await stack.enter_async_context(standing())
        line = await stack.enter_async_context(api._line())
        await provider.set(reachable=False)
        with pytest.raises(AdminApiLost) as caught:
            await line.set_inactive(LEAKED)
    assert caught.value.may_have_changed is False


async def test_a_redirect_is_not_followed_with_the_key() -> None:
    """To where the answer points, nothing is sent: neither the key nor a change, whatever the status."""
    strangers: list[bytes] = []
    async with hostile_server(an_answer(a_record()), received=strangers) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            async with hostile_server(an_answer(b"", status, location=f"{elsewhere}/")) as url:
                api = a_client(url)
                for call in (api.find("igAA"), api.get(LEAKED), api.deactivate(LEAKED)):
                    with pytest.raises(AdminApiUnreadable):
                        await call
    assert [] == strangers


async def test_the_key_goes_to_the_configured_host_only() -> None:
    """Ids and page marks that look like addresses of other hosts stay within the path of the configured one."""
    strangers: list[bytes] = []
    received: list[bytes] = []
    async with hostile_server(an_answer({}), received=strangers) as elsewhere:
        record = a_record(created_by={"id": f"{elsewhere}/user_1"}, scope={"workspace_id": f"@{elsewhere[7:]}/"})
        page = {"data": [record], "has_more": False, "last_id": elsewhere}
        async with hostile_server(an_answer(page), received=received) as url:
            (key,) = await a_client(url).find("igAA")
    assert [] == strangers
    assert 1 == len(received)
    assert elsewhere in key.created_by


async def test_what_is_sent() -> None:
    """The list is asked with key and version and without any of what somebody gave; a whole key is never sent."""
    received: list[bytes] = []
    async with hostile_server(an_answer({"data": [], "has_more": False}), received=received) as url:
        assert () == await a_client(url).find(WHOLE)
    (request,) = received
    assert request.startswith(b"GET /v1/organizations/api_keys?limit=500 HTTP/1.1\r\n")
    assert f"x-api-key: {ADMIN_KEY}".encode() in request
    assert b"anthropic-version: 2026-10-21" in request
    assert b"R2D" not in request
    assert b"igAA" not in request


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://api.example", ADMIN_KEY),
        ("https://user:password@api.example", ADMIN_KEY),
        ("ftp://api.example", ADMIN_KEY),
        ("https://", ADMIN_KEY),
        ("https://api.example", ""),
        ("https://api.example", ADMIN_KEY + "\n"),
        ("https://api.example", "\u201c" + ADMIN_KEY),
    ],
)
def test_a_key_that_must_not_or_cannot_be_sent(url: str, key: str) -> None:
    """In the clear, to an address with a password, or with a character no header takes, nothing is ever asked."""
    with pytest.raises(BadSettings) as caught:
        a_client(url, key)
    assert SECRET not in str(caught.value)


UNREADABLE: dict[str, object] = {
    "a list": [],
    "nothing": {},
    "no keys": {"data": None, "has_more": False},
    "a key that is a number": {"data": [1], "has_more": False},
    "no way on": {"data": [a_record()], "has_more": True},
    "a number as the way on": {"data": [a_record()], "has_more": True, "last_id": 7},
    "no id": {"data": [a_record(id=None)], "has_more": False},
    "a path as id": {"data": [a_record(id="../x")], "has_more": False},
    "an unknown status": {"data": [a_record(status="resting")], "has_more": False},
    "no status": {"data": [a_record(status=None)], "has_more": False},
    "no time": {"data": [a_record(created_at="yesterday")], "has_more": False},
    "a time without a zone": {"data": [a_record(created_at="2026-11-01T00:00:00")], "has_more": False},
    "a number as time": {"data": [a_record(expires_at=7)], "has_more": False},
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_answers_that_cannot_be_read(body: object) -> None:
    """A list that is none, a key without what makes one, a time that is none: one error, never half a key."""
    async with hostile_server(an_answer(body)) as url:
        with pytest.raises(AdminApiUnreadable):
            await a_client(url).find("igAA")


@pytest.mark.parametrize("body", [b"\xff" * 100, b"[" * 100_000, b"{" + b" " * 2_000_000])
async def test_bytes_that_are_no_json(body: bytes) -> None:
    """Broken, bottomless and endless bodies are read within bounds and refused."""
    async with hostile_server(an_answer(body)) as url:
        with pytest.raises(AdminApiUnreadable):
            await a_client(url).get(LEAKED)


async def test_an_answer_about_another_key_is_not_believed() -> None:
    """Whoever asks for one key and is told of another hears that, and after a change that nobody knows."""
    async with hostile_server(an_answer(a_record(id="apikey_other", status="inactive"))) as url:
        api = a_client(url)
        with pytest.raises(AdminApiUnreadable):
            await api.get(LEAKED)
        async with api._line() as line:
            with pytest.raises(AdminApiUnreadable) as caught:
                await line.set_inactive(LEAKED)
    assert caught.value.may_have_changed is True


@pytest.mark.parametrize(
    "results", [None, [{"api_key_id": LEAKED, "output_tokens": -1}], [{"api_key_id": LEAKED, "output_tokens": "7"}]]
)
async def test_a_report_that_cannot_be_read(results: object) -> None:
    """Hours without results and counts that are none are refused, not counted as nothing."""
    since = datetime(2026, 11, 1, tzinfo=UTC)
    page = {"data": [{"starting_at": "2026-11-01T00:00:00Z", "results": results}], "has_more": False}
    async with hostile_server(an_answer(page)) as url:
        with pytest.raises(AdminApiUnreadable):
            await a_client(url).usage(LEAKED, since, since + timedelta(hours=1))


async def test_foreign_names_are_cut_and_tamed() -> None:
    """A name of any length, with control characters or with the Admin key in it, becomes a short plain text."""
    name = f"x\n\u202e\x1b[31m {ADMIN_KEY} " + "y" * 5_000
    hint = f"sk-ant-api03-R2D...igAA{WHOLE}"
    async with hostile_server(an_answer(a_record(name=name, partial_key_hint=hint))) as url:
        key = await a_client(url).get(LEAKED)
    assert len(key.name) <= 100
    assert key.name.isprintable()
    assert SECRET not in repr(key)
    assert "x7Kq" not in repr(key)


def _leaks() -> Iterator[tuple[str, Script]]:
    yield from ((f"{status}", an_error(status, "x")) for status in (400, 401, 403, 404, 409, 429, 500, 529))
    yield "echo in the head", an_answer({}, 500, **{"x-echo": ADMIN_KEY})
    yield "echo for json", an_answer(ADMIN_KEY.encode())
    yield "no http", [Send(f"{ADMIN_KEY}\r\n\r\n".encode())]
    yield "echo as length", [Send(raw_head(200, {"content-length": ADMIN_KEY}))]


LEAKS = dict(_leaks())


@pytest.mark.parametrize("script", LEAKS.values(), ids=LEAKS)
async def test_the_admin_key_is_in_no_error_and_no_log(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever echoes the Admin key or a given key, neither is in an error, its causes, the log or a repr."""
    caplog.set_level(logging.DEBUG)
    async with hostile_server(script) as url:
        api = a_client(url, patience=BRIEF)
        for call in (api.find(WHOLE), api.get(LEAKED), api.deactivate(LEAKED)):
            with pytest.raises(AdminApiError) as caught:
                await call
            shown = caught.getrepr(showlocals=False, chain=True, style="native")
            assert SECRET not in f"{shown}{caught.value!r}{caught.value.__cause__!r}"
            assert "x7Kq" not in f"{shown}{caught.value!r}"
    assert SECRET not in caplog.text + repr(api)
    assert "x7Kq" not in caplog.text


async def test_a_find_is_over_in_time_whatever_trickles() -> None:
    """The time limit of a call covers all of its pages together."""
    page = an_answer({"data": [], "has_more": True, "last_id": "apikey_1"})
    async with hostile_server([Pause(0.2), *page]) as url:
        began = time.monotonic()
        with pytest.raises(AdminApiLost):
            await a_client(url, patience=Patience(request_s=1.0, call_s=1.0)).find("igAA")
    assert time.monotonic() - began < 4.0


def test_a_key_has_no_place_for_its_secret() -> None:
    """What is told of a key has these fields and no other."""
    assert {
        *("id", "name", "hint", "status", "workspace_id", "workspace_name"),
        *("created_by", "created_at", "expires_at"),
    } == set(ApiKey.__slots__)


async def test_many_calls_at_once_do_not_disturb_each_other() -> None:
    """Ten finds side by side find the same."""
    async with standing() as (_, api), asyncio.TaskGroup() as group:
        tasks = [group.create_task(api.find("igAA")) for _ in range(10)]
    assert {LEAKED} == {key.id for task in tasks for key in task.result()}
