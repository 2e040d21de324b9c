"""The stand-in API refuses bad requests, and plays refusals, as the real one does."""

import asyncio
from datetime import timedelta

import pytest

from bot.playground.provider import ApiFault
from bot.playground.provider.answers import EDGE, REFUSALS
from tests.provider_client import HAIKU, SONNET, asking

RETIRED = "claude-sonnet-4-20250514"
USER = {"role": "user", "content": "1"}


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"model": "claude-does-not-exist"}, 404, "model: claude-does-not-exist"),
        ({"model": RETIRED}, 404, f"model: {RETIRED}"),
        ({"model": 7}, 400, "model: Field required"),
        ({"messages": None}, 400, "messages: Field required"),
        ({"messages": []}, 400, "messages: at least one message is required"),
        ({"messages": [{"role": "system", "content": "1"}]}, 400, "messages.0.role: "),
        ({"messages": [USER, {"role": "assistant", "content": ""}]}, 400, "messages.1.content: "),
        ({"messages": [{"role": "assistant", "content": [{"type": "document"}]}]}, 400, "messages.0.content: "),
        ({"max_tokens": -1}, 400, "max_tokens: "),
        ({"max_tokens": True}, 400, "max_tokens: "),
        ({"max_tokens": 1_000_000}, 400, "max_tokens: 1000000 > 64000"),
        ({"max_tokens": 0, "stream": True}, 400, "stream: "),
        ({"temperature": 0.5}, 400, "temperature: "),
        ({"max_token": 1}, 400, "max_token: Extra inputs are not permitted"),
    ],
)
async def test_a_body_that_is_not_in_order(fields: dict[str, object], status: int, message: str) -> None:
    """Each mistake in a body is named by the refusal, with the documented type and a request id."""
    async with asking() as ask:
        answer = await ask.message(**fields)  # type: ignore[arg-type]
    body = answer.json()
    assert status == answer.status_code
    assert ("not_found_error" if status == 404 else "invalid_request_error") == body["error"]["type"]
    assert body["error"]["message"].startswith(message)
    assert body["request_id"] == answer.headers["request-id"]


async def test_the_older_version_still_takes_sampling_parameters() -> None:
    """What the current version refuses, the one before it takes."""
    async with asking() as ask:
        ask.client.headers["anthropic-version"] = "2023-06-01"
        assert 200 == (await ask.message(temperature=0.5)).status_code


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({"anthropic-version": "2026-10-21"}, 401, "x-api-key header is required"),
        ({"anthropic-version": "2026-10-21", "x-api-key": "sk-ant-api03-somebody-elses"}, 401, "invalid x-api-key"),
    ],
)
async def test_without_the_right_key_nothing_else_is_told(headers: dict[str, str], status: int, message: str) -> None:
    """A request without the key learns neither workspace nor organization."""
    async with asking(headers=headers) as ask:
        answer = await ask.message()
    assert (status, "authentication_error") == (answer.status_code, answer.json()["error"]["type"])
    assert message == answer.json()["error"]["message"]
    assert "anthropic-workspace-id" not in answer.headers


@pytest.mark.parametrize("version", [None, "2024-01-01"])
async def test_the_version_header_is_required(version: str | None) -> None:
    """A missing or unknown version is a 400 that names the header."""
    async with asking() as ask:
        del ask.client.headers["anthropic-version"]
        ask.client.headers.update({"anthropic-version": version} if version else {})
        answer = await ask.message()
    assert 400 == answer.status_code
    assert answer.json()["error"]["message"].startswith("anthropic-version: ")


@pytest.mark.parametrize("content", [b"{", b"", b"[1]", b"\xff\xfe", b"[" * 100_000])
async def test_a_body_that_is_no_json_object(content: bytes) -> None:
    """Broken, empty, foreign or bottomless bodies are a 400 like any other."""
    async with asking() as ask:
        answer = await ask.client.post("/v1/messages", content=content)
    assert (400, "invalid_request_error") == (answer.status_code, answer.json()["error"]["type"])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/messages", 405),
        ("POST", "/v1/models", 405),
        ("GET", "/v1/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/v1/models?limit=0", 400),
        ("GET", "/v1/models?after_id=nobody", 400),
        ("GET", "/v1/models/nobody", 404),
    ],
)
async def test_paths_and_methods_that_the_api_does_not_have(method: str, path: str, status: int) -> None:
    """Whatever is asked, the answer is the API's JSON error."""
    async with asking() as ask:
        answer = await ask.client.request(method, path)
    assert (status, "error") == (answer.status_code, answer.json()["type"])


