"""The riskiest of a lot, checked one and all before it is frozen: acts and what they leave."""

import pytest

from peritus.accounts.queries import engine
from peritus.catalogue.plans import ADAPTIVE, PlanTerms, stated
from peritus.engagements.models import Lot
from peritus.journal.canonical import digest
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.quality.census import census_standings, foretold
from peritus.quality.errors import AuditStands, CensusRefused, LotNotFreezable, PlanRefused
from peritus.quality.models import Census, CensusCheck, Decision, QualityPlan
from peritus.quality.queries import freeze_document, standing_of
from peritus.quality.verbs import (
    call_off_census,
    certify_lot,
    continue_census,
    draw_audits,
    freeze_lot,
    open_audits,
    open_census,
    record_audit,
    record_census,
    record_plan,
)
from peritus.quality.verbs.evidence import document_faults, plan_faults
from peritus.work.models import Slot
from peritus.work.verbs import reopen_items
from tests.factories.accounts import member, organisation
from tests.factories.census import RISKY, TERMS, answered, completed, derived, risky_lot
from tests.factories.engagements import engagement, guideline_version, item, lot
from tests.factories.quality import NONCE, census, census_check, decision, quality_plan
from tests.factories.work import judgment, slot


@pytest.fixture
def course(clock):
    course = engagement(manager=member("manager"), quality_lead=member("quality"))
    guideline_version(engagement=course, organisation=course.organisation)
    return course


@pytest.fixture
def ready(course):
    """A lot of thirty decided items, six of which are foretold as risky."""
    return risky_lot(course)


@pytest.fixture
def plan(course):
    """The plan of an engagement whose lots a test makes."""
    return quality_plan(engagement=course, rule=ADAPTIVE, said=stated(TERMS))


@pytest.fixture
def opened(ready):
    """Its census, with a first batch of three."""
    return open_census(ready.pk, by=ready.engagement.quality_lead, key="k")


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def keys_of(found):
    return list(found.checks.order_by("place").values_list("item__key", flat=True))


# what is foretold


def test_risk_is_the_chance_that_any_answer_of_an_item_is_wrong(course, plan):
    thing = item(lot=lot(engagement=course))
    for question, error in (("one", 0.1), ("two", 0.2)):
        decision(item=thing, question=question, rule="aggregated", error=error)

    found = foretold(thing.lot, plan)

    assert found.risk == ((str(thing.uid), 0.28),)


@pytest.mark.parametrize(
    ("changes", "risk"),
    [
        ({"rule": "aggregated", "error": 0.3}, 0.3),
        ({"rule": "adjudicated", "error": 0.9}, 0.5),  # no riskier than what may stand
        ({"rule": "census", "error": 0.3}, 0.0),
        ({"rule": "unanimous", "error": None}, 0.5),
    ],
)
def test_risk_follows_from_who_decided(course, plan, changes, risk):
    thing = item(lot=lot(engagement=course))
    decision(item=thing, **changes)

    assert foretold(thing.lot, plan).risk == ((str(thing.uid), risk),)


def test_nothing_is_foretold_of_an_item_that_stays_open(course, plan):
    parent = lot(engagement=course)
    decision(item=item(lot=parent, key="a"), rule="aggregated", error=0.1)
    decision(item=item(lot=parent, key="b"), state="open", answer="")

    assert [chance for _, chance in foretold(parent, plan).risk] == [0.1]


def test_what_was_checked_already_counts_towards_the_most(ready):
    for number in range(3):
        thing = ready.items.get(key=f"q{number:02}")
        judgment(slot=slot(item=thing, purpose=Slot.Purpose.CENSUS))

    assert foretold(ready, ready.engagement.quality_plan).most == 12 - 3


# open_census


def test_open_census_asks_the_auditor_about_the_riskiest_only(ready, opened):
    assert keys_of(opened) == ["q00", "q07", "q09"]
    slots = Slot.objects.filter(lot=ready)
    assert {(each.purpose, each.reserved_for_id) for each in slots} == {
        ("census", ready.engagement.quality_plan.auditor_id)
    }
    assert kinds() == ["census.opened", "slots.opened", "census.batch_opened"]


