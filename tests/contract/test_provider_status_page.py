"""The stand-in's status page has the real page's documents and shapes, and every way of being unreadable."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.playground.provider import ApiFault, Page, PageIncident, PageUpdate
from bot.playground.provider.story import Component, ComponentState, Impact, PageAnswer
from tests.provider_client import Asking, asking

API_ID = "k8w3r06qmzrp"
IDS = {"rwppv331jlwc", "0qbwn08sd68x", API_ID, "yyzkbfz2thpt", "bpp5gb3hpjcl", "0scnb50nvy53"}
INCIDENT = PageIncident(
    name="Elevated errors on the Claude API",
    impact="major",
    components=("api",),
    updates=(
        PageUpdate(at_s=-60, status="investigating", body="We are looking into it."),
        PageUpdate(at_s=300, status="identified", body="The cause is known."),
        PageUpdate(at_s=600, status="resolved", body="It is over."),
    ),
)


async def read(ask: Asking, document: str) -> Any:
    """Return a document of the page as JSON."""
    return (await ask.page(document)).json()


@pytest.mark.parametrize(
    ("document", "keys"),
    [
        ("status", {"page", "status"}),
        ("summary", {"page", "status", "components", "incidents", "scheduled_maintenances"}),
        ("components", {"page", "components"}),
        ("incidents", {"page", "incidents"}),
        ("incidents/unresolved", {"page", "incidents"}),
        ("scheduled-maintenances", {"page", "scheduled_maintenances"}),
        ("scheduled-maintenances/active", {"page", "scheduled_maintenances"}),
        ("scheduled-maintenances/upcoming", {"page", "scheduled_maintenances"}),
    ],
)
async def test_every_document_names_the_page(document: str, keys: set[str]) -> None:
    """Each document is JSON with the page's own id and the keys of the real one, open to every origin."""
    async with asking() as ask:
        answer = await ask.page(document)
    assert keys == answer.json().keys()
    page = answer.json()["page"]
    assert ("tymt9n04zgry", "Claude", "Etc/UTC") == (page["id"], page["name"], page["time_zone"])
    assert "*" == answer.headers["access-control-allow-origin"]


async def test_a_green_page() -> None:
    """Without trouble all six real components are operational."""
    async with asking() as ask:
        summary = await read(ask, "summary")
    assert {"indicator": "none", "description": "All Systems Operational"} == summary["status"]
    assert IDS == {component["id"] for component in summary["components"]}
    assert {"operational"} == {component["status"] for component in summary["components"]}
    assert [] == summary["incidents"]


@pytest.mark.parametrize(
    ("state", "indicator"),
    [
        ("degraded_performance", "minor"),
        ("partial_outage", "major"),
        ("major_outage", "critical"),
        ("under_maintenance", "maintenance"),
    ],
)
async def test_a_components_state_colours_the_indicator(state: ComponentState, indicator: Impact) -> None:
    """The indicator follows the worst component unless the scenario says another one."""
    components: dict[Component, ComponentState] = {"api": state}
    async with asking() as ask:
        await ask.provider.set(page=Page(components=components))
        summary = await read(ask, "summary")
        await ask.provider.set(page=Page(components=components, indicator="none"))
        lying = await read(ask, "status")
    assert [state] == [component["status"] for component in summary["components"] if component["id"] == API_ID]
    assert indicator == summary["status"]["indicator"]
    assert "none" == lying["status"]["indicator"]


