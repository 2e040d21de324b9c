"""The demo in a real browser: the real bot in the stand-in world, as people see and use it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.playground.scenario import scenario_named, scenario_names
from bot.playground.world import World
from bot.slack.cards.triage import FAULT
from tests.browser.visitor import PATIENCE_MS, Visitor
from tests.demo import a_demo
from tests.sim.scale import CHAOS

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(150)]

_NAMELESS = """() => [...document.querySelectorAll("button, a, input, select, textarea, summary")]
    .filter(one => !one.closest("[hidden]"))
    .filter(one => !(one.labels?.length || one.textContent?.trim() || one.getAttribute("aria-label")))
    .map(one => one.outerHTML)"""

Come = Callable[[str], Awaitable[Visitor]]


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path) -> AsyncIterator[World]:
    """Yield the world of a demo of this test's own."""
    async with a_demo(tmp_path) as (world, _):
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def come(demo: World, browser: Browser) -> AsyncIterator[Come]:
    """Yield what opens a window as somebody; whatever a page complains of in its console fails the test."""
    async with windows(demo, browser) as open_one:
        yield open_one


@asynccontextmanager
async def windows(world: World, browser: Browser) -> AsyncIterator[Come]:
    """Open windows of their own, and see at the end that none complained or asked for anything elsewhere."""
    pages: list[Page] = []
    complaints: list[str] = []
    asked: set[str] = set()

    async def come(name: str) -> Visitor:
        page = await browser.new_page(viewport={"width": 1440, "height": 900}, accept_downloads=True)
        pages.append(page)
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.add("/".join(request.url.split("/")[:3])))
        visitor = Visitor(page)
        await visitor.come(world.workspace.url, name)
        return visitor

    yield come
    for page in pages:
        await page.close()
    assert [] == complaints
    assert {world.workspace.url, "data:,"} >= asked


async def test_an_incident_from_the_command_to_the_downloaded_postmortem(come: Come, tmp_path: Path) -> None:
    """Everything that the tour asks for works by what the screen says, and each step of the tour is seen done."""
    lena = await come("lena")
    tour = lena.page.locator("#tour li.done")
    await lena.type("/anth-triage")
    await lena.press("Open incident")
    await expect(tour).to_have_count(2, timeout=PATIENCE_MS)
    await lena.page.locator("#messages a.mention", has_text="inc-1").first.click()
    for answer in ("529", "All of them"):
        await lena.press(answer)
    await lena.press("I take it")
    await expect(tour).to_have_count(3, timeout=PATIENCE_MS)
    await lena.play("All well")
    await lena.press("It works again")
    await lena.see("watch it for a while")
    for seen in ("1 of 3 clean", "2 of 3 clean", "It seems to be over"):
        await lena.jump("+5 min")
        await lena.see(seen)
    await lena.press("Resolve")
    await lena.fill("Impact", "Chat answers failed.")
    await lena.fill("Action items", "Add a fallback model")
    assert [] == await lena.page.evaluate(_NAMELESS)
    await lena.submit()
    await lena.see("Postmortem of INC-1")
    await expect(tour).to_have_count(5, timeout=PATIENCE_MS)
    async with lena.page.expect_download() as waiting:
        await lena.page.get_by_role("link", name="Download").first.click()
    file = await waiting.value
    await file.save_as(tmp_path / "got")
    assert re.fullmatch(r"postmortem-inc-1-[\w-]+\.md", file.suggested_filename)
    assert "Chat answers failed." in (tmp_path / "got").read_text("utf-8")
    await lena.page.locator("#head").get_by_role("button", name="Canvas").click()
    await expect(lena.page.locator("#side-items h2").first).to_contain_text("Incident: Claude API: overloaded")
    assert [] == await lena.page.evaluate(_NAMELESS)


