"""Gold among an expert's forms: as much as was planned, and nowhere to be told from the rest."""

from hashlib import sha256
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers
from scipy.stats import binomtest, kstest

from peritus.accounts.queries import engine
from peritus.bench.models import Skill
from peritus.billing.queries.ledger import is_paid, is_posted
from peritus.catalogue.identity import PERITUS, uid_of
from peritus.catalogue.packs import GoldAnswer
from peritus.catalogue.plans import ADAPTIVE, PlanTerms, stated
from peritus.engagements.models import Lot
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.quality.models import Decision, QualityPlan
from peritus.quality.placing import gold_wanted
from peritus.quality.verbs import add_gold, place_gold, record_gold
from peritus.work.models import Slot
from peritus.work.queries import slots_open_to
from peritus.work.verbs import SlotWanted, open_slots
from tests.factories import bench, engagements, quality, work
from tests.factories.panel import PanelWalk
from tests.factories.walk import Walk, key

FIRST, GOLD = Slot.Purpose.FIRST, Slot.Purpose.GOLD
SHARE = 0.2


# gold_wanted


@given(share=floats(0, 0.95), forms=integers(0, 500), known=integers(0, 500))
def test_gold_wanted_is_the_least_that_reaches_the_share(share, forms, known):
    known = min(known, forms)

    more = gold_wanted(share, forms, known)

    assert known + more >= share * (forms + more) - 1e-6
    assert more == 0 or known + more - 1 < share * (forms + more - 1)


@pytest.mark.parametrize(
    ("share", "forms", "known", "more"),
    [(0, 30, 0, 0), (0.1, 30, 3, 0), (0.2, 8, 0, 2), (0.5, 10, 0, 10), (0.2, 0, 0, 0)],
)
def test_gold_wanted_counts_itself_among_the_forms(share, forms, known, more):
    assert gold_wanted(share, forms, known) == more


def test_gold_wanted_is_all_there_is_where_every_form_should_be_known():
    assert gold_wanted(1, 10, 9) > 10**9


# place_gold


def staffed_lot(expert, course=None, *, own=8, others=4, known=4, share=SHARE, **plan):
    """Return a lot with slots of an expert and of somebody else, on whose items answers are known.

    ``known`` of the other's items have a known answer.
    """
    course = course or engagements.engagement()
    terms = PlanTerms(gold_share=share, **plan.pop("terms", {}))
    if not hasattr(course, "quality_plan"):
        quality.quality_plan(engagement=course, said=stated(terms), **plan)
    lot = engagements.lot(engagement=course)
    mine = [_slot(lot, expert) for _ in range(own)]
    theirs = [_slot(lot, somebody_else()) for _ in range(others)]
    for slot in theirs[:known]:
        quality.gold(item=slot.item, weighs=True)
    return SimpleNamespace(lot=lot, mine=mine, theirs=theirs)


def _slot(lot, expert):
    return work.slot(item=engagements.item(lot=lot), reserved_for=expert)


def somebody_else():
    return bench.expert(kind="source")


def place(lot):
    return place_gold(lot.pk, by=engine(), key=key())


def gold_of(expert):
    return list(Slot.objects.filter(reserved_for=expert, purpose=GOLD).order_by("id"))


@pytest.fixture
def ada(clock):
    return bench.expert()


def test_place_gold_brings_an_experts_known_answers_to_the_share(ada):
    scene = staffed_lot(ada)

    place(scene.lot)

    placed = gold_of(ada)
    assert len(placed) == 2  # of 10 forms, 2 are gold
    assert {slot.item for slot in placed} < {slot.item for slot in scene.theirs}
    assert [event.kind for event in Event.objects.all()] == ["slots.opened"]


def test_place_gold_changes_nothing_when_repeated(ada):
    scene = staffed_lot(ada)
    place(scene.lot)

    place(scene.lot)

    assert len(gold_of(ada)) == 2
    assert Event.objects.count() == 1


def test_place_gold_counts_what_is_known_among_the_experts_own_items(ada):
    scene = staffed_lot(ada)
    quality.gold(item=scene.mine[0].item, weighs=True)

    place(scene.lot)

    assert len(gold_of(ada)) == 1


def test_place_gold_goes_as_far_as_there_is_gold(ada):
    scene = staffed_lot(ada, known=1)

    place(scene.lot)

    assert [slot.item for slot in gold_of(ada)] == [scene.theirs[0].item]


def test_place_gold_numbers_the_slots_of_an_item(ada):
    scene = staffed_lot(ada, known=1)  # whom the other three sources are asked about too

    place(scene.lot)

    placed = Slot.objects.filter(purpose=GOLD).order_by("id")
    assert [slot.number for slot in placed] == [1, 2, 3, 4]
    assert {slot.item for slot in placed} == {scene.theirs[0].item}


