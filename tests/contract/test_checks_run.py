"""A whole run of the checks against the stand-in provider, over real sockets."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.checks.base import Raw, report
from bot.checks.client import Client
from bot.checks.runner import CHECKS, checks_of, run_checks
from bot.checks.shared import Shared
from bot.checks.target import Target
from bot.clock import SystemClock
from bot.playground.provider import ApiFault, Limits, Provider, Send, hostile_server, raw_head, trickle
from bot.rules.evidence import CheckStatus, Evidence, Observation
from tests.check_values import MODEL, a_target, by_status

OTHER = "claude-sonnet-5-5"
Found = dict[str, Evidence]


@asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Start a healthy stand-in and stop it."""
    stand_in = Provider(clock=SystemClock())
    await stand_in.start()
    try:
        yield stand_in
    finally:
        await stand_in.stop()


def aimed(stand_in: Provider, **changes: Any) -> Target:
    """Return a target that asks the stand-in."""
    urls = {"base_url": stand_in.api_url, "status_urls": (stand_in.status_url,), "control_url": stand_in.status_url}
    return a_target(**(urls | {"api_key": stand_in.api_key, "deadline_s": 5.0} | changes))


async def run(target: Target, **more: Any) -> Found:
    """Run the checks and return the evidence by name."""
    found = await run_checks(target, clock=SystemClock(), classify=by_status, **more)
    return {evidence.check: evidence for evidence in found}


async def test_a_healthy_provider_is_clean_everywhere() -> None:
    """Every check is ok, in the order of the registry, with five Messages samples and one stream."""
    async with provider() as stand_in:
        found = await run(aimed(stand_in))
    assert [check.name for check in CHECKS] == list(found)
    assert {CheckStatus.OK} == {evidence.status for evidence in found.values()}
    assert (5, 1) == (len(found["messages"].samples), len(found["stream"].samples))
    assert found["rate_limits"].buckets
    assert found["messages"].facts["workspace"].startswith("wrkspc_")


async def test_what_a_run_asks_is_what_it_says() -> None:
    """One count, one list, one model, five probes and one stream, and the page and the control endpoint once."""
    async with provider() as stand_in:
        await run(aimed(stand_in))
        asked = Counter((call.server, call.path) for call in stand_in.calls)
    assert {
        ("api", "/v1/messages"): 6,
        ("api", "/v1/messages/count_tokens"): 1,
        ("api", "/v1/models"): 1,
        ("api", f"/v1/models/{MODEL}"): 1,
        ("status", "/api/v2/summary.json"): 1,
        ("status", "/"): 1,
    } == asked


async def test_checks_run_side_by_side() -> None:
    """With 300 ms of latency each check takes one round trip and the run as long as its slowest check."""
    async with provider() as stand_in:
        await run(aimed(stand_in))  # the first run of a process also loads the HTTP library
        await stand_in.set(latency_s=0.3)
        shares: list[float] = []
        while min(shares, default=2) > 1.15 and len(shares) < 6:  # a busy machine may stall some runs, not all
            stand_in.calls.clear()
            shares.append(await _share_of_the_slowest(stand_in))
            assert {"models": 1, "count_tokens": 1, "messages": 1} == _waves(stand_in)
    assert min(shares) <= 1.15


async def _share_of_the_slowest(stand_in: Provider) -> float:
    """Return how long a run takes, as a share of its slowest check."""
    started = time.perf_counter()
    found = await run(aimed(stand_in))
    took_ms = (time.perf_counter() - started) * 1000
    return took_ms / max(evidence.latency_ms or 0 for evidence in found.values())


def _waves(stand_in: Provider) -> dict[str, int]:
    """Return how many requests of each endpoint came one after the other: answers 600 ms apart were not together."""
    waves: dict[str, int] = {}
    last: dict[str, datetime] = {}
    for call in sorted(stand_in.calls.of("api"), key=lambda call: call.at):
        endpoint = call.path.split("/")[-1] if "models" not in call.path else "models"
        apart = endpoint not in last or call.at - last[endpoint] > timedelta(seconds=0.6)
        waves[endpoint] = waves.get(endpoint, 0) + apart
        last[endpoint] = call.at
    return waves


