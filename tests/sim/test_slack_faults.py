"""Every trouble of Slack, with every call that the bot makes, in every flow: nothing lost, nothing doubled."""

import inspect
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from tests.conftest import POSTGRES
from tests.sim.ground import Ground, ground
from tests.sim.scale import CHAOS
from tests.sim.slack_faults import Cell, Fate, cells, chosen, deliveries, mishaps
from tests.sim.troubled import METHODS, tell

ROOT = Path(__file__).parents[2]
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


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cell", list(mishaps()), ids=str)
async def test_an_incident_survives_its_channel_and_its_app(cell: Cell, tmp_path: Path) -> None:
    """State intact, the lead told once and within a minute where Slack allows it, and the documented repair works."""
    async with ground(tmp_path, "") as where:
        assert [] == await _played(cell, where, 0)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("cell", list(deliveries()), ids=str)
async def test_what_slack_delivers_twice_or_out_of_order_acts_once(cell: Cell, tmp_path: Path) -> None:
    """Whatever a person did is carried out once, and every delivery is acknowledged."""
    async with ground(tmp_path, "") as where:
        assert [] == await _played(cell, where, 0)


def _of_the_client(name: str) -> str:
    """Return the Web API method behind the client's method, empty when it has none of this name."""
    method = vars(AsyncWebClient).get(name)
    found = re.search(r'api_call\(\s*"([\w.]+)"', inspect.getsource(method)) if method else None
    return found[1] if found else ""


def _called_in(source: str) -> Iterator[str]:
    yield from re.findall(r'\bcall\(\s*"([a-z]+\.[\w.]+)"', source)
    yield from filter(None, map(_of_the_client, re.findall(r"\.([a-z]+_\w+)", source)))
    if ".send_file(" in source:
        yield "upload"


def test_every_method_that_the_bot_calls_is_in_the_matrix() -> None:
    """Read from the source, so that a new call cannot be forgotten; and none is in the matrix that is not called."""
    sources = [path.read_text("utf-8") for part in ("slack", "app") for path in (ROOT / "bot" / part).rglob("*.py")]
    assert METHODS == {method for source in sources for method in _called_in(source)}


def test_each_day_plays_every_trouble_and_every_method() -> None:
    """A tenth of the cells, another each day, and all of them in ten days."""
    every = list(cells())
    days = [chosen(every, day, 0.1) for day in range(10)]
    for day in days:
        assert {cell.trouble.name for cell in every} == {cell.trouble.name for cell in day}
        assert {cell.use.method for cell in every} == {cell.use.method for cell in day}
    assert set(map(str, every)) == {str(cell) for day in days for cell in day}
