from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist

from peritus.journal.clock import now
from peritus.journal.errors import KeyUsedDifferently
from peritus.journal.models import Event
from peritus.work.errors import LeaseLost, NothingToDo, SlotNotOpen
from peritus.work.models import Assignment, Slot
from peritus.work.queries import active_assignments, slots_open_to, slots_without_lease
from peritus.work.verbs import extend_lease, lease_next_slot, lease_slot
from tests.factories.accounts import user
from tests.factories.bench import expert, qualification
from tests.factories.engagements import item, lot, wall
from tests.factories.work import assignment, judgment, skip, slot, taken_back


def open_to(somebody):
    return list(slots_open_to(somebody, now()))


def past(clock, seconds):
    clock.move_to(now() + timedelta(seconds=seconds))


# lease_slot


def test_lease_slot_leases_once_when_repeated(things):
    wanted, ada = slot(item=things[0]), expert()

    first = lease_slot(wanted.pk, by=ada.user, key="k")
    again = lease_slot(wanted.pk, by=ada.user, key="k")

    assert first == again
    assert (first.fence, first.state, first.expires_at - first.leased_at) == (
        1,
        "active",
        timedelta(minutes=30),
    )
    assert [event.kind for event in Event.objects.all()] == ["slot.leased"]


def test_lease_slot_refuses_the_same_key_for_another_slot(things):
    one, other, ada = slot(item=things[0]), slot(item=things[1]), expert()
    lease_slot(one.pk, by=ada.user, key="k")

    with pytest.raises(KeyUsedDifferently):
        lease_slot(other.pk, by=ada.user, key="k")


def test_lease_slot_needs_an_expert(things):
    with pytest.raises(ObjectDoesNotExist):
        lease_slot(slot(item=things[0]).pk, by=user(), key="k")


def test_lease_slot_refuses_a_slot_that_somebody_holds(things):
    wanted, ada, bob = slot(item=things[0]), expert(), expert()
    lease_slot(wanted.pk, by=ada.user, key="k")

    with pytest.raises(SlotNotOpen, match="taken, walled off, or asks for another"):
        lease_slot(wanted.pk, by=bob.user, key="k")


def test_lease_slot_says_so_when_its_holder_asks_again(things):
    ada = expert()
    wanted = slot(item=things[0], reserved_for=ada)
    lease_slot(wanted.pk, by=ada.user, key="k")

    with pytest.raises(SlotNotOpen, match="You hold this slot already"):
        lease_slot(wanted.pk, by=ada.user, key="other")


def test_lease_slot_takes_over_an_expired_lease(things, clock):
    wanted, ada, bob = slot(item=things[0]), expert(), expert()
    lost = lease_slot(wanted.pk, lease_seconds=60, by=ada.user, key="k")
    past(clock, 61)

    taken = lease_slot(wanted.pk, by=bob.user, key="k")

    lost.refresh_from_db()
    assert (lost.state, taken.state, taken.fence) == ("lapsed", "active", 2)
    assert not slots_without_lease().exists()


def test_lease_slot_refuses_one_expert_two_slots_of_an_item(things):
    ada = expert()
    first, second = slot(item=things[0]), slot(item=things[0], purpose=Slot.Purpose.FURTHER)
    lease_slot(first.pk, by=ada.user, key="k")

    with pytest.raises(SlotNotOpen):
        lease_slot(second.pk, by=ada.user, key="other")


# Which slots are open to whom


def test_a_slot_is_open_to_its_expert_only_when_reserved(things):
    ada, bob = expert(), expert()
    wanted = slot(item=things[0], reserved_for=ada)

    assert (open_to(ada), open_to(bob)) == ([wanted], [])


@pytest.mark.parametrize("whole", [True, False], ids=["engagement", "item"])
def test_a_wall_closes_slots_at_once(things, whole):
    ada, bob = expert(), expert()
    one, other = slot(item=things[0]), slot(item=things[1])
    wall(engagement=one.engagement, item=None if whole else things[0], expert=ada)

    assert open_to(ada) == ([] if whole else [other])
    assert set(open_to(bob)) == {one, other}


def test_a_person_needs_the_qualification(things, course):
    course.required_qualification = "Onboarding quiz"
    course.save()
    wanted, held, failed = slot(item=things[0]), expert(), expert()
    qualification(expert=held)
    qualification(expert=failed, passed=False)

    assert open_to(held) == [wanted]
    assert open_to(failed) == []
    assert open_to(expert(kind="source")) == [wanted]


def test_a_lapsed_qualification_closes_slots(things, course):
    course.required_qualification = "Onboarding quiz"
    course.save()
    slot(item=things[0])
    ada = qualification(expires_at=now()).expert

    assert open_to(ada) == []


def test_a_test_asks_for_no_qualification(things, course):
    course.required_qualification = "Onboarding quiz"
    course.save()
    ada = expert()
    test = slot(item=things[0], purpose=Slot.Purpose.QUALIFICATION, reserved_for=ada)

    assert open_to(ada) == [test]


def test_nobody_judges_an_item_twice(things):
    ada = expert()
    judgment(item=things[0], expert=ada)
    slot(item=things[0], purpose=Slot.Purpose.ADJUDICATION)
    slot(item=things[0], purpose=Slot.Purpose.AUDIT)

    assert open_to(ada) == []


