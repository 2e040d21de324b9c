"""The pictures of cards and forms: one of each, and each stands on the page."""

import ast
from pathlib import Path

from tests.pictures.cards import MESSAGES, VIEWS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
MAKES = {"Message", "kit.Message", "dict[str, Any]"}
WITHOUT = {
    "modal": "the frame of every form",
    "plainly": "any card without its layout",
    "explained_view": "the explanation, in a form",
    "answered_step": "a question without its buttons",
    "reason_form": "one question: why?",
    "contain_form": "the key as in `key-found`, and a question",
}
"""What makes a message or a form and has no picture, and what it shows."""


def test_every_card_and_form_has_its_picture_on_the_page() -> None:
    """None is missing and none is left over from a card that is gone."""
    names = {*MESSAGES, *VIEWS}
    assert names == {file.stem for file in (DOCS / "pictures").glob("*.png")}
    page = (DOCS / "reference" / "cards.md").read_text("utf-8")
    assert names == {name for name in names if f"(../pictures/{name}.png)" in page}


def test_a_new_card_is_noticed() -> None:
    """Whatever in `bot/slack/cards` makes a message or a form is drawn in `tests/pictures/cards.py`."""
    drawn = "".join((ROOT / "tests" / file).read_text("utf-8") for file in ("pictures/cards.py", "factories.py"))
    makers = {
        part.name
        for file in (ROOT / "bot" / "slack" / "cards").glob("*.py")
        for part in ast.parse(file.read_text("utf-8")).body
        if isinstance(part, ast.FunctionDef) and not part.name.startswith("_")
        if part.returns is not None and ast.unparse(part.returns) in MAKES
    }
    assert set(WITHOUT) == {name for name in makers if name not in drawn}
