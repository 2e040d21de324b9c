"""The list of sabotages keeps up with the code it breaks."""

from collections import Counter
from pathlib import Path

import pytest

from tests.bites.sabotage import ROOT, Sabotage, sabotages

LIST = sabotages()


@pytest.mark.parametrize("sabotage", LIST, ids=lambda one: one.name)
def test_each_sabotage_can_still_be_planted(sabotage: Sabotage, tmp_path: Path) -> None:
    """Its text stands in the code once, the broken file still compiles, and the tests it names exist."""
    copy = tmp_path / sabotage.file
    copy.parent.mkdir(parents=True)
    copy.write_text((ROOT / sabotage.file).read_text(encoding="utf-8"), encoding="utf-8")
    sabotage.plant(tmp_path)
    compile(copy.read_text(encoding="utf-8"), sabotage.file, "exec")
    for test in sabotage.tests:
        file, _, name = test.partition("::")
        assert (ROOT / file).exists()
        assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_the_list_is_long_and_names_each_once() -> None:
    """At least thirty different ways to break a promise."""
    names = Counter(one.name for one in LIST)
    assert 30 <= len(names)
    assert {1} == set(names.values())
