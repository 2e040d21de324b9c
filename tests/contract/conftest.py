"""A workspace that listens, and its clock, for every contract test that does not make its own."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import SteeredClock
from bot.playground.workspace import Workspace
from tests.workspace_clients import running


@pytest.fixture
def clock() -> SteeredClock:
    """Return the workspace's clock."""
    return SteeredClock()


@pytest.fixture
async def workspace(clock: SteeredClock) -> AsyncIterator[Workspace]:
    """Yield a workspace that listens on loopback."""
    async with running(Workspace(clock=clock)) as workspace:
        yield workspace
