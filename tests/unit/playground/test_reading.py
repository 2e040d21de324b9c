"""Blocks read as a person reads them."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.playground.reading import plain, read_block, read_message, read_view

Json = dict[str, Any]


@dataclass
class Message:
    """What is read."""

    text: str
    blocks: list[Json] = field(default_factory=list)


@dataclass
class View:
    """What is read."""

    body: Json
    errors: dict[str, str] = field(default_factory=dict)


def text(words: str) -> Json:
    """Return a text object."""
    return {"type": "mrkdwn", "text": words}


BUTTON = {"type": "button", "text": text("Open")}
OPTIONS = [{"text": text("P1"), "value": "1"}, {"text": text("P2"), "value": "2"}]
RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "see "},
                {"type": "user", "user_id": "U1"},
                {"type": "emoji", "name": "eyes"},
                {"type": "link", "url": "https://x.example"},
            ],
        },
        {"type": "rich_text_list", "elements": [{"type": "rich_text_section", "elements": [text("one")]}]},
    ],
}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "header", "text": text("Overloaded")}, "# Overloaded"),
        (
            {"type": "section", "text": text("a"), "fields": [text("*S*\nP1")], "accessory": BUTTON},
            "a\n*S* P1\n[ Open ]",
        ),
        ({"type": "context", "elements": [text("a"), {"type": "image", "alt_text": "logo"}]}, "a | (logo)"),
        ({"type": "divider"}, "---"),
        (
            {"type": "actions", "elements": [BUTTON, {"type": "overflow", "options": OPTIONS}]},
            "[ Open ] [ ... P1 / P2 ]",
        ),
        (
            {
                "type": "actions",
                "elements": [{"type": "static_select", "options": OPTIONS, "initial_option": OPTIONS[1]}],
            },
            "[ P2 v ] (P1 / P2)",
        ),
        (
            {
                "type": "input",
                "label": text("What?"),
                "optional": True,
                "hint": text("one line"),
                "element": {"type": "plain_text_input", "initial_value": "so"},
            },
            "What? (optional): [ so ]\n  one line",
        ),
        (
            {
                "type": "plan",
                "title": "Triage",
                "tasks": [
                    {"title": "Ask", "status": "complete", "output": RICH["elements"][1]},
                    {"title": "Wait", "status": "pending"},
                ],
            },
            "Triage\n[x] Ask\n    - one\n[ ] Wait",
        ),
        ({"type": "task_card", "title": "Ask", "status": "error"}, "[!] Ask"),
        (
            {"type": "table", "rows": [[text("check"), text("ms")], [text("ok"), {"type": "raw_number", "value": 7}]]},
            "check | ms\nok    | 7",
        ),
        (RICH, "see <@U1>:eyes:https://x.example\n- one"),
        ({"type": "alert", "level": "warning", "text": text("Careful.")}, "(warning) Careful."),
        ({"type": "container", "title": text("More"), "child_blocks": [{"type": "divider"}]}, "More\n  ---"),
        ({"type": "card", "title": text("INC-1"), "actions": [BUTTON]}, "INC-1\n[ Open ]"),
        ({"type": "data_table"}, "(data_table)"),
    ],
)
def test_each_block_reads_as_it_looks(block: Json, expected: str) -> None:
    """Headers, fields, buttons, menus, inputs, plans, tables and the rest."""
    assert expected == read_block(block)


def test_mentions_and_links_are_resolved_and_escapes_undone() -> None:
    """Names come from the given function, labels win for groups, emoji codes stay."""
    names = {"U1": "lena", "C1": "ops"}
    said = "<@U1> in <#C1|old>: <https://x.example|status> <!here> <!subteam^S1|@oncall> 1 &lt; 2 &amp;&amp; :fire:"
    assert "@lena in #ops: status (https://x.example) @here @oncall 1 < 2 && :fire:" == plain(said, names.__getitem__)
    assert "@U1" == plain("<@U1>")


def test_a_message_without_blocks_reads_as_its_text() -> None:
    """With blocks the text beside them is not shown."""
    assert "hello" == read_message(Message("hello"))
    assert "# Title" == read_message(Message("hello", [{"type": "header", "text": text("Title")}]))


def test_a_view_shows_errors_under_their_inputs_and_its_buttons() -> None:
    """Title, blocks, the error and the two buttons, in the order of the screen."""
    question = {"type": "input", "block_id": "q", "label": text("What?"), "element": {"type": "plain_text_input"}}
    body = {"title": text("Report"), "submit": text("Send"), "close": text("Cancel"), "blocks": [question]}
    expected = "== Report ==\nWhat?: [  ]\n! Say more.\n[ Send ] [ Cancel ]"
    assert expected == read_view(View(body, {"q": "Say more."}))
