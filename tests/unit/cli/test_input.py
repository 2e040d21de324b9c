"""What commands are given: files of any coding, huge ones, and options that are no numbers or no names."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import cli
from bot.cli.source import read_source
from bot.errors import BadInput


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_its_coding(coding: str, tmp_path: Path) -> None:
    """A terminal that redirects into UTF-16 gives the same text."""
    (tmp_path / "log").write_text("529 overloaded \u2026", coding)
    assert "529 overloaded \u2026" == read_source(str(tmp_path / "log"))


def test_a_huge_file_is_refused_with_a_way_out(tmp_path: Path) -> None:
    """Nothing is cut off in silence: who gives too much learns how to give less."""
    with (tmp_path / "log").open("wb") as file:
        file.truncate(32 * 1024 * 1024 + 1)
    with pytest.raises(BadInput, match="more than 32 MiB"):
        read_source(str(tmp_path / "log"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--deadline", "nan"], "'nan' is no number"),
        (["--model", " "], "it is empty"),
        (["--samples", "0"], "range"),
    ],
)
def test_a_senseless_option_is_refused(options: list[str], said: str) -> None:
    """Status 2 and a sentence, before anything is asked."""
    done = CliRunner().invoke(cli, ["triage", *options])
    assert (2, True) == (done.exit_code, said in done.output)


@pytest.mark.parametrize("seconds", ["1", "7.5"])
def test_a_deadline_before_silence_counts_is_refused(seconds: str) -> None:
    """An API that hangs would look like one that was not asked."""
    done = CliRunner().invoke(cli, ["triage", "--deadline", seconds])
    assert f"--deadline {seconds} is too short" in str(done.exception)
