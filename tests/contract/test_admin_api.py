"""The stand-in's Admin API shows, pages, changes and refuses keys as the real one does."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from bot.playground.provider import ApiFault
from bot.playground.provider.key_ring import LEAKED
from bot.playground.world import World
from tests.provider_client import HAIKU, Asking, asking

KEYS = "/v1/organizations/api_keys"
USAGE = "/v1/organizations/usage_report/messages"
HINT = re.compile(r"sk-ant-api03-[A-Za-z0-9]{3}\.\.\.[A-Za-z0-9]{4}")


@asynccontextmanager
async def as_admin(version: str = "2026-10-21") -> AsyncIterator[Asking]:
    """Start a provider and a client with its Admin key; `message` goes on asking with the API key."""
    async with asking() as ask:
        ask.client.headers.update({"x-api-key": ask.provider.admin_key, "anthropic-version": version})
        yield ask


async def listed(ask: Asking, **query: str) -> list[dict[str, Any]]:
    """Return the keys of one page."""
    data: list[dict[str, Any]] = (await ask.client.get(KEYS, params=query)).json()["data"]
    return data


async def probe(ask: Asking) -> int:
    """Return the status of a message that is asked with the stand-in's own key."""
    body = {"model": HAIKU, "max_tokens": 1, "messages": [{"role": "user", "content": "1"}]}
    headers = {"x-api-key": ask.provider.api_key}
    return (await ask.client.post("/v1/messages", json=body, headers=headers)).status_code


async def test_a_key_has_the_documented_fields_and_no_secret() -> None:
    """Each key is told by id, name, hint, status, creator, times and scope; its secret is nowhere."""
    async with as_admin() as ask:
        answer = await ask.client.get(KEYS)
    assert ask.provider.api_key[16:-4] not in answer.text
    for key in answer.json()["data"]:
        assert {
            *("id", "type", "name", "partial_key_hint", "status"),
            *("created_at", "created_by", "expires_at", "scope"),
        } == key.keys()
        assert HINT.fullmatch(key["partial_key_hint"])


async def test_an_older_version_names_the_workspace_itself() -> None:
    """The version before shows `workspace_id`, null for a key of the whole organization, in place of the scope."""
    async with as_admin("2023-06-01") as ask:
        keys = {key["name"]: key for key in await listed(ask)}
    assert keys["org-tools"]["workspace_id"] is None
    assert ask.provider.keys.workspace == keys["payments-production"]["workspace_id"]
    assert "scope" not in keys["org-tools"]


async def test_the_catalogue_holds_every_kind_of_key() -> None:
    """There is an active, an inactive, an expired and an archived key, two with one hint, and the stand-in's own."""
    async with as_admin() as ask:
        keys = await listed(ask)
    own = [key for key in keys if key["partial_key_hint"].endswith(ask.provider.api_key[-4:])]
    assert {"active", "inactive", "expired", "archived"} == {key["status"] for key in keys}
    assert ["payments-production"] == [key["name"] for key in own]
    assert len(keys) - 1 == len({key["partial_key_hint"] for key in keys})


async def test_the_list_comes_in_pages() -> None:
    """`limit` and `after_id` lead through all keys once; the last page says that it is the last."""
    async with as_admin() as ask:
        ids = [key["id"] for key in await listed(ask)]
        found: list[str] = []
        more = True
        while more:
            page = (
                await ask.client.get(KEYS, params={"limit": "3", **({"after_id": found[-1]} if found else {})})
            ).json()
            assert [page["first_id"], page["last_id"]] == [page["data"][0]["id"], page["data"][-1]["id"]]
            found += [key["id"] for key in page["data"]]
            more = page["has_more"]
    assert ids == found


async def test_the_list_can_be_narrowed() -> None:
    """`status` and `workspace_id` leave out what they do not name."""
    async with as_admin() as ask:
        inactive = await listed(ask, status="inactive")
        own = await listed(ask, workspace_id=ask.provider.keys.workspace)
    assert (["old-import"], ["payments-production"]) == ([k["name"] for k in inactive], [k["name"] for k in own])


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"after_id": "apikey_nobody"}])
async def test_a_page_that_cannot_be(query: Mapping[str, str]) -> None:
    """A limit out of bounds or an unknown place in the list is a 400 that names it."""
    async with as_admin() as ask:
        answer = await ask.client.get(KEYS, params=query)
    assert 400 == answer.status_code
    assert answer.json()["error"]["message"].startswith(next(iter(query)))


