"""What most tests of the store use: a clock that they move, and a store over a database of either kind."""

import pytest

from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.fakes import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Return the clock of everybody."""
    return ManualClock()


@pytest.fixture
def store(database: Database, clock: ManualClock) -> Store:
    """Return a store that redacts nothing."""
    return Store(database, clock, lambda data: data)
