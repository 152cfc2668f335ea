"""What runs out is told to the expert and the managers, once each, until it is renewed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import resolve, reverse

from peritus.accounts.models import Role
from peritus.bench.models import Credential
from peritus.bench.tasks import note_what_ends
from peritus.bench.verbs import (
    claim_credential,
    record_qualification,
    revoke_credential,
    verify_credential,
)
from peritus.cli.server import CLOCK_EVERY, look_at_the_clock
from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.journal.pump import pump
from peritus.notices.models import Notice
from tests.factories import accounts, bench

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = START.date()
VERIFIED = Credential.State.VERIFIED


@pytest.fixture
def clock():
    clock = SteadyClock(START, timedelta(0))
    with clock_set_to(clock):
        yield clock


@pytest.fixture
def manager():
    return accounts.member(Role.MANAGER)


@pytest.fixture
def ada():
    return bench.expert(user=accounts.member(Role.EXPERT), name="Ada Quill")


def tick():
    note_what_ends()
    pump(until_idle=True)


def unread(person):
    rows = Notice.objects.filter(user=person, read_at=None).order_by("at", "pk")
    return list(rows.values_list("text", "link"))


def test_an_ending_is_told_three_times_and_each_once(clock, manager, ada):
    bar = bench.credential(
        expert=ada, kind="licence", title="Bar", state=VERIFIED, expires=DAY + timedelta(60)
    )
    quality, client = accounts.member(Role.QUALITY), accounts.member(Role.CLIENT)
    theirs = accounts.member(Role.MANAGER, organisation=accounts.organisation())
    counts = []

    for day in (0, 0, 1, 46, 46, 47, 59, 60, 61):
        clock.move_to(START + timedelta(day))
        tick()
        counts.append((len(unread(ada.user)), len(unread(manager))))

    assert counts == [(n, n) for n in (1, 1, 1, 2, 2, 2, 3, 3, 3)]
    assert set(unread(ada.user)) == {("Renew “Bar”: it counts through 2026-05-09.", "/bench/mine/")}
    page = f"/bench/{bar.expert.uid}/"
    text = "Ask an expert to renew a licence or admission: it counts through 2026-05-09."
    assert set(unread(manager)) == {(text, page)}
    assert not Notice.objects.filter(user__in=[quality, client, theirs]).exists()
    assert {resolve(link).view_name for link in (page, "/bench/mine/")} == {
        "bench_expert", "own_bench",
    }  # fmt: skip


def test_a_notice_to_managers_names_nobody(clock, manager, ada):
    bench.credential(expert=ada, title="Quill’s bar", state=VERIFIED, expires=DAY)

    tick()

    assert "Quill" not in str(unread(manager))
    assert len(unread(manager)) == 1


def test_a_test_that_lapses_is_told(clock, manager, ada):
    bench.qualification(expert=ada, name="Quiz", expires_at=START + timedelta(14))

    tick()

    assert unread(ada.user) == [("Take “Quiz” again: it lapses on 2026-03-24.", "/bench/mine/")]
    [(text, link)] = unread(manager)
    assert text == "Ask an expert to take “Quiz” again: it lapses on 2026-03-24."
    assert link == f"/bench/{ada.uid}/"


def test_a_renewal_takes_the_notice_out_of_inboxes(clock, manager, ada):
    bench.credential(
        expert=ada, title="Bar", issuer="Bar", state=VERIFIED, expires=DAY + timedelta(5)
    )
    other = bench.credential(expert=ada, title="CIPP", state=VERIFIED, expires=DAY + timedelta(5))
    tick()
    terms = {"title": "Bar", "issuer": "Bar", "issued": DAY, "expires": DAY + timedelta(365)}
    claimed = claim_credential(ada.pk, **terms, by=ada.user, key="k")
    pump(until_idle=True)
    waiting = len(unread(ada.user))

    verify_credential(claimed.pk, by=manager, key="k")
    tick()

    assert waiting == 2
    assert [text for text, _ in unread(ada.user)] == [
        f"Renew “{other.title}”: it counts through 2026-03-15."
    ]
    assert len(unread(manager)) == 1


def test_what_lasts_shorter_renews_nothing(clock, manager, ada):
    bench.credential(expert=ada, title="Bar", state=VERIFIED, expires=DAY + timedelta(50))
    tick()
    short = bench.credential(expert=ada, title="Bar", expires=DAY + timedelta(20))

    verify_credential(short.pk, by=manager, key="k")
    tick()

    assert len(unread(ada.user)) == 1


def test_a_revocation_takes_the_notice_out_of_inboxes(clock, manager, ada):
    held = bench.credential(expert=ada, state=VERIFIED, expires=DAY + timedelta(5))
    tick()

    revoke_credential(held.pk, reason="Lapsed.", by=manager, key="k")
    tick()

    assert (unread(ada.user), unread(manager)) == ([], [])


@pytest.mark.parametrize(("passed", "left"), [(True, 0), (False, 1)])
def test_only_a_passed_test_takes_the_notice_out_of_inboxes(clock, manager, ada, passed, left):
    bench.qualification(expert=ada, name="Quiz", expires_at=START + timedelta(5))
    tick()

    record_qualification(
        ada.pk, name="Quiz", right=9, asked=9, passed=passed,
        valid_until=START + timedelta(365), by=manager, key="k",
    )  # fmt: skip
    tick()

    assert len(unread(ada.user)) == len(unread(manager)) == left


def test_inbox_shows_what_is_of_no_engagement(client, clock, ada):
    bench.credential(expert=ada, title="Bar", state=VERIFIED, expires=DAY)
    accounts.provider()
    tick()
    client.force_login(ada.user)

    text = client.get(reverse("inbox")).text

    assert "Renew “Bar”: it counts through 2026-03-10." in text
    assert "Bench ·" in text


def test_the_worker_looks_at_the_clock_when_its_time_has_come(clock, ada):
    accounts.provider()
    due = look_at_the_clock(START)
    bench.credential(expert=ada, state=VERIFIED, expires=DAY)

    assert due == START + CLOCK_EVERY
    assert look_at_the_clock(due) == due
    pump(until_idle=True)
    early = len(unread(ada.user))
    clock.move_to(due)
    look_at_the_clock(due)
    pump(until_idle=True)

    assert (early, len(unread(ada.user))) == (0, 1)