@pytest.mark.parametrize("spoilt", ["shown only", "retired"])
def test_place_gold_takes_current_answers_that_weigh(ada, spoilt):
    scene = staffed_lot(ada, known=0)
    one = scene.theirs[0].item
    quality.gold(
        item=one,
        weighs=spoilt != "shown only",
        retired_at=one.engagement.opened_at if spoilt == "retired" else None,
    )

    place(scene.lot)

    assert gold_of(ada) == []


@pytest.mark.parametrize("why", ["asked", "held", "walled off", "walled off everywhere", "set it"])
def test_place_gold_asks_nobody_who_met_the_item_may_not_see_it_or_knows_the_answer(ada, why):
    scene = staffed_lot(ada, known=0)
    one = scene.theirs[0].item
    quality.gold(item=one, weighs=True, set_by=ada.user if why == "set it" else None)
    if why == "asked":
        withdrawn = Slot.State.WITHDRAWN
        work.slot(item=one, purpose=GOLD, reserved_for=ada, number=7, state=withdrawn)
    elif why == "held":
        work.assignment(slot=work.slot(item=one, purpose="further"), expert=ada)
    elif why.startswith("walled"):
        item = None if why.endswith("everywhere") else one
        engagements.wall(engagement=one.engagement, item=item, expert=ada)

    place(scene.lot)

    assert [slot.number for slot in gold_of(ada)] == ([7] if why == "asked" else [])


def test_place_gold_leaves_an_item_to_its_own_judges_until_they_were_asked(ada):
    scene = staffed_lot(ada, rule=ADAPTIVE, terms={"minimum": 2}, known=1)
    first, bob = scene.theirs[0], somebody_else()

    place(scene.lot)
    before = gold_of(ada)
    work.slot(item=first.item, purpose="further", reserved_for=bob)
    place(scene.lot)

    assert before == []
    assert [slot.item for slot in gold_of(ada)] == [first.item]


def test_place_gold_adds_no_more_than_what_waits_can_hide(ada):
    scene = staffed_lot(ada, own=8, known=4)
    Slot.objects.filter(pk__in=[slot.pk for slot in scene.mine[2:]]).update(state="done")

    place(scene.lot)

    assert len(gold_of(ada)) == 1  # beside two that wait, not two


def test_place_gold_leaves_whoever_has_answered_everything_alone(ada):
    scene = staffed_lot(ada)
    Slot.objects.filter(reserved_for=ada).update(state="done")

    place(scene.lot)

    assert gold_of(ada) == []


def test_place_gold_chooses_by_expert_and_item_alone(ada):
    scene = staffed_lot(ada, others=12, known=12)
    bob = bench.expert()
    for _ in range(8):
        _slot(scene.lot, bob)

    place(scene.lot)

    for expert in (ada, bob):
        items = {sha256(b"gold" + expert.uid.bytes + slot.item.uid.bytes).digest(): slot.item
                 for slot in scene.theirs}  # fmt: skip
        assert {slot.item for slot in gold_of(expert)} == {items[d] for d in sorted(items)[:2]}


def test_place_gold_is_refused_to_people_and_asks_no_other_client(ada):
    scene, elsewhere = staffed_lot(ada), staffed_lot(ada)

    with pytest.raises(NotAllowed):
        place_gold(scene.lot.pk, by=scene.lot.engagement.manager, key=key())
    with pytest.raises(Lot.DoesNotExist):
        place_gold(scene.lot.pk, by=elsewhere.lot.engagement.manager, key=key())
    place(elsewhere.lot)
    assert {slot.lot for slot in gold_of(ada)} == {elsewhere.lot}


# When it is done


@pytest.fixture
def planned(clock):
    """Six items that two judges were asked about, under a plan with a share of gold."""
    walk = Walk(terms=PlanTerms(gold_share=SHARE))
    walk.open_first_slots()
    return walk


def ask_for_more(walk, expert):
    """Ask one more expert about all items but the first two."""
    further = [SlotWanted(item.pk, "further", 1, expert.pk) for item in walk.items[2:]]
    open_slots(walk.lot.pk, further, by=walk.manager, key=key())
    pump(until_idle=True)


def publish(walk):
    add_gold(walk.items[0].pk, "answer", "a", source="Section 3.", weighs=True, by=walk.lead,
             key=key())  # fmt: skip
    pump(until_idle=True)


def record(walk):
    known = [GoldAnswer("q000", "answer", "a", "Section 3.", True)]
    record_gold(walk.engagement.pk, known, weighs=True, by=walk.manager, key=key())
    pump(until_idle=True)


