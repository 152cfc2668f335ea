from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.billing.errors import CostNotPosted, PayoutsNotReady, TermsNotAgreed
from peritus.billing.models import Payout, Posting, Term
from peritus.billing.queries import (
    payables,
    payouts_seen_by,
    postings_derived_again,
    postings_seen_by,
    sides_posted,
    trial_balance,
)
from peritus.billing.queries.ledger import PAID_WORK, is_paid
from peritus.billing.reactions import keep_ledger
from peritus.billing.verbs import issue_invoice, post_cost, reverse_cost, state_payouts
from peritus.engagements.models import Engagement
from peritus.engagements.verbs import open_lot
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event, ParkedEvent
from peritus.journal.pump import pump, replay_parked
from peritus.work.models import Slot
from peritus.work.verbs import (
    SlotWanted,
    lease_slot,
    open_slots,
    submit_judgment,
    take_back_judgment,
)
from tests.factories import accounts
from tests.factories.accounts import uid
from tests.factories.bench import expert
from tests.factories.billing import agreed_terms, posting
from tests.factories.engagements import guideline_version, item, lot, question
from tests.factories.work import judgment, slot, taken_back
from tests.unit.billing.conftest import ONE_DATABASE, opened

PURPOSES = st.sampled_from(sorted(PAID_WORK))
AMOUNTS = st.decimals(0, 1_000, places=4)


def balances(course):
    return {row.account: row.amount for row in trial_balance(course)}


def judged(course, **changes):
    """Return a judgment of the engagement, of one expert unless told otherwise."""
    thing = item(lot=course.lots.first() or lot(engagement=course))
    given_slot = slot(item=thing, purpose=changes.pop("purpose", Slot.Purpose.FIRST))
    return judgment(slot=given_slot, **changes)


def posted(course, **changes):
    given = judged(course, **changes)
    post_cost(given.pk, by=engine(), key=f"post:{given.pk}")
    return given


def published(made):
    """Open a slot through verbs, and return it with a person who may lease it."""
    version = guideline_version(engagement=made.engagement)
    question(guideline_version=version, code="holds")
    parent = open_lot(made.engagement.pk, "lot", title="Lot", by=made.manager, key="lot")
    thing = item(lot=parent)
    open_slots(parent.pk, [SlotWanted(thing.pk, Slot.Purpose.FIRST)], by=made.manager, key="slots")
    return Slot.objects.get(item=thing), expert().user


@pytest.mark.parametrize(
    ("purpose", "amount"),
    [
        ("first", "1.20"),
        ("further", "1.20"),
        ("gold", "1.20"),
        ("adjudication", "6"),
        ("audit", "3"),
    ],
)
def test_post_cost_debits_cost_and_credits_the_expert(later, purpose, amount):
    made = opened()
    agreed_terms(engagement=made.engagement)

    given = posted(made.engagement, purpose=purpose)

    sides = Posting.objects.order_by("id").values_list(
        "account", "amount", "currency", "fact_type", "fact_uid", "expert"
    )
    fact = ("EUR", "work.judgment", given.uid, given.expert_id)
    assert list(sides) == [
        ("expert cost", Decimal(amount), *fact),
        ("expert payable", -Decimal(amount), *fact),
    ]


def test_post_cost_posts_once_when_repeated(later):
    made = opened()
    agreed_terms(engagement=made.engagement)
    given = judged(made.engagement)

    first = post_cost(given.pk, by=engine(), key="k")
    again = post_cost(given.pk, by=engine(), key="k")

    assert (first, Posting.objects.count()) == (again, 2)
    assert [event.kind for event in Event.objects.all()] == ["cost.posted"]


def test_post_cost_is_the_engines(scene):
    given = judged(scene.engagement)

    with pytest.raises(NotAllowed, match="program itself"):
        post_cost(given.pk, by=scene.finance, key="k")
    with pytest.raises(NotAllowed, match="program itself"):
        reverse_cost(taken_back(judgment=given).pk, by=scene.finance, key="k")


def test_post_cost_refuses_while_no_terms_are_agreed(later):
    made = opened()
    given = judged(made.engagement)

    with pytest.raises(TermsNotAgreed):
        post_cost(given.pk, by=engine(), key="k")

    assert Posting.objects.count() == 0


def test_reverse_cost_leaves_nothing_owed_and_both_entries_on_record(later):
    made = opened()
    agreed_terms(engagement=made.engagement)
    taken = taken_back(judgment=posted(made.engagement))

    first = reverse_cost(taken.pk, by=engine(), key="k")
    again = reverse_cost(taken.pk, by=engine(), key="k")

    assert (first, first.fact_uid) == (again, taken.uid)
    assert balances(made.engagement) == {"expert cost": 0, "expert payable": 0}
    assert Posting.objects.count() == 4


