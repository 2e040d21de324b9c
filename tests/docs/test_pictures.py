"""The pictures of cards and forms: one of each, and each stands on the page."""

from pathlib import Path

from tests.pictures.cards import MESSAGES, VIEWS

DOCS = Path(__file__).parents[2] / "docs"


def test_every_card_and_form_has_its_picture_on_the_page() -> None:
    """None is missing and none is left over from a card that is gone."""
    names = {*MESSAGES, *VIEWS}
    assert names == {file.stem for file in (DOCS / "pictures").glob("*.png")}
    page = (DOCS / "reference" / "cards.md").read_text("utf-8")
    assert names == {name for name in names if f"(../pictures/{name}.png)" in page}