@pytest.mark.slow
@pytest.mark.parametrize("become_known", [publish, record])
@pytest.mark.parametrize("slots_first", [True, False])
def test_gold_is_placed_as_slots_open_and_as_answers_become_known(
    planned, become_known, slots_first
):
    third = bench.expert()
    acts = [lambda: ask_for_more(planned, third), lambda: become_known(planned)]

    for act in acts if slots_first else reversed(acts):
        act()

    assert [slot.item.key for slot in gold_of(third)] == ["q000"]
    assert Slot.objects.filter(purpose=GOLD).count() == 1  # the others judge that item themselves


@pytest.mark.slow
def test_no_gold_is_placed_without_a_share_or_a_plan(walk):
    third = bench.expert()
    publish(walk)
    ask_for_more(walk, third)
    QualityPlan.objects.all().delete()
    walk.open_first_slots()
    pump(until_idle=True)

    assert gold_of(third) == []


@pytest.mark.slow
def test_a_skipped_gold_form_is_not_replaced(planned):
    third = bench.expert()
    publish(planned)
    ask_for_more(planned, third)

    planned.answer(gold_of(third)[0], None)
    add_gold(planned.items[1].pk, "answer", "a", source="Section 4.", weighs=False,
             by=planned.lead, key=key())  # fmt: skip
    pump(until_idle=True)

    assert [slot.state for slot in gold_of(third)] == ["withdrawn"]


@pytest.mark.slow
def test_an_answer_to_gold_counts_for_skill_and_pay_and_never_for_the_decision(planned):
    third = bench.expert()
    ask_for_more(planned, third)
    publish(planned)
    for slot in planned.slots(FIRST):
        planned.answer(slot, "a")
    given_to_gold = planned.answer(gold_of(third)[0], "b")
    pump(until_idle=True)

    decision = Decision.objects.get(item=planned.items[0])
    assert (decision.answer, decision.rule, len(decision.judgments)) == ("a", "unanimous", 2)
    skill = Skill.objects.get(expert=third, question="answer")
    assert (skill.right, skill.measured) == (0, 1)
    assert is_paid(given_to_gold)
    assert is_posted(given_to_gold)


@pytest.mark.slow
def test_gold_keeps_pace_with_what_is_bought_and_leaves_every_item_its_judges(clock):
    """Sixteen items, six judges who agree, five known answers; bought adaptively, in rounds."""
    answers = {(f"q{n:02}", f"w{judge}"): "ab"[n % 2] for n in range(16) for judge in range(6)}
    panel = PanelWalk(answers, terms=PlanTerms(gold_share=SHARE))
    panel.gold({f"q{n:02}": "ab"[n % 2] for n in range(0, 15, 3)})
    panel.seat()

    while waiting := list(Slot.objects.filter(lot=panel.lot, state="open").order_by("id")):
        for slot in waiting:
            panel.answer(slot)
        pump(until_idle=True)

    assert set(Decision.objects.values_list("state", flat=True)) == {"decided"}
    known = set(panel.lot.items.filter(gold__isnull=False).values_list("pk", flat=True))
    for expert in panel.experts.values():
        given = Slot.objects.filter(reserved_for=expert, state="done")
        met = {slot.item_id for slot in given}
        shares = sum(slot.item_id in known for slot in given) / given.count()
        assert shares >= SHARE or known <= met
    assert Slot.objects.filter(purpose=GOLD).exists()


# Where it stands among the rest


@pytest.mark.slow
def test_who_guesses_by_order_finds_gold_no_more_often_than_by_chance(clock):
    """60 experts with 16 forms of their own and 4 of gold that were opened afterwards.

    Under uniform places a Kolmogorov-Smirnov test (SciPy) of the 240 places in
    the order of serving gives a value below 0.001 once in a thousand runs; the
    uids, and so the order, are fixed. By age all gold would come last.
    """
    places, at = [], clock()
    for n in range(60):
        expert = bench.expert(uid=uid_of(PERITUS, "guessed", n))
        lot = _lot_with_fixed_uids(n, expert)
        place(lot)
        served = [slot.purpose for slot in slots_open_to(expert, at).filter(lot=lot)]
        places += [place for place, purpose in enumerate(served) if purpose == GOLD]
        assert len(served) == 20

    assert len(places) == 240
    middles = [(place + 0.5) / 20 for place in places]
    assert kstest(middles, "uniform").pvalue > 0.001
    last_four = sum(place >= 16 for place in places)
    assert binomtest(last_four, 240, 0.2).pvalue > 0.001


def _lot_with_fixed_uids(n, expert):
    lot, bob = engagements.lot(), bench.expert(kind="source")
    quality.quality_plan(engagement=lot.engagement, said=stated(PlanTerms(gold_share=SHARE)))
    for place in range(22):
        item = engagements.item(lot=lot, uid=uid_of(PERITUS, "guessed", n, place))
        work.slot(item=item, reserved_for=expert if place < 16 else bob)
        if place >= 16:
            quality.gold(item=item, weighs=True)
    return lot