def test_open_census_records_what_is_foretold_before_anything_is_checked(ready, opened):
    ranked = {
        str(thing.uid): 0.4 for thing in ready.items.filter(key__in=[f"q{n:02}" for n in RISKY])
    }
    assert [uid for uid, _ in opened.risk] == [str(i.uid) for i in ready.items.order_by("key")]
    assert {uid: chance for uid, chance in opened.risk if chance > 0.01} == ranked
    said = Event.objects.get(kind="census.opened").data
    assert said == {
        "batch": 3, "confidence": 0.95, "largest": 0.4, "number": 1,
        "risk": digest(opened.risk), "tolerance": 0.1,
    }  # fmt: skip
    batch = Event.objects.get(kind="census.batch_opened").data
    assert batch["items"] == [str(each.item.uid) for each in opened.checks.order_by("place")]
    assert batch["decided"] == digest([{"question": "yes"}] * 3)


def test_open_census_opens_once_when_repeated(ready, opened):
    again = open_census(ready.pk, by=ready.engagement.quality_lead, key="k")

    assert (again, Census.objects.count(), CensusCheck.objects.count()) == (opened, 1, 3)


def test_open_census_refuses_the_same_key_for_another_lot(ready, opened, course):
    with pytest.raises(KeyUsedDifferently):
        open_census(lot(engagement=course).pk, by=course.quality_lead, key="k")


def test_open_census_refuses_a_second_one_beside_it(ready, opened):
    with pytest.raises(CensusRefused, match="are being checked: 0 of at most 12 are in"):
        open_census(ready.pk, by=ready.engagement.quality_lead, key="other")


def test_open_census_refuses_what_the_plan_does_not_have(ready):
    QualityPlan.objects.update(said={})

    with pytest.raises(CensusRefused, match="has no census of the riskiest"):
        open_census(ready.pk, by=ready.engagement.quality_lead, key="k")


def test_open_census_refuses_a_lot_that_could_not_be_frozen(ready):
    item(lot=ready)

    with pytest.raises(CensusRefused, match="1 items still wait for judgments"):
        open_census(ready.pk, by=ready.engagement.quality_lead, key="k")


@pytest.mark.parametrize(
    ("error", "said", "reason"),
    [
        (0.001, TERMS, "Checking the riskiest would save nothing: as foretold, 22 audits"),
        (0.5, TERMS, "The scores predict 9 errors outside a census of 12, more than the 3 of 30"),
        (0.4, PlanTerms(largest_census=0.03), "lets no further item of this lot be checked"),
    ],
)
def test_open_census_refuses_where_it_would_not_pay(ready, error, said, reason):
    Decision.objects.update(error=error)
    QualityPlan.objects.update(said=stated(said))

    with pytest.raises(CensusRefused, match=reason):
        open_census(ready.pk, by=ready.engagement.quality_lead, key="k")


def test_open_census_is_the_quality_leads(ready):
    with pytest.raises(NotAllowed):
        open_census(ready.pk, by=ready.engagement.manager, key="k")


def test_open_census_does_not_see_another_clients_lot(ready):
    house = organisation()
    person = member("client", organisation=house)
    engagement(organisation=house, manager=person, quality_lead=person)

    with pytest.raises(Lot.DoesNotExist):
        open_census(ready.pk, by=person, key="k")

    assert not Census.objects.exists()


# what an answer leads to


@pytest.mark.parametrize(("answer", "differs"), [("yes", False), ("no", True)])
def test_record_census_compares_with_what_was_decided_when_it_was_opened(opened, answer, differs):
    Decision.objects.filter(item=opened.checks.get(place=1).item).update(answer="no")

    assert answered(opened, 1, answer).differs == differs


def test_record_census_goes_on_after_a_whole_batch_and_completes_where_it_should(opened):
    for place in (3, 1):
        answered(opened, place, "no")
    assert opened.checks.count() == 3
    answered(opened, 2, "yes")

    assert keys_of(opened) == ["q00", "q07", "q09", "q11", "q20"]
    for place in (4, 5):
        answered(opened, place, "no")

    opened.refresh_from_db()
    [standing] = census_standings([opened.lot_id]).values()
    assert (opened.state, standing.checked, standing.differing, standing.waiting) == (
        "complete", 5, 4, 0
    )  # fmt: skip
    assert kinds()[-1] == "census.completed"
    assert Event.objects.get(kind="census.completed").data == {"checked": 5, "differing": 4}


def test_record_census_counts_no_answer_as_a_difference_but_not_as_checked(opened):
    found = record_census(opened.checks.get(place=1).slot_id, None, by=engine(), key="c")

    assert (found.differs, found.judgment) == (True, None)
    [standing] = census_standings([opened.lot_id]).values()
    assert (standing.checked, standing.differing, standing.waiting) == (0, 0, 2)


