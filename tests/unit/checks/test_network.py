"""What the network check makes of its three steps."""

from bot.checks.base import Raw
from bot.checks.network import Network
from bot.rules.evidence import CheckStatus
from tests.check_values import a_target, an_exchange, gathered

STEP = an_exchange(None, latency_s=0.012)
BAD = an_exchange(None, exception="ConnectError: SSLCertVerificationError: self-signed certificate")


def test_every_step_is_timed() -> None:
    """Name, connection and TLS each have their milliseconds."""
    found = Network().interpret(gathered(("dns", STEP, True), ("tcp", STEP, True), ("tls", STEP, True)), a_target())
    assert (CheckStatus.OK, "name found in 12 ms, connected in 12 ms, TLS agreed in 12 ms.") == (
        found.status,
        found.summary,
    )
    assert {"dns_ms": "12", "tcp_ms": "12", "tls_ms": "12"} == dict(found.facts)


def test_the_failed_step_is_named() -> None:
    """What worked before it stays visible."""
    found = Network().interpret(gathered(("dns", STEP, True), ("tcp", STEP, True), ("tls", BAD, False)), a_target())
    assert CheckStatus.FAILED == found.status
    assert "connected in 12 ms, TLS failed" in found.summary
    assert "self-signed certificate" in found.summary


def test_a_proxy_is_told() -> None:
    """Behind a proxy nothing else can be seen from here."""
    raw = gathered(("dns", STEP, True), ("tcp", STEP, True))
    raw.facts["proxy"] = "proxy.example:3128"
    assert Network().interpret(raw, a_target()).summary.startswith("Through the proxy proxy.example:3128")


def test_no_step_yet_is_a_timeout() -> None:
    """Nothing gathered is nothing known."""
    assert CheckStatus.TIMEOUT == Network().interpret(Raw(), a_target()).status
