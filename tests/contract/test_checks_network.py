"""The way to the provider: name, connection, TLS and proxy told apart, over real sockets."""

import asyncio
import shutil
import socket
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.checks.runner import CHECKS, run_checks
from bot.clock import SystemClock
from bot.playground.provider import HANG, hostile_server
from bot.rules.evidence import CheckStatus, Evidence
from tests.check_values import KEY, a_target
from tests.contract.certificates import make_certificate
from tests.contract.hostile_faults import answer, branch_of

MakeCertificate = Callable[..., tuple[ssl.SSLContext, Path]]


async def run(**changes: Any) -> dict[str, Evidence]:
    """Run the network and the Messages check and return their evidence."""
    checks = tuple(check for check in CHECKS if check.name in {"network", "messages"})
    target = a_target(**({"deadline_s": 1.0, "samples": 1} | changes))
    found = await run_checks(target, clock=SystemClock(), classify=branch_of, checks=checks)
    return {evidence.check: evidence for evidence in found}


def branches(found: dict[str, Evidence]) -> list[str | None]:
    """Return what the network check and the first probe were classified as."""
    return [found["network"].facts.get("branch"), found["messages"].samples[0].branch]


@pytest.fixture
def certificate(tmp_path: Path) -> MakeCertificate:
    """Return a maker of self-signed certificates: the server's context, and the file by which to trust it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no certificate can be made")
    return partial(make_certificate, tmp_path)


async def test_a_trusted_certificate_lets_all_three_steps_pass(
    certificate: MakeCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE is what this machine trusts, for the check as for the probes."""
    context, trusted = certificate()
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    async with hostile_server(answer(), tls=context) as url:
        found = await run(base_url=url)
    assert [CheckStatus.OK] * 2 == [evidence.status for evidence in found.values()]
    assert {"dns_ms", "tcp_ms", "tls_ms"} <= set(found["network"].facts)


@pytest.mark.parametrize(
    ("made", "trust", "words"),
    [
        ({}, False, "self-signed"),
        ({"name": "DNS:elsewhere.example"}, True, "not valid for '127.0.0.1'"),
        ({"days": -1}, True, "expired"),
    ],
)
async def test_a_bad_certificate_is_named(
    certificate: MakeCertificate,
    monkeypatch: pytest.MonkeyPatch,
    made: dict[str, Any],
    words: str,
    *,
    trust: bool,
) -> None:
    """Self-signed, for another name, or expired: the step is TLS, the reason is told, and the key stays here."""
    received: list[bytes] = []
    context, cert = certificate(**made)
    if trust:
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    async with hostile_server(answer(), tls=context, received=received) as url:
        found = await run(base_url=url)
    assert ["network.tls", "network.tls"] == branches(found)
    assert words in found["network"].summary
    assert words in str(found["messages"].samples[0].message)
    assert [] == received


async def test_a_server_without_tls_is_a_tls_failure() -> None:
    """What answers in plain text to a TLS hello is no provider."""
    async with hostile_server(answer()) as url:
        found = await run(base_url=url.replace("http://", "https://"))
    assert "network.tls" == found["network"].facts["branch"]
    assert found["messages"].samples[0].branch


async def test_a_silent_tls_partner_is_given_up() -> None:
    """A handshake without an answer ends with the deadline."""
    async with hostile_server([HANG]) as url:
        found = await run(base_url=url.replace("http://", "https://"))
    assert CheckStatus.TIMEOUT == found["network"].status
    assert "network.connect_timeout" == found["messages"].samples[0].branch


async def test_a_closed_port_is_refused() -> None:
    """Nobody listens; on this machine that means a wrong base URL, by the product's own rules."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = await run(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert ["network.base_url", "network.base_url"] == branches(found)
    assert "ConnectionRefusedError" in found["network"].summary


async def test_a_name_that_cannot_be_is_a_matter_of_names() -> None:
    """A label of 64 letters is refused before any resolver is asked."""
    found = await run(base_url=f"https://{'a' * 64}.example")
    assert "network.dns" == found["network"].facts["branch"]
    assert CheckStatus.FAILED == found["messages"].status


async def test_ipv6_alone_is_enough() -> None:
    """A host with nothing but an IPv6 address is reached."""
    server = await _listen_on_ipv6()
    async with server:
        port = server.sockets[0].getsockname()[1]
        found = await run(base_url=f"http://[::1]:{port}")
    assert CheckStatus.OK == found["network"].status


async def _listen_on_ipv6() -> asyncio.Server:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    try:
        return await asyncio.start_server(serve, "::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6")


async def test_a_proxy_of_the_environment_is_used_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy sees a CONNECT without the key, its refusal is a proxy failure, and its password is nowhere."""
    received: list[bytes] = []
    _forget_exceptions(monkeypatch)
    async with hostile_server(answer(407, b""), received=received) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.replace("http://", "http://user:word-of-proxy@"))
        found = await run(base_url="https://api.example")
    assert proxy.removeprefix("http://") == found["network"].facts["proxy"]
    assert "network.proxy" == found["messages"].samples[0].branch
    assert {b"CONNECT"} == {head.split(b" ")[0] for head in received}
    assert KEY.encode() not in b"".join(received)
    assert "word-of-proxy" not in repr(found)


async def test_a_proxy_never_sees_what_is_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http goes direct even where a proxy is set for it: the key would pass it in the clear."""
    received: list[bytes] = []
    _forget_exceptions(monkeypatch)
    async with hostile_server(answer(), received=received) as proxy, hostile_server(answer()) as url:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
            monkeypatch.setenv(name, proxy)
        found = await run(base_url=url)
    assert CheckStatus.OK == found["messages"].status
    assert [] == received


@pytest.mark.parametrize(
    ("name", "value"),
    [("SSL_CERT_FILE", "/nowhere/ca.pem"), ("HTTPS_PROXY", "socks9://proxy.example"), ("ALL_PROXY", "socks5://p:1")],
)
async def test_a_broken_environment_is_evidence(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A certificate file that is not there, or a proxy that cannot be used, is told by every check that needs it."""
    _forget_exceptions(monkeypatch)
    monkeypatch.setenv(name, value)
    found = await run(base_url="https://127.0.0.1:9")
    assert CheckStatus.FAILED == found["messages"].status
    assert "ClientSetupError" in str(found["messages"].samples[0].message)


def _forget_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what lets an address bypass the proxy on this machine."""
    for name in ("NO_PROXY", "no_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
