import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peritus.billing.errors import ChangeOrderRefused, InvoiceNotReady, TermsNotAgreed
from peritus.billing.models import ChangeOrder, Invoice, StatementOfWork, Term
from peritus.billing.queries import (
    change_orders_seen_by,
    invoice_line_trace,
    invoice_lines_seen_by,
    invoices_seen_by,
    traced,
    trial_balance,
    unbilled,
)
from peritus.billing.verbs import issue_invoice, propose_change_order
from peritus.engagements.models import Engagement
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.quality.models import Certificate, Decision, GuidelineProposal
from tests.factories.billing import agreed_terms, invoice_line
from tests.factories.engagements import guideline_version, item, lot
from tests.factories.quality import (
    acceptance,
    audit,
    certificate,
    decision,
    freeze,
    guideline_proposal,
)
from tests.factories.work import judgment, slot
from tests.unit.billing.conftest import ONE_DATABASE, accept, audited_lot, opened, sign

CREDIT_TEXT = (
    "The red lot: service credit, 100 % of the price, since 2 of 3 audited decisions differ "
    "from the auditor, more than the plan allows at any look"
)


def balances(course):
    return {row.account: row.amount for row in trial_balance(course) if row.amount}


def rows(bill):
    return list(bill.lines.order_by("place").values_list("kind", "quantity", "amount"))


def issue(scene, key="k"):
    return issue_invoice(scene.engagement.pk, by=scene.finance, key=key)


def test_issue_invoice_charges_what_was_bought_and_credits_what_was_lost(scene):
    bill = issue(scene)

    assert (bill.number, bill.total, bill.currency) == ("INV-LICENCES-0001", Decimal(26), "EUR")
    assert bill.specimen is True
    assert rows(bill) == [
        ("charge", 4, Decimal("26.00")),
        ("charge", 3, Decimal("19.50")),
        ("credit", 3, Decimal("-19.50")),
    ]
    assert [line.text for line in bill.lines.order_by("place")] == [
        "The good lot, freeze 1: items decided, certified and accepted",
        "The red lot, freeze 1: items decided, not certified",
        CREDIT_TEXT,
    ]


def test_issue_invoice_posts_each_line_with_the_line_as_its_fact(scene):
    bill = issue(scene)

    assert balances(scene.engagement) == {
        "client receivable": Decimal(26),
        "revenue": Decimal("-45.5"),
        "service credit": Decimal("19.5"),
    }
    facts = scene.engagement.postings.filter(account="client receivable").order_by("id")
    assert list(facts.values_list("fact_uid", "amount")) == list(
        bill.lines.order_by("place").values_list("uid", "amount")
    )


def test_issue_invoice_issues_once_when_repeated(scene):
    assert issue(scene) == issue(scene)
    assert [event.kind for event in Event.objects.all()] == ["invoice.issued"]


def test_issue_invoice_tells_its_event_total_and_freezes(scene):
    issue(scene)

    said = json.loads(Event.objects.get().body)["data"]
    good = scene.lots["good"].freezes.get()
    assert (said["number"], said["total"], said["specimen"]) == ("INV-LICENCES-0001", "26.00", True)
    assert said["lines"][0] == {"amount": "26.00", "freeze": good.digest, "kind": "charge"}


@pytest.mark.parametrize(
    ("share", "total", "kinds"),
    [("0", "45.50", ["charge", "charge"]), ("0.5", "35.75", ["charge", "charge", "credit"])],
)
def test_issue_invoice_credits_the_agreed_share(scene, share, total, kinds):
    Term.objects.filter(unit="credit").update(amount=Decimal(share))

    bill = issue(scene)

    assert (bill.total, [kind for kind, *_ in rows(bill)]) == (Decimal(total), kinds)


def test_issue_invoice_refuses_with_every_reason(later):
    made = opened()
    for code in ("unaccepted", "unsigned"):
        audited_lot(made, code, size=2, differing=0)
    sign(made.lots["unaccepted"])
    item(lot=lot(engagement=made.engagement, title="The raw lot"))
    freeze(lot=lot(engagement=made.engagement, title="The unaudited lot"))
    lot(engagement=made.engagement, title="A lot without items")

    with pytest.raises(InvoiceNotReady) as refused:
        issue(made)

    assert refused.value.blockers == [
        "The unaccepted lot is certified, but the client has not accepted it yet.",
        "The unsigned lot meets its audit plan, but the quality lead has not signed it yet.",
        "The raw lot is not frozen yet; the quality lead freezes it.",
        "The unaudited lot is still being audited: 0 audits are in.",
        "No statement of work is agreed; let the client agree one, then try again.",
    ]
    assert Invoice.objects.count() == 0