async def test_two_people_press_the_same_button(come: Come) -> None:
    """One incident comes of it, and both windows show it."""
    lena, ravi = await come("lena"), await come("ravi")
    await lena.type("/anth-triage")
    for one in (lena, ravi):
        await one.button("Open incident").wait_for()
    await lena.button("Open incident").evaluate("one => { one.click(); one.click(); }")
    await ravi.button("Open incident").evaluate("one => one.click()")
    for one in (lena, ravi):
        await one.see("INC-1 opened by")
        await expect(one.page.locator("#sidebar").get_by_text("# inc-")).to_have_count(1)


async def test_killed_and_started_again_with_the_page_open(come: Come) -> None:
    """While the bot is dead the page says so; what was acknowledged before goes on by itself."""
    lena = await come("lena")
    await lena.type("/anth-triage")
    await lena.press("Open incident")
    await lena.go("inc-1")
    await lena.button("529").wait_for()
    await lena.press("Resolve")
    await lena.fill("Impact", "All failed.")
    await lena.page.get_by_role("button", name="Kill it").click()
    await expect(lena.page.locator("#machine")).to_contain_text("not running")
    await lena.fill("Why is it over", "customers say so")
    await lena.submit()
    await lena.told("nobody answered")
    assert "All failed." == await lena.page.locator("#form").get_by_label("Impact").input_value()
    await lena.page.keyboard.press("Escape")
    await lena.press("529")
    await lena.told("nobody answered")
    await lena.type("/anth-triage status")
    await lena.told('/anth-triage failed with the error "dispatch_failed"')
    assert "/anth-triage status" == await lena.page.locator("#words").input_value()
    await lena.page.get_by_role("button", name="Start it again").click()
    await expect(lena.page.locator("#machine")).to_contain_text("running, ", timeout=PATIENCE_MS)
    await lena.press("529")
    await lena.see("answered by @lena")


async def test_by_the_keyboard_alone(come: Come) -> None:
    """A command is completed, a form filled in, refused with its reason and closed, and the focus never gets lost."""
    lena = await come("lena")
    keys = lena.page.keyboard
    await lena.page.locator("#words").focus()
    await keys.type("/an")
    await keys.press("Tab")
    await keys.type("op")
    await keys.press("ArrowDown")
    await keys.press("Enter")
    assert "/anth-triage open " == await lena.page.locator("#words").input_value()
    await keys.press("Enter")
    form = lena.page.locator("#form form")
    await form.wait_for()
    await keys.press("Escape")
    await form.wait_for(state="detached")
    await lena.type("/anth-triage evidence")
    await form.wait_for()
    await lena.fill("Failed", "7")
    await lena.fill("Of", "3")
    await keys.press("Enter")
    await expect(form.locator(".error").first).to_be_visible()
    assert "7" == await form.get_by_label("Failed").first.input_value()


async def test_what_slack_would_refuse_is_refused(come: Come) -> None:
    """A command that nobody has, a guest, a channel in which one is not, and a form's empty field."""
    gus = await come("gus")
    await gus.type("/deploy now")
    await gus.told("/deploy is not a valid command")
    await gus.type("/anth-triage")
    await gus.see("Only visible to you")
    await expect(gus.page.locator("#messages")).to_contain_text("guests")
    await expect(gus.page.locator("#sidebar").get_by_text("# general")).to_have_count(1)
    lena = await come("lena")
    await lena.page.get_by_role("button", name="Open Claude incident").first.click()
    await lena.page.locator("#form form").wait_for()
    await lena.submit()
    await expect(lena.page.locator("#form .error").first).to_contain_text("Please complete this required field.")


