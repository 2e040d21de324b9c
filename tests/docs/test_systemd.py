"""The unit that docs/operator.md shows: systemd takes it as it stands, and it fits the bot."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from bot.app.serve import DRAIN_S
from bot.settings import ENVIRONMENT
from tests.docs.running import options_are_there
from tests.docs.shown import ROOT


def _unit() -> str:
    [unit] = re.findall(r"^```ini\n(.*?)^```", (ROOT / "docs/operator.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return str(unit)


def test_the_unit_fits_the_bot() -> None:
    """It calls a command that there is, with a variable that is read, and waits for what is in flight."""
    parsed = RawConfigParser()
    parsed.optionxform = str  # type: ignore[assignment,method-assign] # names keep their letters
    parsed.read_string(_unit())
    service = parsed["Service"]
    options_are_there(["anth-triage", *service["ExecStart"].split()[1:]])
    name, _, value = service["Environment"].partition("=")
    assert name in ENVIRONMENT
    assert f"/var/lib/{service['StateDirectory']}" == value
    assert int(service["TimeoutStopSec"]) >= DRAIN_S + 5
    assert ("0700", "0077") == (service["StateDirectoryMode"], service["UMask"])


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """No word of it is unknown to systemd; that program and user are not on this machine is all that it may miss."""
    unit = tmp_path / "anth-triage.service"
    unit.write_text(_unit().replace("/srv/anth-triage/bin/anth-triage", "/bin/true"), "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    told = [line for line in (done.stdout + done.stderr).splitlines() if "anth-triage.service" in line]
    assert [] == told
