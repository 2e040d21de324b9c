"""Prompts and completions go from pasted bodies, however they are wrapped or cut off; what tells the failure stays."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.confidential import drop_words
from bot.rules.redact import Redactor

WORDS: Final = 'Zebra quarterly "numbers" it\'s {secret} [x], ACME\nnext\\'
GIVEN_AWAY: Final = ("Zebra", "quarterly", "numbers", "secret", "ACME", "UVVFUlRZ")
_PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "UVVFUlRZ" * 5}}
_RESULT = {"type": "tool_result", "tool_use_id": "toolu_01A", "content": [{"type": "text", "text": WORDS}]}
BODIES: Final[Mapping[str, Mapping[str, Any]]] = {
    "request": {
        "model": "claude-haiku-5-5",
        "system": WORDS,
        "max_tokens": 5,
        "messages": [
            {"role": "user", "content": WORDS},
            {"role": "user", "content": [{"type": "text", "text": WORDS}, _PICTURE, _RESULT]},
        ],
    },
    "answer": {
        "id": "msg_011CSHoEeqs5C35K2UUqR7Fy",
        "type": "message",
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": WORDS, "signature": "c2ln"},
            {"type": "text", "text": WORDS},
            {"type": "tool_use", "id": "toolu_01A", "name": "look_up", "input": {"question": WORDS}},
        ],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 9},
    },
    "blocks as system": {"system": [{"type": "text", "text": WORDS}], "model": "m"},
    "old completion": {"prompt": WORDS, "completion": WORDS, "model": "m"},
    "text delta": {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": WORDS}},
    "thinking delta": {"delta": {"type": "thinking_delta", "thinking": WORDS}},
    "tool delta": {"delta": {"type": "input_json_delta", "partial_json": WORDS}},
    "tool": {"type": "tool_use", "id": "toolu_01A", "name": "look_up", "input": {"question": WORDS}},
    "picture": _PICTURE,
    "text first": {"text": WORDS, "type": "text"},
    "chat completion": {"choices": [{"index": 0, "message": {"role": "assistant", "content": WORDS}}]},
    "chat delta": {"choices": [{"delta": {"content": WORDS}, "finish_reason": None}]},
    "chat tool": {"tool_calls": [{"function": {"name": "look_up", "arguments": json.dumps({"q": WORDS})}}]},
    "legacy completion": {"choices": [{"text": WORDS, "index": 0}]},
    "responses": {"input": WORDS, "instructions": WORDS, "model": "m"},
}


def _node(value: object) -> str:
    """Return the value as Node prints it: field names without quotes."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name}: {_node(part)}" for name, part in value.items()) + " }"
    if isinstance(value, list):
        return "[ " + ", ".join(map(_node, value)) + " ]"
    return repr(value) if isinstance(value, str) else json.dumps(value)


def _nested(times: int) -> Callable[[object], str]:
    def wrapped(body: object) -> str:
        for _ in range(times):
            body = {"body": json.dumps(body), "status": 529}
        return json.dumps(body)

    return wrapped


