"""An expert's own record: what it tells, what it never tells, and the appeal."""

import pytest
from django.urls import reverse

from peritus.quality.models import Appeal
from peritus.work.models import Slot
from tests.factories import bench, desks, quality, work
from tests.unit.web.conftest import queries_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CLAIM = "Clause 4 allows what clause 3 forbids."


@pytest.fixture
def expert():
    return desks.person_on_bench()


@pytest.fixture
def signed_in(client, expert):
    client.force_login(expert.user)
    return client


def answered_lot(expert, answer="yes"):
    lot = desks.asked_lot(size=1)
    desks.answered_by(expert, lot, answer)
    return lot


def with_gold(lot, **changes):
    given = {"question": "compatible", "answer": "no", "source": "Clause 3 forbids it."}
    return quality.gold(item=lot.items.get(), weighs=True, **(given | changes))


def record(client):
    return client.get(reverse("own_results"))


def appeal(client, judgment, **form):
    address = reverse("appeal_own_answer", args=[judgment.pk, "compatible"])
    return client.post(address, {"key": "k1", "claim": CLAIM} | form)


def test_own_results_show_overturned_answers_once_their_lot_is_frozen(signed_in, expert):
    lot = answered_lot(expert)
    slot = work.slot(item=lot.items.get(), purpose=Slot.Purpose.ADJUDICATION)
    work.judgment(slot=slot, answers={"compatible": "no"}, reason="Clause 3 forbids it.")

    before = record(signed_in)
    quality.freeze(lot=lot)
    after = record(signed_in)

    assert "Clause 3" not in before.text
    assert "Clause 3 forbids it." in after.text
    assert "No, it may not" in after.text


def test_own_results_do_not_change_when_gold_is_answered_in_an_open_lot(signed_in, expert):
    lot = desks.asked_lot(size=1)
    with_gold(lot)
    desks.answered_by(expert, lot, "yes")
    quality.gold(item=lot.items.get(), question="compatible", version=2, answer="yes", weighs=True)
    bench.skill(expert=expert, question="compatible", right=0, measured=1)  # derived at once

    page = record(signed_in)

    assert "Nothing can be counted yet" in page.text
    assert page.context["records"] == []
    assert "Clause 3" not in page.text


def test_own_results_tell_neither_others_answers_nor_gold_that_was_met(signed_in, expert):
    lot = answered_lot(expert)
    with_gold(lot, answer="yes", source="Nightjar memorandum.")
    other = work.slot(item=lot.items.get(), purpose=Slot.Purpose.FIRST)
    work.judgment(slot=other, answers={"compatible": "no"}, reason="Swift says no.")
    quality.freeze(lot=lot)

    page = record(signed_in)

    assert (page.context["records"][0].gold.right, page.context["records"][0].gold.n) == (1, 1)
    assert "Nightjar" not in page.text
    assert "Swift" not in page.text
    assert "No, it may not" not in page.text


def test_own_results_show_nobody_elses(signed_in):
    other = desks.person_on_bench()
    lot = answered_lot(other)
    with_gold(lot)
    quality.freeze(lot=lot)
    work_of_other = lot.items.get().judgments.get()
    quality.appeal(judgment=work_of_other, claim="Swift claims.")
    bench.qualification(expert=other, name="Secret test")

    page = record(signed_in)

    assert "MPL-2.1" not in page.text
    assert "Secret test" not in page.text
    assert "Swift" not in page.text


def test_own_results_give_accuracy_on_gold_with_its_interval_and_n(signed_in, expert):
    lot = desks.asked_lot(size=0)
    quality.known_answers(expert, lot, "1111111110")
    quality.freeze(lot=lot)

    page = record(signed_in)

    # Clopper-Pearson for 9 of 10, R 4.3: binom.test(9, 10)$conf.int = 0.5549839 0.9974714
    assert "55.5\N{NO-BREAK SPACE}% to 99.7\N{NO-BREAK SPACE}%" in page.text
    assert '<td class="number" data-label="n, gold">10</td>' in page.text


def test_own_results_ask_as_often_for_three_overturned_answers_as_for_one(signed_in, expert):
    lot = desks.asked_lot(size=0)
    quality.known_answers(expert, lot, "0")
    quality.freeze(lot=lot)
    once = queries_of(signed_in, "own_results")
    quality.known_answers(expert, lot, "00")

    thrice = queries_of(signed_in, "own_results")

    assert thrice == once
    assert record(signed_in).context["page"].paginator.count == 3


# appeal_own_answer


@pytest.fixture
def overturned(expert):
    lot = answered_lot(expert)
    with_gold(lot)
    quality.freeze(lot=lot)
    return lot.items.get().judgments.get()


def test_appeal_is_made_once_when_sent_twice_and_shows_its_limit(signed_in, overturned):
    first, again = appeal(signed_in, overturned), appeal(signed_in, overturned)

    page = record(signed_in)
    assert first.url == again.url == f"{reverse('own_results')}#appeals"
    assert Appeal.objects.get().claim == CLAIM
    assert "To be decided by" in page.text
    assert "left." in page.text


def test_appeal_says_beside_what_was_typed_what_is_missing(signed_in, overturned):
    page = appeal(signed_in, overturned, claim="No way")

    assert page.status_code == 422
    assert "No way</textarea>" in page.text
    assert "3 words or more" in page.text
    assert not Appeal.objects.exists()


def test_appeal_is_refused_without_a_replay_key(signed_in, overturned):
    assert appeal(signed_in, overturned, key="").status_code == 400
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("role", ["expert", "quality"])
def test_appeal_does_not_find_somebody_elses_answer(client, overturned, role):
    client.force_login(desks.person_on_bench(role).user)

    page = appeal(client, overturned)

    assert page.status_code == 404
    assert "Clause 3" not in page.text
    assert not Appeal.objects.exists()


def test_own_results_show_what_was_decided_with_its_reason(signed_in, expert, overturned):
    quality.appeal(
        judgment=overturned,
        gold=overturned.item.gold.get(),
        outcome="refused",
        reason="Clause 4 speaks of another case.",
        decided_by=overturned.engagement.manager,
        decided_at=overturned.submitted_at,
    )

    page = record(signed_in)

    assert "Clause 4 speaks of another case." in page.text
    assert "You appealed against this already" in page.text