def test_record_census_repeats_its_first_result_and_lets_an_answer_stand(opened):
    found = answered(opened, 1, "no")
    again = record_census(found.slot_id, found.judgment_id, by=engine(), key=f"check-{found.uid}")

    assert again == found
    with pytest.raises(AuditStands):
        record_census(found.slot_id, None, by=engine(), key="other")


@pytest.mark.parametrize("act", [record_census, continue_census])
def test_only_the_engine_goes_on_with_a_census(opened, act):
    about = [opened.checks.first().slot_id, None] if act is record_census else [opened.pk]

    with pytest.raises(NotAllowed):
        act(*about, by=opened.lot.engagement.quality_lead, key="other")


# call_off_census


def test_call_off_census_withdraws_what_nobody_began_and_keeps_what_was_checked(opened):
    answered(opened, 2, "no")

    call_off_census(opened.pk, by=engine(), key="off")

    opened.refresh_from_db()
    assert opened.state == "called_off"
    assert sorted(Slot.objects.values_list("state", flat=True)) == [
        "done",
        "withdrawn",
        "withdrawn",
    ]
    assert opened.checks.exclude(judgment=None).count() == 1
    with pytest.raises(CensusRefused, match="is called off already"):
        call_off_census(opened.pk, by=engine(), key="again")


def test_the_quality_lead_may_end_a_census_that_cannot_go_on(opened):
    answered(opened, 1, "no")

    call_off_census(opened.pk, by=opened.lot.engagement.quality_lead, key="off")

    derived(opened)
    frozen = frozen_after(opened)
    assert [each["place"] for each in freeze_document(frozen)["census"][0]["checked"]] == [1, 2, 3]
    assert Decision.objects.filter(lot=opened.lot, rule="census").count() == 1
    assert Event.objects.get(kind="census.called_off").data == {"checked": 1, "differing": 1}


@pytest.mark.parametrize("role", ["manager", "client"])
def test_nobody_else_ends_a_census(opened, role):
    course = opened.lot.engagement
    by = course.manager if role == "manager" else member("client", organisation=course.organisation)

    with pytest.raises(NotAllowed):
        call_off_census(opened.pk, by=by, key="off")

    assert Census.objects.get().state == "open"


def test_the_lead_of_another_engagement_does_not_find_it(opened):
    with pytest.raises(Census.DoesNotExist):
        call_off_census(opened.pk, by=member("quality"), key="off")


def test_call_off_census_repeats_its_first_result(opened):
    for _ in range(2):
        call_off_census(opened.pk, by=engine(), key="off")

    assert kinds().count("census.called_off") == 1


def test_a_check_that_was_begun_counts_but_opens_nothing_more(clock):
    found = census(state="called_off")
    check = census_check(census=found)

    given = judgment(slot=check.slot, answers={"question": "no"})
    record_census(check.slot_id, given.pk, by=engine(), key="c")

    assert found.checks.count() == 1
    assert kinds() == ["census.recorded"]


# the freeze, its plan and its certificate


@pytest.fixture
def complete(opened):
    """The census after five checks, of which four differed; decisions follow."""
    completed(opened)
    return opened


def frozen_after(found):
    return freeze_lot(found.lot_id, by=found.lot.engagement.quality_lead, key="freeze")


def test_freeze_lot_waits_for_a_census_that_goes_on(opened):
    answered(opened, 1, "no")
    derived(opened)

    with pytest.raises(LotNotFreezable, match="being checked: 1 of at most 12 are in"):
        frozen_after(opened)


def test_freeze_lot_waits_until_every_check_is_read(complete):
    Decision.objects.filter(item=complete.checks.get(place=1).item).update(rule="aggregated")

    with pytest.raises(LotNotFreezable, match="1 checks of the riskiest are not read yet"):
        frozen_after(complete)


def test_freeze_lot_keeps_the_census_in_its_document(complete):
    [said] = freeze_document(frozen_after(complete))["census"]

    assert said["risk"] == complete.risk
    assert [(each["place"], each["differs"]) for each in said["checked"]] == [
        (1, True), (2, False), (3, True), (4, True), (5, True)
    ]  # fmt: skip
    assert {
        (each["item"], each["judgment"]) for each in said["checked"]
    } == {(str(c.item.uid), str(c.judgment.uid)) for c in complete.checks.all()}  # fmt: skip
    terms = {name: said[name] for name in ("batch", "confidence", "largest", "tolerance")}
    assert terms == {"batch": 3, "confidence": 0.95, "largest": 0.4, "tolerance": 0.1}


