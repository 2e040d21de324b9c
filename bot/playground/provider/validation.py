"""Whether a request is in order, asked as the API asks it: key, version, body, model."""

import json
import re
from collections.abc import Mapping

from bot.playground.provider.answers import REFUSALS, Refusal, invalid
from bot.playground.provider.catalogue import Catalogue, Model
from bot.playground.provider.story import KeyState

VERSIONS = ("2023-06-01", "2026-10-21")
_KEY_SHAPE = re.compile(r"sk-ant-[a-z]+\d\d-[\w-]{8,}")
_MESSAGES_KEYS = frozenset(
    """
    cache_control container context_management fallbacks inference_geo max_tokens mcp_servers messages metadata model
    output_config service_tier speed stop_sequences stream system temperature thinking tool_choice tools top_k top_p
""".split()  # noqa: SIM905 - a text of names reads better than a column of quotes
)
_COUNT_KEYS = _MESSAGES_KEYS - {"max_tokens", "stream"}
_SAMPLING = ("temperature", "top_p", "top_k")

Body = Mapping[str, object]


def refuse_key(headers: Mapping[str, str], key: str, state: KeyState, *, own_is_good: bool) -> Refusal | None:
    """Return why these headers do not authenticate, or None. Both ways of sending the key are taken.

    `own_is_good` is false once `key` was made inactive: then no state of a scenario makes it good again.
    """
    sent = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
    if not sent:
        return REFUSALS["key_missing"]
    if sent == key and not own_is_good:
        return REFUSALS["unauthorized"]
    accepted = _KEY_SHAPE.fullmatch(sent) if state == "any" else state == "active" and sent == key
    return None if accepted else REFUSALS["unauthorized"]


def refuse_version(headers: Mapping[str, str]) -> Refusal | None:
    """Return why the `anthropic-version` header is missing or unknown, or None."""
    version = headers.get("anthropic-version")
    if version is None:
        return invalid("anthropic-version: header is required")
    return None if version in VERSIONS else invalid(f'anthropic-version: "{version}" is not a valid version')


def read_body(raw: bytes) -> Body | Refusal:
    """Return the JSON object in `raw`, or the refusal of anything else."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return invalid("The request body is not valid JSON.")
    return body if isinstance(body, dict) else invalid("The request body must be a JSON object.")


def refuse_body(body: Body, version: str, models: Catalogue, *, counting: bool) -> Refusal | None:
    """Return the first thing wrong with a Messages body (or a count_tokens body), or None."""
    model_id = body.get("model")
    if not isinstance(model_id, str):
        return invalid("model: Field required")
    unknown = sorted(body.keys() - (_COUNT_KEYS if counting else _MESSAGES_KEYS))
    if unknown:
        return invalid(f"{unknown[0]}: Extra inputs are not permitted")
    model = models.get(model_id)
    if model is None or model.lifecycle == "retired":
        return REFUSALS["model_not_found"]
    return _refuse_messages(body, version) or (None if counting else _refuse_sampling(body, version, model))


def _refuse_messages(body: Body, version: str) -> Refusal | None:
    messages = body.get("messages")
    if not isinstance(messages, list):
        return invalid("messages: Field required")
    if not messages:
        return invalid("messages: at least one message is required")
    for index, message in enumerate(messages):
        problem = _message_problem(message, version)
        if problem:
            return invalid(f"messages.{index}{problem}")
    return None


def _message_problem(message: object, version: str) -> str | None:
    if not isinstance(message, dict) or message.get("role") not in {"user", "assistant"}:
        return ".role: Input should be 'user' or 'assistant'"
    content = message.get("content")
    if not isinstance(content, str | list) or not content:
        return ".content: Input should be a non-empty string or list"
    blocks = content if isinstance(content, list) else []
    documents = any(isinstance(block, dict) and block.get("type") == "document" for block in blocks)
    if documents and message["role"] == "assistant" and version == VERSIONS[-1]:
        return ".content: document blocks are not allowed in assistant messages"
    return None


def _refuse_sampling(body: Body, version: str, model: Model) -> Refusal | None:
    limit, stream = body.get("max_tokens"), body.get("stream", False)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        return invalid("max_tokens: Input should be a non-negative integer")
    if limit > model.max_output:
        return invalid(f"max_tokens: {limit} > {model.max_output}, the maximum number of output tokens of {model.id}")
    if not isinstance(stream, bool) or (stream and limit == 0):
        return invalid("stream: Input should be a boolean, and false when max_tokens is 0")
    banned = [name for name in _SAMPLING if name in body and version == VERSIONS[-1]]
    return invalid(f"{banned[0]}: not supported in this version") if banned else None
