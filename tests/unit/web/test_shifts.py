"""The shift plan in the browser: what is late, and the draft that keeps the day."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from peritus.journal.clock import SteadyClock, clock_set_to
from peritus.work.models import Slot, Staffing
from tests.factories import accounts, bench
from tests.factories.walk import Walk
from tests.unit.web.conftest import SECRET

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WEEK = ["0.25"] * 5 + ["0", "0"]  # three judgments of five minutes a day


@pytest.fixture(autouse=True)
def tuesday():
    with clock_set_to(SteadyClock(datetime(2026, 3, 10, 9, tzinfo=UTC))):
        yield


@pytest.fixture
def walk():
    walk = Walk(first_judges=0, size=8)
    for handle in ("ada", "bob"):
        bench.expert(handle=handle, name=f"{SECRET} {handle}", week_hours=WEEK)
    return walk


def sent(client, user, address, about, **form):
    client.force_login(user)
    return client.post(reverse(address, args=[about]), {"key": f"{address}{about}{form}"} | form)


def opened(client, user):
    client.force_login(user)
    return client.get(reverse("shifts"))


def staffed(client, walk, **form):
    given = {"objective": "total", "each": "1", "leave_out": "bob"} | form
    sent(client, walk.manager, "draft_staffing", walk.lot.uid, **given)
    made = Staffing.objects.latest("id")
    sent(client, walk.manager, "publish_staffing", made.uid)


def test_shifts_say_what_is_late_and_draft_what_keeps_the_day(client, walk):
    staffed(client, walk)
    sent(client, walk.manager, "set_due", walk.lot.uid, due_on="2026-03-11", back="shifts")
    late = opened(client, walk.manager).text

    sent(client, walk.manager, "restaff", walk.lot.uid, done_by="2026-03-11")
    anew = Staffing.objects.latest("id")
    sent(client, walk.manager, "publish_staffing", anew.uid)
    kept = opened(client, walk.manager).text

    assert "2 judgments must go to somebody else" in late
    assert f"Until then there is room: {SECRET} bob 6" in late
    assert "ASSUMED" in late
    assert len(anew.moves) == 2
    assert Slot.objects.filter(reserved_for__handle="bob").count() == 2
    assert "In time" in kept
    assert "must go" not in kept


def test_a_draft_by_a_day_that_cannot_be_kept_says_so(client, walk):
    page = sent(
        client, walk.manager, "draft_staffing", walk.lot.uid,
        objective="total", each="2", done_by="2026-03-11",
    )  # fmt: skip

    assert page.status_code == 422
    assert "The items want 16 experts in all, the experts can take only 12." in page.text


def test_set_due_goes_back_to_where_it_was_set_and_says_what_a_day_is(client, walk):
    done = sent(client, walk.manager, "set_due", walk.lot.uid, due_on="2026-03-12")
    wrong = sent(client, walk.manager, "set_due", walk.lot.uid, due_on="soon")

    walk.lot.refresh_from_db()
    assert done.url == reverse("lot", args=[walk.lot.uid])
    assert walk.lot.due_on == date(2026, 3, 12)
    assert wrong.status_code == 409
    assert "A day is such as 2026-12-31" in wrong.text


def test_shifts_show_no_lot_of_another_manager(client, walk):
    staffed(client, walk)
    other = accounts.member("manager")

    page = opened(client, other).text

    assert walk.lot.title not in page
    assert walk.engagement.title not in page


def test_shifts_ask_the_same_however_many_there_are(client, walk, django_assert_num_queries):
    staffed(client, walk)
    opened(client, walk.manager)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("shifts"))
    for _ in range(2):
        bench.expert(week_hours=WEEK)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("shifts"))


QUERIES = 19