def test_a_judgment_taken_back_does_not_count(things):
    ada = expert()
    taken_back(judgment=judgment(item=things[0], expert=ada))
    again = slot(item=things[0], purpose=Slot.Purpose.FURTHER)

    assert open_to(ada) == [again]


def test_an_auditor_may_audit_an_item_again_for_a_later_freeze(things):
    ada = expert()
    judgment(slot=slot(item=things[0], purpose=Slot.Purpose.AUDIT), expert=ada)
    later = slot(item=things[0], purpose=Slot.Purpose.AUDIT)
    slot(item=things[0], purpose=Slot.Purpose.FIRST)

    assert open_to(ada) == [later]


def test_an_auditor_checks_no_item_of_a_census_that_they_judged_for_its_decision(things):
    ada = expert()
    judgment(item=things[0], expert=ada)
    judgment(slot=slot(item=things[1], purpose=Slot.Purpose.AUDIT), expert=ada)
    slot(item=things[0], purpose=Slot.Purpose.CENSUS)
    later = slot(item=things[1], purpose=Slot.Purpose.CENSUS)

    assert open_to(ada) == [later]


@pytest.mark.parametrize(
    ("reason", "comes_back"), [("later", True), ("not_my_field", False), ("other", False)]
)
def test_a_skipped_slot_comes_back_only_when_put_off(things, reason, comes_back):
    ada, put_off = expert(), slot(item=things[0])
    skip(assignment=assignment(slot=put_off, expert=ada, state="skipped"), reason=reason)

    assert open_to(ada) == ([put_off] if comes_back else [])
    assert open_to(expert()) == [put_off]


def test_what_was_put_off_comes_after_everything_else(things):
    ada, put_off, other = expert(), slot(item=things[0]), slot(item=things[1])
    skip(assignment=assignment(slot=put_off, expert=ada, state="skipped"), reason="later")

    assert open_to(ada) == [other, put_off]


# lease_next_slot


def test_lease_next_slot_takes_what_looks_alike_by_hash_whatever_it_is_for(things, course):
    alike = [
        slot(item=item(lot=things[0].lot), purpose=purpose)
        for purpose in ("first", "further", "gold") * 4
    ]
    later = slot(item=item(lot=lot(engagement=course)))

    served = open_to(expert())

    assert served == [*sorted(alike, key=lambda each: each.item.uid.hex), later]


def test_lease_next_slot_takes_other_work_by_age_after_what_looks_alike(things):
    audits = [slot(item=item(lot=things[0].lot), purpose="audit") for _ in range(4)]
    first = slot(item=things[0])

    assert open_to(expert()) == [first, *audits]
    assert lease_next_slot(by=expert().user, key="k").slot == first


def test_lease_next_slot_returns_the_lease_already_held(things):
    slot(item=things[0])
    slot(item=things[1])
    ada = expert()
    held = lease_next_slot(by=ada.user, key="k")

    assert lease_next_slot(by=ada.user, key="other") == held
    assert Assignment.objects.count() == 1


def test_lease_next_slot_stays_inside_a_lot(things):
    slot(item=things[0])
    elsewhere = slot()

    leased = lease_next_slot(lot_id=elsewhere.lot_id, by=expert().user, key="k")

    assert leased.slot == elsewhere


def test_lease_next_slot_says_when_nothing_is_open(things):
    with pytest.raises(NothingToDo):
        lease_next_slot(by=expert().user, key="k")


def test_lease_next_slot_leaves_a_lease_behind_a_new_wall(things):
    walled, other, ada = slot(item=things[0]), slot(item=things[1]), expert()
    lease_next_slot(by=ada.user, key="k")
    wall(engagement=walled.engagement, item=things[0], expert=ada)

    assert lease_next_slot(by=ada.user, key="other").slot == other


# extend_lease


def test_extend_lease_holds_on_for_as_long_again(things, clock):
    ada, wanted = expert(), slot(item=things[0])
    lease = lease_slot(wanted.pk, by=ada.user, key="k")
    past(clock, 1700)

    extended = extend_lease(lease.pk, by=ada.user, key="k")

    assert extended.expires_at - now() > timedelta(minutes=29)
    assert list(active_assignments(ada, now())) == [lease]


def test_extend_lease_repeats_its_first_result(things):
    ada = expert()
    lease = lease_slot(slot(item=things[0]).pk, by=ada.user, key="k")
    first = extend_lease(lease.pk, by=ada.user, key="k").expires_at

    assert extend_lease(lease.pk, by=ada.user, key="k").expires_at == first


def test_extend_lease_refuses_a_lapsed_one(things, clock):
    ada, bob, wanted = expert(), expert(), slot(item=things[0])
    lease = lease_slot(wanted.pk, lease_seconds=60, by=ada.user, key="k")
    past(clock, 61)
    lease_slot(wanted.pk, by=bob.user, key="k")

    with pytest.raises(LeaseLost, match="lapsed already"):
        extend_lease(lease.pk, by=ada.user, key="k")


def test_extend_lease_does_not_see_somebody_elses(things):
    lease = lease_slot(slot(item=things[0]).pk, by=expert().user, key="k")

    with pytest.raises(Assignment.DoesNotExist):
        extend_lease(lease.pk, by=expert().user, key="k")