async def test_a_body_of_more_than_32_mb_is_not_read() -> None:
    """A length above 32 MB is refused by the edge before a byte of the body has been sent."""
    async with asking() as ask:
        host, port = ask.provider.api_url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 33554433\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}' in answer


@pytest.mark.parametrize("name", sorted(REFUSALS.keys() - {"key_missing", "method_not_allowed"}))
async def test_every_refusal_looks_like_the_apis(name: str) -> None:
    """Each refusal has its status, the documented JSON with the header's request id, and no gap left to fill."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer=name),))
        answer = await ask.message()
    body = answer.json()
    assert REFUSALS[name].status == answer.status_code
    assert "error" == body["type"]
    assert REFUSALS[name].type == body["error"]["type"]
    assert "{" not in body["error"]["message"]
    assert body["request_id"] == answer.headers["request-id"]


@pytest.mark.parametrize("name", sorted(EDGE))
async def test_nothing_from_the_edge_has_a_request_id(name: str) -> None:
    """What stands in front of the API is told by the missing request id, whatever its status."""
    async with asking(headers={"anthropic-version": "2026-10-21"}) as ask:
        await ask.provider.set(faults=(ApiFault(answer=name),))
        answer = await ask.message()
    assert EDGE[name].status == answer.status_code
    assert "request-id" not in answer.headers


async def test_an_overload_comes_as_captured() -> None:
    """A 529 has null details, says that a retry may help, and no word of when."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="overloaded"),))
        answer = await ask.message()
    assert {"type": "overloaded_error", "message": "Overloaded", "details": None} == answer.json()["error"]
    assert "true" == answer.headers["x-should-retry"]
    assert not {"retry-after", "anthropic-ratelimit-requests-limit"} & answer.headers.keys()


async def test_a_spend_cap_names_the_first_of_the_next_month() -> None:
    """The spend cap has its code and the date on which it ends, and no retry-after."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="spend_cap"),))
        answer = await ask.message()
        after = ask.clock.now().replace(day=1) + timedelta(days=32)
    error = answer.json()["error"]
    assert {"error_code": "enforced_spend_limit_reached"} == error["details"]
    assert f"{after:%Y-%m}-01 at 00:00 UTC" in error["message"]
    assert "retry-after" not in answer.headers


async def test_a_revoked_key_and_a_door_that_is_open_to_all() -> None:
    """The scenario decides which keys are good: none, the right one, or any of the right shape."""
    async with asking() as ask:
        await ask.provider.set(key="revoked")
        revoked = await ask.message()
        await ask.provider.set(key="any")
        ask.client.headers["x-api-key"] = "sk-ant-api03-another-stand-in-key"
        other = await ask.message()
        ask.client.headers["x-api-key"] = "hunter2"
        shapeless = await ask.message()
    assert [401, 200, 401] == [answer.status_code for answer in (revoked, other, shapeless)]


async def test_a_fault_may_hit_one_model_or_one_endpoint() -> None:
    """What the fault does not name goes on working."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="overloaded", models=(SONNET,), endpoints=("messages",)),))
        answers = [await ask.message(SONNET), await ask.message(HAIKU), await ask.count(SONNET)]
    assert [529, 200, 200] == [answer.status_code for answer in answers]


async def test_a_share_of_failures_is_the_same_in_every_run() -> None:
    """One call in four fails: the first, the fifth, the ninth."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="server_error", share=0.25),))
        statuses = [(await ask.message()).status_code for _ in range(9)]
    assert [500, 200, 200, 200, 500, 200, 200, 200, 500] == statuses


async def test_the_first_fault_that_strikes_wins() -> None:
    """A fault that spares a request leaves it to the next one."""
    faults = (ApiFault(answer="server_error", share=0.5), ApiFault(answer="overloaded"))
    async with asking() as ask:
        await ask.provider.set(faults=faults)
        statuses = [(await ask.message()).status_code for _ in range(4)]
    assert [500, 529, 500, 529] == statuses
