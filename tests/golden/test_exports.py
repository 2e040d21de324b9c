"""The golden exports: the same bytes as kept, every time, in every process and time zone."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.golden.stories import exports

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ROOT / "tests" / "golden" / "exports"
_ADVICE: Final = "run `make goldens` and look at the diff"


@pytest.fixture(scope="module")
def rendered() -> dict[str, bytes]:
    """Return every export as it is rendered today."""
    return exports()


def test_every_story_has_its_files_and_no_file_is_left_over(rendered: dict[str, bytes]) -> None:
    """The folder holds what is rendered and nothing else."""
    assert sorted(rendered) == sorted(path.name for path in KEPT.iterdir()), _ADVICE


@pytest.mark.parametrize("name", sorted(path.name for path in KEPT.iterdir()))
def test_an_export_is_as_it_was_kept(name: str, rendered: dict[str, bytes]) -> None:
    """Each export has the bytes of its golden file."""
    expected = (KEPT / name).read_bytes()
    assert expected.decode().splitlines() == rendered[name].decode().splitlines(), _ADVICE
    assert expected == rendered[name], _ADVICE


def test_rendering_again_gives_the_same_bytes(rendered: dict[str, bytes]) -> None:
    """A story told and rendered a second time gives the same exports."""
    assert rendered == exports()


@pytest.mark.parametrize(("seed", "zone"), [("1", "Pacific/Auckland"), ("4711", "America/St_Johns")])
def test_another_process_gives_the_same_bytes(seed: str, zone: str, rendered: dict[str, bytes], tmp_path: Path) -> None:
    """Neither the order of hashes nor the time zone of the machine shows in an export."""
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone}
    command = [sys.executable, "-m", "tests.golden.make", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT, env=environment, timeout=50)
    assert rendered == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
