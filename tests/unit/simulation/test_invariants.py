"""Every invariant holds after a walk, and each one is broken by what it forbids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection

from peritus.blobs.models import Blob
from peritus.journal.clock import SteadyClock, clock_set_to, now
from peritus.journal.models import Event, ParkedEvent
from peritus.journal.pump import pump
from peritus.journal.triggers import EXPECTED, install_triggers
from peritus.quality.models import Audit, Decision, Draw, Freeze, FrozenDecision
from peritus.simulation.invariants import INVARIANTS, broken_invariants
from peritus.work.models import Assignment, Slot
from tests.factories.walk import Walk
from tests.factories.work import assignment, judgment, slot

pytestmark = pytest.mark.slow


@pytest.fixture
def walk(db):
    """A lot that was frozen, drawn, audited and certified."""
    with clock_set_to(SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))):
        walk = Walk()
        freeze = walk.drawn()
        walk.audit(freeze)
        walk.certify(freeze)
        pump(until_idle=True)
        yield walk


def broken():
    return list(broken_invariants())


def test_names_are_unique_and_at_least_ten():
    assert len({each.name for each in INVARIANTS}) == len(INVARIANTS) >= 10


def test_all_hold_after_a_walk(walk):
    assert broken_invariants() == {}


def test_a_leased_slot_without_lease_is_found(walk):
    slot(item=walk.items[0], state=Slot.State.LEASED, purpose="gold", fence=1)

    assert broken() == ["No expired lease holds a slot"]


def test_a_lease_on_a_slot_that_is_not_leased_is_found(walk):
    assignment(slot=slot(item=walk.items[0], purpose="gold"))

    assert broken() == ["Every active lease holds exactly its slot"]


def test_a_lease_under_an_old_fence_is_found(walk):
    held = slot(item=walk.items[0], purpose="gold", state=Slot.State.LEASED, fence=2)
    assignment(slot=held, fence=1, state=Assignment.State.ACTIVE)

    assert broken() == [
        "No expired lease holds a slot",
        "Every active lease holds exactly its slot",
    ]


def test_an_item_judged_twice_is_found(walk):
    again = slot(item=walk.items[0], purpose="gold")
    more = slot(item=walk.items[0], purpose="gold")
    for each in (again, more):
        judgment(slot=each, expert=walk.judges[0], answers={"answer": "a"})

    found = broken_invariants()

    twice = found["No item is judged twice by one expert for one purpose"]
    assert twice == [f"{walk.judges[0].handle} judged q000 2 times for gold."]
    assert list(found)[1:] == ["Skills derived again equal the table"]  # no event told of them


def test_a_frozen_decision_that_was_altered_is_found(walk):
    FrozenDecision.objects.filter(item=walk.items[0]).update(answer="b")

    assert broken() == [
        "Every certificate cites a freeze with its document",
        "Every frozen decision equals its document",
    ]


def test_a_document_that_was_altered_is_found(walk):
    digest = Freeze.objects.get().digest
    Blob.objects.filter(sha256=digest).update(content=b"{}")

    assert broken()[0] == "Every certificate cites a freeze with its document"


def test_an_audit_that_was_altered_is_found(walk):
    Audit.objects.filter(place=2).update(differs=True)

    assert broken() == ["Every audit stands in the order of the draw"]


def test_a_draw_that_was_altered_is_found(walk):
    Draw.objects.update(nonce="aa")

    assert broken() == ["Every audit stands in the order of the draw"]


def test_a_decision_that_its_judgments_do_not_give_is_found(walk):
    Decision.objects.filter(item=walk.items[0]).update(answer="b")

    assert broken() == ["Decisions derived again equal the table"]


def test_a_missing_trigger_is_found(walk):
    name = min(EXPECTED)
    on = " ON journal_event" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on}")

    assert broken() == ["Append-only triggers are installed"]
    install_triggers()


def test_an_event_that_was_altered_is_found(walk):
    on = " ON journal_event" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in EXPECTED:
            cursor.execute(f"DROP TRIGGER {name}{on}")
    Event.objects.filter(kind="lot.certified").update(key="altered")
    install_triggers()

    assert broken() == ["The chain of every engagement verifies, with its signed heads"]


def test_a_parked_event_is_found_until_it_is_replayed(walk):
    parked = ParkedEvent.objects.create(
        subscription="quality.decide", event=Event.objects.first(), error="Boom", parked_at=now()
    )
    assert broken() == ["No event is parked"]

    parked.replayed_at = now()
    parked.save()

    assert broken() == []
