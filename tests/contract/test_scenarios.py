"""Scenarios: the files that come with the playground, the reader's strictness, and their reference page."""

import re
from pathlib import Path

import pytest

from bot.errors import BadInput, BadRules
from bot.playground.provider.api import ANSWERS
from bot.playground.provider.story import Limits, Page
from bot.playground.scenario import accepted_keys, read_scenario, scenario_named, scenario_names
from tests.provider_client import HAIKU, SONNET, asking

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "scenarios.md"
PROMISED = {
    "auth_outage",
    "credit",
    "edge_block",
    "hanging",
    "healthy",
    "key_revoked",
    "model_retired",
    "network_gone",
    "one_model_down",
    "outage_500",
    "overloaded_storm",
    "partial_errors",
    "rate_limited",
    "recovery",
    "slow",
    "spend_cap",
    "status_red",
    "status_unreadable",
    "stream_cut",
}
HEAD = 'title = "T"\ndescription = "D."\n'


def problems_of(text: str) -> str:
    """Return what the reader says against this text."""
    with pytest.raises(BadRules) as caught:
        read_scenario("mine", text)
    return caught.value.user_message


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_says_what_it_shows_and_what_to_expect(name: str) -> None:
    """A scenario has a title, one sentence, and in each step words and an expectation."""
    scenario = scenario_named(name)
    assert scenario.title
    assert re.fullmatch(r"[A-Z][^\n]*[^.]\.", scenario.description)
    for step in scenario.steps:
        assert step.says
        assert step.expect is not None
        assert (step.expect.severity == "none") == (step.expect.fault is None)


def test_the_promised_scenarios_are_there() -> None:
    """Each of the stories that the demo and the tests count on has its file."""
    assert set() == PROMISED - set(scenario_names())


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("healthy", 200),
        ("overloaded_storm", 529),
        ("outage_500", 500),
        ("rate_limited", 429),
        ("spend_cap", 429),
        ("credit", 400),
        ("key_revoked", 401),
        ("edge_block", 403),
        ("auth_outage", 401),
        ("model_retired", 404),
        ("one_model_down", 529),
        ("status_red", 200),
        ("low_headroom", 200),
        ("model_deprecated", 200),
    ],
)
async def test_a_scenario_answers_as_it_says(name: str, status: int) -> None:
    """A Messages call for the model that the scenario is about gets the status of its title."""
    async with asking(scenario_named(name)) as ask:
        assert status == (await ask.message(SONNET)).status_code


@pytest.mark.parametrize("name", ["one_model_down", "model_retired"])
async def test_the_other_model_goes_on_working(name: str) -> None:
    """In the stories of one model the other one answers."""
    async with asking(scenario_named(name)) as ask:
        assert 200 == (await ask.message(HAIKU)).status_code


async def test_one_call_in_twenty_fails_with_partial_errors() -> None:
    """The share of failures is exact, so that the expected severity always holds."""
    async with asking(scenario_named("partial_errors")) as ask:
        statuses = [(await ask.message()).status_code for _ in range(40)]
    assert [0, 20] == [index for index, status in enumerate(statuses) if status == 500]


def test_a_step_replaces_what_holds_for_the_provider() -> None:
    """Conditions of [provider] hold in every step that does not name them, and only a step's own are replaced."""
    story = read_scenario(
        "mine",
        HEAD + "[provider]\nlatency_s = 2\nlimits = {load = 0.5}\n"
        "[[step]]\nat_s = 0\nlatency_s = 1\n[[step]]\nat_s = 5\nlimits = {requests_per_minute = 3}\n",
    )
    assert [(1.0, Limits(load=0.5)), (2.0, Limits(requests_per_minute=3))] == [
        (step.latency_s, step.limits) for step in story.steps
    ]