async def test_a_status_is_set_and_read_back() -> None:
    """A change answers with the changed key, stays, and can be taken back."""
    async with as_admin() as ask:
        changed = await ask.client.post(f"{KEYS}/{LEAKED}", json={"status": "inactive"})
        read = await ask.client.get(f"{KEYS}/{LEAKED}")
        again = await ask.client.post(f"{KEYS}/{LEAKED}", json={"status": "active"})
    assert "inactive" == changed.json()["status"] == read.json()["status"]
    assert "active" == again.json()["status"]


async def test_an_inactive_key_of_its_own_opens_nothing() -> None:
    """The stand-in's own key, made inactive, gets 401 from the models, even where any key is good, until active."""
    async with as_admin() as ask:
        own = ask.provider.keys.own.id
        before = await probe(ask)
        await ask.client.post(f"{KEYS}/{own}", json={"status": "inactive"})
        inactive = await probe(ask)
        await ask.provider.set(key="any")
        any_key = await probe(ask)
        await ask.client.post(f"{KEYS}/{own}", json={"status": "active"})
        after = await probe(ask)
    assert [200, 401, 401, 200] == [before, inactive, any_key, after]


async def test_another_key_made_inactive_leaves_the_own_one_alone() -> None:
    """Only the key that was changed is refused."""
    async with as_admin() as ask:
        await ask.client.post(f"{KEYS}/{LEAKED}", json={"status": "archived"})
        assert 200 == await probe(ask)


async def test_a_new_scenario_finds_the_keys_of_the_beginning() -> None:
    """What was changed in one story is undone when the next one begins."""
    async with as_admin() as ask:
        await ask.client.post(f"{KEYS}/{ask.provider.keys.own.id}", json={"status": "inactive"})
        await ask.provider.play(ask.provider.scenario)
        assert 200 == await probe(ask)


@pytest.mark.parametrize("body", [{}, {"status": "expired"}, {"status": 1}, {"status": "inactive", "secret": "x"}])
async def test_a_change_that_cannot_be(body: dict[str, object]) -> None:
    """An unknown status or field is a 400, and the key stays as it is."""
    async with as_admin() as ask:
        answer = await ask.client.post(f"{KEYS}/{LEAKED}", json=body)
        read = await ask.client.get(f"{KEYS}/{LEAKED}")
    assert (400, "active") == (answer.status_code, read.json()["status"])


async def test_a_key_expires_by_the_clock_and_never_comes_back() -> None:
    """Past its day a key is expired, opens nothing, and cannot be changed."""
    async with as_admin() as ask:
        own = f"{KEYS}/{ask.provider.keys.own.id}"
        ask.clock.move_to(timedelta(days=61))
        read, changed = await ask.client.get(own), await ask.client.post(own, json={"status": "active"})
        assert 401 == await probe(ask)
    assert ("expired", 400) == (read.json()["status"], changed.status_code)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{KEYS}/apikey_nobody", 404),
        ("POST", f"{KEYS}/apikey_nobody", 404),
        ("POST", KEYS, 405),
        ("DELETE", f"{KEYS}/{LEAKED}", 405),
        ("GET", "/v1/organizations/users/user_nobody", 404),
        ("GET", "/v1/organizations/nothing", 404),
        ("GET", f"{USAGE}?bucket_width=1w", 400),
        ("GET", f"{USAGE}?starting_at=yesterday", 400),
        ("GET", f"{USAGE}?bucket_width=1h&limit=169", 400),
        ("GET", f"{USAGE}?starting_at=2026-01-01T00:00:00Z&page=page_x", 400),
    ],
)
async def test_what_it_does_not_have(method: str, path: str, status: int) -> None:
    """Whatever is asked, the answer is the API's JSON error with the header's request id, and names no workspace."""
    async with as_admin() as ask:
        answer = await ask.client.request(method, path, json={"status": "inactive"} if method == "POST" else None)
    assert (status, "error") == (answer.status_code, answer.json()["type"])
    assert answer.headers["request-id"] == answer.json()["request_id"]
    assert "anthropic-workspace-id" not in answer.headers