async def test_an_incident_unfolds_by_the_clock() -> None:
    """Updates appear when their time comes, newest first; a resolved incident leaves the list of open ones."""
    async with asking() as ask:
        await ask.provider.set(page=Page(incidents=(INCIDENT,), components={"api": "partial_outage"}))
        at_first = (await read(ask, "summary"))["incidents"]
        ask.clock.move_to(timedelta(seconds=400))
        later = (await read(ask, "incidents/unresolved"))["incidents"]
        ask.clock.move_to(timedelta(seconds=700))
        in_the_end = (await read(ask, "incidents/unresolved"))["incidents"], (await read(ask, "incidents"))["incidents"]
    assert ["investigating"] == [incident["status"] for incident in at_first]
    assert ["identified", "investigating"] == [update["status"] for update in later[0]["incident_updates"]]
    assert [API_ID] == [component["id"] for component in later[0]["components"]]
    affected = later[0]["incident_updates"][0]["affected_components"]
    assert [(API_ID, "partial_outage")] == [(part["code"], part["new_status"]) for part in affected]
    assert [] == in_the_end[0]
    assert "resolved" == in_the_end[1][0]["status"]
    assert in_the_end[1][0]["resolved_at"] == in_the_end[1][0]["updated_at"]


async def test_people_can_read_it_too() -> None:
    """Who follows a link to the page sees how each component is and what is open, as text."""
    named = replace(INCIDENT, name="<script>Elevated errors</script>")
    async with asking() as ask:
        await ask.provider.set(page=Page(incidents=(named,), components={"api": "partial_outage"}))
        shown = (await ask.client.get(ask.provider.status_url)).text
    assert "Claude API (api.anthropic.com): partial_outage" in shown
    assert "&lt;script&gt;Elevated errors&lt;/script&gt; (major, investigating)" in shown


async def test_a_maintenance_is_listed_apart() -> None:
    """A maintenance is no incident."""
    work = PageIncident(
        name="Database work",
        impact="maintenance",
        updates=(PageUpdate(at_s=0, status="monitoring", body="We are on."),),
    )
    async with asking() as ask:
        await ask.provider.set(page=Page(incidents=(work,)))
        summary = await read(ask, "summary")
        active = await read(ask, "scheduled-maintenances/active")
    assert ([], "maintenance") == (summary["incidents"], summary["status"]["indicator"])
    assert ["Database work"] == [entry["name"] for entry in active["scheduled_maintenances"]]


@pytest.mark.parametrize(("answer", "status"), [("challenge", 405), ("redirect", 302), ("html", 200), ("garbage", 200)])
async def test_a_page_that_cannot_be_read(answer: PageAnswer, status: int) -> None:
    """A challenge, a redirect without a body, HTML and cut JSON are all no status."""
    async with asking() as ask:
        await ask.provider.set(page=Page(answer=answer))
        got = await ask.page("status")
    assert status == got.status_code
    with pytest.raises(json.JSONDecodeError):
        got.json()


async def test_a_page_that_hangs() -> None:
    """A page may also say nothing at all."""
    async with asking() as ask:
        await ask.provider.set(page=Page(answer="hang"))
        ask.client.timeout = httpx.Timeout(0.2)
        with pytest.raises(httpx.ReadTimeout):
            await ask.page("status")


async def test_a_page_with_words_nobody_knows() -> None:
    """Unknown states and a missing description are still JSON of the same shape."""
    async with asking() as ask:
        await ask.provider.set(page=Page(answer="strange"))
        summary = await read(ask, "summary")
    assert {"indicator": "severe", "description": None} == summary["status"]
    assert {"sharded_outage"} == {component["status"] for component in summary["components"]}


async def test_other_paths_are_not_there() -> None:
    """What the page does not have is a 404, also without the suffix."""
    async with asking() as ask:
        answers = [await ask.page("nothing"), await ask.client.get(f"{ask.provider.status_url}/api/v2/status")]
    assert [404, 404] == [answer.status_code for answer in answers]


async def test_page_and_api_fail_apart() -> None:
    """An API that refuses everything leaves the page green, as in real capacity trouble."""
    async with asking() as ask:
        await ask.provider.set(faults=(ApiFault(answer="overloaded"),))
        assert 529 == (await ask.message()).status_code
        assert "none" == (await read(ask, "status"))["status"]["indicator"]
