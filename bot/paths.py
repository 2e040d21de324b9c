"""Where the files that travel with the code lie: in the wheel, or in the repository."""

from collections.abc import Mapping
from pathlib import Path

from bot.errors import BadRules

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: str) -> Path:
    """Return the folder `templates` or `migrations`.

    A wheel carries them inside the package; an editable install finds them beside it.
    """
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def read_rules(own: Path | None = None) -> dict[str, str]:
    """Return the text of each rules file by its name without ending: errors, severity, fault, tree, mitigations ...

    `own` is a team's folder, or one file, that takes the place of ours of the same name; the rest stay ours. Raises
    BadRules, naming every problem, for what cannot be read, for a TOML file of another name, which would be passed
    over in silence, and for a folder without any rules file.
    """
    texts, problems = rules_and_problems(own)
    if problems:
        raise BadRules(f"The rules in {own} cannot be used:\n" + "\n".join(problems), _there_are(texts))
    return texts


def _there_are(texts: Mapping[str, str]) -> str:
    return f"There are {', '.join(f'{name}.toml' for name in texts)}."


def rules_and_problems(own: Path | None = None) -> tuple[dict[str, str], list[str]]:
    """Return the same texts, ours in place of what cannot be used, and a line about each of these files.

    Raises BadRules for a folder that cannot be read or holds no rules.
    """
    ours = {path.name: path for path in sorted((_PACKAGE / "rules").glob("*.toml"))}
    files = ours | {path.name: path for path in _own_files(own)} if own is not None else ours
    texts = {path.stem: path.read_text("utf-8") for path in ours.values()}
    problems = [f"{name}: no rules file has this name" for name in files if name not in ours]
    for name in sorted(files.keys() & ours.keys()):
        try:
            texts[name.removesuffix(".toml")] = files[name].read_text("utf-8")
        except OSError as error:
            problems.append(f"{name}: cannot be read ({error.strerror})")
        except UnicodeDecodeError:
            problems.append(f"{name}: is not UTF-8 text")
    return texts, problems


def _own_files(own: Path) -> list[Path]:
    if own.is_file():
        return [own]
    try:
        files = sorted(path for path in own.iterdir() if path.suffix.lower() == ".toml")
    except OSError as error:
        raise BadRules(f"{own} cannot be read ({error.strerror}).", "Name a rules file, or a folder of them.") from None
    if not files:
        raise BadRules(f"{own} holds no rules file.", "Copy into it what you want to change, or do not name it.")
    return files
