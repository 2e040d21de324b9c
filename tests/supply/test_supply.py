"""What is shipped is what is locked: current, with hashes, under licences that we may use. No network is asked."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement

from tests.supply.lock import ROOT, installed, licences, locked, needs, normal
from tests.supply.sbom import document

FILES = ["runtime.txt", "dev.txt", "mutants.txt", "audit.txt", "uv.txt"]
MAY = re.compile(
    r"(MIT|BSD|Apache|Python Software Foundation|PSF|Mozilla Public|MPL|ISC|Zero-Clause|HPND)[\w .,()-]*", re.IGNORECASE
)
"""What may be linked and passed on without opening what uses it."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("file", FILES)
def test_every_locked_file_is_pinned_by_hash(file: str) -> None:
    """Nothing installs whose bytes nobody has seen: each has a version and hashes, and no address stands there."""
    found = locked(file)
    assert found
    assert [] == [one.name for one in found.values() if not one.hashes]
    assert "://" not in (ROOT / "requirements" / file).read_text("utf-8")


def _wanted(file: str) -> Iterator[Requirement]:
    project = PROJECT["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["pdf"]]
    lines += project["optional-dependencies"]["postgres"]
    yield from map(Requirement, lines + (PROJECT["dependency-groups"]["dev"] if file == "dev.txt" else []))


@pytest.mark.parametrize("file", ["runtime.txt", "dev.txt"])
def test_the_lock_is_current(file: str) -> None:
    """It holds all that pyproject.toml and what that needs ask for, in versions that fit, and nothing else."""
    found, seen = locked(file), set[tuple[str, frozenset[str]]]()
    open_ = [*_wanted(file)]
    while open_:
        one = open_.pop()
        name = normal(one.name)
        assert name in found, f"{one} is not locked: make lock"
        assert one.specifier.contains(found[name].version, prereleases=True), f"{one}: make lock"
        place = (name, frozenset(one.extras))
        if place not in seen:
            seen.add(place)
            open_ += needs(name, frozenset(one.extras))
    needed = {name for name, _ in seen}
    assert [] == [one.name for one in found.values() if one.name not in needed and not one.sometimes]


@pytest.mark.parametrize("file", ["runtime.txt", "dev.txt"])
def test_what_runs_here_is_what_is_locked(file: str) -> None:
    """The tests prove something of the versions that are shipped."""
    about = {one: installed(one.name) for one in locked(file).values()}
    assert [] == [one.name for one, told in about.items() if told is not None and told["Version"] != one.version]
    assert [] == [one.name for one, told in about.items() if told is None and not one.sometimes]


def test_its_licences_are_on_the_list() -> None:
    """Each part that is shipped may be: all terms that hold together, or one of those to choose from."""
    refused = {}
    for name in locked("runtime.txt"):
        about = installed(name)
        if about is not None and not any(_may(licence) for licence in licences(about)):
            refused[name] = licences(about)
    assert {} == refused


def _may(licence: str) -> bool:
    return any(all(MAY.match(term.strip("() ")) for term in one.split(" AND ")) for one in licence.split(" OR "))


@pytest.mark.parametrize(
    ("licence", "may"), [("GPL-3.0-only", False), ("MIT AND GPL-3.0", False), ("GPL OR MIT", True)]
)
def test_the_list_refuses(licence: str, *, may: bool) -> None:
    """What would bind the whole is not let in beside something that does not."""
    assert may == _may(licence)


def test_the_bill_of_materials_is_the_lock() -> None:
    """Each locked part stands there once with its version, and each edge leads to a part that stands there."""
    bill = document()
    assert "CycloneDX" == bill["bomFormat"]
    listed = [(part["name"], part["version"]) for part in bill["components"]]
    assert sorted((one.name, one.version) for one in locked("runtime.txt").values()) == sorted(listed)
    refs = {part["bom-ref"] for part in bill["components"]}
    assert all(set(edge["dependsOn"]) <= refs for edge in bill["dependencies"])
    assert document() == bill