def test_reverse_cost_refuses_what_is_not_posted(later):
    made = opened()
    agreed_terms(engagement=made.engagement)
    taken = taken_back(judgment=judged(made.engagement))

    with pytest.raises(CostNotPosted, match="is not posted"):
        reverse_cost(taken.pk, by=engine(), key="k")


def test_submitted_and_taken_back_work_is_posted_and_reversed_by_the_pump(later):
    made = opened()
    agreed_terms(engagement=made.engagement)
    wanted, person = published(made)
    lease = lease_slot(wanted.pk, by=person, key="lease")
    given = submit_judgment(lease.pk, lease.fence, {"holds": "yes"}, by=person, key="submit")
    pump(until_idle=True)

    after_work = balances(made.engagement)
    take_back_judgment(given.pk, by=person, key="back")
    pump(until_idle=True)

    assert after_work == {"expert cost": Decimal("1.2"), "expert payable": Decimal("-1.2")}
    assert balances(made.engagement) == {"expert cost": 0, "expert payable": 0}
    assert ParkedEvent.objects.count() == 0


def test_work_before_any_agreement_is_parked_and_posted_when_replayed(later):
    made = opened()
    wanted, person = published(made)
    lease = lease_slot(wanted.pk, by=person, key="lease")
    submit_judgment(lease.pk, lease.fence, {"holds": "yes"}, by=person, key="submit")

    for _ in range(3):
        pump(until_idle=True)
    parked = ParkedEvent.objects.get(subscription="billing.keep_ledger")
    agreed_terms(engagement=made.engagement, agreed_at=later())
    replay_parked(parked.pk)

    assert "No statement of work is agreed" in parked.error
    assert balances(made.engagement)["expert payable"] == Decimal("-1.2")
    assert sides_posted(made.engagement) == postings_derived_again(made.engagement)


@pytest.mark.parametrize("purpose", [Slot.Purpose.QUALIFICATION, Slot.Purpose.SUGGESTION])
def test_a_test_of_an_expert_or_a_suggestion_costs_nothing(later, purpose):
    made = opened()
    wanted, person = published(made)
    Slot.objects.filter(pk=wanted.pk).update(purpose=purpose)
    lease = lease_slot(wanted.pk, by=person, key="lease")
    given = submit_judgment(lease.pk, lease.fence, {"holds": "yes"}, by=person, key="submit")

    keep_ledger(Event.objects.get(kind="judgment.submitted"))
    if purpose == Slot.Purpose.SUGGESTION:
        take_back_judgment(given.pk, by=person, key="back")
        keep_ledger(Event.objects.get(kind="judgment.taken_back"))

    assert Posting.objects.count() == 0
    assert postings_derived_again(made.engagement) == []


@pytest.mark.slow
@settings(parent=ONE_DATABASE, max_examples=15)
@given(
    work=st.lists(st.tuples(PURPOSES, st.booleans(), st.integers(0, 2)), min_size=1, max_size=6),
    costs=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS),
)
def test_money_is_conserved_whatever_is_done_and_taken_back(later, work, costs):
    made = opened()
    units = (Term.Unit.JUDGMENT, Term.Unit.ADJUDICATION, Term.Unit.AUDIT)
    agreed_terms(engagement=made.engagement, amounts=dict(zip(units, costs, strict=True)))
    experts = [expert() for _ in range(3)]
    owed = Counter()

    for purpose, is_taken_back, who in work:
        given = posted(made.engagement, purpose=purpose, expert=experts[who])
        if is_taken_back:
            reverse_cost(taken_back(judgment=given).pk, by=engine(), key=f"back:{given.pk}")
        else:
            place = {"adjudication": 1, "audit": 2, "census": 2}.get(purpose, 0)
            owed[experts[who].pk] += costs[place]
    payouts = state_payouts(made.engagement.pk, by=made.finance, key=f"pay:{made.engagement.pk}")

    found = balances(made.engagement)
    assert sum(found.values()) == 0
    assert -found["expert payable"] == sum(payout.amount for payout in payouts)
    assert {p.expert_id: p.amount for p in payouts if p.judgments} == dict(owed)
    assert sides_posted(made.engagement) == postings_derived_again(made.engagement)