def test_issue_invoice_refuses_what_is_billed_already_or_nothing(scene):
    issue(scene)

    with pytest.raises(InvoiceNotReady, match="Every lot is billed already"):
        issue(scene, key="other")
    empty = opened()
    agreed_terms(engagement=empty.engagement)
    with pytest.raises(InvoiceNotReady, match="there is nothing to bill"):
        issue(empty)


def test_issue_invoice_does_not_bill_the_items_of_a_charged_lot_twice(scene):
    bill = issue(scene)
    freeze(lot=scene.lots["good"])

    with pytest.raises(InvoiceNotReady, match=f"stands billed on {bill.number}; credit it first"):
        issue(scene, key="other")


def test_issue_invoice_bills_a_credited_lot_that_was_reworked(scene):
    issue(scene)
    reworked = freeze(lot=scene.lots["red"])
    certificate(freeze=reworked)
    acceptance(freeze=reworked)

    second = issue(scene, key="other")

    assert (second.number, rows(second)) == ("INV-LICENCES-0002", [("charge", 3, Decimal("19.5"))])


def test_invoice_numbers_differ_between_clients_with_one_code(scene):
    other = opened(code="licences")
    agreed_terms(engagement=other.engagement)
    audited_lot(other, "red", size=2, differing=2)

    numbers = [issue(scene).number, issue(other, key="other").number]

    assert numbers == ["INV-LICENCES-0001", "INV-LICENCES-0002"]


def test_issue_invoice_is_finances(scene, foreign):
    with pytest.raises(NotAllowed, match="finance"):
        issue_invoice(scene.engagement.pk, by=scene.client, key="k")
    with pytest.raises(Engagement.DoesNotExist):
        issue_invoice(foreign.engagement.pk, by=scene.client, key="k")
    assert Invoice.objects.count() == 0


@pytest.mark.slow
@settings(parent=ONE_DATABASE, max_examples=15)
@given(
    price=st.decimals(0, 500, places=4),
    share=st.sampled_from([Decimal(0), Decimal(1)]),
    sizes=st.lists(st.tuples(st.integers(1, 3), st.booleans()), min_size=1, max_size=3),
)
def test_an_invoice_is_the_sum_of_its_lines_and_what_the_client_owes(later, price, share, sizes):
    made = opened()
    amounts = {Term.Unit.ITEM: price, Term.Unit.CREDIT: share}
    agreed_terms(engagement=made.engagement, amounts=amounts)
    for place, (size, is_bought) in enumerate(sizes):
        parent = audited_lot(made, f"l{place}", size=size, differing=0 if is_bought else size)
        if is_bought:
            sign(parent)
            accept(parent)

    bill = issue(made, key=f"k{made.engagement.pk}")

    owed = {row.account: row.amount for row in trial_balance(made.engagement)}
    lines = list(bill.lines.all())
    assert bill.total == sum(line.amount for line in lines) == owed["client receivable"]
    assert sum(owed.values()) == 0
    off = [abs(line.amount - line.quantity * line.unit_price) for line in lines]
    assert max(off) <= Decimal("0.005")
    bought = [line for line in lines if Certificate.objects.filter(freeze=line.freeze).exists()]
    assert share == 0 or bill.total == sum(line.amount for line in bought)


def test_invoices_are_seen_by_the_engagements_own_people_only(scene, foreign):
    ours, theirs = issue(scene), issue(foreign, key="theirs")
    seen_by = {
        "client": set(invoices_seen_by(scene.client)),
        "manager": set(invoices_seen_by(scene.manager)),
        "finance": set(invoices_seen_by(scene.finance)),
        "other client": set(invoices_seen_by(foreign.client)),
    }

    assert seen_by == {
        "client": {ours},
        "manager": {ours},
        "finance": {ours, theirs},
        "other client": {theirs},
    }
    assert list(invoice_lines_seen_by(scene.client)) == list(ours.lines.order_by("place"))


