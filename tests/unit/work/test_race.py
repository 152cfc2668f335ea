"""What several connections do at the same moment: one slot, one item, one wall."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
from django.db import connection

from peritus.journal.clock import now
from peritus.journal.errors import PeritusError
from peritus.work.models import Assignment, Slot
from peritus.work.verbs import lease_next_slot, lease_slot
from tests.factories.bench import expert
from tests.factories.work import assignment, slot

ROUNDS = 5

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def _two_writers():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time: the race for a slot needs PostgreSQL")


def race(*experts):
    """Let everybody ask at once; return who got a lease."""
    return together([
        partial(lease_next_slot, by=each.user, key=f"race-{n}") for n, each in enumerate(experts)
    ])  # fmt: skip


def together(acts):
    """Do all acts at once, each on a connection of its own; return what was not refused."""
    gate, got = Barrier(len(acts)), []

    def do(act):
        try:
            gate.wait()
            got.append(act())
        except PeritusError:
            pass
        finally:
            connection.close()

    threads = [Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def test_one_of_four_experts_gets_the_last_slot():
    for _ in range(ROUNDS):
        wanted = slot()

        got = race(expert(), expert(), expert(), expert())

        wanted.refresh_from_db()
        assert [lease.slot for lease in got] == [wanted]
        assert (wanted.state, wanted.fence) == ("leased", 1)


def test_one_of_four_experts_takes_an_expired_lease_over():
    for _ in range(ROUNDS):
        wanted = slot(state=Slot.State.LEASED, fence=1)
        past = now() - timedelta(hours=1)
        lapsed = assignment(slot=wanted, fence=1, leased_at=past, expires_at=past)

        got = race(expert(), expert(), expert(), expert())

        wanted.refresh_from_db()
        lapsed.refresh_from_db()
        assert [lease.slot for lease in got] == [wanted]
        assert (lapsed.state, wanted.fence) == ("lapsed", 2)
        assert Assignment.objects.filter(slot=wanted, state="active").count() == 1


def test_one_expert_in_two_windows_gets_an_item_once():
    for _ in range(ROUNDS):
        judge, first = expert(), slot()
        second = slot(item=first.item, number=2)

        got = together([
            partial(lease_slot, each.pk, by=judge.user, key=f"tab-{each.pk}")
            for each in (first, second, first, second)
        ])  # fmt: skip

        assert len({lease.pk for lease in got}) == 1
        assert Assignment.objects.filter(expert=judge, state="active").count() == 1
