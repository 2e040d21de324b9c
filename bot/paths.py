"""Where the files that travel with the code lie: in the wheel, or in the repository."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """Return the folder `templates` or `migrations`.

    A wheel carries them inside the package; an editable install finds them beside it.
    """
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def read_rules(folder: Path | None = None) -> dict[str, str]:
    """Return the text of each rules file by its name without ending: errors, severity, fault, tree, mitigations.

    A team's own folder may hold some of them; the rest are ours.
    """
    ours = _PACKAGE / "rules"
    texts = {path.stem: path.read_text("utf-8") for path in sorted(ours.glob("*.toml"))}
    if folder is not None:
        texts |= {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.toml")) if path.stem in texts}
    return texts
