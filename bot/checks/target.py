"""Whom a run of checks asks, with which key, and how much it may ask."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

import httpx

from bot.rules.prices import Prices

_KEY: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, kw_only=True)
class Target:
    """The endpoints and the budget of one run; the key never shows in its repr.

    `base_url` has no `/v1`. `status_urls` are origins, asked in order. `samples` are the Messages probes of a run,
    shared over the models; `max_samples` is the most that a run may send, and `cost_cap_usd` what all of them may cost
    by `prices`. `long_stream` adds the check of that name. Times are in seconds from the start:
    at `provisional_s` open checks tell what they know so far, at `deadline_s` they end. A request that has then
    waited for less than `unanswered_s` has shown nothing.
    """

    base_url: str
    api_key: str | None = field(repr=False)
    anthropic_version: str
    models: tuple[str, ...]
    status_urls: tuple[str, ...]
    user_agent: str
    prices: Prices
    control_url: str | None = None
    samples: int = 5
    max_samples: int = 25
    cost_cap_usd: float = 0.10
    long_stream: bool = False
    provisional_s: float = 10.0
    deadline_s: float = 15.0
    unanswered_s: float = 7.5


def validate_key(key: str) -> str | None:
    """Return what is wrong with a key in words that never hold any of it, None if it can be sent.

    A key with a line end or a curly quote would be refused by the HTTP library in an error that shows all of it.
    """
    if not key.strip():
        return "it is empty"
    if _KEY.fullmatch(key):
        return None
    if key != key.strip():
        return "it begins or ends with a blank or a line end"
    return "it holds a character that no key has (a blank, a control character or a typographic quote)"


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refusal(target: Target) -> str | None:
    """Return why the API is not asked at all, None if it may be: the key goes out encrypted or not at all."""
    if target.api_key is None:
        return "Not asked: no API key is set (ANTHROPIC_API_KEY)."
    if problem := validate_key(target.api_key):
        return f"Not asked: the API key cannot be sent, {problem}."
    problem = address_problem(target.base_url)
    return f"Not asked: {problem}" if problem else None


def address_problem(base_url: str) -> str | None:
    """Return why no key is sent to this address, None if it may be: encrypted, or to this machine."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        return "ANTHROPIC_BASE_URL is no URL."
    if url.userinfo or not url.host:
        return "ANTHROPIC_BASE_URL must be a plain address with a host and no password in it."
    if url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host)):
        return None
    return "ANTHROPIC_BASE_URL must begin with https://, so that the key is never sent in the clear."


def without_models(target: Target) -> str | None:
    """Return why nothing is asked without a model, None if there is one."""
    return None if target.models else "Not asked: no model is configured (ANTH_TRIAGE_MODELS)."