async def test_each_check_is_heard_of_as_soon_as_it_is_finished() -> None:
    """Quick checks do not wait for slow ones."""
    heard: list[str] = []

    async def listen(evidence: Evidence) -> None:
        heard.append(evidence.check)

    async with provider() as stand_in:
        await stand_in.set(latency_s=1.0)  # of the API alone
        await run(aimed(stand_in), on_evidence=listen)
    assert {"status_page", "network", "control"} == set(heard[:3])
    assert len(CHECKS) == len(heard)


async def test_a_listener_that_breaks_loses_nothing() -> None:
    """What a listener raises is its own affair."""

    async def listen(_: Evidence) -> None:
        raise RuntimeError("the database is away")

    async with provider() as stand_in:
        found = await run(aimed(stand_in), on_evidence=listen)
    assert {CheckStatus.OK} == {evidence.status for evidence in found.values()}


async def test_a_listener_that_hangs_cannot_hold_the_run() -> None:
    """The deadline covers the listener, too."""

    async def listen(_: Evidence) -> None:
        await asyncio.Event().wait()

    async with provider() as stand_in:
        started = time.perf_counter()
        found = await run(aimed(stand_in, deadline_s=2.0), on_evidence=listen)
        assert time.perf_counter() - started < 3.0
    assert CheckStatus.OK == found["messages"].status


async def test_an_overload_of_one_model_is_told_from_one_of_all() -> None:
    """When the only configured model fails all, another active one is asked."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="overloaded", models=(MODEL,)),))
        found = (await run(aimed(stand_in)))["messages"]
    assert "clean" == found.facts["other_model_result"]
    assert [MODEL] * 5 == [sample.model for sample in found.samples if sample.branch == "overloaded"]
    assert 6 == len(found.samples)


async def test_one_failure_makes_the_burst_grow() -> None:
    """One of five says too little: twenty are sent."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="overloaded", endpoints=("messages",), share=0.05),))
        found = (await run(aimed(stand_in)))["messages"]
    assert 20 == len(found.samples)
    assert 1 == sum(sample.branch is not None for sample in found.samples)
    assert "grown" in found.facts


async def test_two_models_share_the_probes() -> None:
    """Three and two."""
    async with provider() as stand_in:
        found = (await run(aimed(stand_in, models=(MODEL, OTHER))))["messages"]
    assert {MODEL: 3, OTHER: 2} == Counter(sample.model for sample in found.samples)


@pytest.mark.parametrize(("limit", "load"), [(50, 0.7), (10, 0.0), (20, 0.5)])
async def test_what_goes_beyond_the_first_burst_is_paced(limit: int, load: float) -> None:
    """However little is left of the limit, asking for 20 probes meets no 429, and the summary says that fewer went."""
    async with provider() as stand_in:
        await stand_in.set(limits=Limits(requests_per_minute=limit, load=load))
        found = await run(aimed(stand_in, samples=20))
        assert 429 not in [call.status for call in stand_in.calls]
    assert 5 <= len(found["messages"].samples) < 20
    assert "paced" in found["messages"].facts


async def test_the_bot_never_reports_the_429_that_its_own_burst_caused() -> None:
    """One of five probes meets the limit and gets through a second later: five clean samples, told in words."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="rate_limited", endpoints=("messages",), share=0.15),))
        found = (await run(aimed(stand_in)))["messages"]
        assert 1 == [call.status for call in stand_in.calls].count(429)
    assert (CheckStatus.OK, "6") == (found.status, found.facts["probes"])
    assert [None] * 5 == [sample.branch for sample in found.samples]
    assert "1 probe got a 429" in found.summary
    assert 6 == len(found.request_ids)


async def test_a_streamed_probe_waits_for_its_turn_too() -> None:
    """The stream shares the limit with the burst, so its 429 is forgiven in the same way."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="rate_limited", endpoints=("stream",), share=0.5),))
        found = (await run(aimed(stand_in)))["stream"]
    assert (CheckStatus.OK, [None]) == (found.status, [sample.branch for sample in found.samples])
    assert "1 probe got a 429" in found.summary