async def test_messages_threads_reactions_and_shortcuts(come: Come) -> None:
    """People talk, reply, mark, mend and have an error explained; an app's Home shows what is open."""
    lena = await come("lena")
    await lena.type('HTTP 529 {"type":"error","error":{"type":"overloaded_error"}}')
    message = lena.page.locator("#messages .message.own").last
    await message.get_by_role("button", name="React with eyes").click()
    await expect(message.locator(".reaction")).to_have_attribute("aria-pressed", "true")
    await message.locator(".reaction").click()
    await expect(message.locator(".reaction")).to_have_count(0)
    await message.get_by_role("button", name="Reply in thread").click()
    await lena.page.locator("#reply-words").fill("seen in eu too")
    await lena.page.locator("#reply-words").press("Enter")
    await expect(message.get_by_role("button", name="1 reply")).to_be_visible()
    await message.locator("summary").click()
    await message.get_by_role("button", name="Edit message").click()
    await lena.page.get_by_label("The message; Enter saves").fill("it was a 529")
    await lena.page.keyboard.press("Enter")
    await expect(message).to_contain_text("it was a 529 (edited)")
    await message.locator("summary").click()
    await message.get_by_role("button", name="Explain this error").click()
    await expect(lena.page.locator("#form h1")).to_contain_text("What this error means", timeout=PATIENCE_MS)
    await lena.page.keyboard.press("Escape")
    await expect(lena.page.locator("#form form")).to_have_count(0)
    await lena.page.locator("#sidebar").get_by_role("button", name="Home").click()
    await expect(lena.page.locator(".home")).to_contain_text("incident", timeout=PATIENCE_MS)


async def test_a_leaked_key_is_found_and_made_inactive_by_two(demo: World, come: Come) -> None:
    """The panel's key is warned of where it was pasted; lena asks, ravi joins and confirms, and it is inactive."""
    lena, ravi = await come("lena"), await come("ravi")
    await lena.play("All well")
    await lena.page.get_by_role("button", name="Write it into the message").click()
    await lena.page.locator("#words").press("Enter")
    await lena.press("Begin the key procedure")
    await expect(lena.page.locator("#sidebar").get_by_text("# inc-1")).to_be_visible(timeout=PATIENCE_MS)
    await lena.go("inc-1")
    await ravi.go("inc-1")
    await ravi.page.get_by_role("button", name="Join #inc-1").click()
    await expect(ravi.page.locator("#words")).to_be_visible()
    await lena.press("Make it inactive")
    await lena.submit()
    await ravi.press("Confirm")
    await ravi.page.locator("#sure").get_by_role("button", name="Make it inactive").click()
    await lena.see("inactive")
    assert demo.provider.keys.leaked not in str(await lena.page.locator("#messages").inner_text())


async def test_a_long_answer_shows_its_beginning(come: Come) -> None:
    """The verdict's first line is in sight when it has come, and one's own message brings one back to the newest."""
    lena = await come("lena")
    await lena.page.set_viewport_size({"width": 1280, "height": 600})
    await lena.type("/anth-triage")
    await lena.button("Open incident").wait_for()
    await expect(lena.page.locator("#messages h2").last).to_be_in_viewport()
    await lena.page.locator("#messages").evaluate("one => { one.scrollTop = 0; }")
    await lena.type("is it us?")
    await expect(lena.page.locator("#messages .message").last).to_be_in_viewport()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Yield a world whose provider goes from one state to the next."""
    async with a_demo(tmp_path_factory.mktemp("demo")) as (world, _):
        yield world


@pytest.mark.parametrize("name", scenario_names() if CHAOS > 1 else scenario_names()[::3])
async def test_the_panel_keeps_its_promise(one_demo: World, browser: Browser, name: str) -> None:
    """The provider's state is set on the page, and the verdict reads as the panel says that it should."""
    scenario = scenario_named(name)
    assert scenario.expect is not None
    async with windows(one_demo, browser) as come:
        lena = await come("lena")
        told = lena.page.locator("#messages .message:has(h2:text-is('Claude API triage'))")
        before = await told.count()
        await lena.play(scenario.title)
        await expect(lena.page.locator("#provider .now")).to_have_text(scenario.steps[0].says or scenario.description)
        await lena.type("/anth-triage")
        await expect(told).to_have_count(before + 1, timeout=60_000)
        verdict = await told.last.locator("strong").first.inner_text()
        if scenario.expect.severity == "none":
            assert "No incident measured" == verdict
            return
        fault = scenario.expect.fault
        branch = (scenario.expect.branch or "").replace("_", " ")
        for wanted in (scenario.expect.severity, f"fault: {FAULT[fault] if fault else ''}", branch):
            assert wanted in verdict
