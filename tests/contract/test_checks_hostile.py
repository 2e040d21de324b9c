"""A hostile provider cannot hurt: nothing raises, nothing hangs, nothing grows, and the key stays where it belongs."""

import asyncio
import logging
import shutil
import socket
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.checks.runner import checks_of, run_checks
from bot.clock import SystemClock
from bot.playground.provider import Send, hostile_server, raw_head
from bot.rules.evidence import CheckStatus
from bot.store.database import Database
from bot.store.migrate import upgrade
from bot.store.unit_of_work import Store
from tests.check_values import KEY, a_target
from tests.contract.certificates import make_certificate
from tests.contract.hostile_faults import (
    ALL,
    DEADLINE_S,
    ECHOES,
    LIMIT_S,
    MEBIBYTE,
    Suffered,
    answer,
    ask_all,
    bomb,
    branch_of,
    error,
    suffer,
)
from tests.factories import LENA

NAMES = [check.name for check in checks_of(a_target(long_stream=True))]


def harmless(seen: Suffered) -> None:
    """Assert that each check gave evidence of its own, without the key, and that no other host saw the key."""
    assert NAMES == [evidence.check for evidence in seen.found]
    assert [] == seen.broken
    said = repr(seen.found)
    assert said.encode()
    assert KEY[13:25] not in said
    assert 0 == seen.strangers_with_the_key


@pytest.mark.parametrize("fault", ALL)
async def test_no_fault_does_harm(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    """Each check ends in evidence of its own within the deadline, and the key is in no output, log or other host."""
    caplog.set_level(logging.DEBUG)
    seen = await suffer(ALL[fault])
    harmless(seen)
    took_s = seen.took_s
    for _ in range(2):  # a busy machine may stall one run, not three
        took_s = took_s if took_s <= LIMIT_S else (await suffer(ALL[fault])).took_s
    assert took_s <= LIMIT_S
    assert KEY[13:25] not in caplog.text


async def test_an_echoed_key_is_in_no_database(tmp_path: Path) -> None:
    """What a provider sends back of our key is gone before anything is stored, whatever the store itself redacts."""
    async with _store(tmp_path / "bot.db") as store:
        for fault in ECHOES:
            async with store.begin() as unit:
                triage = await unit.triages.create(fault, "C1", LENA, unit.now)
            assert triage is not None
            for evidence in (await suffer(ALL[fault])).found:
                async with store.begin() as unit:
                    await unit.triages.add_evidence(triage.id, evidence)
        written = await asyncio.to_thread(lambda: b"".join(file.read_bytes() for file in tmp_path.iterdir()))
    assert b"status_page" in written
    assert KEY[13:25].encode() not in written


@asynccontextmanager
async def _store(file: Path) -> AsyncIterator[Store]:
    """Yield a store that redacts nothing itself."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    try:
        await upgrade(database)
        yield Store(database, SystemClock(), lambda data: data)
    finally:
        await database.close()


@pytest.mark.parametrize("fault", ["silence", "reset at once", "no HTTP", "a sign-in page", "529 without a body"])
async def test_a_fault_of_the_api_is_never_clean(fault: str) -> None:
    """What is no answer of the provider is no success either."""
    found = (await suffer(ALL[fault])).found
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
    found = (await suffer(ALL[fault])).found
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


@asynccontextmanager
async def full_house() -> AsyncIterator[str]:
    """Yield a URL whose port takes no more connections: what connects waits for ever."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        guests = [socket.socket() for _ in range(3)]
        try:
            for guest in guests:
                guest.setblocking(False)  # noqa: FBT003 - the library's own way
                guest.connect_ex(address)
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            for guest in guests:
                guest.close()


async def test_a_connection_that_is_never_made_does_no_harm() -> None:
    """Connecting hangs: each check gives up by the deadline."""
    async with full_house() as url:
        found, took_s = await ask_all(base_url=url, status_urls=(url,), control_url=url)
    harmless(Suffered(found, took_s))
    assert took_s <= LIMIT_S
    assert CheckStatus.TIMEOUT == found[NAMES.index("messages")].status


@pytest.mark.parametrize(
    ("made", "trust"), [({}, False), ({"name": "DNS:elsewhere.example"}, True), ({"days": -1}, True)]
)
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed: no certificate can be made")
async def test_a_bad_certificate_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made: dict[str, Any], *, trust: bool
) -> None:
    """Self-signed, for another name or expired: API and page alike are not talked to at all."""
    received: list[bytes] = []
    context, cert = make_certificate(tmp_path, **made)
    if trust:
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    async with hostile_server(answer(), tls=context, received=received) as url:
        found, took_s = await ask_all(base_url=url, status_urls=(url,), control_url=url)
    harmless(Suffered(found, took_s))
    assert took_s <= LIMIT_S
    assert [] == received


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed: no certificate can be made")
async def test_a_name_that_turns_to_this_machine_never_gets_the_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """DNS rebinding: the name leads elsewhere first and to 127.0.0.1 then, where nobody can prove to be the API."""
    received: list[bytes] = []
    context, cert = make_certificate(tmp_path)  # for 127.0.0.1, not for the name
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    monkeypatch.setenv("NO_PROXY", "*")
    async with hostile_server(answer(), tls=context, received=received) as url:
        port = int(url.rpartition(":")[2])
        asked = _rebind(monkeypatch, "api.example")
        address = f"https://api.example:{port}"
        found, took_s = await ask_all(base_url=address, status_urls=(address,), control_url=None)
    assert len(asked) > 1
    harmless(Suffered(found, took_s))
    assert [] == received


