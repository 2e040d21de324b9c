"""What people wrote is read back from what Slack makes of it."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.written import as_written, message_text


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        ('{"type":"error","a":"&lt;b&gt; &amp; c"}', '{"type":"error","a":"<b> & c"}'),
        ("POST <https://api.anthropic.com/v1/messages> 529", "POST https://api.anthropic.com/v1/messages 529"),
        ("at <http://api.anthropic.com|api.anthropic.com>", "at api.anthropic.com"),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<@U0LEAD0001|lena> and <@U0RAVI0001>", "@lena and @U0RAVI0001"),
        ("<#C0OPS00001|ops> <!here> <!subteam^S1|@oncall>", "#ops @here @oncall"),
        ("since <!date^1764000000^{date}|yesterday>", "since yesterday"),
        ("&amp;lt; stays escaped once", "&lt; stays escaped once"),
        ("<html><!DOCTYPE html><a b='c'>", "<html><!DOCTYPE html><a b='c'>"),
    ],
)
def test_tags_and_escapes_are_taken_back(sent: str, typed: str) -> None:
    """A link reads as its words, a mention as a name, an escape as its character; foreign markup stays."""
    assert typed == as_written(sent)


@given(st.text(max_size=200))
def test_any_text_survives_the_escape(text: str) -> None:
    """What Slack escapes comes back letter by letter."""
    assert text == as_written(html.escape(text, quote=False))


MRKDWN = {"type": "mrkdwn", "text": "HTTP 529"}
RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "got "},
                {"type": "text", "text": "529", "style": {"bold": True}},
                {"type": "link", "url": "https://a.example"},
            ],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "overloaded_error"}]},
    ],
}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "HTTP 529 &amp; more", "blocks": [RICH]}, "HTTP 529 & more"),
        ({"text": "", "blocks": [RICH]}, "got 529https://a.example\noverloaded_error"),
        ({"blocks": [{"type": "section", "text": MRKDWN, "fields": [MRKDWN]}]}, "HTTP 529\nHTTP 529"),
        ({"text": "Alert", "attachments": [{"title": "api", "text": "HTTP 529"}]}, "Alert\napi\nHTTP 529"),
        ({"text": "", "attachments": [{"fields": [{"title": "status", "value": "529"}]}]}, "status\n529"),
        ({"text": "", "attachments": [{"blocks": [{"type": "section", "text": MRKDWN}]}]}, "HTTP 529"),
        ({"text": "", "attachments": [{"fallback": "HTTP 529", "color": "danger"}]}, "HTTP 529"),
        ({"text": "  ", "blocks": [{"type": "divider"}], "attachments": None}, ""),
        ({"files": [{"name": "error.png"}]}, ""),
    ],
)
def test_the_text_of_a_message_is_found_where_it_stands(message: dict[str, object], text: str) -> None:
    """People write text; monitoring tools put it into blocks, attachments and their fields."""
    assert text == message_text(message)
