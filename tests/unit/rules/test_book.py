"""All rules together: a team's folder replaces ours file by file, and every problem is told at once."""

from pathlib import Path

import pytest

from bot.app.measure import rulebook
from bot.errors import BadRules, BadSettings
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


def test_a_leaf_that_is_not_there_is_told_with_its_row() -> None:
    """A severity row may settle the kind of failure, and then there must be one."""
    texts = read_rules()
    bad = texts | {"severity": texts["severity"].replace('branch = "auth"', 'branch = "auht"', 1)}
    with pytest.raises(BadRules, match=r"severity\.toml:\d+ \[\[row\]\] 1-key-compromise: there is no leaf auht"):
        load_book(bad)


def test_the_trees_problems_are_told_beside_those_of_the_leaves() -> None:
    """A broken errors.toml does not hide that the tree is broken too."""
    texts = read_rules()
    bad = texts | {"errors": "[[leaf", "tree": texts["tree"].replace('next = "key"', 'next = "nowhere"', 1)}
    with pytest.raises(BadRules) as refused:
        load_book(bad)
    assert "errors.toml:1 is not valid TOML" in refused.value.user_message
    assert "there is no step nowhere" in refused.value.user_message


def test_one_file_replaces_ours(tmp_path: Path) -> None:
    """A single file is read beside ours, by its name."""
    file = tmp_path / "tree.toml"
    file.write_text("start = 1", "utf-8")
    assert read_rules() | {"tree": "start = 1"} == read_rules(file)


def test_every_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A slip in a name, capitals, bytes that are no text, a folder of a file's name: all told at once."""
    (tmp_path / "severities.toml").write_text("", "utf-8")
    (tmp_path / "Fault.TOML").write_text("", "utf-8")
    (tmp_path / "severity.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "tree.toml").mkdir()
    (tmp_path / "README.md").write_text("", "utf-8")
    with pytest.raises(BadRules) as refused:
        read_rules(tmp_path)
    for said in (
        "severities.toml: no rules file has this name",
        "Fault.TOML: no rules file has this name",
        "severity.toml: is not UTF-8 text",
        "tree.toml: cannot be read",
    ):
        assert said in refused.value.user_message
    assert "README" not in refused.value.user_message


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    """Rules that were meant and are not there are no reason to go on with others."""
    with pytest.raises(BadRules, match="holds no rules file"):
        read_rules(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """The settings name their own entry, and where a relative path counts from."""
    with pytest.raises(BadRules, match="cannot be read"):
        read_rules(tmp_path / "gone")
    config = tmp_path / "anth-triage.toml"
    config.write_text('[rules]\nfolder = "gone"\n', "utf-8")
    with pytest.raises(BadSettings, match=r"\[rules\] folder: there is no such folder"):
        load({"ANTH_TRIAGE_CONFIG": str(config)})
