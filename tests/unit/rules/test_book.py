"""All rules together: a team's folder replaces ours file by file, and every problem is told at once."""

from pathlib import Path

import pytest

from bot.app.measure import rulebook
from bot.errors import BadRules
from bot.paths import read_rules
from bot.rules.book import FILES, load_book
from bot.settings import load


def test_ours_are_without_a_problem() -> None:
    """The rules that ship load, and there are exactly the five files that are named."""
    assert set(FILES) == set(read_rules())
    assert load_book(read_rules()).tree.start


def test_problems_of_several_files_are_told_together() -> None:
    """Nobody mends one file only to learn of the next."""
    texts = read_rules()
    bad = texts | {"severity": texts["severity"].replace('"P1"', '"P9"', 1), "fault": "[[row]]\nid = 'x'\n"}
    with pytest.raises(BadRules) as refused:
        load_book(bad)
    assert "severity.toml:" in refused.value.user_message
    assert "fault.toml:" in refused.value.user_message


def test_a_team_s_folder_replaces_file_by_file(tmp_path: Path) -> None:
    """A changed share makes half of all failing a P1; a relative path counts from the settings' file."""
    folder = tmp_path / "rules"
    folder.mkdir()
    text = read_rules()["severity"].replace("failing_share_min = 1.0", "failing_share_min = 0.5")
    (folder / "severity.toml").write_text(text, "utf-8")
    config = tmp_path / "anth-triage.toml"
    config.write_text('[rules]\nfolder = "rules"\n', "utf-8")
    settings = load({"ANTH_TRIAGE_CONFIG": str(config)})
    assert folder == settings.rules.folder
    assert rulebook(settings).tree.start
    shares = {row.when.get("failing_share_min") for row in load_book(read_rules(folder)).severity}
    assert {0.5, None} == shares


def test_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    """A slip in a file's name would else be passed over in silence."""
    (tmp_path / "severities.toml").write_text("", "utf-8")
    with pytest.raises(BadRules, match=r"severities\.toml in the rules folder"):
        read_rules(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """Rules that were meant and are not there are no reason to go on with others."""
    with pytest.raises(BadRules, match="cannot be read"):
        read_rules(tmp_path / "gone")
