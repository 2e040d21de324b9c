"""The how-to on a team's own rules does what it says, step by step."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.app.measure import rulebook
from bot.cli.main import cli
from bot.rules.evidence import Severity
from bot.settings import load
from tests.unit.rules.cases import messages, probes

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "own-rules.md").read_text("utf-8")
BLOCKS = re.findall(r"^   ```(?:sh|toml)\n(.*?)^   ```", PAGE, re.MULTILINE | re.DOTALL)
COPY, CHANGED, CHECK, NAMED = (re.sub(r"^   ", "", block, flags=re.MULTILINE) for block in BLOCKS)


def _anth_triage(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.stdout


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the settings' file of a team that has followed the page to its end."""
    monkeypatch.delenv("ANTH_TRIAGE_CONFIG", raising=False)
    words = COPY.splitlines()[1].split()
    assert (["anth-triage", "rules", "show"], [">", "rules/severity.toml"]) == (words[:3], words[-2:])
    text = _anth_triage(*words[1:-2])
    for line in CHANGED.splitlines():
        ours = line.replace("0.9", "1.0")
        assert 1 == text.count(ours)
        text = text.replace(ours, line)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "severity.toml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert "Other than ours: severity.toml." in _anth_triage(*CHECK.split()[1:])
    file = tmp_path / "anth-triage.toml"
    file.write_text(NAMED, "utf-8")
    monkeypatch.setenv("ANTH_TRIAGE_CONFIG", str(file))
    return file


def test_nine_of_ten_become_a_p1(config: Path) -> None:
    """What the page promises: 90 % failing is an outage for this team, and stays less for ours."""
    failing = messages(*(replace(one, model=None) for one in probes((9, "overloaded"), (1, None))))
    environment = {"ANTHROPIC_API_KEY": "sk-ant-1"}
    theirs = rulebook(load(environment | {"ANTH_TRIAGE_CONFIG": str(config)})).judge([failing])
    ours = rulebook(load(environment)).judge([failing])
    assert (Severity.P1, Severity.P2) == (theirs.severity, ours.severity)


@pytest.mark.usefixtures("config")
def test_the_commands_say_what_is_in_force() -> None:
    """After the last step, check names the changed file and show says the changed share."""
    assert "Other than ours: severity.toml." in _anth_triage("rules", "check")
    assert 2 == _anth_triage("rules", "show").count("at least 90 % failed")


def test_ours_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder nothing differs."""
    monkeypatch.delenv("ANTH_TRIAGE_CONFIG", raising=False)
    assert "Other than ours: nothing." in _anth_triage("rules", "check")