def test_the_document_of_a_lot_without_a_census_does_not_speak_of_one(ready):
    frozen = freeze_lot(ready.pk, by=ready.engagement.quality_lead, key="k")

    assert "census" not in freeze_document(frozen)


def test_record_plan_is_on_the_rest_and_tolerates_what_the_whole_may_have(complete):
    frozen = frozen_after(complete)

    stored = record_plan(frozen.pk, by=complete.lot.engagement.quality_lead, key="k")

    assert (frozen.population, stored.census, stored.tolerance) == (30, 5, 0.1)
    said = Event.objects.get(kind="plan.recorded").data
    assert (said["population"], said["census"], said["tolerance"]) == (25, 5, 3 / 25)
    assert plan_faults(frozen, stored) == []


def test_record_plan_refuses_a_lot_of_which_nothing_is_left(complete):
    Decision.objects.filter(lot=complete.lot).update(rule="census")
    frozen = frozen_after(complete)

    with pytest.raises(PlanRefused, match="none is left to be drawn"):
        record_plan(frozen.pk, by=complete.lot.engagement.quality_lead, key="k")


@pytest.fixture
def drawn(complete):
    """The freeze after the census, planned and drawn."""
    frozen, lead = frozen_after(complete), complete.lot.engagement.quality_lead
    record_plan(frozen.pk, by=lead, key="plan")
    draw_audits(frozen.pk, NONCE.hex(), by=lead, key="draw")
    return frozen


def test_no_item_of_the_census_is_drawn(complete, drawn):
    open_audits(drawn.pk, 24, by=engine(), key="k")

    assert drawn.audits.count() == 24
    assert not drawn.audits.filter(item__in=complete.checks.values("item")).exists()


def test_the_bound_is_a_share_of_the_whole_lot(drawn):
    standing = standing_of(drawn)

    assert (standing.claimed_errors, standing.bound) == (3, 0.1)
    assert standing.sequence_upper == 25 / 30  # nothing is audited, five were checked


def test_the_certificate_says_what_was_checked_and_on_whose_word(drawn):
    look = drawn.plan.looks[next(n for n, most in enumerate(drawn.plan.max_errors) if most >= 0)]
    open_audits(drawn.pk, look, by=engine(), key="k")
    for each in drawn.audits.order_by("place"):
        given = judgment(slot=each.slot, answers={"question": "yes"})
        record_audit(each.slot_id, given.pk, by=engine(), key=f"a{each.place}")

    signed = certify_lot(drawn.pk, by=drawn.engagement.quality_lead, key="k")

    assert (signed.census, signed.audited, signed.claimed_errors, signed.bound) == (5, look, 3, 0.1)
    assert signed.method == "census of the riskiest, then an exact sequential plan"
    assert signed.not_checked == (
        f"{25 - look} of 30 decisions were not audited one by one. The 5 riskiest were all checked "
        "before the freeze: 4 differed, and the auditor's answer stands in each. They count as not "
        "differing, on one auditor's word: nobody checked them again."
    )
    assert Event.objects.get(kind="lot.certified").data["census"] == 5


def test_evidence_names_a_plan_that_is_not_on_what_the_census_left(drawn):
    drawn.plan.census = 4

    assert plan_faults(drawn, drawn.plan) == ["The audit plan is not on what the census left."]


def test_evidence_names_a_decision_that_was_hidden_from_the_draw(drawn):
    drawn.decisions.filter(item__key="q01").update(rule="census")

    assert document_faults(drawn) == [
        "Frozen decisions differ from the frozen document; they were altered."
    ]


def test_a_reopened_item_ends_the_census_of_its_lot(opened):
    check = opened.checks.get(place=1)
    judgment(item=check.item)

    reopen_items(opened.lot_id, [check.item_id], because="Version 2", by=engine(), key="again")
    pump(until_idle=True)

    opened.refresh_from_db()
    assert opened.state == "called_off"
    assert set(opened.checks.values_list("slot__state", flat=True)) == {"withdrawn"}
    assert foretold(opened.lot, opened.lot.engagement.quality_plan).most == 12


def test_freeze_lot_waits_until_the_last_check_is_recorded(complete):
    complete.checks.filter(place=5).update(differs=None)

    with pytest.raises(LotNotFreezable, match="1 checks of the riskiest are not read yet"):
        frozen_after(complete)
