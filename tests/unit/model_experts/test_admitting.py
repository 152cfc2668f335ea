"""Admission: a model on trial only suggests, until it stands in for the experts of the pack."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from peritus.accounts.queries import engine
from peritus.bench.errors import ResultNotRecorded
from peritus.bench.models import Admission, Expert
from peritus.bench.verbs import AdmissionTested, record_admission
from peritus.engagements.models import Lot
from peritus.journal.clock import now
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.model_experts.admission import cost_of_answer
from peritus.model_experts.errors import ModelNotTested
from peritus.model_experts.verbs import admit_model, open_suggestions
from peritus.quality.models import Decision
from peritus.quality.verbs import decide_item
from peritus.work.errors import SlotNotOpen
from peritus.work.leasing import ADMISSION, bars_against, leases_against_bars
from peritus.work.models import Assignment, Slot
from peritus.work.staffing.candidates import candidates_for
from peritus.work.verbs import lease_slot, submit_judgment
from tests.factories.accounts import member
from tests.factories.bench import expert
from tests.factories.engagements import engagement, guideline_version, item, lot, question, wall
from tests.factories.model_experts import model_call, model_spec
from tests.factories.work import assignment, judgment, slot

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ITEMS, COST = 60, Decimal("2.50")
TRUTH = {f"q{n:02}": "yes" if n % 3 else "no" for n in range(ITEMS)}


@pytest.fixture
def course(db):
    course = engagement(manager=member("manager"), quality_lead=member("quality"))
    version = guideline_version(engagement=course, organisation=course.organisation)
    question(guideline_version=version, code="holds")
    parent = lot(engagement=course)
    for key in TRUTH:
        item(lot=parent, key=key)
    return course


@pytest.fixture
def spec(course):
    return model_spec()


def other(answer):
    return "no" if answer == "yes" else "yes"


def says(chance, key, share):
    return TRUTH[key] if chance.random() < share else other(TRUTH[key])


def people_judge(course, share=0.9, n=3):
    """Let people judge every item, right in this share."""
    chance = random.Random(3)
    for _ in range(n):
        who = expert()
        for thing in course.items.order_by("key"):
            answers = {"holds": says(chance, thing.key, share)}
            judgment(slot=slot(item=thing), expert=who, answers=answers, engagement=course)


def suggests(course, spec, share):
    """Let a model suggest on every item, through verbs, right in this share."""
    chance, by = random.Random(5), spec.expert.user
    parent = course.lots.get()
    open_suggestions(parent.pk, spec.expert_id, most=ITEMS, by=course.manager, key="s")
    for asked in Slot.objects.filter(reserved_for=spec.expert).order_by("id"):
        held = lease_slot(asked.pk, by=by, key=f"l{asked.pk}")
        answers = {"holds": says(chance, asked.item.key, share)}
        submit_judgment(held.pk, held.fence, answers, by=by, key=f"j{asked.pk}")


def admit(course, spec, **changes):
    given = {"expert_cost": COST, "by": course.quality_lead, "key": "a"} | changes
    return admit_model(spec.expert_id, course.pack, **given)


def production(course):
    return slot(item=item(lot=course.lots.get()))


# What admits


def test_admit_model_lets_a_good_model_decide(course, spec):
    people_judge(course)
    suggests(course, spec, share=0.95)
    wanted = production(course)
    with pytest.raises(SlotNotOpen):
        lease_slot(wanted.pk, by=spec.expert.user, key="p")

    found = admit(course, spec)

    assert (found.passed, found.judges, found.items, found.epsilon) == (True, 3, ITEMS, 0.2)
    (result,) = found.results
    assert (result["question"], result["winning_rate"]) == ("holds", 1.0)
    assert [each["items"] for each in result["judges"]] == [ITEMS] * 3
    assert bars_against(spec.expert, wanted, now()) == []
    lease_slot(wanted.pk, by=spec.expert.user, key="p")
    assert Event.objects.filter(kind="model.admitted").get().data["judges"] == 3
    assert not leases_against_bars()["admission"].exists()


def test_admit_model_keeps_a_random_model_at_suggesting_and_on_record(course, spec):
    people_judge(course)
    suggests(course, spec, share=0.5)

    found = admit(course, spec)

    assert (found.passed, found.results[0]["winning_rate"]) == (False, 0.0)
    wanted = slot(item=item(lot=course.lots.get()), reserved_for=spec.expert)
    with pytest.raises(SlotNotOpen, match="may only suggest"):
        lease_slot(wanted.pk, by=spec.expert.user, key="p")
    assert Event.objects.filter(kind="work.refused").get().data["because"] == ["admission"]
    assert Event.objects.filter(kind="model.not_admitted").count() == 1


def test_a_later_test_that_fails_ends_an_admission(course, spec):
    people_judge(course)
    suggests(course, spec, share=0.95)
    assert admit(course, spec).passed
    held = Assignment.objects.filter(expert=spec.expert).first()
    model_call(assignment=held, spec=spec, price=Decimal(10))

    dear = admit(course, spec, key="b")

    assert (dear.passed, dear.epsilon) == (False, 0.0)  # it costs more than an expert does
    assert bars_against(spec.expert, production(course), now()) == [ADMISSION]
    assert Admission.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize(
    ("prices", "cost"),
    [([], Decimal(0)), ([None, None], None), ([Decimal(2), None, Decimal(4)], Decimal(3))],
)
def test_a_price_that_nobody_reported_is_not_taken_for_none(spec, prices, cost):
    held = assignment(expert=spec.expert)
    for price in prices:
        model_call(assignment=held, spec=spec, price=price)

    assert cost_of_answer(spec) == cost


def test_a_model_whose_cost_is_not_known_earns_no_allowance(course, spec):
    people_judge(course)
    suggests(course, spec, share=0.95)
    held = Assignment.objects.filter(expert=spec.expert).first()
    model_call(assignment=held, spec=spec, price=None)

    assert admit(course, spec).epsilon == 0.0


def test_what_a_model_suggests_is_not_decided_on(course, spec):
    people_judge(course, share=1.0, n=2)
    thing = course.items.get(key="q01")
    suggests(course, spec, share=0.0)

    decide_item(thing.pk, by=engine(), key="d")

    decision = Decision.objects.get(item=thing)
    assert decision.answer == TRUTH["q01"]
    assert len(decision.judgments) == 2


# What stands in the way


def test_admit_model_says_how_many_experts_are_missing(course, spec):
    with pytest.raises(ModelNotTested, match="let it suggest on judged items"):
        admit(course, spec)
    people_judge(course, n=2)
    suggests(course, spec, share=1.0)

    with pytest.raises(ModelNotTested, match="holds: 2 experts have 30 answers beside the model"):
        admit(course, spec)
    assert not Admission.objects.exists()


@pytest.mark.parametrize("cost", [Decimal(0), Decimal(-1), Decimal("NaN")])
def test_admit_model_refuses_a_cost_that_is_none(course, spec, cost):
    with pytest.raises(ModelNotTested, match="judgment costs more than 0"):
        admit(course, spec, expert_cost=cost)


def test_admit_model_is_the_providers_and_never_ones_own(course, spec):
    for by in (member("finance"), spec.expert.user):
        with pytest.raises(NotAllowed):
            admit(course, spec, by=by)
    with pytest.raises(Expert.DoesNotExist):
        admit(course, spec, by=member("client", organisation=course.organisation))


def test_admit_model_reads_no_engagement_that_the_actor_does_not_see(course, spec):
    people_judge(course)
    suggests(course, spec, share=1.0)

    with pytest.raises(ModelNotTested, match="let it suggest on judged items"):
        admit(course, spec, by=member("quality"))


def test_an_expert_who_is_not_on_trial_is_not_admitted(course):
    with pytest.raises(ModelNotTested, match="is not on trial"):
        admit_model(expert().pk, course.pack, expert_cost=COST, by=course.quality_lead, key="a")
    tested = AdmissionTested(True, 3, 30, 0.1, [])
    with pytest.raises(ResultNotRecorded, match="is not on trial"):
        record_admission(expert().pk, course.pack, tested, by=course.quality_lead, key="r")


def test_admit_model_admits_once_when_repeated(course, spec):
    people_judge(course)
    suggests(course, spec, share=1.0)

    assert admit(course, spec) == admit(course, spec)
    assert Admission.objects.count() == 1


def test_an_admission_holds_for_its_pack_alone(course, spec):
    tested = AdmissionTested(True, 3, 30, 0.1, [])
    record_admission(spec.expert_id, "another_pack", tested, by=course.quality_lead, key="r")

    assert bars_against(spec.expert, production(course), now()) == [ADMISSION]


def test_a_draft_leaves_a_model_on_trial_out_and_says_why(course, spec):
    parent = course.lots.get()

    found = candidates_for(parent, {spec.expert.handle: None}, now())

    assert set(found.bars.values()) == {"admission"}


def test_a_lease_given_to_a_model_that_only_suggests_is_found(course, spec):
    given = assignment(slot=production(course), expert=spec.expert)

    assert list(leases_against_bars()["admission"]) == [given]


# open_suggestions


def test_open_suggestions_asks_on_what_most_experts_judged_and_once(course, spec):
    parent = course.lots.get()
    for key, n in (("q07", 2), ("q09", 1)):
        for _ in range(n):
            judgment(slot=slot(item=course.items.get(key=key)), engagement=course)

    for _ in range(2):
        open_suggestions(parent.pk, spec.expert_id, most=2, by=course.manager, key="s")
    asked = Slot.objects.filter(purpose=Slot.Purpose.SUGGESTION)
    assert [each.item.key for each in asked.order_by("id")] == ["q07", "q09"]

    open_suggestions(parent.pk, spec.expert_id, most=ITEMS, by=course.manager, key="t")
    assert asked.count() == ITEMS
    with pytest.raises(ModelNotTested, match="No item is left"):
        open_suggestions(parent.pk, spec.expert_id, most=1, by=course.manager, key="u")


def test_open_suggestions_is_the_managers_and_for_models_on_trial(course, spec):
    parent = course.lots.get()
    with pytest.raises(NotAllowed):
        open_suggestions(parent.pk, spec.expert_id, most=1, by=course.quality_lead, key="s")
    with pytest.raises(Lot.DoesNotExist):
        open_suggestions(parent.pk, spec.expert_id, most=1, by=member("manager"), key="s")
    with pytest.raises(ModelNotTested, match="only those suggest"):
        open_suggestions(parent.pk, expert().pk, most=1, by=course.manager, key="s")


def test_a_wall_keeps_a_model_from_suggesting_too(course, spec):
    parent = course.lots.get()
    open_suggestions(parent.pk, spec.expert_id, most=1, by=course.manager, key="s")
    wall(engagement=course, expert=spec.expert)

    with pytest.raises(SlotNotOpen):
        lease_slot(Slot.objects.get().pk, by=spec.expert.user, key="l")
