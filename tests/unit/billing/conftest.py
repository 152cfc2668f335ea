"""An engagement whose lots went different ways, and another client's beside it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings

from peritus.accounts.models import Role, User
from peritus.engagements.models import Engagement, Lot
from peritus.journal.clock import SteadyClock, clock_set_to
from tests.factories.accounts import member
from tests.factories.billing import agreed_terms, baseline
from tests.factories.engagements import START, engagement, item, lot
from tests.factories.quality import acceptance, audit, certificate, draw, freeze, freeze_plan

# Examples of one test share its database, and each opens its own engagement.
ONE_DATABASE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass
class Scene:
    """One engagement with its people."""

    engagement: Engagement
    manager: User
    client: User
    finance: User
    lots: dict[str, Lot]


@pytest.fixture
def later(db):
    """Let time go on, a second a look, from two hours after the start."""
    clock = SteadyClock(START + timedelta(hours=2))
    with clock_set_to(clock):
        yield clock


def opened(**changes) -> Scene:
    course = engagement(**changes)
    return Scene(
        engagement=course,
        manager=course.manager,
        client=member(Role.CLIENT, organisation=course.organisation),
        finance=member(Role.FINANCE),
        lots={},
    )


def audited_lot(scene: Scene, code: str, *, size: int, differing: int) -> Lot:
    """Add a lot that was frozen and audited whole, with some decisions differing."""
    parent = lot(engagement=scene.engagement, code=code, title=f"The {code} lot")
    for _ in range(size):
        item(lot=parent)
    frozen = freeze(lot=parent)
    freeze_plan(freeze=frozen)
    draw(freeze=frozen)
    for place in range(size):
        audit(freeze=frozen, differs=place < differing)
    scene.lots[code] = parent
    return parent


def sign(parent: Lot) -> None:
    certificate(freeze=parent.freezes.get())


def accept(parent: Lot) -> None:
    acceptance(freeze=parent.freezes.get())


@pytest.fixture
def scene(later) -> Scene:
    """Four items bought, three lost to the audit, terms agreed, baseline frozen."""
    made = opened(code="licences", specimen=True)
    agreed_terms(engagement=made.engagement)
    baseline(engagement=made.engagement)
    bought = audited_lot(made, "good", size=4, differing=0)
    sign(bought)
    accept(bought)
    audited_lot(made, "red", size=3, differing=2)
    return made


@pytest.fixture
def foreign(later) -> Scene:
    """Another client's engagement, with a lot that could be billed."""
    made = opened()
    agreed_terms(engagement=made.engagement)
    theirs = audited_lot(made, "secret", size=2, differing=0)
    sign(theirs)
    accept(theirs)
    return made
