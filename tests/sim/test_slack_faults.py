"""Every trouble of Slack, with every call that the bot makes, in every flow: nothing lost, nothing doubled."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.conftest import POSTGRES
from tests.sim.ground import Ground, ground
from tests.sim.scale import CHAOS
from tests.sim.slack_faults import Cell, Fate, cells, chosen
from tests.sim.troubled import tell

SHARES = 8  # tests, so that several processes can take some each
DAY = int(os.environ.get("SEED", datetime.now(UTC).toordinal()))  # another tenth each day, whole in ten
ONLY = os.environ.get("CELL", "")


def _to_play() -> list[Cell]:
    every = list(cells())
    if ONLY:
        return [cell for cell in every if ONLY in str(cell)]
    return chosen(every, DAY, 1.0 if CHAOS > 1 else 0.1)


async def _played(cell: Cell, where: Ground, number: int) -> list[str]:
    url = await where.fresh(str(number))
    with capture_logs() as lines:
        try:
            found = await tell(cell, url)
        except Exception as error:  # noqa: BLE001 - told with the cell's name, and the others are played all the same
            found = [f"{type(error).__name__}: {error}"]
    loud = [line for line in lines if line["log_level"] in {"error", "critical"}]
    told = [line for line in loud if cell.fate is not Fate.REFUSED or line["event"] != "job_failed"]
    await where.level(str(number))
    return [f"{cell}: {problem}" for problem in [*found, *(f"an ERROR: {line}" for line in told)]]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("share", range(SHARES))
async def test_every_trouble_only_delays(
    share: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Whatever fails, at whichever call: each message stands once in the end, or it is told and a retry mends it."""
    server = POSTGRES if share == SHARES - 1 else ""
    mine = _to_play()[share::SHARES]
    async with ground(tmp_path, server) as where:
        found = [problem for number, cell in enumerate(mine) for problem in await _played(cell, where, number)]
    assert [] == found, f"SEED={DAY}, or CELL='…' for one: {len(found)} problems"
    fates = Counter(cell.fate.name.lower() for cell in mine)
    kind = "PostgreSQL" if server else "SQLite"
    record_property("figures", f"Slack's troubles, share {share} on {kind}: {len(mine)} cells {dict(fates)}: 0 lost")
