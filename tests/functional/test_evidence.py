"""What people say of production is stored, weighed by the next verdict, and put on the incident's timeline."""

import pytest

from bot.incidents.events import EvidenceReported
from bot.playground.scenario import scenario_names
from tests.scene import Scene

KEY = "sk-ant-api03-" + "a1B2" * 8
OVERLOAD = "Error code: 529 - {'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}}"


async def _tell(desk: Scene, user: str, **answers: str | int) -> None:
    await desk.until(lambda: desk.slack.view(user))
    await desk.slack.submit(user, answers)


@pytest.mark.parametrize("scenario", ["healthy"])
async def test_clean_probes_do_not_clear_production(desk: Scene) -> None:
    """The bot's own probes pass, production's numbers say otherwise, and the verdict follows production."""
    calm = await desk.verdict()
    assert "No incident measured" in desk.slack.read(calm)
    await desk.slack.press(desk.lena, "#ops", calm.ts, label="Tell what production sees")
    await _tell(desk, desk.lena, failed="120", total="120", text=OVERLOAD, changed="nothing")
    await desk.until(lambda: desk.whispered(desk.lena, "Noted: errors: 120 of 120 requests failed (overloaded)"))
    verdict = await desk.see("#ops", "P1")
    read = desk.slack.read(verdict)
    for part in ("theirs", "overloaded", "lena reported", "120 of 120", "Changed before it: nothing"):
        assert part in read
    assert "No incident measured" not in read


@pytest.mark.parametrize("scenario", ["healthy"])
async def test_the_verb_opens_the_form_with_the_error_in_it(desk: Scene) -> None:
    """Whoever has an error at hand types it behind the verb and need not paste it again."""
    await desk.slack.command(desk.lena, "#ops", f"evidence {OVERLOAD}")
    view = await desk.until(lambda: desk.slack.view(desk.lena))
    assert OVERLOAD in str(view.blocks)
    await desk.slack.submit(desk.lena, {"failed": "3", "total": "100"})
    verdict = await desk.see("#ops", "P3")
    assert "3 of 100" in desk.slack.read(verdict)


@pytest.mark.parametrize("scenario", ["healthy"])
async def test_impossible_numbers_are_told_in_the_form(desk: Scene) -> None:
    """The form stays open and says what cannot be; nothing is stored."""
    await desk.slack.command(desk.lena, "#ops", "evidence")
    await _tell(desk, desk.lena, failed="5", total="3")
    view = await desk.until(lambda: desk.slack.view(desk.lena))
    assert "cannot be" in str(view.errors)
    assert desk.with_text("#ops", "Claude API triage") is None


@pytest.mark.parametrize("scenario", ["healthy"])
async def test_a_compromised_key_is_p1_whatever_the_probes_say(desk: Scene) -> None:
    """Nobody has to measure a stolen key first."""
    await desk.slack.command(desk.lena, "#ops", "evidence")
    await _tell(desk, desk.lena, kind="compromise", text=f"found {KEY} in a public repository")
    read = desk.slack.read(await desk.see("#ops", "P1"))
    assert "in the wrong hands" in read
    assert KEY not in read


async def test_it_stands_on_the_incident_s_timeline(desk: Scene) -> None:
    """In an incident's channel the report is a fact of the incident, its key removed before it was written."""
    channel = await desk.opened()
    await desk.slack.command(desk.lena, f"#{channel}", "evidence")
    await _tell(desk, desk.lena, failed="9", total="10", text=f"{OVERLOAD} x-api-key: {KEY}", changed="deploy 7")
    await desk.see(channel, "9 of 10")
    _, story = await desk.record()
    (event,) = [item.event for item in story if isinstance(item.event, EvidenceReported)]
    assert "errors: 9 of 10 requests failed (overloaded). Changed before it: deploy 7" == event.said
    assert "overloaded_error" in event.text
    assert KEY not in event.text


@pytest.mark.parametrize("scenario", ["hanging"])
async def test_overdue_checks_do_not_hold_the_verdict_back(desk: Scene) -> None:
    """While probes still hang, the card says what shows so far; the verdict replaces it."""
    await desk.slack.command(desk.lena, "#ops")
    so_far = await desk.see("#ops", "So far:")
    assert "(provisional)" in desk.slack.read(so_far)
    verdict = await desk.see("#ops", "[ Open incident ]")
    assert verdict.ts == so_far.ts
    assert "So far:" not in desk.slack.read(verdict)


def test_the_scenarios_of_this_file_exist() -> None:
    """A renamed scenario fails here with a clear word."""
    assert {"healthy", "hanging"} <= set(scenario_names())
