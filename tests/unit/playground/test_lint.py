"""The Block Kit lint finds what Slack refuses and lets good cards pass."""

from typing import Any

import pytest

from bot.playground.lint import characters, lint_message, lint_view, message_problems

Json = dict[str, Any]


def plain(text: str) -> Json:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    """Return a mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def section(**more: object) -> Json:
    """Return a section that says something."""
    return {"type": "section", "text": marked("x"), **more}


def button(**more: object) -> Json:
    """Return a button."""
    return {"type": "button", "action_id": "a", "text": plain("Go"), **more}


def actions(*elements: Json, **more: object) -> Json:
    """Return a row of elements."""
    return {"type": "actions", "elements": list(elements), **more}


def option(text: str = "One", value: str = "1") -> Json:
    """Return an option."""
    return {"text": plain(text), "value": value}


def select(**more: object) -> Json:
    """Return a menu."""
    return {"type": "static_select", "action_id": "s", "placeholder": plain("Choose"), "options": [option()], **more}


def question(**more: object) -> Json:
    """Return an input block."""
    element = {"type": "plain_text_input", "action_id": "text"}
    return {"type": "input", "label": plain("What?"), "element": element, **more}


def modal(*blocks: Json, **more: object) -> Json:
    """Return a modal."""
    return {
        "type": "modal",
        "title": plain("Title"),
        "submit": plain("Send"),
        "blocks": list(blocks) or [section()],
    } | more


def task(status: str) -> Json:
    """Return one task of a plan."""
    return {"type": "task_card", "task_id": status, "title": "Ask", "status": status}


GOOD_MESSAGE: list[Json] = [
    {"type": "header", "text": plain("Claude API: overloaded")},
    section(fields=[marked("*Severity*\nP1"), marked("*Fault*\ntheirs")]),
    {
        "type": "context",
        "elements": [
            marked("measured at 10:15"),
            {"type": "image", "image_url": "https://x.example/i.png", "alt_text": "i"},
        ],
    },
    {"type": "divider"},
    {"type": "plan", "title": "Triage", "tasks": [task("complete"), task("in_progress")]},
    {"type": "table", "rows": [[{"type": "raw_text", "text": "check"}, {"type": "raw_text", "text": "result"}]]},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]},
    {"type": "container", "title": plain("Evidence"), "child_blocks": [section()], "is_collapsible": True},
    {"type": "data_table", "anything": "goes"},
    actions(
        button(style="primary", value="INC-1", accessibility_label="Open it"),
        button(
            action_id="b",
            confirm={"title": plain("Sure?"), "text": plain("It ends."), "confirm": plain("Yes"), "deny": plain("No")},
        ),
        {"type": "overflow", "action_id": "c", "options": [option()]},
        select(initial_option=option()),
        {"type": "users_select", "action_id": "e", "placeholder": plain("Lead")},
    ),
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "f",
                "positive_button": {"text": plain("Good"), "value": "1"},
                "negative_button": {"text": plain("Bad"), "value": "0"},
            }
        ],
    },
    {"type": "markdown", "text": "**bold**"},
]

GOOD_VIEW = modal(
    {"type": "alert", "text": marked("Careful."), "level": "warning"},
    question(block_id="q", hint=plain("One line."), optional=True),
    question(block_id="r", element={"type": "checkboxes", "action_id": "c", "options": [option()]}),
    question(block_id="s", element={"type": "datetimepicker", "action_id": "d"}),
    callback_id="report",
    private_metadata="INC-1",
    close=plain("Cancel"),
    notify_on_close=True,
)


def test_good_cards_pass() -> None:
    """No false alarm on a card with every kind of block that we use, nor on a form."""
    assert [] == lint_message(GOOD_MESSAGE, "Claude API: overloaded")
    assert [] == lint_view(GOOD_VIEW)
    assert [] == lint_view({"type": "home", "blocks": [section()]})


BAD_BLOCKS: dict[str, list[Json]] = {
    "long header": [{"type": "header", "text": plain("x" * 151)}],
    "long section": [section(text=marked("x" * 3001))],
    "eleven fields": [section(fields=[marked("x")] * 11)],
    "26 actions": [actions(*(button(action_id=str(number)) for number in range(26)))],
    "long button": [actions(button(text=plain("x" * 76)))],
    "long value": [actions(button(value="x" * 2001))],
    "long block_id": [section(block_id="x" * 256)],
    "eleven context elements": [{"type": "context", "elements": [marked("x")] * 11}],
    "six overflow options": [
        actions({"type": "overflow", "action_id": "a", "options": [option(str(n), str(n)) for n in range(6)]})
    ],
    "section without text": [{"type": "section"}],
    "unknown block": [{"type": "marquee", "text": plain("x")}],
    "block without type": [{"text": plain("x")}],
    "unknown style": [actions(button(style="loud"))],
    "confirm without text": [
        actions(button(confirm={"title": plain("Sure?"), "confirm": plain("Yes"), "deny": plain("No")}))
    ],
    "image without alt_text": [{"type": "image", "image_url": "https://x.example/i.png"}],
    "input without label": [{"type": "input", "element": {"type": "plain_text_input", "action_id": "t"}}],
    "mrkdwn as header": [{"type": "header", "text": marked("x")}],
    "mrkdwn on a button": [actions(button(text=marked("x")))],
    "unknown field": [section(colour="red")],
    "unknown field of a button": [actions(button(colour="red"))],
    "unknown field of a text": [section(text={**marked("x"), "bold": True})],
    "51 blocks": [section()] * 51,
    "empty text": [section(text=marked(""))],
    "blank text": [section(text=marked(" "))],
    "long field": [section(fields=[marked("x" * 2001)])],
    "two equal action_ids": [actions(button(), button())],
    "two equal block_ids": [section(block_id="b"), section(block_id="b")],
    "equal block_id inside": [
        section(block_id="b"),
        {"type": "container", "title": plain("t"), "child_blocks": [section(block_id="b")]},
    ],
    "no options": [actions(select(options=[]))],
    "long option": [actions(select(options=[option("x" * 76)]))],
    "long option value": [actions(select(options=[option(value="x" * 151)]))],
    "foreign initial option": [actions(select(initial_option=option("Two", "2")))],
    "eleven radio buttons": [
        actions({"type": "radio_buttons", "action_id": "r", "options": [option(str(n), str(n)) for n in range(11)]})
    ],
    "plan and task_card": [{"type": "plan", "title": "t", "tasks": [task("pending")]}, task("pending")],
    "task completed": [{"type": "plan", "title": "t", "tasks": [task("completed")]}],
    "alert in a message": [{"type": "alert", "text": marked("x")}],
    "bad block in a container": [
        {"type": "container", "title": plain("t"), "child_blocks": [{"type": "header", "text": marked("x")}]}
    ],
    "eleven in a container": [{"type": "container", "title": plain("t"), "child_blocks": [section()] * 11}],
    "101 rows": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101}],
    "21 cells": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]}],
    "long table": [{"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 5001}]] * 2}],
}


@pytest.mark.parametrize("blocks", BAD_BLOCKS.values(), ids=BAD_BLOCKS.keys())
def test_bad_blocks_are_found(blocks: list[Json]) -> None:
    """Each payload that Slack refuses has at least one problem."""
    assert [] != message_problems(blocks)


BAD_VIEWS: dict[str, Json] = {
    "long title": modal(title=plain("x" * 25)),
    "mrkdwn title": modal(title=marked("x")),
    "no title": {"type": "modal", "blocks": [section()]},
    "101 blocks": modal(*[section()] * 101),
    "long private_metadata": modal(private_metadata="x" * 3001),
    "long callback_id": modal(callback_id="x" * 256),
    "input without submit": {"type": "modal", "title": plain("t"), "blocks": [question()]},
    "unknown field": modal(colour="red"),
    "unknown type": modal(type="window"),
    "no blocks": {"type": "modal", "title": plain("t")},
    "container in a modal": modal({"type": "container", "title": plain("t"), "child_blocks": [section()]}),
    "carousel in a modal": modal({"type": "carousel", "elements": [{"type": "card", "title": marked("x")}]}),
    "home with submit": {"type": "home", "submit": plain("x"), "blocks": [section()]},
    "alert at home": {"type": "home", "blocks": [{"type": "alert", "text": marked("x")}]},
    "too large": modal(*(section(text=marked("x" * 2990)) for _ in range(90))),
}


@pytest.mark.parametrize("view", BAD_VIEWS.values(), ids=BAD_VIEWS.keys())
def test_bad_views_are_found(view: Json) -> None:
    """Each view that Slack refuses has at least one problem."""
    assert [] != lint_view(view)


def test_our_own_rules_are_stricter_than_slack() -> None:
    """No text, two primary buttons and more than 9,000 characters are problems of ours only."""
    assert ["there is no text beside the blocks"] == lint_message([section()], " ")
    primary = [actions(button(style="primary"), button(action_id="b", style="primary"))]
    assert ["2 primary buttons, at most one is allowed"] == lint_message(primary, "x")
    long = [section(text=marked("x" * 2500)) for _ in range(4)]
    assert ["10000 characters in all blocks, our budget is 9000"] == lint_message(long, "x")
    assert [] == message_problems(primary) + message_problems(long)


def test_characters_count_all_text_that_people_see() -> None:
    """Headers, fields, buttons, cells and what is inside containers count; ids and values do not."""
    blocks = [
        {"type": "header", "text": plain("12345")},
        section(text=marked("123"), fields=[marked("12")]),
        actions(button(value="not counted")),
        {"type": "table", "rows": [[{"type": "raw_text", "text": "1234"}]]},
        {"type": "container", "title": plain("1"), "child_blocks": [section()]},
    ]
    assert 5 + 3 + 2 + 2 + 4 + 1 + 1 == characters(blocks)


def test_a_problem_names_its_place() -> None:
    """The reader finds the block by its index and type."""
    blocks = [section(), {"type": "container", "title": plain("t"), "child_blocks": [section(text=marked("x" * 3001))]}]
    assert ["blocks[1].child_blocks[0] (section): text attribute cannot exceed 3000 characters"] == message_problems(
        blocks
    )
