from datetime import UTC, datetime

import pytest

from peritus.journal.clock import SteadyClock, clock_set_to
from tests.factories.walk import Walk


@pytest.fixture
def clock(db):
    """Let it be the morning of 10 March 2026; every look moves the clock by a second."""
    clock = SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))
    with clock_set_to(clock):
        yield clock


@pytest.fixture
def walk(clock):
    """An engagement of six items, nothing judged yet; looks at 3 and 6."""
    return Walk()


@pytest.fixture
def judged(walk):
    """The same, with every item decided unanimously."""
    walk.judge()
    return walk
