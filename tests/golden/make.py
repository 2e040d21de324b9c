"""Writes the golden exports anew: `python -m tests.golden.make FOLDER`; what no story writes any more goes."""

import sys
from pathlib import Path

from tests.golden.stories import exports


def write(folder: Path) -> None:
    """Make the folder hold every export of today, and nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    files = exports()
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