async def test_names_of_workspaces_and_people() -> None:
    """A workspace has a name; a person has a name and an address; neither answer names the caller's workspace."""
    async with as_admin() as ask:
        key = (await ask.client.get(f"{KEYS}/{LEAKED}")).json()
        workspace = await ask.client.get(f"/v1/organizations/workspaces/{key['scope']['workspace_id']}")
        person = await ask.client.get(f"/v1/organizations/users/{key['created_by']['id']}")
    assert "Research" == workspace.json()["name"]
    assert ("Jonas Beck", "jonas.beck@stand-in.example") == (person.json()["name"], person.json()["email"])
    assert "anthropic-workspace-id" not in {*workspace.headers, *person.headers}


async def test_only_the_admin_key_opens_it() -> None:
    """No key and a foreign one are 401; the organization's ordinary key is known, and not allowed."""
    async with as_admin() as ask:
        sent = [{"x-api-key": key} for key in (ask.provider.api_key, "sk-ant-admin01-somebody-elses", "")]
        answers = [await ask.client.get(KEYS, headers=headers) for headers in sent]
    assert [403, 401, 401] == [answer.status_code for answer in answers]


async def test_the_admin_key_is_none_for_the_models() -> None:
    """With the Admin key no message is answered."""
    async with as_admin() as ask:
        assert 401 == (await ask.message()).status_code


async def hours(ask: Asking, since: timedelta, *keys: str, width: str = "1h", **query: str) -> list[dict[str, Any]]:
    """Return the buckets of the report from so long before the beginning of this hour until then, all pages of it."""
    buckets: list[dict[str, Any]] = []
    now = ask.clock.now().replace(minute=0, second=0, microsecond=0)
    params: list[tuple[str, str | int | float | bool | None]] = [
        ("starting_at", (now - since).isoformat()),
        ("ending_at", now.isoformat()),
        ("bucket_width", width),
        ("group_by[]", "api_key_id"),
        *(("api_key_ids[]", key) for key in keys),
        *query.items(),
    ]
    page: str | None = ""
    while page is not None:
        report = (
            await ask.client.get(USAGE, params=httpx.QueryParams([*params, *([("page", page)] if page else [])]))
        ).json()
        buckets += report["data"]
        page = report["next_page"]
        assert report["has_more"] == (page is not None)
    return buckets


def spent(bucket: dict[str, Any]) -> int:
    """Return the input tokens of a bucket."""
    return sum(result["uncached_input_tokens"] for result in bucket["results"])


async def test_usage_is_the_same_whenever_it_is_asked() -> None:
    """Two days of one key, in pages of 24 hours and in one: the same hours, one after the other, all of that key."""
    async with as_admin() as ask:
        paged = await hours(ask, timedelta(hours=48), LEAKED)
        whole = await hours(ask, timedelta(hours=48), LEAKED, limit="168")
    assert 48 == len(paged)
    assert paged == whole
    begun = [datetime.fromisoformat(bucket["starting_at"]) for bucket in paged]
    assert {timedelta(hours=1)} == {after - before for before, after in pairwise(begun)}
    assert {LEAKED} == {result["api_key_id"] for bucket in paged for result in bucket["results"]}


async def test_the_leaked_key_was_busy_in_one_night() -> None:
    """In a week its three greatest hours are from 2 to 5 o'clock of one night; no other key has such a night."""
    async with as_admin() as ask:
        leaked = await hours(ask, timedelta(days=7), LEAKED)
        own = await hours(ask, timedelta(days=7), ask.provider.keys.own.id)
    most = sorted(leaked, key=spent)[-3:]
    assert {"02", "03", "04"} == {bucket["starting_at"][11:13] for bucket in most}
    assert 1 == len({bucket["starting_at"][:10] for bucket in most})
    assert min(map(spent, most)) > 10 * max(map(spent, own))


