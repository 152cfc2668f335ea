from datetime import UTC, datetime, timedelta

import pytest

from peritus.journal import pump as pump_module
from peritus.journal.clock import SteadyClock, clock_set_to


@pytest.fixture
def clock(db):
    """A clock that starts at noon of 10 March 2026 and moves a second at each look."""
    steady = SteadyClock(datetime(2026, 3, 10, 12, tzinfo=UTC), timedelta(seconds=1))
    with clock_set_to(steady):
        yield steady


@pytest.fixture
def no_subscriptions(monkeypatch):
    """The pump with nobody subscribed but the test, and no batch that a busy machine cuts short."""
    monkeypatch.setattr(pump_module, "_subscriptions", {})
    monkeypatch.setattr(pump_module, "BATCH_SECONDS", 60.0)
