"""What SECURITY.md promises is shown by a test that exists, and the review names every key there is."""

import re
from pathlib import Path

import pytest

from bot.settings import _SECRETS

ROOT = Path(__file__).resolve().parents[2]
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
REVIEW = (ROOT / "docs" / "security-review.md").read_text("utf-8")
ROWS = [
    row for row in re.findall(r"^\| .* \|$", SECURITY, re.MULTILINE) if "---" not in row and "| threat |" not in row
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_each_threat_has_a_control_that_a_test_shows(row: str) -> None:
    """The file is there, and in it the test; a whole file is named where all of it shows the control."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", row.split("|")[3])
    assert named
    for file, test in named:
        assert re.search(rf"^(?:async )?def {test or 'test_'}", (ROOT / file).read_text("utf-8"), re.MULTILINE), file


def test_the_review_tells_of_every_key() -> None:
    """No secret of the settings is left out."""
    assert [] == [name for name in _SECRETS if f"`{name}`" not in REVIEW]
