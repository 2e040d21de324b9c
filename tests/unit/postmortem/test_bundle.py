"""The support bundle: what support asks for is in it, and whatever people wrote is not."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.incidents.events import (
    Actor,
    Amended,
    Captured,
    ChannelCreated,
    ChannelRenamed,
    Event,
    EvidenceReported,
    Failing,
    KeyReported,
    Noted,
    PostmortemWritten,
    Recorded,
    Reopened,
    Retracted,
    RoleGiven,
    StageSet,
    TaskAdded,
    UpdateSent,
)
from bot.incidents.model import fold
from bot.incidents.words import _free, erased
from bot.postmortem.bundle import Api, Bundle, bundle
from bot.postmortem.context import build
from bot.postmortem.papers import render_bundle
from tests.factories import NOW, answered, opened, resolved, severity_changed
from tests.golden import long, ours, outages, people, scripts
from tests.golden.hostile import hostile_markup
from tests.golden.telling import Told
from tests.quarter import contexts, failing, minutes, on_the_page, stories

GOLDEN = (
    *(outages.three_days, outages.reopened_twice, outages.page_first, outages.page_unreadable),
    *(ours.key_compromise, people.nothing_measured, people.never_resolved, people.mended_words),
    *(scripts.many_scripts, hostile_markup, long.ten_thousand_events),
)
API = Api.at("https://api.anthropic.com", "2026-10-21")


def _text(*story: Event) -> str:
    incident = fold(7, story)
    assert incident is not None
    recorded = [Recorded(seq=seq, at=NOW, event=event) for seq, event in enumerate(story, 1)]
    return render_bundle(build(incident, recorded), API)


def _wordy(said: str, who: Actor) -> list[Event]:
    """Return a timeline with every kind of event in which people write, and these words in each of their fields."""
    by: dict[str, Any] = {"actor": who, "happened_at": NOW}
    parts: dict[str, Any] = dict.fromkeys(_free(PostmortemWritten), said)
    made: list[Event] = [
        opened(**by, title=said, impact=said, affected=said, because=said, rule=None),
        failing(NOW, **on_the_page(NOW + minutes(50), NOW + minutes(41)), checks=(said,), because=said, actor=who),
        ChannelCreated(**by, channel_id="C7", name=said),
        ChannelRenamed(**by, name=said),
        EvidenceReported(**by, said=said, text=said, branch="overloaded"),
        answered(**by, question=said, label=said, reason=said, suggested=said, advice=said, measured_at=NOW),
        severity_changed(**by, reason=said),
        Noted(**by, text=said),
        Captured(**by, author=who, text=said, channel_id="C7", ts="1.5", permalink=said),
        Retracted(**by, seq=9, reason=said),
        UpdateSent(**by, text=said),
        StageSet(**by, before="investigating", after="monitoring", reason=said),
        RoleGiven(**by, role="scribe", to=who),
        TaskAdded(**by, number=1, text=said, owner=who),
        KeyReported(**by, wanted=said, looked_up=False),
        resolved(**by, impact=said, root_cause=said, mitigation=said, action_items=(said,), early=said),
        Reopened(**by, reason=said),
        PostmortemWritten(**by, **parts),
        Amended(**by, seq=1, part="title", text=said, reason=said),
    ]
    return made


def test_every_event_with_words_of_people_is_among_the_wordy_ones() -> None:
    """A kind of event that is added with a free text has to be added to the property below."""
    with_words = {kind for kind in get_args(Event) if _free(kind)}
    assert with_words <= {type(event) for event in _wordy("x", Actor(id="U1", name="x"))}


@given(st.text(min_size=1, max_size=40), st.text(max_size=20))
def test_nothing_that_people_wrote_changes_the_bundle(said: str, name: str) -> None:
    """Whatever stands in free texts, names and channels: the bundle is the same, to the byte."""
    who = Actor(id="U0ANNA0001", name=name)
    assert _text(*_wordy("x", Actor(id="U1", name="y"))) == _text(*_wordy(said, who))


@pytest.mark.parametrize("story", GOLDEN, ids=lambda story: story.__name__)
def test_erasing_every_word_of_an_incident_changes_nothing(story: Callable[[], Told]) -> None:
    """Of incidents that differ in everything, too: three days, no samples, hostile markup, ten thousand events."""
    told = story()
    erased_story = [replace(item, event=erased(item.event)) for item in told.story]
    blank = fold(told.number, (item.event for item in erased_story))
    assert blank is not None
    text = render_bundle(build(told.incident, told.story), API)
    assert text == render_bundle(build(blank, erased_story), API)
    assert len(text) < 4000


def test_what_support_asks_for_is_in_it() -> None:
    """Ids, statuses, models, headers, host, version, moments in UTC, a command, and the page with its times."""
    text = render_bundle(contexts()[0], API)
    for told in (
        "# Failed Claude API requests (INC-1)",
        "- First failure observed: 2026-09-25T02:59:54Z\n- Last failure observed: 2026-09-25T03:59:58Z\n",
        "- API host: api.anthropic.com\n- anthropic-version: 2026-10-21\n",
        "### overloaded: 15 requests",
        "- HTTP status: 529\n- Model: claude-haiku-5-5\n",
        "    req_011C09250300a\n    req_011C09250300b\n",
        "    x-should-retry: true\n",
        '"model":"claude-haiku-5-5"',
        '"$ANTHROPIC_API_KEY"',
        "https://api.anthropic.com/v1/messages",
        "It could be read 4 of 4 times.",
        "- Posted 2026-09-25T03:40:54Z, impact major, gone by 2026-09-25T04:15:00Z:",
        "      2026-09-25T03:55:54Z identified\n",
    ):
        assert told in text
    assert "We look into it" not in text
    assert text == render_bundle(contexts()[0], API)


@pytest.mark.parametrize("story", GOLDEN, ids=lambda story: story.__name__)
def test_it_reads_as_markdown_too(story: Callable[[], Told]) -> None:
    """Headings, lists and code are what they should be; what the provider wrote stays code, whatever it looks like."""
    told = story()
    context = build(told.incident, told.story)
    tokens = MarkdownIt("commonmark").parse(render_bundle(context, API))
    kinds = {token.type for token in tokens} | {inner.type for token in tokens for inner in token.children or ()}
    assert kinds <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text", "softbreak"),
        *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "code_block"),
    }
    codes = "".join(token.content for token in tokens if token.type == "code_block")
    names = [name for leaf in context.failures for name in leaf.request_ids]
    assert [] == [name for name in names if name.startswith("req_") and name not in codes]
    assert "curl --silent" in codes


def test_a_stream_that_broke_is_asked_for_as_a_stream() -> None:
    """The command asks for what failed."""
    text = render_bundle(contexts()[-1], API)
    assert '"stream":true' in text
    assert "The smallest request that streams:" in text
    assert "it had no open incident of the API" in text


def test_without_a_failure_it_says_so() -> None:
    """An incident of which nothing was measured has an honest, short bundle."""
    text = _text(opened())
    for told in ("First failure observed: not observed", "None of our own requests failed.", "It was not asked."):
        assert told in text
    assert '"model":"MODEL"' in text


@pytest.mark.parametrize(
    ("url", "host", "direct"),
    [
        ("https://api.anthropic.com", "api.anthropic.com", True),
        ("https://user:secret@llm.example:8443/team/key", "llm.example:8443", False),
        ("http://[::1]:1", "[::1]:1", False),
    ],
)
def test_of_the_address_only_the_host_is_told(url: str, host: str, *, direct: bool) -> None:
    """A path or a password in it stays here; a gateway is named as one."""
    api = Api.at(url, "1")
    assert (host, direct) == (api.host, api.direct)
    assert ("a gateway of ours" in render_bundle(contexts()[0], api)) is not direct


@pytest.mark.parametrize(
    "change",
    [
        lambda failed: replace(failed, request_ids=("Anna Example", "ACME", "it fails\nfor all")),
        lambda failed: replace(failed, models=("our model'; rm -rf /",)),
        lambda failed: replace(failed, headers=(("x-customer", "ACME"), ("cookie", "Anna Example"))),
    ],
    ids=["ids", "models", "headers"],
)
def test_what_has_another_shape_does_not_come_in(change: Callable[[Failing], Failing]) -> None:
    """Words in the place of an id, commands in that of a model, and headers that are not on the list are left out."""
    first, measured, *_ = stories()[0]
    assert measured.kind == "measured"
    odd = replace(measured, failures=tuple(map(change, measured.failures)))
    text = _text(first, odd)
    assert not {word for word in ("Anna", "ACME", "rm -rf", "it fails", "cookie", "x-customer") if word in text}


def test_the_fields_are_those_of_the_list() -> None:
    """Whoever adds a field to the bundle decides it here as well."""
    assert {
        *("name", "host", "version", "direct", "first_failure_at", "last_failure_at", "failures", "other_request_ids"),
        *("reproduction", "streaming", "page_asked", "page_readable", "page"),
    } == {field.name for field in fields(Bundle)}
    assert "INC-1" == bundle(contexts()[0], API).name
