"""Which proxy of the environment stands in between."""

import pytest

from bot.checks.proxy import proxy_for

API = "https://api.example"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_proxy_there_is_none() -> None:
    """The ordinary case."""
    assert proxy_for(API) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://user:word@proxy.example:3128", "proxy.example:3128"),
        ("proxy.example:8080", "proxy.example:8080"),
        ("https://proxy.example", "proxy.example:443"),
        ("http://proxy.example", "proxy.example:80"),
        ("http://proxy:port", "unreadable:0"),
    ],
)
def test_a_proxy_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, value: str, expected: str) -> None:
    """Host and port, never more."""
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert expected == str(proxy_for(API))


def test_exceptions_and_plain_http_go_direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY is kept, and what is plain is for this machine."""
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "api.example")
    assert [None, None] == [proxy_for(API), proxy_for("http://127.0.0.1:8080")]
    assert proxy_for("https://other.example") is not None