async def test_a_stream_does_not_wait_when_no_probe_gets_through() -> None:
    """With everything limited the stream's 429 counts at once, and nothing is asked again."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="rate_limited", endpoints=("messages", "stream")),))
        found = await run(aimed(stand_in, long_stream=True))
        assert 1 + 5 + 2 == len(stand_in.calls.of("api", "/v1/messages"))  # the other model, the burst, the streams
    assert ["rate_limit"] == [sample.branch for sample in found["stream"].samples]
    assert (found["stream"].latency_ms or 0) < 900


async def test_a_limit_that_stays_is_reported() -> None:
    """Limited again after the wait: both refusals count."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="rate_limited", endpoints=("messages",), share=0.2),))
        found = (await run(aimed(stand_in)))["messages"]
    assert CheckStatus.FAILED == found.status
    assert {None: 4, "rate_limit": 2} == Counter(sample.branch for sample in found.samples)


async def test_a_long_stream_is_asked_for() -> None:
    """Only then it is a check of the run; a thousand tokens arrive whole, and what they cost is shown."""
    async with provider() as stand_in:
        found = await run(aimed(stand_in, long_stream=True))
    assert [*(check.name for check in CHECKS)] == [name for name in found if name != "long_stream"]
    assert (CheckStatus.OK, "1,000") == (found["long_stream"].status, found["long_stream"].facts["tokens"])
    assert "at most $0.0005" in found["long_stream"].summary


async def test_long_streams_may_die_while_short_ones_pass() -> None:
    """What cuts long answers is found by the long stream alone."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="cut_long", endpoints=("stream",)),))
        found = await run(aimed(stand_in, long_stream=True))
    assert [CheckStatus.OK] * 2 == [found["stream"].status, found["messages"].status]
    assert ["streaming_error.dropped"] == [sample.branch for sample in found["long_stream"].samples]


async def test_a_long_stream_that_still_flows_at_our_deadline_is_no_failure() -> None:
    """Events every 50 ms, longer than our time: a timeout without a sample, that says how much had arrived."""
    event = b'data: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "one "}}\n\n'
    head = raw_head(200, {"content-type": "text/event-stream", "content-length": "90000"})
    async with hostile_server([Send(head), *trickle(event * 200, 0.05, size=len(event))]) as url:
        only = tuple(check for check in checks_of(a_target(long_stream=True)) if check.name == "long_stream")
        target = a_target(base_url=url, deadline_s=2.0, long_stream=True)
        found = (await run(target, checks=only))["long_stream"]
    assert (CheckStatus.TIMEOUT, ()) == (found.status, found.samples)
    assert "still flowed" in found.summary


async def test_spend_and_cap_are_shown() -> None:
    """Five probes and a stream cost a few hundred-thousandths of a dollar, of the ten cents that a run may cost."""
    async with provider() as stand_in:
        found = (await run(aimed(stand_in)))["messages"]
    assert 0 < float(found.facts["run_cost"].removeprefix("$")) < 0.0001
    assert "cap $0.10" in found.summary


async def test_no_probe_is_sent_beyond_the_cost_cap() -> None:
    """A cap that holds three probes lets three through, and says that the others were left out."""
    async with provider() as stand_in:
        three = 3 * 0.1e-6 * (20 + len('[{"role": "user", "content": "1"}]')) + 3 * 0.5e-6
        checks = tuple(check for check in CHECKS if check.name in {"messages", "models"})
        found = (await run(aimed(stand_in, cost_cap_usd=three), checks=checks))["messages"]
        assert 3 == len(stand_in.calls.of("api", "/v1/messages"))
    assert (CheckStatus.OK, 3) == (found.status, len(found.samples))
    assert "passed its cost cap" in found.summary


async def test_a_cost_cap_below_one_probe_asks_nothing() -> None:
    """Everything that costs is skipped with the reason; what is free is asked."""
    async with provider() as stand_in:
        found = await run(aimed(stand_in, cost_cap_usd=1e-9, long_stream=True))
        assert [] == stand_in.calls.of("api", "/v1/messages")
    paid = ("messages", "stream", "long_stream")
    assert [CheckStatus.SKIPPED] * 3 == [found[name].status for name in paid]
    assert all("cost cap" in found[name].summary for name in paid)
    assert [CheckStatus.OK] * 2 == [found["models"].status, found["count_tokens"].status]


async def test_a_run_never_sends_more_than_25_messages() -> None:
    """Whatever fails: the burst of 25 wished for, its later probes, both streams and the other model stay within."""
    async with provider() as stand_in:
        faults = (
            ApiFault(answer="rate_limited", endpoints=("messages",), share=0.15),
            ApiFault(answer="stream_truncated", endpoints=("stream",)),
        )
        await stand_in.set(faults=faults)
        await run(aimed(stand_in, samples=25, long_stream=True))
        assert len(stand_in.calls.of("api", "/v1/messages")) <= 25


async def test_429s_alone_are_not_asked_again() -> None:
    """When no probe gets through, it was not our burst: the provider's own statement needs no repetition."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="rate_limited", endpoints=("messages",)),))
        found = (await run(aimed(stand_in)))["messages"]
    assert ["rate_limit"] * 5 == [sample.branch for sample in found.samples if sample.model == MODEL]


