from datetime import UTC, datetime

import pytest

from peritus.journal.clock import clock_set_to


@pytest.fixture
def at(db):
    """Let it be noon of 10 March 2026."""
    time = datetime(2026, 3, 10, 12, tzinfo=UTC)
    with clock_set_to(lambda: time):
        yield time
