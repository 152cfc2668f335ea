from datetime import UTC, datetime

import pytest

from peritus.journal.clock import SteadyClock, clock_set_to
from tests.factories.accounts import member
from tests.factories.engagements import engagement, guideline_version, item, lot, question


@pytest.fixture
def clock(db):
    """Let it be the morning of 10 March 2026; every look moves the clock by a second."""
    clock = SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))
    with clock_set_to(clock):
        yield clock


@pytest.fixture
def course(clock):
    """An engagement whose guideline asks one yes-or-no question, "holds"."""
    course = engagement(manager=member("manager"), quality_lead=member("quality"))
    version = guideline_version(engagement=course, organisation=course.organisation)
    question(guideline_version=version, code="holds")
    return course


@pytest.fixture
def things(course):
    """Three items of one lot, in the order of their keys."""
    parent = lot(engagement=course)
    return [item(lot=parent, key=f"q{number}") for number in range(3)]
