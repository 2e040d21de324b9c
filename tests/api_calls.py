"""Holds each recorded call of the Web API against Slack's own client and the manifest: arguments, scopes, errors."""

import functools
import inspect
import re
from collections.abc import Iterator

from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.recorder import Call, Recorder
from bot.playground.workspace.methods import catalogue, documented_errors
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES

_BESIDE = frozenset({"upload", "response_url"})  # no methods of the Web API
_UNDOCUMENTED = frozenset({"unknown_future_error"})
"""What tests order on purpose: an error of next year."""


def strange_calls(recorder: Recorder) -> list[str]:
    """Return what is wrong with the calls that a test has caused, each kind once."""
    return sorted({problem for call in recorder.calls() for problem in _problems(call)})


def _problems(call: Call) -> Iterator[str]:
    if call.method in _BESIDE:
        return
    documented = _arguments().get(call.method)
    if documented is None:
        yield f"{call.method} is no method of Slack's client"
        return
    yield from (f"{call.method} has no argument {name}" for name in call.arguments.keys() - documented)
    method = catalogue().methods[call.method]
    if method.token == "bot" and method.scopes and not {*SCOPES, *OPTIONAL_SCOPES}.intersection(method.scopes):
        yield f"no scope of the manifest lets {call.method}"
    error = call.answer.get("error") if isinstance(call.answer, dict) else None
    known = documented_errors(call.method)
    if known is None:
        yield f"errors.toml does not say how {call.method} can fail"
    elif error is not None and error not in known | _UNDOCUMENTED:
        yield f"{call.method} was answered with {error}, which Slack does not document for it"


@functools.cache
def _arguments() -> dict[str, frozenset[str]]:
    """Return the arguments of every method, read from Slack's own client."""
    found: dict[str, frozenset[str]] = {}
    for function in vars(AsyncWebClient).values():
        if inspect.iscoroutinefunction(function):
            for name in re.findall(r'api_call\(\s*"([\w.]+)"', inspect.getsource(function)):
                found[name] = found.get(name, frozenset()) | frozenset(inspect.signature(function).parameters)
    return found
