"""What does the provider's status page say about the API? Unreadable means unknown, never green."""

from http import HTTPStatus
from typing import Final

import httpx

from bot.checks.base import Attempt, Raw, Terms, report
from bot.checks.client import Client
from bot.checks.exchange import Exchange, observe
from bot.checks.shared import Shared
from bot.checks.status_payload import read_page
from bot.checks.target import Target
from bot.rules.case import SILENT
from bot.rules.evidence import CheckStatus, Evidence, StatusPage

_SUMMARY: Final = "/api/v2/summary.json"
_LIMIT_S: Final = 5.0
_MOST_HOPS: Final = 3
_GREEN: Final = "operational"
_REDIRECTS: Final = range(300, 400)


class StatusPageCheck:
    """Reads the summary of the status page, from the first configured host that gives one.

    - Looks at the state of the component "Claude API" and at open incidents that name it or a configured model,
      not at the page's overall colour, which is red for consumer trouble and green in many capacity troubles.
    - Green proves nothing: overload is not posted, and the page lags minutes behind. Our own probes decide.
    """

    name = "status_page"
    terms = Terms(
        sends=f"`GET {_SUMMARY}` at each origin of `ANTH_TRIAGE_STATUS_URLS`, without the key",
        count=f"one an origin, up to the first that gives a page; {_MOST_HOPS} redirects to another of them at most",
        skipped="`ANTH_TRIAGE_STATUS_URLS` names none",
        ends=f"{_LIMIT_S:g} s a request; sooner where the next origin would have no time left",
    )

    async def fetch(self, client: Client, target: Target, shared: Shared, raw: Raw) -> None:
        """Try the hosts in order; a host that hangs leaves time for the next one."""
        if not target.status_urls:
            raw.skipped = "Not asked: no status page is configured (ANTH_TRIAGE_STATUS_URLS)."
        for place, origin in enumerate(target.status_urls):
            limit_s = min(_LIMIT_S, shared.time_left() / (len(target.status_urls) - place))
            exchange = await _read(client, target, origin, limit_s)
            raw.attempts.append(Attempt(about=origin, exchange=exchange, observation=observe(exchange), branch=None))
            if _why_unreadable(exchange) is None:
                return

    def interpret(self, raw: Raw, target: Target) -> Evidence:
        """Read the page of the last host that was asked."""
        if not raw.attempts:
            return report(self.name, raw, "No answer yet.")
        last = raw.attempts[-1]
        if _why_unreadable(last.exchange) is None:
            page = read_page(last.exchange.data(), _host(last.about), target.models)
            return report(self.name, raw, _summary(page), status=_status(page), page=page)
        reasons = [f"{_host(it.about)}: {_why_unreadable(it.exchange)}" for it in raw.attempts]
        page = StatusPage(readable=False, host=_host(last.about), why_unreadable="; ".join(reasons))
        late = all(attempt.exchange.cut for attempt in raw.attempts)
        status = CheckStatus.TIMEOUT if late else CheckStatus.FAILED
        summary = f"Status page unreadable, so its state is unknown ({page.why_unreadable})."
        silent = all(attempt.exchange.exception and attempt.exchange.status is None for attempt in raw.attempts)
        facts = {SILENT: "no host could be reached"} if silent and not late else {}
        return report(self.name, raw, summary, status=status, page=page, facts=facts)


async def _read(client: Client, target: Target, origin: str, limit_s: float) -> Exchange:
    """Read one host's summary; follow a redirect only to a configured host."""
    url = origin.rstrip("/") + _SUMMARY
    exchange = await client.page(url, limit_s)
    for _ in range(_MOST_HOPS):
        onward = _onward(url, exchange, target)
        if onward is None:
            break
        url = onward
        exchange = await client.page(url, limit_s)
    return exchange


def _onward(url: str, exchange: Exchange, target: Target) -> str | None:
    """Return where a redirect leads, None if it is none or leaves the configured hosts."""
    location = exchange.headers.get("location")
    if exchange.status not in _REDIRECTS or not location:
        return None
    try:
        onward = httpx.URL(url).join(location)
        known = {_origin(httpx.URL(configured)) for configured in target.status_urls}
    except httpx.InvalidURL:
        return None
    return str(onward) if _origin(onward) in known else None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _host(origin: str) -> str:
    return origin.partition("://")[2].partition("/")[0] or origin


def _why_unreadable(exchange: Exchange) -> str | None:
    """Return why an answer is no status page, None if it is one."""
    if exchange.exception:
        return exchange.exception
    if exchange.status in _REDIRECTS:
        return f"HTTP {exchange.status}, redirects to a host that is not configured"
    if exchange.status != HTTPStatus.OK:
        return f"HTTP {exchange.status}"
    if exchange.trouble:
        return exchange.trouble
    data = exchange.data()
    page = data.get("page")
    named = isinstance(page, dict) and isinstance(page.get("id"), str) and page["id"]
    return None if named else "the answer is no status page" if data else "the answer is no JSON"


def _status(page: StatusPage) -> CheckStatus:
    bad = page.api_component != _GREEN or any(incident.names_api for incident in page.incidents)
    return CheckStatus.FAILED if bad else CheckStatus.OK


def _summary(page: StatusPage) -> str:
    state = "not listed" if page.api_component is None else page.api_component.replace("_", " ")
    ours = [f'"{incident.name}" ({incident.status})' for incident in page.incidents if incident.names_api]
    others = len(page.incidents) - len(ours)
    text = f"Claude API: {state}."
    if ours:
        text += f" Open: {', '.join(ours)}."
    if others:
        text += f" {others} open incident{'s' if others > 1 else ''} not about the API."
    return text
