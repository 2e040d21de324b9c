"""A hostile provider cannot hurt: nothing raises, nothing hangs, nothing grows, and the key stays where it belongs."""

import logging
import time
import tracemalloc
from collections.abc import Mapping

import pytest

from bot.checks.runner import CHECKS, run_checks
from bot.clock import SystemClock
from bot.paths import read_rules
from bot.playground.provider import Script, Send, hostile_server, raw_head
from bot.rules.classify import classify
from bot.rules.evidence import CheckStatus, Evidence, Observation
from bot.rules.load import load_taxonomy
from tests.check_values import KEY, a_target
from tests.contract.hostile_faults import BODIES, MEBIBYTE, STATUSES, TRANSPORT, answer, bomb

DEADLINE_S = 1.0
LIMIT_S = DEADLINE_S + 0.2
_TEXTS = read_rules()
_RULES = load_taxonomy(_TEXTS["errors"], _TEXTS["mitigations"])


def branch_of(seen: Observation) -> str:
    """Classify by the product's own rules."""
    return classify(seen, _RULES).branch


async def suffer(script: Script) -> tuple[tuple[Evidence, ...], float]:
    """Run all checks against one fault; return the evidence and how long it took."""
    async with hostile_server(script) as url:
        target = a_target(base_url=url, status_urls=(url,), control_url=url, deadline_s=DEADLINE_S)
        started = time.perf_counter()
        found = await run_checks(target, clock=SystemClock(), classify=branch_of)
        return found, time.perf_counter() - started


ALL: Mapping[str, Script] = {**TRANSPORT, **BODIES, **STATUSES}


@pytest.mark.parametrize("fault", ALL)
async def test_no_fault_does_harm(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each check ends in evidence of its own within the deadline, and the key is in no output and no log."""
    caplog.set_level(logging.DEBUG)
    found, took_s = await suffer(ALL[fault])
    assert [check.name for check in CHECKS] == [evidence.check for evidence in found]
    assert not [evidence.summary for evidence in found if "check itself broke" in evidence.summary]
    for _ in range(2):  # a busy machine may stall one run, not three
        took_s = took_s if took_s <= LIMIT_S else (await suffer(ALL[fault]))[1]
    assert took_s <= LIMIT_S
    said = repr(found)
    assert said.encode()
    assert KEY[13:25] not in said + caplog.text


@pytest.mark.parametrize("fault", ["silence", "reset at once", "no HTTP", "a sign-in page", "529 without a body"])
async def test_a_fault_of_the_api_is_never_clean(fault: str) -> None:
    """What is no answer of the provider is no success either."""
    found, _ = await suffer(ALL[fault])
    by_name = {evidence.check: evidence for evidence in found}
    assert all(sample.branch for sample in by_name["messages"].samples)
    assert {CheckStatus.FAILED, CheckStatus.TIMEOUT} >= {by_name[name].status for name in ("messages", "stream")}
    assert by_name["status_page"].page is not None
    assert not by_name["status_page"].page.readable


@pytest.mark.parametrize(
    ("fault", "branch"),
    [
        ("silence", "timeout.read"),
        ("reset at once", "network.dropped"),
        ("nothing at all", "network.dropped"),
        ("529 overloaded_error", "overloaded"),
        ("429 rate_limit_error", "rate_limit"),
        ("401 authentication_error", "auth"),
        ("500 api_error", "server_error"),
    ],
)
async def test_the_rules_recognise_what_the_checks_saw(fault: str, branch: str) -> None:
    """What the client hands on is what the classifier reads."""
    found, _ = await suffer(ALL[fault])
    messages = next(evidence for evidence in found if evidence.check == "messages")
    assert {branch} == {sample.branch for sample in messages.samples}


async def test_a_bomb_does_not_grow_the_memory() -> None:
    """200 MiB in 200 KB, sent to every check at once: each reads one mebibyte at most."""
    packed = bomb()
    head = raw_head(200, {"content-encoding": "gzip", "content-length": str(len(packed))})
    tracemalloc.start()
    try:
        await suffer([Send(head), Send(packed)])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * MEBIBYTE


async def test_the_key_goes_to_no_second_host() -> None:
    """Whatever the API redirects to is never asked, and the status page is asked without the key."""
    elsewhere: list[bytes] = []
    pages: list[bytes] = []
    api: list[bytes] = []
    async with (
        hostile_server(answer(), received=elsewhere) as other,
        hostile_server(answer(302, b"", location=f"{other}/v1/messages"), received=api) as url,
        hostile_server(answer(302, b"", location=f"{other}/api/v2/summary.json"), received=pages) as page,
    ):
        target = a_target(base_url=url, status_urls=(page,), control_url=page, deadline_s=DEADLINE_S)
        await run_checks(target, clock=SystemClock(), classify=branch_of)
    assert KEY.encode() in b"".join(api)
    assert [] == elsewhere
    assert pages
    assert KEY.encode() not in b"".join(pages)