async def test_a_key_that_is_inactive_is_not_used() -> None:
    """From the moment of the change on a key has no usage; the one that was always inactive has none at all."""
    async with as_admin() as ask:
        own = ask.provider.keys.own.id
        ask.provider.keys.change(own, "inactive")
        ask.clock.move_to(timedelta(days=2))
        after = await hours(ask, timedelta(hours=47), own)
        before = await hours(ask, timedelta(hours=96), own, limit="24")
    assert 0 == sum(map(spent, after[1:]))
    assert sum(map(spent, before)) > 0


async def test_usage_by_the_minute_adds_up_to_the_hours() -> None:
    """Minutes make the same sum as the hours they lie in, but for the fractions."""
    async with as_admin() as ask:
        ask.clock.move_to(timedelta(days=1))
        by_minute = await hours(ask, timedelta(hours=24), ask.provider.keys.own.id, width="1m")
        by_hour = await hours(ask, timedelta(hours=24), ask.provider.keys.own.id)
    assert sum(map(spent, by_minute)) == pytest.approx(sum(map(spent, by_hour)), rel=0.01)


async def test_without_a_group_all_keys_are_one() -> None:
    """Ungrouped, a bucket has one result that names no key."""
    async with as_admin() as ask:
        since = (ask.clock.now() - timedelta(hours=30)).isoformat()
        report = (await ask.client.get(USAGE, params={"starting_at": since, "bucket_width": "1h"})).json()
    assert {(1, None)} == {(len(bucket["results"]), bucket["results"][0]["api_key_id"]) for bucket in report["data"]}


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        ("forbidden", 403, "permission_error"),
        ("unauthorized", 401, "authentication_error"),
        ("rate_limited", 429, "rate_limit_error"),
        ("server_error", 500, "api_error"),
    ],
)
async def test_faults_strike_the_admin_api(answer: str, status: int, kind: str) -> None:
    """Each refusal can be played for the Admin API alone: nothing is changed, the models go on, 429 says how long."""
    async with as_admin() as ask:
        await ask.provider.set(faults=(ApiFault(answer=answer, endpoints=("api_keys", "api_key_change")),))
        refused = [await ask.client.get(KEYS), await ask.client.post(f"{KEYS}/{LEAKED}", json={"status": "inactive"})]
        read = await ask.client.get(f"{KEYS}/{LEAKED}")
        assert 200 == await probe(ask)
    assert [status, status] == [one.status_code for one in refused]
    assert {kind} == {one.json()["error"]["type"] for one in refused}
    assert ("17" if status == 429 else None) == refused[0].headers.get("retry-after")
    assert "active" == read.json()["status"]
    assert "anthropic-workspace-id" not in refused[0].headers


@pytest.mark.parametrize(
    ("answer", "error", "status"),
    [
        ("cut_done", (httpx.ReadError, httpx.RemoteProtocolError), "inactive"),
        ("hang_done", (httpx.ReadTimeout,), "inactive"),
        ("cut", (httpx.ReadError, httpx.RemoteProtocolError), "active"),
        ("hang", (httpx.ReadTimeout,), "active"),
    ],
)
async def test_an_answer_may_be_lost_after_the_change(
    answer: str, error: tuple[type[Exception], ...], status: str
) -> None:
    """`..._done` makes the change and never answers; without it nothing has happened: the client sees no difference."""
    async with as_admin() as ask:
        ask.client.timeout = httpx.Timeout(0.3)
        await ask.provider.set(faults=(ApiFault(answer=answer, endpoints=("api_key_change",)),))
        with pytest.raises(error):
            await ask.client.post(f"{KEYS}/{LEAKED}", json={"status": "inactive"})
        ask.client.timeout = httpx.Timeout(5)
        assert status == (await ask.client.get(f"{KEYS}/{LEAKED}")).json()["status"]
    assert [None, 200] == [call.status for call in ask.provider.calls]


async def test_the_world_gives_the_admin_key_only_when_asked() -> None:
    """The bot's environment holds an Admin key, the world's, only in a world that was told so."""
    async with World() as world, World(with_admin_key=True) as other:
        assert "ANTHROPIC_ADMIN_KEY" not in world.environment()
        assert other.admin_key == other.environment()["ANTHROPIC_ADMIN_KEY"]
    assert other.admin_key.startswith("sk-ant-admin01-this-is-a-stand-in-")