WRAPPINGS: Final[Mapping[str, Callable[[Any], str]]] = {
    "JSON": json.dumps,
    "without blanks": lambda body: json.dumps(body, separators=(",", ":")),
    "pretty printed": lambda body: json.dumps(body, indent=2),
    "in JSON": _nested(1),
    "in JSON in JSON": _nested(2),
    "three deep": _nested(3),
    "Python": repr,
    "Python's bytes": lambda body: repr(json.dumps(body).encode()),
    "JSON in Python": lambda body: repr({"body": json.dumps(body)}),
    "Python in JSON": lambda body: json.dumps({"body": repr(body)}),
    "Node": _node,
    "log line": lambda body: f"2026-11-22T02:40:01Z INFO sent {json.dumps(body)} status=529",
    "curl": lambda body: "curl https://api.anthropic.com/v1/messages -d '" + json.dumps(body).replace("'", "'\\''") + "'",  # noqa: E501
    "stream": lambda body: f"event: content_block_delta\ndata: {json.dumps(body)}\n\n",
    "HTML": lambda body: json.dumps(body).replace('"', "&quot;"),
    "curly quotes": lambda body: json.dumps(body).replace(' "', " \u201c").replace('"', "\u201d"),
}  # fmt: skip


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("body", BODIES)
def test_no_word_is_left_whole_or_cut_off(body: str, wrapping: str) -> None:
    """Wherever the pasted text ends, nothing of the words stays, and dropping again changes nothing."""
    whole = WRAPPINGS[wrapping](BODIES[body])
    for end in {len(whole), *range(1, len(whole), max(1, len(whole) // 40))}:
        dropped = drop_words(whole[:end])
        left = [word for word in GIVEN_AWAY if word in dropped]
        assert [] == left, f"{whole[:end]!r} became {dropped!r}"
        assert dropped == drop_words(dropped)


def test_what_python_prints_of_the_sdk_s_objects() -> None:
    """Objects in a traceback or a log lose their words and keep ids, roles and usage."""
    shown = (
        "Message(id='msg_01A', content=[TextBlock(citations=None, text='Zebra it\\'s', type='text')], role='assistant',"
        " usage=Usage(input_tokens=3)) TextDelta(text=\"Zebra ACME\", type='text_delta')"
        " ToolUseBlock(id='toolu_1', input={'q': 'ACME'}, name='n')"
    )
    dropped = drop_words(shown)
    assert [] == [word for word in GIVEN_AWAY if word in dropped]
    for kept in ("id='msg_01A'", "role='assistant'", "Usage(input_tokens=3)", "id='toolu_1'", "name='n'"):
        assert kept in dropped


def test_what_stays_of_a_request() -> None:
    """Model, roles, limits and the length of each text: what a responder asks about."""
    expected = (
        '{"model": "claude-haiku-5-5", "system": "[dropped 61 characters]", "max_tokens": 5, "messages":'
        ' [{"role": "user", "content": "[dropped 61 characters]"}, {"role": "user",'
        ' "content": "[dropped 372 characters]"}]}'
    )
    assert expected == drop_words(json.dumps(BODIES["request"]))


ERROR = (
    '{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: \\"text\\" is empty",'
    '"details":{"error_code":"x"}},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}'
)
UNTOUCHED = [
    ERROR,
    json.dumps({"body": ERROR, "status": 400}),
    json.dumps({"content": ERROR}),
    f"httpx.Response(400, content={ERROR.encode()!r})",
    repr(json.loads(ERROR)),
    '{"error": "content too long"} {"detail": "prompt is too long: 210000 tokens > 200000 maximum"}',
    '{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":null}]}',
    '{"object":"error","message":"prompt: \\"system\\" must be a string","code":"invalid_request_error"}',
    '{"type":"message","role":"assistant","content":[],"stop_reason":"refusal","usage":{"input_tokens":5}}',
    'HTTP/1.1 529\ncontent-type: application/json\nrequest-id: req_01Abc\nx-should-retry: true\n\n{"type":"error"}',
    "Traceback (most recent call last):\n    create(system=system, messages=[{'role': 'user', 'content': prompt}])",
    'the "content" of the page is "down", said: "prompt" him; input: 3, text: none, the system: all well',
    '{"text": "Deploy 7 is out", "channel": "#ops"} {"system": "checkout-eu", "data": {"rows": 3}}',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><div content="x">529</div>',
    'level=info system=checkout input=3 prompt_tokens=12 content_length=88 msg="text=5"',
    'curl -H "content-type: application/json" -H "anthropic-version: 2023-06-01" https://api.anthropic.com/v1/models',
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_errors_and_ordinary_text_stay_byte_for_byte(text: str) -> None:
    """Error bodies, headers, stack traces, log lines and what people write are no prompts."""
    assert text == drop_words(text)


def test_an_error_behind_a_cut_off_request_stays() -> None:
    """What follows on the next line of a log is read as before."""
    text = '{"messages":[{"role":"user","content":"Zebra and more\n' + ERROR + "\nHTTP/1.1 400 Bad Request"
    assert drop_words(text).endswith(ERROR + "\nHTTP/1.1 400 Bad Request")
    assert "Zebra" not in drop_words(text)


@pytest.mark.parametrize(
    "line",
    [
        "Request-Id: {}",
        "REQUEST-ID: {}",
        "Request ID: {}",
        "request_id={} status=529",
        "status=529 request_id={}",
        "529 for {}",
        "X-Should-Retry: true\nrequest-id: {}",
        "Retry-After: 30\nx: {}",
    ],
)
def test_a_body_that_was_cut_off_takes_no_request_id_along(line: str) -> None:
    """Whatever the next line calls it, in capitals or not."""
    end = line.format("req_011CSHoEeqs5C35K2UUqR7Fy")
    text = drop_words('{"messages":[{"role":"user","content":"Zebra and mo\u2026\n' + end)
    assert text.endswith(f"\n{end}")
    assert "Zebra" not in text


@pytest.mark.parametrize(
    "text",
    [
        'messages=[{"role": "user", "content": """Zebra\nError: a "Zebra", Zebra\n"""}]',
        "messages=[{'role': 'user', 'content': f'Zebra {x}'}]",
        'create(system=r"Zebra and Zebra", messages=[dict(role="user", content=u"Zebra")])',
        "create(system=f'''Zebra\nZebra''', model='claude-haiku-5-5')",
        '{"source":{"data":"Zebra","media_type":"text/plain","type":"text"}}',
        '{"type": "document", "data": "Zebra", "media_type": "text/plain"}',
    ],
)
def test_words_in_python_s_other_strings_and_before_their_type_go(text: str) -> None:
    """Triple quotes over several lines, f-, r- and u-strings, and a document whose data comes first."""
    assert "Zebra" not in drop_words(text)
    assert drop_words(text) == drop_words(drop_words(text))
    assert len(drop_words(text)) > len("[dropped 99 characters]")


def test_every_write_passes_here() -> None:
    """The redactor, which stands before each write, drops the words as well; a prompt is no secret of a person."""
    text = json.dumps(BODIES["request"])
    assert drop_words(text) == Redactor()(text) == Redactor().deep([text])[0]  # type: ignore[index]
    assert not Redactor().has_secret(text)
    assert {"content": "our own block"} == Redactor().deep({"content": "our own block"})


PIECES = ['"', "'", "[", "{", "\\", '"content":"a', '"text":"a"x', '"text":[{', "content=[", '"content":[{', '"system":"a b', '\\"content\\":\\"', '"content":', "&quot;", '"content":"\n', '"text":"', "'text': 'x'y", '"data":"a', '{ content: "', '"content":{"type":"error', "`", "\\\\n", '"content"' + " " * 50]  # fmt: skip  # noqa: E501 - one list
_TAIL = ('"a', "[", '\\"', "\n", "\n ", "{", "a" * 80 + "\n")
# Texts that no quote ends, opened at each depth of escaping, so that each would be looked for up to the end.
_LEVELS = [("\\" * many + mark) for mark in "\"'" for many in range(32)]
_DEPTHS = "".join(f"{quote}text{quote}:{quote}x" for quote in _LEVELS)
HOSTILE: Final[Mapping[str, tuple[str, str]]] = {
    **{piece: ("", piece) for piece in PIECES},
    **{f"depths, then {tail!r}": (_DEPTHS, tail) for tail in _TAIL},
    **{f"one text, then {tail!r}": ('"content":"', tail) for tail in _TAIL},
    "depths": ("", _DEPTHS),
    "many texts": ("", '"text":"a",'),
    "many values": ("", '"content":"abc","x":1,'),
    "nearly told": ("", '"type":"text{","text":"ab{",'),
    "lists": ('"content":["a"', '["a"'),
    "blanks": ("", '"content"' + " " * 401 + ':"'),
    "numbers": ("", '"content":[1,2' + " " * 30),
}


@given(
    st.lists(
        st.sampled_from(
            [*(wrap(body) for wrap in WRAPPINGS.values() for body in BODIES.values()), *UNTOUCHED, "\n", ", "]
        )
    ).map("".join)
)
def test_any_mixture_is_stable(text: str) -> None:
    """Dropping again changes nothing, whatever bodies, errors and sentences stand beside each other."""
    dropped = drop_words(text)
    assert dropped == drop_words(dropped)


@given(st.lists(st.sampled_from([*PIECES, *_TAIL, " ", "a", ",", "}", "]", "type", "text"]), max_size=30).map("".join))
def test_no_chain_of_beginnings_uncovers_more(text: str) -> None:
    """Dropping again changes nothing where each dropped text changes how the rest reads, and the redactor agrees."""
    dropped = drop_words(text)
    assert dropped == drop_words(dropped)
    assert Redactor()(text) == Redactor()(Redactor()(text))


def test_what_is_never_stable_is_dropped_as_a_whole() -> None:
    """A text whose every look uncovers more words keeps none of them: the result is a fixed point by construction."""
    entangled = '`""text":""text":"}"content":"\n} Zebra'
    assert f"[dropped {len(entangled)} characters]" == drop_words(entangled)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_linear_time(name: str) -> None:
    """Four times the quotes, brackets, backslashes or beginnings of fields cost some four times as much, not more."""
    before, piece = HOSTILE[name]
    # What else runs on the machine may slow one measurement, not three.
    assert not all(_grows(before, piece) for _ in range(3))


def _grows(before: str, piece: str) -> bool:
    """Return whether four times the text takes far more than four times as long; a blink is never too long."""
    whole = _seconds(before + piece * (200_000 // len(piece)))
    return whole > 0.1 and whole > 8 * _seconds(before + piece * (50_000 // len(piece)))


def _seconds(text: str) -> float:
    began = time.process_time()
    drop_words(text)
    return time.process_time() - began
