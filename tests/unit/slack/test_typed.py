"""What people type behind a verb is read as they mean it."""

from datetime import date, timedelta

import pytest

from bot.errors import BadInput
from bot.incidents.events import Actor
from bot.slack.typed import happened_at, named, person, task_of, tick
from tests.factories import NOW  # 03:00 UTC

RAVI = Actor(id="U0RAVI0001", name="ravi")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", (None, "")),
        ("INC-7", (7, "")),
        ("7", (None, "7")),
        ("inc-7 it calms down", (7, "it calms down")),
        ("7 pods restarted", (None, "7 pods restarted")),
        ("INC- 7", (None, "INC- 7")),
    ],
)
def test_an_incident_is_named_first(text: str, read: tuple[int | None, str]) -> None:
    """By its whole name: a bare number is a note, a task, an entry."""
    assert read == named(text)


def test_a_bare_number_is_a_name_where_nothing_else_may_stand() -> None:
    """`ack 7` can mean nothing else; what follows is told as no part of a name."""
    assert (7, "") == named("7", alone=True)
    assert (7, "now") == named("7 now", alone=True)


@pytest.mark.parametrize(
    ("text", "minutes", "rest"),
    [
        ("10m ago: we failed over", 10, "we failed over"),
        ("2 h ago restarted", 120, "restarted"),
        ("at 02:30 the first 529", 30, "the first 529"),
        ("at 23:00 UTC, deploy", 240, "deploy"),
        ("at noon we failed over", None, "at noon we failed over"),
        ("10 minutes ago we failed over", 10, "we failed over"),
        ("1 hour ago: restarted", 60, "restarted"),
        ("2 days ago the deploy", 2 * 24 * 60, "the deploy"),
        ("at 25:00 x", None, "at 25:00 x"),
    ],
)
def test_a_moment_may_stand_first(text: str, minutes: int | None, rest: str) -> None:
    """Spans count back from now; a time of day is the last one that has been, in UTC; other words stay words."""
    at, said = happened_at(text, NOW)
    assert (None if minutes is None else NOW - timedelta(minutes=minutes), rest) == (at, said)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("call them", (None, None, "call them")),
        ("call them <@U0RAVI0001|ravi>", (RAVI, None, "call them")),
        ("call them by 2026-12-01 <@U0RAVI0001|ravi>", (RAVI, date(2026, 12, 1), "call them")),
        ("call <@U0LENA0001|lena> by 2026-12-01", (Actor(id="U0LENA0001", name="lena"), date(2026, 12, 1), "call")),
        ("ask <@U0RAVI0001> first", (None, None, "ask @U0RAVI0001 first")),
        ("done by noon", (None, None, "done by noon")),
        ("a &lt;b&gt; by 2026-12-01", (None, date(2026, 12, 1), "a <b>")),
    ],
)
def test_a_task_ends_with_whom_and_when(text: str, read: tuple[Actor | None, date | None, str]) -> None:
    """Only a mention and a day at the end say who and when; elsewhere they are words."""
    owner, due, said = task_of(text)
    assert read == (owner, due, said.strip())


def test_a_day_that_is_none_is_told() -> None:
    """The 31st of November is asked for again."""
    with pytest.raises(BadInput, match="There is no such day"):
        task_of("x by 2026-11-31")


def test_a_task_is_ticked_by_its_number() -> None:
    """Words that begin alike are a new task."""
    assert ((3, True), (3, False)) == (tick("done 3"), tick("UNDO 3"))
    assert [None, None] == [tick(text) for text in ("done", "done 1234")]


@pytest.mark.parametrize("text", ["ravi", "@ravi", "<@B0BOT00001>", "<@U1|x> <@U2|y>", "<!channel>"])
def test_a_person_is_a_mention(text: str) -> None:
    """A name alone could be anybody's; bots and groups have no roles."""
    with pytest.raises(BadInput, match="no person"):
        person(text)
    assert RAVI == person(" <@U0RAVI0001|ravi> ")


@pytest.mark.parametrize("text", ["5 fortnights ago x", "30 seconds ago x"])
def test_an_unknown_span_is_asked_about(text: str) -> None:
    """It would else be a note of now that says something else."""
    with pytest.raises(BadInput, match="10m ago"):
        happened_at(text, NOW)


def test_what_stands_behind_a_ticked_task_is_not_lost() -> None:
    """It is told where that goes."""
    with pytest.raises(BadInput, match="marks task 1"):
        tick("done 1 thanks")
    assert tick("done with it") is None
