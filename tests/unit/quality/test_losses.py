"""The adjudicator's queue: first what is likeliest wrong, without saying how likely."""

import re
from datetime import timedelta
from math import nan

import pytest
from django.urls import reverse

from peritus.journal.clock import now
from peritus.quality.losses import adjudication_to_lease, adjudications_waiting, chance_wrong
from peritus.quality.models import Decision
from peritus.work.models import Slot
from tests.factories import bench, desks, quality, work
from tests.factories.engagements import START

pytestmark = pytest.mark.django_db
ADJUDICATION, OPTIONS = Slot.Purpose.ADJUDICATION, ["yes", "no"]


def contested(**changes):
    return Decision(**{"state": Decision.State.CONTESTED, "contested": True} | changes)


# chance_wrong


def test_chance_wrong_is_what_was_foretold_where_judgments_were_aggregated():
    found = contested(error=0.38, posterior={"yes": 0.62, "no": 0.38})

    assert chance_wrong(found, [(1, "yes")], {1: 0.9}, OPTIONS) == 0.38


def test_chance_wrong_of_an_adjudicated_answer_is_what_the_aggregate_says_against_it():
    found = contested(error=0.1, posterior={"yes": 0.9, "no": 0.1}, answer="no", rule="adjudicated")

    assert chance_wrong(found, [], {}, OPTIONS) == pytest.approx(0.9)


def test_chance_wrong_follows_from_skills_that_are_known():
    votes, skills = [(1, "yes"), (2, "no")], {1: 0.9, 2: 0.6}

    found = chance_wrong(contested(), votes, skills, OPTIONS)

    # Bayes by hand: yes 0.9 · 0.4 = 0.36, no 0.1 · 0.6 = 0.06
    assert found == pytest.approx(0.06 / 0.42)
    standing = contested(answer="no")
    assert chance_wrong(standing, votes, skills, OPTIONS) == pytest.approx(0.36 / 0.42)


@pytest.mark.parametrize(
    ("votes", "options", "wrong"),
    [
        (["yes", "yes", "no"], OPTIONS, 1 / 3),  # no skill is known
        (["yes", "maybe"], OPTIONS, 1 / 2),  # said under a former guideline
        (["yes"], ["yes"], 0),
        ([], OPTIONS, 0),
    ],
)
def test_chance_wrong_is_the_share_of_the_minority_where_skills_say_nothing(votes, options, wrong):
    skill = 0.8 if "maybe" in votes or options == ["yes"] else nan
    given = list(enumerate(votes))

    found = chance_wrong(contested(), given, dict.fromkeys(range(3), skill), options)

    assert found == pytest.approx(wrong)


# adjudications_waiting


@pytest.fixture
def decider():
    return desks.person_on_bench("quality")


def queue(decider, errors, **changes):
    """Return slots of adjudication, oldest first, on items with these chances of an error."""
    lot = desks.asked_lot(size=len(errors))
    slots = []
    for n, (item, error) in enumerate(zip(lot.items.order_by("key"), errors, strict=True)):
        quality.decision(item=item, question="compatible", error=error, state="contested")
        slots.append(
            work.slot(item=item, purpose=ADJUDICATION, reserved_for=decider,
                      opened_at=START + timedelta(hours=n), **changes)
        )  # fmt: skip
    return slots


def test_adjudications_come_by_expected_loss_and_ties_oldest_first(decider):
    low, high, tie, silent = queue(decider, [0.1, 0.5, 0.1, None])

    found = adjudications_waiting(decider, now())

    assert [each.slot for each in found] == [high, low, tie, silent]
    assert [each.loss for each in found] == [0.5, 0.1, 0.1, 0.0]


def test_adjudications_put_off_come_last(decider):
    high, low = queue(decider, [0.5, 0.1])
    held = work.assignment(slot=high, expert=decider, state="skipped")
    work.skip(assignment=held, reason="later")

    assert [each.slot for each in adjudications_waiting(decider, now())] == [low, high]


def test_an_item_costs_the_sum_over_its_questions_and_skills_of_its_pack_count(decider):
    even, sure = queue(decider, [None, None])
    good, poor = bench.expert(), bench.expert()
    for expert, share in ((good, 0.95), (poor, 0.5)):
        bench.skill(expert=expert, pack="kpo_quiz", question="compatible", share=share)
    for slot, judges in ((even, (poor, bench.expert())), (sure, (good, poor))):
        for expert, answer in zip(judges, ("yes", "no"), strict=True):
            first = work.slot(item=slot.item, reserved_for=expert)
            work.judgment(slot=first, expert=expert, answers={"compatible": answer})

    found = adjudications_waiting(decider, now())

    assert [(each.slot, round(each.loss, 6)) for each in found] == [(even, 0.5), (sure, 0.05)]


def test_adjudications_of_others_are_not_listed(decider):
    queue(bench.expert(), [0.5])

    assert adjudications_waiting(decider, now()) == []


def test_adjudication_to_lease_is_the_costliest_unless_other_work_comes_first(decider):
    low, high = queue(decider, [0.1, 0.5])
    assert adjudication_to_lease(decider, now()) == high

    work.assignment(slot=low, expert=decider, expires_at=now() + timedelta(hours=1))
    assert adjudication_to_lease(decider, now()) is None


def test_adjudication_to_lease_leaves_earlier_lots_first(decider):
    work.slot(item=desks.asked_lot(size=1).items.get(), reserved_for=decider)
    queue(decider, [0.5])

    assert adjudication_to_lease(decider, now()) is None
    assert adjudication_to_lease(bench.expert(), now()) is None


# The page and the API


def test_the_page_shows_the_order_and_no_figure_from_which_judges_could_be_read(client, decider):
    low, high = queue(decider, [0.125, 0.375])
    client.force_login(decider.user)

    def shown():
        page = client.get(reverse("adjudications")).text
        page = page[page.index("<main") :]
        return re.sub(r"[0-9a-f]{32}|csrfmiddlewaretoken. value=.[^\"]+", "", page)

    before = shown()
    Decision.objects.filter(item=low.item).update(error=0.2)
    Decision.objects.filter(item=high.item).update(error=0.9)

    assert before.index(high.item.title) < before.index(low.item.title)
    assert shown() == before


def test_the_api_leases_the_costliest_adjudication_once(client, decider):
    _, high = queue(decider, [0.125, 0.375])
    client.force_login(decider.user)

    def ask():
        return client.post("/api/assignments/next", '{"key": "k"}', content_type="application/json")

    first, again = ask(), ask()

    assert first.json()["title"] == high.item.title
    assert first.json() == again.json()


def test_adjudication_to_lease_stays_in_the_lot_that_is_named(decider):
    low, high = queue(decider, [0.1, 0.5])
    [elsewhere] = queue(decider, [0.9])

    assert adjudication_to_lease(decider, now(), lot_id=low.lot_id) == high
    assert adjudication_to_lease(decider, now(), lot_id=elsewhere.lot_id) == elsewhere


def test_the_desk_goes_on_with_the_costliest_adjudication(client, decider):
    _, high = queue(decider, [0.125, 0.375])
    client.force_login(decider.user)

    client.post(reverse("start_work"), {"key": "k", "lot": str(high.lot_id)})

    assert [each.slot for each in decider.assignments.filter(state="active")] == [high]