def _rebind(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Let a name resolve to a closed address once and to this machine from then on; return who was asked for."""
    real: Callable[..., Any] = socket.getaddrinfo
    asked: list[str] = []

    def resolve(host: str | bytes, port: object, *more: Any, **named: Any) -> Any:
        if host not in {name, name.encode()}:
            return real(host, port, *more, **named)
        asked.append(name)
        return real("::1" if len(asked) == 1 else "127.0.0.1", port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


async def test_ipv6_alone_does_no_harm() -> None:
    """API and page at ::1 are asked like any other host."""
    try:
        async with hostile_server(answer(), host="::1") as url:
            address = url.replace("::1", "[::1]")
            found, took_s = await ask_all(base_url=address, status_urls=(address,), control_url=address)
    except OSError:
        pytest.skip("this machine has no IPv6")
    harmless(Suffered(found, took_s))
    assert CheckStatus.OK == found[NAMES.index("messages")].status


@pytest.mark.parametrize(("api_fails", "page_fails"), [(True, False), (False, True)])
async def test_page_and_api_may_disagree(*, api_fails: bool, page_fails: bool) -> None:
    """A green page beside a failing API, and the reverse: each check reports what it saw itself."""
    failing, well = error(529, "overloaded_error"), answer()
    async with (
        hostile_server(failing if api_fails else well) as url,
        hostile_server(failing if page_fails else well) as page,
    ):
        found, took_s = await ask_all(base_url=url, status_urls=(page,), control_url=page)
    harmless(Suffered(found, took_s))
    by_name = {evidence.check: evidence for evidence in found}
    assert api_fails is (by_name["messages"].status is CheckStatus.FAILED)
    assert by_name["status_page"].page is not None
    assert page_fails is not by_name["status_page"].page.readable


async def test_a_loop_of_redirects_is_left() -> None:
    """Two configured hosts that send each other's visitors back are each asked a few times."""
    there, back = _free_ports(2)
    received: list[bytes] = []
    loop = [f"http://127.0.0.1:{port}" for port in (there, back)]
    async with _redirecting(there, loop[1], received), _redirecting(back, loop[0], received):
        found, took_s = await ask_all(base_url=loop[0], status_urls=tuple(loop), control_url=loop[1])
    harmless(Suffered(found, took_s))
    assert len([head for head in received if b"summary.json" in head]) <= 8


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody uses at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@asynccontextmanager
async def _redirecting(port: int, place: str, received: list[bytes]) -> AsyncIterator[None]:
    """Serve redirects of the status page to this place."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.read(10_000))  # nothing, when somebody only connects
        writer.write(raw_head(302, {"location": f"{place}/api/v2/summary.json", "content-length": "0"}))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        yield
