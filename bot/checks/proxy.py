"""Which proxy of the environment stands between this machine and an address."""

from dataclasses import dataclass
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx

_PORTS: Final = {"https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy's host and port; its user and password are left out on purpose."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy for an address, None if there is none; as the client does, plain http never takes one."""
    target = httpx.URL(url)
    if target.scheme != "https" or proxy_bypass(target.host):
        return None
    proxies = getproxies()
    proxy = proxies.get("https") or proxies.get("all")
    if not proxy:
        return None
    try:
        found = httpx.URL(proxy if "://" in proxy else f"http://{proxy}")
    except httpx.InvalidURL:
        return Proxy("unreadable", 0)
    return Proxy(found.host, found.port or _PORTS.get(found.scheme, 80))
