"""Where the files that travel with the code lie: in the wheel, or in the repository."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """Return the folder `templates` or `migrations`.

    A wheel carries them inside the package; an editable install finds them beside it.
    """
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
