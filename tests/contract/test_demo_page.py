"""The page's server: it answers its own page only, does what one person could do, and says what cannot be done."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.playground.page.desk import Desk
from bot.playground.page.offers import Offers
from bot.playground.workspace.modals import open_view
from bot.playground.world import World
from bot.slack.cards.help import VERB_LINES
from bot.slack.manifest import manifest

_HOSTILE = '<img src=x onerror=alert(1)> "quoted" & <script>alert(1)</script>'


class Machine:
    """A bot's process that is none: it notes what is done to it."""

    def __init__(self) -> None:
        self.running = True

    async def kill(self) -> None:
        """Be dead."""
        self.running = False

    async def start(self) -> None:
        """Live."""
        self.running = True


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Yield a world with the page, and without the bot."""
    world = World("healthy")
    world.workspace.serve_also(Desk(world, Offers.of(manifest(), VERB_LINES), Machine()).routes())
    async with world:
        yield world


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Yield what asks as the page does."""
    origin = world.workspace.url
    async with httpx.AsyncClient(base_url=origin, headers={"Origin": origin}, trust_env=False) as client:
        yield client


async def do(browser: httpx.AsyncClient, what: object, **more: object) -> list[str]:
    """Do something as Lena in #ops, and return the complaints."""
    answer = await browser.post("/do", json={"do": what, "as": "lena", "in": "ops", **more})
    assert 200 == answer.status_code
    problems: list[str] = answer.json()["problems"]
    return problems


async def look(browser: httpx.AsyncClient, **where: str) -> dict[str, Any]:
    """Return what is on the screen."""
    answer = await browser.get("/screen", params={"as": "lena", "in": "ops", **where})
    assert 200 == answer.status_code
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.mark.parametrize(
    "path", ["/", "/page.js", "/patch.js", "/composer.js", "/dialogs.js", "/desk.css", "/style.css"]
)
async def test_the_page_is_whole_and_may_load_from_here_only(browser: httpx.AsyncClient, path: str) -> None:
    """Each part is there, and the browser is told to fetch and run nothing from elsewhere."""
    answer = await browser.get(path)
    assert 200 == answer.status_code
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in answer.text.replace("http://127", "")


@pytest.mark.parametrize(
    ("headers", "method"),
    [
        ({"Host": "evil.example"}, "GET"),
        ({"Host": "evil.example:80", "Origin": "http://evil.example:80"}, "POST"),
        ({"Origin": "http://evil.example"}, "GET"),
        ({"Origin": "http://evil.example"}, "POST"),
        ({"Origin": "null"}, "POST"),
        ({"Origin": ""}, "POST"),
    ],
)
async def test_what_comes_from_another_page_is_refused(
    world: World, browser: httpx.AsyncClient, headers: dict[str, str], method: str
) -> None:
    """A page that a browser has open elsewhere can neither read the workspace nor act in it, nor by another name."""
    body = {"do": "say", "as": "lena", "in": "ops", "text": "forged"}
    path = "/screen" if method == "GET" else "/do"
    answer = await browser.request(method, path, json=body, headers=headers)
    assert 403 == answer.status_code
    assert [] == world.workspace.messages("ops")


async def test_a_form_of_another_page_cannot_post(world: World, browser: httpx.AsyncClient) -> None:
    """What a plain HTML form can send is no JSON, and a request without an origin is nobody's."""
    text = '{"do":"say","as":"lena","in":"ops","text":"forged"}'
    assert 415 == (await browser.post("/do", content=text, headers={"Content-Type": "text/plain"})).status_code
    async with httpx.AsyncClient(base_url=world.workspace.url, trust_env=False) as plain:
        assert 403 == (await plain.post("/do", json={})).status_code
    assert [] == world.workspace.messages("ops")


