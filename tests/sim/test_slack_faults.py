"""Every trouble of Slack, with every call that the bot makes, in every flow: nothing lost, nothing doubled."""

import inspect
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from tests.ground import Files, Ground
from tests.sim.scale import CHAOS
from tests.sim.slack_faults import (
    BESIDE_THE_MATRIX,
    OF_THE_DOCTOR,
    Cell,
    Fate,
    cells,
    chosen,
    deliveries,
    mishaps,
    packed,
)
from tests.sim.troubled import METHODS, tell

ROOT = Path(__file__).parents[2]
SHARES = 4 if CHAOS == 1 else 8  # tests, so that several processes can take some each
ONLY = os.environ.get("CELL", "")
EVERY = [*cells(), *mishaps(), *deliveries()]


def _to_play() -> list[tuple[Cell, ...]]:
    if ONLY:
        return [(cell,) for cell in EVERY if ONLY in str(cell)]
    return packed(EVERY if CHAOS > 1 else chosen(EVERY))


async def _played(cells: tuple[Cell, ...], where: Ground, number: int) -> list[str]:
    url = await where.fresh(str(number))
    with capture_logs() as lines:
        try:
            found = await tell(cells, url)
        except Exception as error:  # noqa: BLE001 - told with the cells' names, and the others are played all the same
            found = [f"{type(error).__name__}: {error}"]
    loud = [line for line in lines if line["log_level"] in {"error", "critical"}]
    refused = any(cell.fate is Fate.REFUSED for cell in cells)
    told = [line for line in loud if not refused or line["event"] != "job_failed"]
    await where.level(str(number))
    names = " + ".join(map(str, cells))
    return [f"{problem} ({names})" for problem in [*found, *(f"an ERROR: {line}" for line in told)]]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("share", range(SHARES))
async def test_every_trouble_only_delays(
    share: int, request: pytest.FixtureRequest, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Whatever fails, at whichever call: each message stands once in the end, or it is told and a retry mends it.

    The same for what happens to the channel and to the app, and for what Slack delivers twice or out of order.
    """
    on_server = share == SHARES - 1
    where: Ground = request.getfixturevalue("server") if on_server else Files(tmp_path)
    mine = _to_play()[share::SHARES]
    found = [problem for number, story in enumerate(mine) for problem in await _played(story, where, number)]
    assert [] == found, f"{len(found)} problems; CELL='…' plays one trouble alone"
    fates = Counter(cell.fate.name.lower() for story in mine for cell in story)
    kind = "PostgreSQL" if on_server else "SQLite"
    record_property(
        "figures",
        f"Slack's troubles, share {share} on {kind}: {sum(fates.values())} cells in {len(mine)} incidents,"
        f" {dict(fates)}: 0 lost, 0 doubled",
    )


def _of_the_client(name: str) -> str:
    """Return the Web API method behind the client's method, empty when it has none of this name."""
    method = vars(AsyncWebClient).get(name)
    found = re.search(r'api_call\(\s*"([\w.]+)"', inspect.getsource(method)) if method else None
    return found[1] if found else ""


def _called_in(source: str) -> Iterator[str]:
    yield from re.findall(r'\bcall\(\s*"([a-z]+\.[\w.]+)"', source)
    yield from re.findall(r'\byield "([a-z]+\.[\w.]+)"', source)
    yield from filter(None, map(_of_the_client, re.findall(r"\.([a-z]+_\w+)", source)))
    if ".send_file(" in source:
        yield "upload"


def test_every_method_that_the_bot_calls_is_in_the_matrix() -> None:
    """Read from the source, so that a new call cannot be forgotten; and none is in the matrix that is not called."""
    sources = [path.read_text("utf-8") for part in ("slack", "app") for path in (ROOT / "bot" / part).rglob("*.py")]
    called = {method for source in sources for method in _called_in(source)}
    assert called == METHODS | BESIDE_THE_MATRIX | OF_THE_DOCTOR


def test_the_few_cover_every_trouble_call_and_fate() -> None:
    """What every run of the tests plays; `make chaos` plays every cell, each once."""
    few = chosen(EVERY)
    assert {cell.trouble.name for cell in EVERY} == {cell.trouble.name for cell in few}
    assert {cell.use.name for cell in EVERY} == {cell.use.name for cell in few}
    assert {cell.fate for cell in EVERY} == {cell.fate for cell in few}
    assert sorted(map(str, EVERY)) == sorted(str(cell) for story in packed(EVERY) for cell in story)
    for story in packed(EVERY):
        assert len(story) == len({cell.use.flow for cell in story})