def test_unbilled_items_are_those_that_no_invoice_charges(scene, foreign):
    left_open = item(lot=scene.lots["good"])
    decision(item=left_open, state=Decision.State.OPEN, answer="", rule="")
    issue(scene)

    assert list(unbilled(scene.engagement)) == [left_open]


def test_a_lot_of_open_items_only_does_not_hold_up_the_invoice(scene):
    waiting = item(lot=lot(engagement=scene.engagement))
    decision(item=waiting, state=Decision.State.OPEN, answer="", rule="")

    assert issue(scene).total == Decimal(26)


def traceable_line(items):
    """Return a line over so many items, each with two cited judgments and a stray one."""
    parent = lot()
    cited = {}
    for _ in range(items):
        thing = item(lot=parent)
        first, second, _stray = (judgment(slot=slot(item=thing)) for _ in range(3))
        cited[thing.pk] = [str(first.uid), str(second.uid)]
    frozen = freeze(lot=parent, judgments=cited)
    audit(freeze=frozen)
    return invoice_line(freeze=frozen), cited


def test_invoice_line_trace_leads_to_the_cited_judgments_and_the_audit(db):
    line, cited = traceable_line(2)

    first, second = traced(invoice_line_trace(line))

    for row in (first, second):
        assert [str(each.uid) for each in row.judgments] == cited[row.decision.item_id]
    assert first.audit == line.freeze.audits.get()
    assert second.audit is None


def test_invoice_line_trace_can_be_narrowed(db):
    line, _ = traceable_line(3)

    page = invoice_line_trace(line)[1:2]

    assert [row.decision.item for row in traced(page)] == [line.freeze.lot.items.order_by("key")[1]]


@pytest.mark.parametrize("items", [1, 3])
def test_invoice_line_trace_takes_three_queries_for_any_number(
    db, items, django_assert_num_queries
):
    line, _ = traceable_line(items)

    with django_assert_num_queries(3):
        rows_found = traced(invoice_line_trace(line))
        said = [(r.decision.item.key, [j.expert.name for j in r.judgments]) for r in rows_found]

    assert len(said) == items


# propose_change_order


def proposal_in(scene, **changes):
    version = guideline_version(engagement=scene.engagement)
    return guideline_proposal(replaces=version, **changes)


def test_propose_change_order_prices_the_judgments_given_again(scene):
    proposal = proposal_in(scene, touched_judgments=69, touched_items=["x"] * 29)

    order = propose_change_order(proposal.pk, by=scene.manager, key="k")
    again = propose_change_order(proposal.pk, by=scene.manager, key="k")

    assert order == again
    assert (order.items, order.judgments, order.price, order.days) == (29, 69, Decimal("82.80"), 2)
    assert order.in_price == (
        "In the price: 69 judgments given again at EUR 1.20. Not in it: adjudications where they "
        "disagree and the new audit, which nobody can count before; they are posted as they are "
        "done. Days: 40 judgments a working day, ASSUMED."
    )
    assert [event.kind for event in Event.objects.all()] == ["change_order.proposed"]


def test_propose_change_order_prices_a_proposal_once(scene):
    proposal = proposal_in(scene)
    propose_change_order(proposal.pk, by=scene.manager, key="k")

    with pytest.raises(ChangeOrderRefused, match="has its change order already"):
        propose_change_order(proposal.pk, by=scene.manager, key="other")


def test_propose_change_order_refuses_while_no_terms_are_agreed(scene):
    proposal = proposal_in(scene)
    StatementOfWork.objects.update(agreed_at=None)

    with pytest.raises(TermsNotAgreed):
        propose_change_order(proposal.pk, by=scene.manager, key="k")


def test_propose_change_order_is_the_managers(scene, foreign):
    ours, theirs = proposal_in(scene), proposal_in(foreign)
    propose_change_order(theirs.pk, by=foreign.manager, key="theirs")

    with pytest.raises(NotAllowed, match="manager"):
        propose_change_order(ours.pk, by=scene.client, key="k")
    with pytest.raises(GuidelineProposal.DoesNotExist):
        propose_change_order(theirs.pk, by=scene.manager, key="k")
    assert ChangeOrder.objects.count() == 1
    assert not change_orders_seen_by(scene.client).exists()