async def test_a_hanging_api_is_measured_by_all_probes() -> None:
    """Silence sends all five probes, each of which failed, while page and control endpoint answer at once."""
    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="hang"),))
        found = await run(aimed(stand_in, deadline_s=3.0))  # probes are sent long before, however slow the machine
    assert (CheckStatus.TIMEOUT, 5) == (found["messages"].status, len(found["messages"].samples))
    assert all(sample.branch for sample in found["messages"].samples)
    assert [CheckStatus.OK] * 2 == [found["status_page"].status, found["control"].status]
    # No answer told any limit; whether that was known just before the deadline or at it is a matter of luck.
    assert found["rate_limits"].status in {CheckStatus.SKIPPED, CheckStatus.TIMEOUT}
    assert () == found["rate_limits"].buckets


async def test_at_the_provisional_moment_open_checks_tell_what_they_know() -> None:
    """Open probes (five, and one of another model) count as not answered yet; the final evidence follows."""
    heard: list[Evidence] = []

    async def listen(evidence: Evidence) -> None:
        heard.append(evidence)

    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="hang", endpoints=("messages",)),))
        await run(aimed(stand_in, deadline_s=4.0, provisional_s=2.6), on_evidence=listen)
    interim, final = (evidence for evidence in heard if evidence.check == "messages")
    assert ("6", CheckStatus.TIMEOUT) == (interim.facts["open"], interim.status)
    assert "no answer yet" in str(interim.samples[0].message)
    assert "open" not in final.facts


async def test_something_is_heard_early_when_nothing_answers() -> None:
    """With all silent and no connection made, the check that knows most tells what it knows, before the deadline."""
    heard: list[Evidence] = []

    async def listen(evidence: Evidence) -> None:
        heard.append(evidence)

    class Impatient(SystemClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds / 10)

    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and never answers
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        target = a_target(base_url=url, status_urls=(url,), control_url=None, deadline_s=0.6)
        await run_checks(target, clock=Impatient(), classify=by_status, on_evidence=listen)
    early = heard[1]
    assert ("control", CheckStatus.SKIPPED) == (heard[0].check, heard[0].status)
    assert ("network", "0") == (early.check, early.facts["open"])
    assert "Still open after 2.5 s. name found in" in early.summary
    assert ["network"] == [evidence.check for evidence in heard if "open" in evidence.facts]


async def test_without_a_key_the_api_is_not_asked() -> None:
    """Network, page and control endpoint still are, and the rest says why it was skipped."""
    async with provider() as stand_in:
        found = await run(aimed(stand_in, api_key=None))
        assert "api" not in {call.server for call in stand_in.calls}
    skipped = {name for name, evidence in found.items() if evidence.status is CheckStatus.SKIPPED}
    assert {"models", "count_tokens", "messages", "stream", "rate_limits"} == skipped
    assert "ANTHROPIC_API_KEY" in found["messages"].summary


