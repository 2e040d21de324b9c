"""Where the files that travel with the code lie: in the wheel, or in the repository."""

from pathlib import Path

from bot.errors import BadRules

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """Return the folder `templates` or `migrations`.

    A wheel carries them inside the package; an editable install finds them beside it.
    """
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def read_rules(folder: Path | None = None) -> dict[str, str]:
    """Return the text of each rules file by its name without ending: errors, severity, fault, tree, mitigations.

    A team's own folder may hold some of them; the rest are ours. Raises BadRules for a folder that cannot be read or
    that holds a TOML file of another name, for it would be passed over in silence.
    """
    texts = _texts(_PACKAGE / "rules")
    if folder is None:
        return texts
    own = _texts(folder)
    strange = sorted(f"{name}.toml" for name in own.keys() - texts.keys())
    if strange:
        known = ", ".join(f"{name}.toml" for name in texts)
        raise BadRules(f"{', '.join(strange)} in the rules folder: no rules file has this name.", f"There are {known}.")
    return texts | own


def _texts(folder: Path) -> dict[str, str]:
    try:
        return {path.stem: path.read_text("utf-8") for path in sorted(folder.iterdir()) if path.suffix == ".toml"}
    except (OSError, UnicodeDecodeError) as error:
        raise BadRules(
            f"The rules in {folder} cannot be read ({type(error).__name__}).", "Name another folder."
        ) from None
