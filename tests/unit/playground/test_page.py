"""Blocks as HTML: every card and form of ours is shown, styles and mentions as Slack does, and text stays text."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.page.blocks import Unknown, blocks_html, message_html, view_html
from bot.playground.page.mrkdwn import EMOJI, mrkdwn_html
from bot.slack import cards
from bot.slack.cards import blocks as kit
from tests.pictures.cards import MESSAGES, NAMES, VIEWS

_OURS = {
    *("a", "article", "b", "blockquote", "br", "button", "code", "div", "em", "fieldset", "footer", "form", "h1", "h2"),
    *(
        "hr",
        "input",
        "label",
        "legend",
        "option",
        "pre",
        "s",
        "section",
        "select",
        "span",
        "strong",
        "textarea",
        "time",
    ),
}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.found.add(tag)
        self.attributes.update(name for name, _ in attrs)


def _tags(shown: str) -> _Tags:
    tags = _Tags()
    tags.feed(shown)
    return tags


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_is_shown(name: str) -> None:
    """With its buttons, each named for screen readers."""
    message = MESSAGES[name]
    shown = message_html("bot", "3:00", message.blocks, message.text, NAMES)
    assert _tags(shown).found <= _OURS
    assert shown.count("<button") == shown.count("aria-label") - 1


@pytest.mark.parametrize("name", VIEWS)
def test_every_form_is_shown(name: str) -> None:
    """With a field for each input."""
    shown = view_html(VIEWS[name], NAMES)
    assert _tags(shown).found <= _OURS
    inputs = sum(block["type"] == "input" for block in VIEWS[name]["blocks"])
    assert shown.count("<fieldset>") + shown.count('<div class="field">') == inputs


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* and _em_ and ~gone~", "<strong>bold</strong> and <em>em</em> and <s>gone</s>"),
        ("a*b*c snake_case_name", "a*b*c snake_case_name"),
        ("`a *b* &lt;c&gt;`", "<code>a *b* &lt;c&gt;</code>"),
        ("```x\ny```", "<pre>x\ny</pre>"),
        ("&gt; said", "<blockquote>said</blockquote>"),
        (
            "<@U0LEAD0001> in <#C7>",
            '<span class="mention">@lena</span> in <a class="mention" href="/archives/C7">#inc-7-overloaded</a>',
        ),
        ("<https://a.example/x_y_z|a *b*>", '<a href="https://a.example/x_y_z" rel="noreferrer">a *b*</a>'),
        ("*<https://a.example|a> b*", '<strong><a href="https://a.example" rel="noreferrer">a</a> b</strong>'),
        ("<!date^0^{date}|1970>", "<time>1970</time>"),
        (":red_circle: :unknown:", "🔴 :unknown:"),
        ("one\ntwo", "one<br>two"),
    ],
)
def test_mrkdwn_looks_as_in_slack(text: str, shown: str) -> None:
    """Each sign of Slack's own, and nothing inside of words, code and addresses."""
    assert shown == mrkdwn_html(text, NAMES)


@given(st.text(max_size=300))
def test_no_text_becomes_markup_of_the_page(text: str) -> None:
    """Escaped as the cards do it, or raw as a hostile server would send it: no tag and no attribute of theirs."""
    for shown in (kit.safe(text), text):
        tags = _tags(mrkdwn_html(shown, NAMES))
        assert tags.found <= _OURS
        assert tags.attributes <= {"href", "rel", "class"}


def test_what_it_cannot_show_is_told() -> None:
    """A new kind of block is a gap in the page, not a blank."""
    with pytest.raises(Unknown, match="block table"):
        blocks_html([{"type": "table"}], NAMES)


def test_every_emoji_of_a_card_has_a_picture() -> None:
    """What the cards name by :colons: is shown, not spelled out."""
    folder = Path(cards.__file__).parent
    used = {name for file in folder.glob("*.py") for name in re.findall(r":([a-z_]{3,}):", file.read_text("utf-8"))}
    assert set() == used - EMOJI.keys()
