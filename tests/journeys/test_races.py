"""On PostgreSQL what several people do in one instant leaves nothing doubled or lost.

Real threads, each with a connection of its own; nothing waits for a time that was guessed.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, Thread
from threading import Event as Flag

import pytest
from django.db import OperationalError, connection

from peritus.accounts.queries import engine
from peritus.bench.models import Expert
from peritus.bench.verbs import revoke_credential
from peritus.engagements.models import RosterStep
from peritus.engagements.verbs import end_entry, raise_wall, require_credentials
from peritus.journal.clock import now
from peritus.journal.errors import PeritusError
from peritus.journal.pump import pump
from peritus.simulation.invariants import broken_invariants
from peritus.work.errors import LeaseLost, NothingToDo, SlotNotOpen, StaffingRefused
from peritus.work.leasing import leases_against_bars
from peritus.work.models import Assignment, Judgment, Slot
from peritus.work.staffing import Terms
from peritus.work.verbs import (
    draft_staffing,
    lease_next_slot,
    lease_slot,
    pause_expert,
    publish_staffing,
    submit_judgment,
    withdraw_slots,
)
from tests.factories import bench, engagements
from tests.factories.walk import Walk, key
from tests.factories.work import assignment

ROUNDS = 3

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _several_writers():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time: races need PostgreSQL")


def together(*acts):
    """Do all acts at once, each on a connection of its own; return what each gave or raised."""
    gate, got = Barrier(len(acts)), [None] * len(acts)

    def do(place, act):
        try:
            gate.wait()
            got[place] = act()
        except (PeritusError, OperationalError) as no:
            got[place] = no
        finally:
            connection.close()

    threads = [Thread(target=do, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def refused(got):
    return [each for each in got if isinstance(each, Exception)]


def nothing_is_broken():
    pump(until_idle=True)
    against = {name: list(found) for name, found in leases_against_bars().items() if found}
    broken = broken_invariants()
    broken.pop("PostgreSQL holds clients' rows apart", None)  # whoever makes the tests' database
    return against, broken


SOUND = ({}, {})


def takes(expert, **changes):
    Expert.objects.filter(pk=expert.pk).update(**changes)


def answered(lease, by, **more):
    return submit_judgment(
        lease.pk, lease.fence, {"answer": "a"}, reason="It fits.", by=by, key=key(), **more
    )


# The last of what an expert takes on


def test_windows_of_one_expert_take_no_more_at_once_than_is_agreed(figure):
    for _ in range(ROUNDS):
        walk = Walk()
        judge = walk.judges[0]
        takes(judge, at_once=2)
        walk.open_first_slots()
        mine = Slot.objects.filter(reserved_for=judge)

        got = together(*(partial(lease_slot, s.pk, by=judge.user, key=key()) for s in mine))

        assert [type(no) for no in refused(got)] == [SlotNotOpen] * 4
        assert Assignment.objects.filter(expert=judge, state="active").count() == 2
    assert nothing_is_broken() == SOUND
    figure(f"races: {ROUNDS} rounds of six windows for the last two of at_once")


def until_nothing(expert, seconds):
    """Lease and answer until nothing is open; another window may be quicker."""
    for _ in range(50):
        try:
            lease = lease_next_slot(by=expert.user, key=key())
            answered(lease, expert.user, seconds=seconds)
        except NothingToDo:
            return
        except LeaseLost:
            continue


def test_windows_of_one_expert_work_no_longer_in_a_week_than_is_agreed(figure):
    for _ in range(ROUNDS):
        walk = Walk(size=8)
        judge = walk.judges[0]
        takes(judge, at_once=1, weekly_hours=Decimal(1))
        walk.open_first_slots()

        got = together(*[partial(until_nothing, judge, 900)] * 3)

        assert refused(got) == []
        assert Judgment.objects.filter(expert=judge).count() == 4
    assert nothing_is_broken() == SOUND
    figure(f"races: {ROUNDS} rounds of three windows for the last hour of a week")


def test_two_experts_ask_for_one_open_slot_and_one_gets_it(figure):
    for _ in range(ROUNDS):
        walk = Walk(size=1, looks=(1,))
        walk.open_first_slots()
        Slot.objects.filter(lot=walk.lot, number=2).delete()
        Slot.objects.filter(lot=walk.lot).update(reserved_for=None)
        [wanted] = Slot.objects.filter(lot=walk.lot)
        ada, ben = walk.judges

        got = together(
            partial(lease_next_slot, lot_id=walk.lot.pk, by=ada.user, key=key()),
            partial(lease_slot, wanted.pk, by=ben.user, key=key()),
        )

        [no] = refused(got)
        assert isinstance(no, NothingToDo if no is got[0] else SlotNotOpen)
        assert Assignment.objects.filter(slot=wanted).count() == 1
    figure(f"races: {ROUNDS} rounds of two experts for one open slot")


# What comes between an expert and their work


def loop(expert, given, two):
    """Lease and answer until something is refused; tell when two answers were given."""
    with suppress(NothingToDo, LeaseLost):
        while True:
            lease = lease_next_slot(by=expert.user, key=key())
            given.append(answered(lease, expert.user))
            if len(given) == 2:
                two.set()


def wall(walk, judge):
    return partial(
        raise_wall, walk.engagement.pk, judge.pk, reason="Joined them.", by=walk.manager, key=key()
    )


def pause(walk, judge):
    return partial(
        pause_expert, walk.engagement.pk, judge.pk, reason="We talk.", by=walk.manager, key=key()
    )


def revocation(walk, judge):
    held = bench.credential(expert=judge, kind="licence", title="Bar", state="verified")
    other = walk.judges[1]
    bench.credential(expert=other, kind="licence", title="Bar", state="verified")
    require_credentials(walk.engagement.pk, {"licence": "Bar"}, by=walk.manager, key=key())
    return partial(revoke_credential, held.pk, reason="It was false.", by=walk.manager, key=key())


def leaving(walk, judge):
    walk.engagement.roster_since = now()
    walk.engagement.save()
    entries = [engagements.roster_entry(engagement=walk.engagement, expert=e) for e in walk.judges]
    for entry in entries:
        for step in RosterStep.Step.values:
            engagements.roster_step(entry, step)
    return partial(end_entry, entries[0].pk, "Left the firm.", by=walk.manager, key=key())


def test_what_comes_between_an_expert_and_their_work_comes_before_or_after_a_lease(figure):
    kinds = [wall, pause, revocation, leaving]
    for comes in kinds * ROUNDS:
        walk = Walk(size=10, looks=(5, 10))
        judge, given, two = walk.judges[0], [], Flag()
        act = comes(walk, judge)
        walk.open_first_slots()

        got = together(
            partial(loop, judge, given, two), lambda act=act, two=two: two.wait() and act()
        )

        assert refused(got) == []
        assert 2 <= len(given) < walk.size
        kept = Judgment.objects.filter(expert=judge).values_list("pk", flat=True)
        assert set(kept) == {each.pk for each in given}
        with pytest.raises(NothingToDo):
            lease_next_slot(by=judge.user, key=key())
    assert nothing_is_broken() == SOUND
    figure(f"races: {ROUNDS} rounds each of {len(kinds)} bars against an expert who works")


def test_an_answer_that_is_late_or_whoever_takes_its_lapsed_lease_over_is_first(figure):
    late = 0
    for _ in range(2 * ROUNDS):
        walk = Walk(size=1, looks=(1,))
        ada, ben = walk.judges
        slot = lapsed_lease_of(walk, ada)
        Slot.objects.filter(pk=slot.pk).update(reserved_for=None)
        held = slot.assignments.get()

        said, taken = together(
            partial(answered, held, ada.user), partial(lease_slot, slot.pk, by=ben.user, key=key())
        )

        assert isinstance(said, LeaseLost) != isinstance(taken, SlotNotOpen)
        late += isinstance(taken, SlotNotOpen)
    assert nothing_is_broken() == SOUND
    figure(f"races: of {2 * ROUNDS} late answers against a takeover {late} were first")


def lapsed_lease_of(walk, judge):
    """Let the one slot that waits for a judge be leased to them until an hour ago."""
    published(draft_to(walk, judge), walk.manager)
    slot, past = Slot.objects.get(lot=walk.lot), now() - timedelta(hours=1)
    assignment(slot=slot, expert=judge, fence=1, leased_at=past, expires_at=past)
    Slot.objects.filter(pk=slot.pk).update(state="leased", fence=1)
    return slot


def test_a_slot_is_withdrawn_or_its_lapsed_lease_is_taken_over(figure):
    for _ in range(2 * ROUNDS):
        walk = Walk(size=1, looks=(1,))
        ada = walk.judges[0]
        slot = lapsed_lease_of(walk, ada)

        lease, _ = together(
            partial(lease_slot, slot.pk, by=ada.user, key=key()),
            partial(withdraw_slots, walk.lot.pk, [slot.pk], by=engine(), key=key()),
        )

        slot.refresh_from_db()
        assert slot.state == ("withdrawn" if isinstance(lease, SlotNotOpen) else "leased")
    assert nothing_is_broken() == SOUND
    figure(f"races: {2 * ROUNDS} rounds of a withdrawal against a takeover")


# Who staffs, and who begins


def drafted(walk, **terms):
    there = {judge.handle: None for judge in walk.judges}
    return draft_staffing(walk.lot.pk, there, terms=Terms(**terms), by=walk.manager, key=key())


def published(draft, by):
    return publish_staffing(draft.pk, by=by, key=key())


def test_one_draft_is_published_once(figure):
    for _ in range(ROUNDS):
        walk = Walk()
        draft = drafted(walk, each=1)

        got = together(*[partial(published, draft, walk.manager)] * 3)

        assert [type(no) for no in refused(got)] == [StaffingRefused] * 2
        assert "was published" in str(refused(got)[0])
        assert Slot.objects.filter(lot=walk.lot).count() == walk.size
    assert nothing_is_broken() == SOUND
    figure(f"races: {ROUNDS} rounds of one draft published three times at once")


def test_of_two_drafts_of_a_lot_one_is_published(figure):
    for _ in range(ROUNDS):
        walk = Walk()
        drafts = [drafted(walk, each=1), drafted(walk, each=1, most=3)]

        got = together(*(partial(published, draft, walk.manager) for draft in drafts))

        [no] = refused(got)
        assert isinstance(no, StaffingRefused)
        assert Slot.objects.filter(lot=walk.lot).count() == walk.size
    figure(f"races: {ROUNDS} rounds of two drafts of one lot")


def handed_over(walk, to):
    """Draft anew what waits of a lot so that all goes to one judge."""
    there = {to.handle: None}
    terms = Terms(move_price=0)
    return draft_staffing(walk.lot.pk, there, terms=terms, by=walk.manager, key=key())


def test_of_two_drafts_anew_one_moves_what_waits(figure):
    for waits_for_all in (False, True) * ROUNDS:
        walk = Walk(first_judges=3)
        published(draft_to(walk, walk.judges[0]), walk.manager)
        if waits_for_all:
            Slot.objects.filter(lot=walk.lot).update(reserved_for=None)
        drafts = [handed_over(walk, to) for to in walk.judges[1:]]
        assert [len(draft.moves) for draft in drafts] == [walk.size] * 2

        got = together(*(partial(published, draft, walk.manager) for draft in drafts))

        [no] = refused(got)
        assert isinstance(no, StaffingRefused)
        won = walk.judges[1 + (no is got[0])]
        assert set(Slot.objects.filter(lot=walk.lot).values_list("reserved_for", flat=True)) == {
            won.pk
        }
        assert Slot.objects.filter(lot=walk.lot, state="open").count() == walk.size
    figure(f"races: {2 * ROUNDS} rounds of two drafts anew of what waits")


def draft_to(walk, judge):
    terms = Terms(each=1)
    return draft_staffing(
        walk.lot.pk, {judge.handle: None}, terms=terms, by=walk.manager, key=key()
    )


def test_a_slot_is_moved_or_it_is_begun(figure):
    ended = []
    for lapsed in (False, True) * (2 * ROUNDS):
        walk = Walk(size=1, looks=(1,))
        ada, ben = walk.judges
        slot = lapsed_lease_of(walk, ada)
        if not lapsed:
            slot.assignments.update(state="lapsed")
            Slot.objects.filter(pk=slot.pk).update(state="open")
        anew = handed_over(walk, ben)

        lease, moved = together(
            partial(lease_slot, slot.pk, by=ada.user, key=key()),
            partial(published, anew, walk.manager),
        )

        slot.refresh_from_db()
        assert isinstance(lease, SlotNotOpen) != isinstance(moved, StaffingRefused)
        if isinstance(moved, StaffingRefused):
            answered(lease, ada.user)
        else:
            assert (slot.state, slot.reserved_for) == ("open", ben)
        ended.append(isinstance(moved, StaffingRefused))
    assert nothing_is_broken() == SOUND
    figure(f"races: of {len(ended)} rounds of a move and a lease, {sum(ended)} were begun first")
