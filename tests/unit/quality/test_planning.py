from decimal import Decimal

import pytest

from peritus.catalogue.packs import GoldAnswer
from peritus.catalogue.plans import PlanTerms
from peritus.engagements.models import Engagement
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.quality.errors import PlanRefused
from peritus.quality.models import Gold, QualityPlan
from peritus.quality.verbs import record_gold, set_quality_plan
from tests.factories.accounts import member
from tests.factories.bench import expert
from tests.factories.engagements import engagement, item, lot
from tests.factories.work import slot


@pytest.fixture
def course(clock):
    return engagement(manager=member("manager"), quality_lead=member("quality"))


def set_plan(course, adjudicator, auditor, **changes):
    given = {
        "promise": 0.05,
        "confidence": 0.95,
        "looks": [25, 50],
        "rule": "unanimous_else_adjudicate",
        "measure": "differs from the auditor",
        "by": course.manager,
        "key": "k",
    } | changes
    return set_quality_plan(
        course.pk, adjudicator_id=adjudicator.pk, auditor_id=auditor.pk, **given
    )


def known(key="q1", answer="yes"):
    return GoldAnswer(key, "holds", answer, "A published chart.", direct=True)


# set_quality_plan


def test_set_quality_plan_sets_once_when_repeated(course):
    ada, bob = expert(), expert()

    assert set_plan(course, ada, bob) == set_plan(course, ada, bob)
    assert [event.kind for event in Event.objects.all()] == ["quality_plan.set"]


def test_set_quality_plan_refuses_the_same_key_for_another_plan(course):
    ada, bob = expert(), expert()
    set_plan(course, ada, bob)

    with pytest.raises(KeyUsedDifferently):
        set_plan(course, ada, bob, promise=0.1)


def test_set_quality_plan_sets_anew_until_work_begins(course):
    ada, bob = expert(), expert()
    set_plan(course, ada, bob)

    plan = set_plan(course, ada, bob, promise=0.1, terms=PlanTerms(minimum=3), key="other")

    assert QualityPlan.objects.get() == plan
    assert (plan.promise, plan.terms.minimum, plan.terms.error) == (0.1, 3, 0.001)
    assert Event.objects.count() == 2


def test_set_quality_plan_refuses_a_change_once_judgments_were_asked_for(course):
    ada, bob = expert(), expert()
    set_plan(course, ada, bob)
    slot(item=item(lot=lot(engagement=course)))

    with pytest.raises(PlanRefused, match="Work has begun: 1 judgments were asked for"):
        set_plan(course, ada, bob, key="other")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rule": "whoever is loudest"}, "A redundancy rule is one of"),
        ({"terms": PlanTerms(gold_share=1.5)}, "The gold share is a share from 0 to 1"),
        ({"terms": PlanTerms(minimum=-1)}, "The minimum is at least 0"),
        ({"terms": PlanTerms(budget_per_item=Decimal(0))}, "A budget is above 0"),
    ],
)
def test_set_quality_plan_refuses_terms_that_cannot_be(course, changes, reason):
    with pytest.raises(PlanRefused, match=reason):
        set_plan(course, expert(), expert(), **changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"looks": []}, "Looks must be increasing sample sizes from 1, got []."),
        ({"looks": [0, 5]}, "Looks must be increasing sample sizes from 1, got [0, 5]."),
        ({"looks": [5, 5]}, "Looks must be increasing sample sizes from 1, got [5, 5]."),
        ({"looks": [9, 5]}, "Looks must be increasing sample sizes from 1, got [9, 5]."),
        ({"promise": 1.0}, "The promise is a share from 0 to below 1; 1.0 came."),
        ({"promise": -0.1}, "The promise is a share from 0 to below 1; -0.1 came."),
        ({"confidence": 95.0}, "The confidence is a share between 0 and 1; 95.0 came."),
        ({"confidence": 0.0}, "The confidence is a share between 0 and 1; 0.0 came."),
    ],
)
def test_set_quality_plan_refuses_what_no_audit_can_prove(course, changes, reason):
    with pytest.raises(PlanRefused) as refused:
        set_plan(course, expert(), expert(), **changes)

    assert refused.value.blockers == [reason]


def test_set_quality_plan_lets_nobody_audit_their_own_adjudications(course):
    ada = expert()

    with pytest.raises(PlanRefused, match="nobody audits their own decisions"):
        set_plan(course, ada, ada)


def test_set_quality_plan_is_the_managers(course):
    with pytest.raises(NotAllowed):
        set_plan(course, expert(), expert(), by=course.quality_lead)

    assert not QualityPlan.objects.exists()


def test_set_quality_plan_does_not_see_another_engagement(course):
    stranger = engagement(manager=member("manager")).manager

    with pytest.raises(Engagement.DoesNotExist):
        set_plan(course, expert(), expert(), by=stranger)


# record_gold


def test_record_gold_keeps_known_answers_in_one_event(course):
    item(lot=lot(engagement=course), key="q1")

    record_gold(course.pk, [known()], weighs=True, by=course.manager, key="k")

    gold = Gold.objects.get()
    assert (gold.item.key, gold.answer, gold.source, gold.direct, gold.weighs) == (
        "q1",
        "yes",
        "A published chart.",
        True,
        True,
    )
    assert Event.objects.get().data["count"] == 1


def test_record_gold_records_once_when_repeated(course):
    item(lot=lot(engagement=course), key="q1")
    for _ in range(2):
        record_gold(course.pk, [known()], weighs=False, by=course.manager, key="k")

    assert Gold.objects.count() == Event.objects.count() == 1


def test_record_gold_refuses_the_same_key_for_other_answers(course):
    item(lot=lot(engagement=course), key="q1")
    record_gold(course.pk, [known()], weighs=False, by=course.manager, key="k")

    with pytest.raises(KeyUsedDifferently):
        record_gold(course.pk, [known(answer="no")], weighs=False, by=course.manager, key="k")


def test_record_gold_refuses_a_second_time(course):
    item(lot=lot(engagement=course), key="q1")
    record_gold(course.pk, [known()], weighs=False, by=course.manager, key="k")

    with pytest.raises(PlanRefused, match="has its known answers"):
        record_gold(course.pk, [known()], weighs=False, by=course.manager, key="other")


def test_record_gold_refuses_items_of_another_engagement(course):
    item(key="q1")

    with pytest.raises(PlanRefused, match="Gold names items that are not here: q1"):
        record_gold(course.pk, [known()], weighs=False, by=course.manager, key="k")


def test_record_gold_is_the_managers(course):
    with pytest.raises(NotAllowed):
        record_gold(course.pk, [], weighs=False, by=course.quality_lead, key="k")


def test_record_gold_does_not_see_another_engagement(course):
    stranger = engagement(manager=member("manager")).manager

    with pytest.raises(Engagement.DoesNotExist):
        record_gold(course.pk, [], weighs=False, by=stranger, key="k")
