"""Today, the quiz and its result, own results, the adjudicator's queue."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from peritus.catalogue.registry import pack_named
from peritus.journal.clock import SteadyClock, clock_set_to, now
from peritus.journal.pump import pump
from peritus.quality import attempts
from peritus.quality.tasks import end_tests
from peritus.work.models import Assignment, Judgment, Slot
from tests.factories import bench, billing, desks, engagements, work

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # whole tests, twelve answers each


@pytest.fixture
def expert():
    return desks.person_on_bench()


@pytest.fixture
def signed_in(client, expert):
    client.force_login(expert.user)
    return client


def take_test(client, lot, *, wrong=0):
    client.post(reverse("start_test", args=[lot.pk]), {"key": f"start{wrong}"})
    key = pack_named("kpo_quiz").qualification.key
    for place in range(12):
        held = Assignment.objects.select_related("slot__item").get(state="active")
        right = key[held.slot.item.key]
        answer = right if place >= wrong else "abcd"[("abcd".index(right) + 1) % 4]
        form = {"key": f"{wrong}-{place}", "fence": held.fence, "answer.answer": answer}
        client.post(reverse("answer_item", args=[held.pk]), form)
    pump(until_idle=True)


def test_today_offers_the_missing_quiz_and_what_waits(signed_in, expert):
    desks.training_lot()
    lot = desks.asked_lot()
    desks.slots_for(lot, expert)

    page = signed_in.get(reverse("today"))

    assert "Take the KPO onboarding quiz (12 questions)" in page.text
    assert "Pass mark: 10 of 12 right, which shows, at 95\N{NO-BREAK SPACE}% conf" in page.text
    assert "3 open for you" in page.text


def test_today_shows_only_the_experts_own_pay(signed_in, expert):
    billing.payout(expert=expert, judgments=17)
    billing.payout(expert=bench.expert(), judgments=4321)

    page = signed_in.get(reverse("today"))

    assert '<td class="number" data-label="Judgments">17</td>' in page.text
    assert "4321" not in page.text


def test_start_test_puts_the_first_question_on_the_desk_in_one_click(signed_in):
    lot = desks.training_lot()

    page = signed_in.post(reverse("start_test", args=[lot.pk]), {"key": "k"}, follow=True)

    first = Slot.objects.order_by("id").first()
    assert first.item.title in unescape(page.text)
    assert "0 of 12" in page.text
    assert "59\N{NO-BREAK SPACE}min left" in page.text
    assert "information-intensive" not in page.text


def test_qualify_shows_answers_only_once_all_are_given(signed_in):
    lot = desks.training_lot()
    signed_in.post(reverse("start_test", args=[lot.pk]), {"key": "k"})
    address = reverse("qualify", args=[lot.pk])

    before = signed_in.get(address)

    assert "Question by question" not in before.text
    assert "information-intensive" not in before.text


def test_qualify_explains_each_answer_after_a_pass(signed_in):
    lot = desks.training_lot()
    take_test(signed_in, lot, wrong=2)

    page = signed_in.get(reverse("qualify", args=[lot.pk]))

    assert "10 of 12 right" in page.text
    assert "at least 56.2\N{NO-BREAK SPACE}% of such questions are known" in page.text
    assert "at least 50\N{NO-BREAK SPACE}% of such questions are known" in page.text
    assert page.text.count("<dt>Right answer</dt>") == 2
    assert "information-intensive" in page.text


def test_qualify_offers_another_try_after_the_waiting_time(signed_in):
    clock, lot = SteadyClock(now(), timedelta(0)), desks.training_lot()
    with clock_set_to(clock):
        take_test(signed_in, lot, wrong=4)
        early = signed_in.get(reverse("qualify", args=[lot.pk]))
        today = signed_in.get(reverse("today"))
        again = now() + timedelta(minutes=pack_named("kpo_quiz").qualification.wait_minutes)
        clock.move_to(again)
        page = signed_in.get(reverse("qualify", args=[lot.pk]))
        take_test(signed_in, lot, wrong=0)
        after = signed_in.get(reverse("qualify", args=[lot.pk]))

    waits = f"again from {again:%Y-%m-%d %H:%M} UTC on."
    assert [waits in each.text for each in (early, today, page)] == [True, True, False]
    assert "Take it again" not in early.text
    assert "Start the quiz" not in today.text
    assert "Attempt 1 of 5" in page.text
    assert "Take it again" in page.text
    assert "12 of 12 right" in after.text


def test_qualify_shows_the_time_left_and_what_was_not_answered_in_time(signed_in):
    clock, lot = SteadyClock(now(), timedelta(0)), desks.training_lot()
    with clock_set_to(clock):
        signed_in.post(reverse("start_test", args=[lot.pk]), {"key": "k"})
        clock.move_to(now() + timedelta(minutes=20))
        pages = [
            signed_in.get(reverse(name, args=args))
            for name, args in (("qualify", [lot.pk]), ("today", []))
        ]
        clock.move_to(now() + timedelta(minutes=41))
        over = signed_in.get(reverse("qualify", args=[lot.pk]))
        end_tests()
        pump(until_idle=True)
        graded = signed_in.get(reverse("qualify", args=[lot.pk]))

    assert ["40\N{NO-BREAK SPACE}min left" in page.text for page in pages] == [True, True]
    assert "Being graded" in over.text
    assert "0 of 12 right" in graded.text
    assert graded.text.count("Not answered in time") == 12


def test_qualify_shows_the_training_text_before_the_test(signed_in):
    lot = desks.training_lot()

    page = signed_in.get(reverse("qualify", args=[lot.pk]))
    today = signed_in.get(reverse("today"))

    assert ">Two kinds of outsourced work</h2>" in page.text
    assert "Read the training text first" in today.text
    assert "I have read the text above" not in page.text


def test_start_test_takes_the_confirmation_of_a_training_text(signed_in, monkeypatch):
    lot, pack = desks.training_lot(), pack_named("kpo_quiz")
    spec = replace(pack.qualification, training_confirmed=True)
    monkeypatch.setattr(attempts, "pack_of", lambda _: replace(pack, qualification=spec))
    page = signed_in.get(reverse("qualify", args=[lot.pk]))
    start = reverse("start_test", args=[lot.pk])

    unread = signed_in.post(start, {"key": "unread"})
    read = signed_in.post(start, {"key": "read", "read": spec.to_confirm})

    assert f'name="read" value="{spec.to_confirm}" required' in page.text
    assert (unread.status_code, read.status_code) == (409, 302)
    assert "confirm that you have" in unread.text


def test_start_test_is_refused_while_a_pass_is_valid(signed_in):
    lot = desks.training_lot()
    take_test(signed_in, lot)

    again = signed_in.post(reverse("start_test", args=[lot.pk]), {"key": "again"})

    assert again.status_code == 409
    assert "it is valid until" in again.text


def test_adjudications_list_what_waits_for_this_person_only(client):
    decider, other = desks.person_on_bench("quality"), desks.person_on_bench()
    lot = desks.asked_lot(size=2)
    mine, theirs = lot.items.order_by("key")
    work.slot(item=mine, purpose=Slot.Purpose.ADJUDICATION, reserved_for=decider)
    work.slot(item=theirs, purpose=Slot.Purpose.ADJUDICATION, reserved_for=other)
    client.force_login(decider.user)

    page = client.get(reverse("adjudications"))

    assert "MPL-2.1 into MIT" in page.text
    assert "MPL-2.2 into MIT" not in page.text


def test_start_adjudication_is_refused_for_another_persons_slot(client):
    decider, other = desks.person_on_bench(), desks.person_on_bench()
    lot = desks.asked_lot(size=1)
    slot = work.slot(item=lot.items.get(), purpose=Slot.Purpose.ADJUDICATION, reserved_for=other)
    client.force_login(decider.user)

    page = client.post(reverse("start_adjudication", args=[slot.pk]), {"key": "k"})

    assert page.status_code == 409
    assert Assignment.objects.count() == 0
    assert Judgment.objects.count() == 0


def test_adjudications_name_the_qualification_that_is_missing(client):
    decider = desks.person_on_bench("quality")
    lot = desks.asked_lot(size=2, required_qualification="KPO onboarding")
    for item in lot.items.all():
        work.slot(item=item, purpose=Slot.Purpose.ADJUDICATION, reserved_for=decider)
    engagements.wall(engagement=lot.engagement, item=lot.items.first(), expert=decider)
    client.force_login(decider.user)

    page = client.get(reverse("adjudications"))

    assert "1 item reserved for you opens once you hold “KPO onboarding”." in page.text
    assert "MPL" not in page.text