async def test_without_models_only_the_catalogue_is_read() -> None:
    """No model, no probe."""
    async with provider() as stand_in:
        found = await run(aimed(stand_in, models=()))
    assert [CheckStatus.SKIPPED] * 3 == [found[name].status for name in ("count_tokens", "messages", "stream")]


class Broken:
    """A check with a bug, in the asking or in the reading."""

    def __init__(self, name: str, *, asking: bool) -> None:
        self.name = name
        self._asking = asking

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:  # noqa: ARG002 - protocol
        """Break, or pass."""
        if self._asking:
            raise KeyError(target.api_key)

    def interpret(self, raw: Raw, target: Target) -> Evidence:
        """Break."""
        raise KeyError(target.api_key, raw)


class Endless:
    """A check that never comes back, but has found something."""

    name = "endless"

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:  # noqa: ARG002 - protocol
        """Note a fact and wait for ever."""
        raw.facts["found"] = "this"
        await asyncio.Event().wait()

    def interpret(self, raw: Raw, target: Target) -> Evidence:  # noqa: ARG002 - protocol
        """Tell what there is."""
        return report(self.name, raw, "still looking")


async def test_a_broken_check_is_evidence() -> None:
    """Its bug is named by class only, and the others are untouched."""
    target = a_target(deadline_s=0.5)
    checks = (Broken("asking", asking=True), Broken("reading", asking=False), Endless())
    found = await run(target, checks=checks)
    assert [CheckStatus.FAILED] * 2 == [found["asking"].status, found["reading"].status]
    assert "KeyError" in found["asking"].summary
    assert str(target.api_key) not in repr(found)
    assert (CheckStatus.TIMEOUT, "this") == (found["endless"].status, found["endless"].facts["found"])


async def test_a_broken_classifier_breaks_no_run() -> None:
    """What has to be classified is lost, and said to be; the rest is there."""

    def broken(_: Observation) -> str:
        raise KeyError("rule")

    async with provider() as stand_in:
        await stand_in.set(faults=(ApiFault(answer="overloaded"),))
        found = await run_checks(aimed(stand_in, control_url=None), clock=SystemClock(), classify=broken)
    by_name = {evidence.check: evidence for evidence in found}
    assert "The check itself broke" in by_name["count_tokens"].summary
    assert CheckStatus.OK == by_name["status_page"].status


async def test_rate_limits_alone_do_not_wait_for_messages() -> None:
    """A check that waits for one that is not run learns that there is nothing."""
    only = tuple(check for check in CHECKS if check.name == "rate_limits")
    assert CheckStatus.SKIPPED == (await run(a_target(), checks=only))["rate_limits"].status


async def test_cancelling_a_run_leaves_nothing_behind() -> None:
    """No task and no connection outlives it."""
    async with provider() as stand_in:
        await run(aimed(stand_in))
        await stand_in.set(faults=(ApiFault(answer="hang"),))
        tasks, files = len(asyncio.all_tasks()), _open_files()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await run(aimed(stand_in, deadline_s=30.0))
        await _until(lambda: len(asyncio.all_tasks()) <= tasks and _open_files() <= files)


async def test_many_runs_leak_nothing() -> None:
    """Ten runs end with as many tasks and open files as one."""
    async with provider() as stand_in:
        await run(aimed(stand_in))
        tasks, files = len(asyncio.all_tasks()), _open_files()
        for _ in range(10):
            await run(aimed(stand_in))
        await _until(lambda: len(asyncio.all_tasks()) <= tasks and _open_files() <= files)


def _open_files() -> int:
    """Return how many files and sockets this process holds, 0 where the system does not say."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.is_dir() else 0


async def _until(holds: Any) -> None:
    """Give the stand-in's side of closed connections a moment to end. Raises TimeoutError."""
    async with asyncio.timeout(2):
        while not holds():
            await SystemClock().sleep(0.01)
