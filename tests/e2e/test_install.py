"""The wheel, installed into an empty environment and called from another folder, has all that it needs."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.store.schema import REVISION

ROOT = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def _ran(*words: object, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that knows nothing of this checkout."""
    known = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", str(folder)), **environment}
    return subprocess.run([*map(str, words)], cwd=folder, env=known, capture_output=True, text=True, check=False)


def _well(*words: object, folder: Path, **environment: str) -> str:
    done = _ran(*words, folder=folder, **environment)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from this checkout by what `make setup` has installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    _well(sys.executable, *build, "--wheel-dir", folder, ROOT, folder=folder)
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the console command of an environment that holds the wheel and its locked dependencies, nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    _well(UV, "venv", "--quiet", "--offline", "--python", sys.executable, folder / "venv", folder=folder)
    install = (UV, "pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python")
    locked = ("--require-hashes", "-r", ROOT / "requirements" / "runtime.txt")
    offline = _ran(*install, "--offline", *locked, folder=folder)  # what `make setup` has left in uv's cache
    if offline.returncode and _ran(*install, *locked, folder=folder).returncode:
        pytest.skip(f"the dependencies are neither in uv's cache nor to be fetched: {offline.stderr[-300:]}")
    _well(*install, "--offline", "--no-deps", wheel, folder=folder)
    return folder / "venv" / "bin" / "anth-triage"


def test_the_wheel_carries_templates_and_migrations(wheel: Path) -> None:
    """Each file of both folders is in it, and no test."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("templates", "migrations"):
        files = [one for one in (ROOT / folder).rglob("*") if one.is_file() and "__pycache__" not in one.parts]
        assert files
        assert set() == {f"bot/_data/{one.relative_to(ROOT).as_posix()}" for one in files} - names
    assert {"bot/py.typed", "bot/rules/severity.toml"} <= names
    assert [] == [name for name in names if name.startswith("tests/") or name.endswith((".db", ".env"))]


def test_an_incident_is_played_and_exported(command: Path, tmp_path: Path) -> None:
    """From another folder: the walk through a whole incident, then its record, its export and its backup."""
    played = _well(command, "demo", "--walk", "-o", tmp_path / "played", folder=tmp_path)
    assert "The postmortem is in" in played
    records = {"ANTH_TRIAGE_DATA_DIR": str(tmp_path / "played" / "records")}
    assert "## Incident:" in _well(command, "export", "INC-1", folder=tmp_path, **records)
    assert "<!DOCTYPE html>" in _well(command, "export", "INC-1", "--format", "html", folder=tmp_path, **records)
    _well(command, "db", "backup", "a.backup", folder=tmp_path, **records)
    back = {"DATABASE_URL": "sqlite:///back.db"}
    assert "Restored " in _well(command, "db", "restore", "a.backup", folder=tmp_path, **back)
    assert "INC-1" in _well(command, "incidents", folder=tmp_path, **back)


def test_the_schema_is_made(command: Path, tmp_path: Path) -> None:
    """The migrations run from the wheel, and the version is told."""
    place = {"ANTH_TRIAGE_DATA_DIR": str(tmp_path / "data")}
    assert f"schema {REVISION}, newest known {REVISION}" in _well(command, "db", "upgrade", folder=tmp_path, **place)
    assert "anth-triage" in _well(command, "--version", folder=tmp_path)
