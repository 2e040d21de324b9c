"""The stand-in API answers good requests as the real one does."""

import json
import re
from email.utils import parsedate_to_datetime

from bot.playground.provider import ApiFault
from tests.provider_client import HAIKU, SONNET, asking

REQUEST_ID = re.compile(r"req_[0-9A-Za-z]{24}")


async def test_a_probe_gets_one_token_and_the_request_id() -> None:
    """A probe with max_tokens 1 gets one token, cut short, and the ids that evidence needs."""
    async with asking() as ask:
        answer = await ask.message()
    body = answer.json()
    assert 200 == answer.status_code
    assert ("message", "assistant", HAIKU, "max_tokens") == tuple(
        body[key] for key in ("type", "role", "model", "stop_reason")
    )
    assert {"type": "text", "text": "Hello"} == body["content"][0]
    assert 1 == body["usage"]["output_tokens"]
    assert REQUEST_ID.fullmatch(answer.headers["request-id"])
    assert answer.headers["anthropic-workspace-id"].startswith("wrkspc_")
    assert "anthropic-organization-id" in answer.headers


async def test_a_prewarming_request_gets_no_content() -> None:
    """With max_tokens 0 the model reads and says nothing."""
    async with asking() as ask:
        body = (await ask.message(max_tokens=0)).json()
    assert [] == body["content"]
    assert "max_tokens" == body["stop_reason"]


async def test_a_stream_runs_from_message_start_to_message_stop() -> None:
    """A stream has every event in its place, each with its type in the data too."""
    async with asking() as ask:
        answer = await ask.message(stream=True, max_tokens=16)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [dict(line.split(": ", 1) for line in event.splitlines()) for event in answer.text.strip().split("\n\n")]
    names = [event["event"] for event in events]
    assert names == [json.loads(event["data"])["type"] for event in events]
    assert ["message_start", "content_block_start", "ping", "content_block_delta"] == names[:4]
    assert ["content_block_stop", "message_delta", "message_stop"] == names[-3:]


async def test_the_key_may_come_as_bearer() -> None:
    """Newer clients send the key as a bearer token, and it is taken."""
    async with asking() as ask:
        del ask.client.headers["x-api-key"]
        ask.client.headers["authorization"] = f"Bearer {ask.provider.api_key}"
        assert 200 == (await ask.message()).status_code


async def test_counting_tokens_has_limits_of_its_own() -> None:
    """count_tokens names its own limit, which says nothing about Messages."""
    async with asking() as ask:
        counted, said = await ask.count(), await ask.message()
    assert said.json()["usage"]["input_tokens"] == counted.json()["input_tokens"]
    name = "anthropic-ratelimit-requests-limit"
    assert said.headers[name] != counted.headers[name]


async def test_the_list_of_models_leaves_out_retired_ones() -> None:
    """GET /v1/models shows retired models only when they are asked for."""
    async with asking() as ask:
        usual = (await ask.client.get("/v1/models?limit=100")).json()
        retired = (await ask.client.get("/v1/models?lifecycle[]=retired")).json()
    assert HAIKU in {model["id"] for model in usual["data"]}
    assert {"active", "deprecated"} == {model["lifecycle"] for model in usual["data"]}
    assert {"retired"} == {model["lifecycle"] for model in retired["data"]}


async def test_the_list_of_models_comes_in_pages() -> None:
    """Following last_id through pages of three gives every model once."""
    async with asking() as ask:
        whole = [model["id"] for model in (await ask.client.get("/v1/models?limit=1000")).json()["data"]]
        found, query = [], "limit=3"
        for _ in range(len(whole)):
            page = (await ask.client.get(f"/v1/models?{query}")).json()
            found += [model["id"] for model in page["data"]]
            query = f"limit=3&after_id={page['last_id']}"
            if not page["has_more"]:
                break
    assert whole == found


async def test_a_model_tells_its_lifecycle() -> None:
    """GET /v1/models/{id} has the fields of the current version, also for a retired model."""
    async with asking() as ask:
        active = (await ask.client.get(f"/v1/models/{SONNET}")).json()
        retired = (await ask.client.get("/v1/models/claude-sonnet-4-20250514")).json()
    assert ("active", None, "sonnet", "Claude Sonnet 5.5") == tuple(
        active[key] for key in ("lifecycle", "retires_at", "line", "display_name")
    )
    assert ("retired", "2026-06-15T00:00:00Z") == (retired["lifecycle"], retired["retires_at"])


async def test_the_date_header_follows_clock_and_skew() -> None:
    """The date header is the world's time, put off by the scenario's skew."""
    async with asking() as ask:
        await ask.provider.set(date_skew_s=-7200.0)
        earlier = (await ask.message()).headers["date"]
        await ask.provider.set(date_skew_s=7200.0)
        later = (await ask.message()).headers["date"]
    gap = parsedate_to_datetime(later) - parsedate_to_datetime(earlier)
    assert 14_400 <= gap.total_seconds() <= 14_402


async def test_the_journal_holds_no_key() -> None:
    """Every request is noted with server, path, status and model, and never with the key."""
    async with asking() as ask:
        await ask.message()
        await ask.page("status")
        await ask.provider.set(faults=(ApiFault(answer="overloaded"),))
        await ask.message(SONNET)
        calls = ask.provider.calls
        key = ask.provider.api_key
    noted = [(call.server, call.method, call.path, call.status, call.model) for call in calls]
    assert [
        ("api", "POST", "/v1/messages", 200, HAIKU),
        ("status", "GET", "/api/v2/status.json", 200, None),
        ("api", "POST", "/v1/messages", 529, SONNET),
    ] == noted
    assert key not in repr(calls)
    assert [200, 529] == [call.status for call in calls.of("api", "/v1/messages")]
