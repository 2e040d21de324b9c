"""What a model of the stand-in says: one message, whole or as the events of a stream."""

import json
from dataclasses import dataclass

from bot.playground.provider.validation import Body
from bot.playground.provider.wire import Reply
from bot.playground.provider.wording import made_up_id

_WORDS = ("Hello", " from", " the", " stand-in", ".")
_LONG = tuple(f" {number}" for number in range(1, 2_001))
_OVERHEAD_TOKENS = 7
_CHARACTERS_PER_TOKEN = 4
_STREAM_TYPE = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of a model: a word counts as a token, and `max_tokens` cuts it short."""

    model: str
    words: tuple[str, ...]
    stop_reason: str
    input_tokens: int

    @property
    def output_tokens(self) -> int:
        """Return how many tokens were generated."""
        return len(self.words)


def answer(body: Body) -> Answer:
    """Return what the model says to a body that is in order."""
    limit = body["max_tokens"]
    text = _LONG if _asks_to_count(body) else _WORDS
    words = text[:limit] if isinstance(limit, int) else text
    stop = "end_turn" if len(words) == len(text) else "max_tokens"
    return Answer(str(body["model"]), words, stop, count_tokens(body))


def _asks_to_count(body: Body) -> bool:
    """Tell whether the last message begins with "Count": the one wish that the stand-in answers at length."""
    turns = body["messages"]
    last = turns[-1] if isinstance(turns, list) else None
    return isinstance(last, dict) and str(last.get("content")).startswith("Count")


def count_tokens(body: Body) -> int:
    """Return a plausible token count of the input."""
    text = json.dumps([body.get("system", ""), body.get("messages"), body.get("tools", "")])
    return _OVERHEAD_TOKENS + len(text) // _CHARACTERS_PER_TOKEN


def whole(said: Answer) -> Reply:
    """Return the answer to a request without `stream`."""
    content = [{"type": "text", "text": "".join(said.words)}] if said.words else []
    return Reply.of_json(200, _message(said, content, said.stop_reason, said.output_tokens))


def stream(said: Answer) -> Reply:
    """Return the same answer as server-sent events, from message_start to message_stop."""
    text = ({"type": "text_delta", "text": word} for word in said.words)
    ending = {"stop_reason": said.stop_reason, "stop_sequence": None}
    events: list[dict[str, object]] = [
        {"type": "message_start", "message": _message(said, [], None, 1)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in text),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": {"output_tokens": said.output_tokens}},
        {"type": "message_stop"},
    ]
    headers = {"content-type": _STREAM_TYPE, "cache-control": "no-cache"}
    return Reply(status=200, headers=headers, chunks=tuple(map(_event, events)), streamed=True)


def _event(event: dict[str, object]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event, separators=(',', ':'))}\n\n".encode()


def _message(said: Answer, content: list[dict[str, str]], stop: str | None, output_tokens: int) -> dict[str, object]:
    return {
        "id": made_up_id("msg"),
        "type": "message",
        "role": "assistant",
        "model": said.model,
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {
            "input_tokens": said.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output_tokens,
            "service_tier": "standard",
        },
    }
