"""A licence from claim to renewal, on the pages: what lapses at midnight stops the next item."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.bench.tasks import note_what_ends
from peritus.journal.pump import pump
from peritus.simulation.invariants import broken_invariants
from peritus.work.models import Assignment, Slot
from tests.factories import accounts, desks, work

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db]
BAR = {
    "kind": "licence", "title": "Bar admission", "jurisdiction": "DE", "issuer": "Bar of Example",
    "issued": "2020-01-01",
}  # fmt: skip


class Person:
    """Somebody at the pages; each press has a key of its own."""

    def __init__(self, user):
        self.user, self.client, self.presses = user, Client(), 0
        self.client.force_login(user)

    def reads(self, address, *about):
        page = self.client.get(reverse(address, args=about))
        assert page.status_code == 200
        return page.text

    def presses_on(self, address, *about, **form):
        self.presses += 1
        form["key"] = f"{self.user.uid}:{self.presses}"
        page = self.client.post(reverse(address, args=about), form)
        assert page.status_code in {200, 302}, page.text
        return page


@pytest.fixture
def lot():
    course = {
        "manager": accounts.member(Role.MANAGER),
        "quality_lead": accounts.member(Role.QUALITY),
    }
    return desks.asked_lot(2, **course)


@pytest.fixture
def ada():
    return desks.person_on_bench(name="Ada Quill")


def held_by(expert):
    return Assignment.objects.filter(expert=expert).count()


def test_a_licence_that_lapses_at_midnight_stops_work_that_was_offered(clock, lot, ada):
    course = lot.engagement
    manager, lead, expert = (
        Person(each) for each in (course.manager, course.quality_lead, ada.user)
    )
    for item in lot.items.order_by("pk"):
        work.slot(item=item, purpose=Slot.Purpose.FIRST, reserved_for=ada)
    manager.presses_on(
        "set_requirement", course.uid, act="add", draft="null", kind="licence",
        title="Bar admission", jurisdiction="DE",
    )  # fmt: skip
    draft = '{"licence": "Bar admission", "jurisdiction": "DE"}'
    manager.presses_on("set_requirement", course.uid, act="require", draft=draft)

    expert.presses_on("start_work")
    unlicensed = held_by(ada)
    expert.presses_on("claim_own", **BAR, expires="2026-03-10")
    claimed = ada.credentials.get()
    expert.presses_on("start_work")
    only_claimed = held_by(ada)
    lead.presses_on("verify_credential", claimed.uid)
    note_what_ends()
    pump(until_idle=True)
    told = expert.reads("inbox")
    expert.presses_on("start_work")
    lease = Assignment.objects.get(expert=ada)

    assert (unlicensed, only_claimed, lease.state) == (0, 0, "active")
    assert "Renew “Bar admission”: it counts through 2026-03-10." in told
    assert "Checked by" in manager.reads("bench_expert", ada.uid)

    Assignment.objects.filter(pk=lease.pk).update(state="released")
    Slot.objects.filter(pk=lease.slot_id).update(state="open")
    clock.move_to(datetime(2026, 3, 10, 23, 59, 50, tzinfo=UTC))
    last_seconds = manager.reads("admission", course.uid)
    clock.move_to(datetime(2026, 3, 11, tzinfo=UTC))
    midnight = manager.reads("admission", course.uid)
    expert.presses_on("start_work")

    assert held_by(ada) == 1
    assert "Not met" not in last_seconds
    assert "Nothing valid of this kind is on the bench." in midnight

    expert.presses_on("claim_own", **(BAR | {"issued": "2026-03-10"}), expires="2027-03-10")
    lead.presses_on("verify_credential", ada.credentials.latest("pk").uid)
    pump(until_idle=True)
    expert.presses_on("start_work")

    assert held_by(ada) == 2
    assert "Not met" not in manager.reads("admission", course.uid)
    assert "unread" not in expert.reads("inbox").split("<main")[1]
    assert (ada.credentials.latest("pk").expires - clock().date()) == timedelta(364)
    assert broken_invariants() == {}
