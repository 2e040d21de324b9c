"""`make bites`: plants each sabotage in a copy of the project and tells which the tests caught; fails if any got by."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.bites.sabotage import ROOT, Sabotage, sabotages

_PATIENCE_S = 300.0  # a sabotage may make a test wait; one that hangs was noticed too
_FAILED = 1  # pytest's own word for "tests ran, some failed"
_PARTS = ("bot", "tests", "templates", "migrations", "docs", "requirements")


def main(words: list[str]) -> int:
    """Run the sabotages whose names hold one of these words (all without any) and print a line each."""
    chosen = [one for one in sabotages() if not words or any(word.lower() in one.name.lower() for word in words)]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        told = list(pool.map(_try, chosen))
    missed = told.count(False)
    print(f"{len(chosen) - missed} of {len(chosen)} sabotages caught")
    return 1 if missed or not chosen else 0


def _try(sabotage: Sabotage) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        _copy(copy)
        sabotage.plant(copy)
        caught = _tests_fail(copy, sabotage.tests)
    print(f"{'caught' if caught else 'GOT BY':7} {sabotage.name}", flush=True)
    return caught


def _copy(folder: Path) -> None:
    leave = shutil.ignore_patterns("__pycache__", ".*_cache")
    for part in _PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=leave)
    for file in (*ROOT.glob("*.toml"), *ROOT.glob("*.md"), *ROOT.glob(".env*"), ROOT / "Makefile"):
        shutil.copy(file, folder)


def _tests_fail(folder: Path, tests: tuple[str, ...]) -> bool:
    """Return whether tests ran in that folder and failed; the copy's own code goes before the installed one."""
    here = [test for test in tests if (folder / test.partition("::")[0]).exists()]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *here]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as ran:
        try:
            said, _ = ran.communicate(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:
            return True
        finally:
            with suppress(ProcessLookupError):
                os.killpg(ran.pid, signal.SIGKILL)  # a test that fails may leave the bot running
    if ran.returncode not in {0, _FAILED}:
        raise RuntimeError(said.decode()[-2_000:])
    return ran.returncode == _FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