def test_a_scenario_of_the_reference_page_can_be_played() -> None:
    """The example on the reference page is a scenario."""
    example = re.search(r"```toml\n(.*?)```", REFERENCE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    story = read_scenario("example", example[1])
    assert [0.0, 480.0] == [step.at_s for step in story.steps]
    assert Page() == story.steps[1].page


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "title: missing"),
        (HEAD + "color = 1\n[[step]]\nat_s = 0", "color: unknown key"),
        (HEAD + "step = 7", "step: 7 is not a list"),
        (HEAD + "step = [7]", "step[1]: 7 is not a table"),
        (HEAD + "step = []", "step[1].at_s: a story begins at 0"),
        (HEAD + "[[step]]\nat_s = 5", "step[1].at_s: a story begins at 0"),
        (HEAD + "[[step]]\nat_s = 0\n[[step]]\nat_s = 0", "step[2].at_s: not after the step before"),
        (HEAD + "[[step]]\nsays = 'x'", "step[1].at_s: missing"),
        (HEAD + "[[step]]\nat_s = true", "step[1].at_s: True is not a number"),
        (HEAD + "[[step]]\nat_s = 0\nreachable = 1", "step[1].reachable: 1 is not true or false"),
        (HEAD + "[[step]]\nat_s = 0\nkey = 'lost'", "step[1].key: 'lost' is not one of active, revoked, any"),
        (HEAD + "[[step]]\nat_s = 0\nkey = ['active']", "step[1].key: ['active'] is not one of"),
        (HEAD + "[[step]]\nat_s = 0\nmodels = ['gpt']", "step[1].models: 'gpt' is not one of"),
        (HEAD + "[[step]]\nat_s = 0\nlatency_s = -1", "step[1].latency_s: less than 0"),
        (HEAD + "[[step]]\nat_s = 0\nlatency_s = nan", "step[1].latency_s: nan is not a number"),
        (HEAD + "[[step]]\nat_s = 0\nlimits = {load = 2}", "step[1].limits.load: not between 0 and 1"),
        (HEAD + "[[step]]\nat_s = 0\nlimits = {requests_per_minute = 0}", "step[1].limits: less than 1 a minute"),
        (HEAD + "[[step]]\nat_s = 0\nfaults = [{}]", "step[1].faults[1].answer: missing"),
        (HEAD + "[[step]]\nat_s = 0\nfaults = [{answer = 'x'}]", "step[1].faults.answer: 'x' is not one of"),
        (HEAD + "[[step]]\nat_s = 0\nfaults = [{answer = 'cut', share = 0}]", "step[1].faults.share: not above 0"),
        (
            HEAD + "[[step]]\nat_s = 0\npage = {components = {apo = 'operational'}}",
            "components: key: 'apo' is not one of",
        ),
        (HEAD + "[[step]]\nat_s = 0\npage = {components = {api = 'red'}}", "components.api: 'red' is not one of"),
        (HEAD + "[[step]]\nat_s = 0\nexpect = {severity = 'P0'}", "step[1].expect.severity: 'P0' is not one of"),
        (HEAD + "[provider]\nat_s = 0\n[[step]]\nat_s = 0", "provider.at_s: unknown key"),
        ("title = ", "is no TOML"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(text: str, problem: str) -> None:
    """A mistake in a scenario is refused with the place and the reason."""
    assert problem in problems_of(text)


def test_all_problems_are_told_at_once() -> None:
    """Whoever writes a scenario mends it in one go."""
    said = problems_of("title = 1\n[[step]]\nat_s = 0\nlatency_s = 'long'\nkey = 'lost'\n")
    for problem in ("title:", "description: missing", "step[1].latency_s:", "step[1].key:"):
        assert problem in said


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """A wrong name, also one that looks like a path, gets the list to choose from."""
    with pytest.raises(BadInput) as caught:
        scenario_named("../scenarios/healthy")
    assert "overloaded_storm" in caught.value.hint


@pytest.mark.parametrize("word", sorted({*accepted_keys(), *ANSWERS, *scenario_names()}))
def test_the_reference_page_names_every_key_answer_and_scenario(word: str) -> None:
    """What the reader accepts and what can be played is on the page, in code quotes."""
    assert f"`{word}`" in REFERENCE.read_text(encoding="utf-8")
