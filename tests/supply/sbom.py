"""`make sbom`: writes what the bot is made of, from the lock file, as a CycloneDX document."""

import json
import sys
from pathlib import Path
from typing import Any

from bot import __version__
from tests.supply.lock import Locked, installed, licences, locked, needs, normal

_US = f"pkg:pypi/anth-triage@{__version__}"


def document() -> dict[str, Any]:
    """Return the document, the same for the same lock; the hashes, one for each file of a release, stand there."""
    parts = locked("runtime.txt")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": _US,
                "name": "anth-triage",
                "version": __version__,
                "purl": _US,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": [_component(part) for part in parts.values()],
        "dependencies": [_below(name, _ref(part), parts) for name, part in parts.items()],
    }


def _ref(part: Locked) -> str:
    return f"pkg:pypi/{part.name}@{part.version}"


def _component(part: Locked) -> dict[str, Any]:
    about = installed(part.name)
    named = () if about is None else licences(about)
    is_expression = about is not None and about["License-Expression"] is not None
    stated = [{"expression": one} if is_expression else {"license": {"name": one}} for one in named]
    more = {"licenses": stated} if stated else {}
    ref = _ref(part)
    return {"type": "library", "bom-ref": ref, "name": part.name, "version": part.version, "purl": ref, **more}


def _below(name: str, ref: str, parts: dict[str, Locked]) -> dict[str, Any]:
    below = {normal(one.name) for one in needs(name, frozenset())} if installed(name) else set()
    return {"ref": ref, "dependsOn": sorted(_ref(parts[one]) for one in below & parts.keys())}


if __name__ == "__main__":
    Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
    Path(sys.argv[1]).write_text(json.dumps(document(), indent=2) + "\n", "utf-8")