@pytest.mark.parametrize("body", ["", "[]", "{", "1", '"do"', "null"])
async def test_what_is_no_deed_is_refused(browser: httpx.AsyncClient, body: str) -> None:
    """A malformed request gets its reason, and nothing breaks."""
    answer = await browser.post("/do", content=body, headers={"Content-Type": "application/json"})
    assert 400 == answer.status_code


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"do": "fly"}, "nobody can do here"),
        ({"do": ["say"]}, "nobody can do here"),
        ({"do": "say", "text": "hi", "as": "nobody"}, "nobody here is called"),
        ({"do": "say", "text": "hi", "in": "nowhere"}, "no channel"),
        ({"do": "say", "text": 7}, "text must be a text"),
        ({"do": "say", "text": "/deploy"}, "/deploy is not a valid command"),
        ({"do": "say", "text": "/anth-triage", "thread": "1.000000"}, "not supported in threads"),
        ({"do": "press", "ts": "1.000000", "action": "x"}, "no message"),
        ({"do": "press", "action": "x"}, "no such modal"),
        ({"do": "press", "action": "x", "home": True}, "no App Home"),
        ({"do": "submit"}, "no such modal"),
        ({"do": "close"}, "no such modal"),
        ({"do": "jump", "seconds": 1e9}, "The clock moves on by one of"),
        ({"do": "jump"}, "The clock moves on by one of"),
        ({"do": "play", "scenario": "../healthy"}, "There is no scenario"),
        ({"do": "edit", "ts": "1.000000", "text": "x"}, "no message"),
        ({"do": "join", "in": "general", "as": "gus"}, "A guest"),
    ],
)
async def test_what_nobody_could_do_is_told(browser: httpx.AsyncClient, asked: dict[str, object], why: str) -> None:
    """The complaint says what is wrong; the server answers as before."""
    what = asked["do"]
    more = {name: value for name, value in asked.items() if name != "do"}
    (problem,) = await do(browser, what, **more)
    assert why in problem
    await look(browser)


async def test_without_the_bot_a_command_fails_as_in_slack(browser: httpx.AsyncClient) -> None:
    """Nobody is connected: the person is told, and a plain message is said all the same."""
    assert ['/anth-triage failed with the error "dispatch_failed"'] == await do(browser, "say", text="/anth-triage")
    assert [] == await do(browser, "say", text="is it down?")
    assert "is it down?" in (await look(browser))["messages"][0]["html"]


async def test_text_of_people_is_never_markup(world: World, browser: httpx.AsyncClient) -> None:
    """Words, names of files and channels are shown as they were written, wherever they stand."""
    await do(browser, "say", text=_HOSTILE)
    world.workspace.channel("ops").topic = _HOSTILE
    world.workspace.add_channel(_HOSTILE, ["lena"])
    shown = await look(browser)
    whole = str(shown)
    assert "<img" not in whole
    assert "<script" not in whole
    assert "&lt;script&gt;" in whole


async def test_a_private_channel_is_seen_by_its_members_only(world: World, browser: httpx.AsyncClient) -> None:
    """Others see neither its name nor its words, and cannot join it."""
    secret = world.workspace.add_channel("secret-plan", ["lena"], private=True)
    assert "secret-plan" in str(await look(browser))
    assert "secret-plan" not in str(await look(browser, **{"as": "ravi"}))
    answer = await browser.get("/screen", params={"as": "ravi", "in": secret.id})
    assert 404 == answer.status_code
    for what in ("join", "say", "react", "press", "message_shortcut"):
        where = {"as": "ravi", "in": secret.id, "ts": "1.000000", "text": "x", "emoji": "eyes"}
        (problem,) = await do(browser, what, **where)
        assert "that ravi can see" in problem


async def test_what_was_typed_stays_when_a_form_comes_back(world: World, browser: httpx.AsyncClient) -> None:
    """A required field left empty is named; what stands in the others is not lost."""
    text = {"type": "plain_text_input", "action_id": "words"}
    label = {"type": "plain_text", "text": "Field"}
    blocks = [
        {"type": "input", "block_id": name, "label": label, "element": {**text, "action_id": name}} for name in "ab"
    ]
    title = {"type": "plain_text", "text": "A form"}
    open_view(
        world.workspace.state,
        world.workspace.lead,
        {"type": "modal", "title": title, "submit": title, "blocks": blocks},
    )
    assert [] == await do(browser, "submit", values={"a": "kept", "b": "", "c": "nobody asks"})
    form = (await look(browser))["form"]["html"]
    assert 'value="kept"' in form
    assert 1 == form.count("Please complete this required field.")


async def test_the_bot_can_be_killed_and_started(browser: httpx.AsyncClient) -> None:
    """The panel shows which it is."""
    assert "Kill it" in (await look(browser))["machine"]
    assert [] == await do(browser, "kill")
    assert "Start it again" in (await look(browser))["machine"]
    assert [] == await do(browser, "start")
    assert "Kill it" in (await look(browser))["machine"]


async def test_a_messages_address_leads_to_its_channel(world: World, browser: httpx.AsyncClient) -> None:
    """Permalinks that the bot posts open on the page, and lead nowhere else."""
    channel = world.workspace.channel("ops").id
    answer = await browser.get(f"/archives/{channel}/p1700000000000000")
    assert (302, f"/?in={channel}") == (answer.status_code, answer.headers["Location"])
    assert 404 == (await browser.get("/archives/https:%2F%2Fevil.example/p1")).status_code
    assert 404 == (await browser.get("/files/F1/../../etc/passwd")).status_code
