"""The locked dependencies as they stand in a file of requirements, and what the installed ones say of themselves."""

import re
from dataclasses import dataclass
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from typing import cast

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
_ENTRY = re.compile(
    r"(?P<name>[\w.-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)(?P<marker> ; .+?)?(?P<hashes>(?: +--hash=\S+)*)"
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})(?: |$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """One dependency: its normalised name, version, hashes, and whether it is for some platforms only."""

    name: str
    version: str
    hashes: tuple[str, ...]
    sometimes: bool


def locked(file: str) -> dict[str, Locked]:
    """Return the dependencies of `requirements/FILE` by name; raises ValueError for a line that is none."""
    text = (ROOT / "requirements" / file).read_text("utf-8").replace("\\\n", "")
    entries = [_entry(line) for line in text.splitlines()]
    return {entry.name: entry for entry in entries}


def _entry(line: str) -> Locked:
    found = _ENTRY.fullmatch(line)
    if found is None:
        raise ValueError(f"no locked dependency: {line[:80]}")
    return Locked(
        name=normal(found["name"]),
        version=found["version"],
        hashes=tuple(_HASH.findall(found["hashes"])),
        sometimes=found["marker"] is not None,
    )


def normal(name: str) -> str:
    """Return the name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(name: str) -> Message | None:
    """Return what an installed package says of itself; None when it is not installed here."""
    try:
        return cast("Message", metadata(name))
    except PackageNotFoundError:
        return None


def needs(name: str, extras: frozenset[str]) -> list[Requirement]:
    """Return what an installed package needs on this machine, with these of its extras."""
    wanted = [Requirement(line) for line in requires(name) or ()]
    return [one for one in wanted if _applies(one, extras)]


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""})


def licences(about: Message) -> tuple[str, ...]:
    """Return under which licences it may be used, by its own word: one SPDX expression, or names to choose from."""
    if expression := about["License-Expression"]:
        return (str(expression),)
    classes = [str(one).split(" :: ")[-1] for one in about.get_all("Classifier", []) if str(one).startswith("License")]
    return tuple(classes) or (str(about["License"] or "none").splitlines()[0],)