@settings(parent=ONE_DATABASE, max_examples=25)
@given(amounts=st.lists(st.decimals(-(10**9), 10**9, places=4), min_size=1, max_size=20))
def test_trial_balance_adds_exactly(later, amounts):
    """Oracle: Python's decimals; SQLite itself would add floats."""
    course = opened().engagement
    Posting.objects.bulk_create(
        Posting(
            uid=uid(), organisation=course.organisation, engagement=course, entry=uid(),
            account="revenue", amount=amount, currency="EUR", fact_type="engagements.engagement",
            fact_uid=course.uid, memo="", posted_at=later(),
        )
        for amount in amounts
    )  # fmt: skip

    assert balances(course) == {"revenue": sum(amounts)}


def test_postings_derived_again_equal_the_table_with_invoice_and_credit(scene):
    posted(scene.engagement)
    reversed_one = taken_back(judgment=posted(scene.engagement))
    reverse_cost(reversed_one.pk, by=engine(), key="back")
    for audited in scene.engagement.freezes.all():
        for each in audited.audits.all():
            post_cost(each.judgment_id, by=engine(), key=f"post:{each.judgment_id}")
    issue_invoice(scene.engagement.pk, by=scene.finance, key="invoice")

    derived = postings_derived_again(scene.engagement)

    assert len(derived) == 2 * (1 + 2 + 7 + 3)
    assert sides_posted(scene.engagement) == derived


def test_postings_derived_again_differ_when_a_posting_was_altered(later):
    made = opened()
    agreed_terms(engagement=made.engagement)
    posted(made.engagement)

    Posting.objects.filter(account="expert payable").update(amount=Decimal(-9))

    assert sides_posted(made.engagement) != postings_derived_again(made.engagement)


def test_state_payouts_marks_published_sources_as_specimens(later):
    made = opened()
    agreed_terms(engagement=made.engagement)
    source, person = expert(handle="a-source", kind="source"), expert(handle="b-person")
    for who in (source, source, person):
        posted(made.engagement, expert=who)

    stated = state_payouts(made.engagement.pk, by=made.finance, key="k")
    again = state_payouts(made.engagement.pk, by=made.finance, key="k")

    assert stated == again
    assert [(p.expert.handle, p.judgments, p.amount, p.specimen) for p in stated] == [
        ("a-source", 2, Decimal("2.4"), True),
        ("b-person", 1, Decimal("1.2"), False),
    ]
    with pytest.raises(PayoutsNotReady, match="stated already"):
        state_payouts(made.engagement.pk, by=made.finance, key="other")


def test_state_payouts_refuses_while_nothing_is_posted(later):
    made = opened()

    with pytest.raises(PayoutsNotReady, match="No work is posted yet"):
        state_payouts(made.engagement.pk, by=made.finance, key="k")


def test_state_payouts_is_finances(scene, foreign):
    posted(scene.engagement)
    posted(foreign.engagement)

    with pytest.raises(NotAllowed, match="finance"):
        state_payouts(scene.engagement.pk, by=scene.manager, key="k")
    with pytest.raises(Engagement.DoesNotExist):
        state_payouts(foreign.engagement.pk, by=scene.manager, key="k")
    assert Payout.objects.count() == 0


def test_postings_and_payouts_are_hidden_from_clients_and_other_managers(scene, foreign):
    ours, theirs = posting(engagement=scene.engagement), posting(engagement=foreign.engagement)
    person = posted(scene.engagement).expert
    state_payouts(scene.engagement.pk, by=scene.finance, key="k")

    assert not postings_seen_by(scene.client).exists()
    assert not payouts_seen_by(scene.client).exists()
    assert ours in postings_seen_by(scene.manager)
    assert theirs not in postings_seen_by(scene.manager)
    assert {ours, theirs} <= set(postings_seen_by(scene.finance))
    assert [payout.expert for payout in payouts_seen_by(person.user)] == [person]


@pytest.mark.parametrize("people", [1, 3])
def test_payables_take_two_queries_for_any_number_of_experts(
    later, people, django_assert_num_queries
):
    made = opened()
    agreed_terms(engagement=made.engagement)
    for _ in range(people):
        posted(made.engagement)

    with django_assert_num_queries(2):
        assert len(payables(made.engagement)) == people


def test_a_calibration_is_paid_but_not_to_the_clients_own_lead(db):
    purpose = Slot.Purpose.CALIBRATION
    one = slot(purpose=purpose)
    other = slot(item=one.item, purpose=purpose)
    client = accounts.member(Role.CLIENT, organisation=one.organisation)
    elsewhere = accounts.member(Role.CLIENT, organisation=accounts.organisation())
    by_lead = judgment(slot=one, expert=expert(user=client))
    paid = judgment(slot=other, expert=expert(user=elsewhere))

    assert not is_paid(by_lead)
    assert is_paid(paid)
