"""The status page as a site: its JSON documents, and the ways in which it cannot be read."""

import html
from collections.abc import Mapping

from aiohttp import web

from bot.clock import Clock
from bot.playground.provider.delivery import deliver
from bot.playground.provider.hostile import HANG, Script
from bot.playground.provider.journal import Call, Journal
from bot.playground.provider.stage import Stage
from bot.playground.provider.status_page import PAGE_URL, PageNow, Payload
from bot.playground.provider.story import PageAnswer
from bot.playground.provider.wire import JSON_TYPE, Reply

_PREFIX, _SUFFIX = "/api/v2/", ".json"
_OPEN_TO_ALL = {"access-control-allow-origin": "*"}

_UNREADABLE: Mapping[PageAnswer, Reply | Script] = {
    "challenge": Reply.of_html(
        405,
        "<!DOCTYPE html><html><head><title>Human Verification</title></head><body></body></html>",
        {"server": "CloudFront", "x-amzn-waf-action": "captcha"},
    ),
    "redirect": Reply(status=302, headers={"location": f"{PAGE_URL}/api/v2/status.json"}, chunks=(b"",)),
    "html": Reply.of_html(200, "<html><body>This page has moved.</body></html>"),
    "garbage": Reply(status=200, headers={"content-type": JSON_TYPE}, chunks=(b'{"page": {"id": "tymt',)),
    "hang": [HANG],
}


class StatusSite:
    """Answers as the status page does, or as the scenario spoils it."""

    def __init__(self, stage: Stage, clock: Clock, journal: Journal) -> None:
        self._stage = stage
        self._clock = clock
        self._journal = journal

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request and note it."""
        status: int | None = None
        try:
            outcome = self._outcome(request.method, request.path)
            response = await deliver(request, outcome, self._clock.now())
            status = outcome.status if isinstance(outcome, Reply) else None
            return response
        finally:
            at, method, path = self._clock.now(), request.method, request.path
            self._journal.append(Call(at=at, server="status", method=method, path=path, status=status))

    def _outcome(self, method: str, path: str) -> Reply | Script:
        answer = self._stage.step.page.answer
        if answer in _UNREADABLE:
            return _UNREADABLE[answer]
        document = self._document(method, path)
        return _strange(document) if answer == "strange" else document

    def _document(self, method: str, path: str) -> Reply:
        if method not in {"GET", "HEAD"}:
            return Reply.of_json(405, {"error": "method not allowed"})
        if path == "/":
            return Reply.of_html(200, _for_people(self._now()))
        name = path.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        known = path == f"{_PREFIX}{name}{_SUFFIX}"
        payload = self._now().payload(name) if known else None
        return Reply.of_json(404, {"error": "not found"}) if payload is None else _found(payload)

    def _now(self) -> PageNow:
        return PageNow(self._stage.step.page, self._stage.origin, self._clock.now())


def _for_people(now: PageNow) -> str:
    """Return the page as people see it who follow a link to it."""
    rows = [f"{one['name']}: {one['status']}" for one in now.components()]
    rows += [f"{one['name']} ({one['impact']}, {one['status']})" for one in now.incidents()]
    lines = "".join(f"<li>{html.escape(row)}</li>" for row in rows)
    said = html.escape(str(now.status()["description"]))
    return f'<!doctype html><html lang="en"><title>Stand-in status page</title><h1>{said}</h1><ul>{lines}</ul></html>'


def _found(payload: Payload) -> Reply:
    return Reply.of_json(200, payload, _OPEN_TO_ALL)


def _strange(reply: Reply) -> Reply:
    """Return the page with words for its states that no client has seen before."""
    words = {b'"operational"': b'"sharded_outage"', b'"none"': b'"severe"', b'"All Systems Operational"': b"null"}
    body = reply.body
    for usual, new in words.items():
        body = body.replace(usual, new)
    return Reply(status=reply.status, headers=reply.headers, chunks=(body,))
