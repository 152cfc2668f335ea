"""An expert leaves with an item in hand and items that wait: nothing of theirs is lost."""

from __future__ import annotations

import pytest

from peritus.bench.verbs import revoke_credential
from peritus.billing.models import Posting
from peritus.engagements.verbs import (
    end_entry,
    enter_expert,
    keep_roster,
    raise_wall,
    record_step,
    require_credentials,
)
from peritus.journal.pump import pump
from peritus.simulation.invariants import broken_invariants
from peritus.work.errors import LeaseLost, NothingToDo
from peritus.work.leasing import leases_against_bars
from peritus.work.models import Judgment, Slot
from peritus.work.staffing import Terms
from peritus.work.verbs import (
    draft_staffing,
    lease_next_slot,
    pause_expert,
    publish_staffing,
    submit_judgment,
)
from tests.factories import bench
from tests.factories.walk import Walk, key

pytestmark = [pytest.mark.django_db, pytest.mark.journey]


@pytest.fixture
def walk(clock):
    """Six items; each waits for the first of three judges."""
    return Walk(first_judges=3)


def roster(walk):
    """Put all on the roster; return how the first leaves it."""
    keep_roster(walk.engagement.pk, by=walk.manager, key=key())
    entries = [
        enter_expert(walk.engagement.pk, judge.pk, by=walk.manager, key=key())
        for judge in walk.judges
    ]
    for entry in entries:
        for step in ("nda", "cleared", "briefed"):
            record_step(entry.pk, step, "Paper 4", by=entry.expert.user, key=key())
        record_step(entry.pk, "approved", "Mail", by=walk.client, key=key())
    return lambda: end_entry(entries[0].pk, "Left the firm.", by=walk.manager, key=key())


def wall(walk):
    gone = walk.judges[0].pk
    return lambda: raise_wall(
        walk.engagement.pk, gone, reason="Joined them.", by=walk.manager, key=key()
    )


def credential(walk):
    held = [
        bench.credential(expert=judge, kind="licence", title="Bar", state="verified")
        for judge in walk.judges
    ]
    require_credentials(walk.engagement.pk, {"licence": "Bar"}, by=walk.manager, key=key())
    return lambda: revoke_credential(held[0].pk, reason="False.", by=walk.manager, key=key())


def pause(walk):
    gone = walk.judges[0].pk
    return lambda: pause_expert(
        walk.engagement.pk, gone, reason="We talk.", by=walk.manager, key=key()
    )


def answer(lease, by):
    return submit_judgment(
        lease.pk, lease.fence, {"answer": "a"}, reason="It fits.", by=by, key=key()
    )


def sound():
    pump(until_idle=True)
    against = {name: list(found) for name, found in leases_against_bars().items() if found}
    return against, broken_invariants()


def pay_of(expert):
    """Return what was posted for an expert, in its order."""
    posted = Posting.objects.filter(expert=expert).order_by("id")
    return list(posted.values_list("account", "amount", "currency", "fact_uid"))


@pytest.mark.parametrize(
    ("leaves", "may_finish"), [(roster, False), (wall, False), (credential, True), (pause, True)]
)
def test_who_leaves_with_open_items_takes_nothing_along(walk, leaves, may_finish, clock):
    gone, *others = walk.judges
    go = leaves(walk)
    draft = draft_staffing(
        walk.lot.pk, {gone.handle: None}, terms=Terms(each=1), by=walk.manager, key=key()
    )
    publish_staffing(draft.pk, by=walk.manager, key=key())
    given = [answer(lease_next_slot(by=gone.user, key=key()), gone.user) for _ in range(2)]
    pump(until_idle=True)
    paid = pay_of(gone)
    held = lease_next_slot(by=gone.user, key=key())

    go()
    pump(until_idle=True)

    # Nothing new; what is in hand is finished, or refused and goes back.
    if may_finish:
        given.append(answer(held, gone.user))
    else:
        with pytest.raises(LeaseLost):
            answer(held, gone.user)
    with pytest.raises(NothingToDo):
        lease_next_slot(by=gone.user, key=key())
    clock.move_to(held.expires_at)

    # What waits is handed over, all of it, and judged.
    there = {judge.handle: None for judge in walk.judges}
    anew = draft_staffing(
        walk.lot.pk, there, terms=Terms(move_price=1.0), by=walk.manager, key=key()
    )
    publish_staffing(anew.pk, by=walk.manager, key=key())
    assert len(anew.moves) == walk.size - len(given)
    waiting = Slot.objects.filter(lot=walk.lot, state=Slot.State.OPEN)
    assert set(waiting.values_list("reserved_for", flat=True)) <= {each.pk for each in others}
    for slot in waiting.select_related("reserved_for__user"):
        answer(lease_next_slot(by=slot.reserved_for.user, key=key()), slot.reserved_for.user)

    # The answers stand, and so does the pay for them.
    assert sound() == ({}, {})
    assert list(Judgment.objects.filter(expert=gone).order_by("id")) == given
    assert Judgment.objects.filter(item__lot=walk.lot, slot__purpose="first").count() == walk.size
    assert Slot.objects.filter(lot=walk.lot, purpose="first").count() == walk.size
    assert pay_of(gone)[: len(paid)] == paid
    assert {fact for *_, fact in pay_of(gone)} == {each.uid for each in given}
