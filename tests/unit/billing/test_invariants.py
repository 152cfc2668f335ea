from decimal import Decimal

from peritus.accounts.queries import engine
from peritus.billing.invariants import (
    INVARIANTS,
    invoice_lines_off_their_freeze,
    invoices_that_do_not_sum,
    postings_without_fact,
    unbalanced_entries,
)
from peritus.billing.models import Invoice, InvoiceLine, Posting
from peritus.billing.verbs import issue_invoice, post_cost
from tests.factories.accounts import uid
from tests.factories.billing import invoice, posting
from tests.factories.engagements import engagement
from tests.factories.quality import freeze
from tests.factories.work import judgment


def test_invariants_hold_after_work_was_posted_and_invoiced(scene):
    given = scene.engagement.freezes.first().audits.first().judgment
    post_cost(given.pk, by=engine(), key="post")
    issue_invoice(scene.engagement.pk, by=scene.finance, key="invoice")

    assert [fault for check in INVARIANTS for fault in check()] == []
    assert Posting.objects.count() == 2 + 6


def test_unbalanced_entries_names_what_does_not_sum_to_zero(db):
    one = posting(amount=Decimal("1.2000"))
    same = {"engagement": one.engagement, "entry": one.entry}
    posting(**same, account="expert payable", amount=Decimal("-1.1999"))

    assert unbalanced_entries() == [
        f"Entry {one.entry} is off by 0.0001 EUR over 2 sides; it must be 0 over two or more."
    ]


def test_unbalanced_entries_names_a_side_that_stands_alone(db):
    alone = posting(amount=Decimal(0))

    assert [str(alone.entry) in fault for fault in unbalanced_entries()] == [True]


def test_postings_without_fact_names_a_fact_that_is_missing_or_of_no_kind(db):
    missing = posting(fact_type="work.judgment", fact_uid=uid())
    no_kind = posting(fact_type="work.rumour")

    assert sorted(postings_without_fact()) == sorted(
        [
            f"Posting {missing.uid} cites work.judgment {missing.fact_uid}, which is not there.",
            f"Posting {no_kind.uid} cites a 'work.rumour', which is no fact.",
        ]
    )


def test_postings_without_fact_names_another_clients_fact(db):
    theirs = judgment()
    own = judgment()
    posting(engagement=own.engagement, fact_type="work.judgment", fact_uid=own.uid)
    astray = posting(engagement=engagement(), fact_type="work.judgment", fact_uid=theirs.uid)

    assert [str(astray.uid) in fault for fault in postings_without_fact()] == [True]


def test_invoices_that_do_not_sum_names_total_and_lines(scene):
    bill = issue_invoice(scene.engagement.pk, by=scene.finance, key="k")
    Invoice.objects.filter(pk=bill.pk).update(total=Decimal("26.01"))
    lonely = invoice(number="A", total=Decimal("5.00"))

    assert invoices_that_do_not_sum() == [
        f"Invoice {lonely.number} says 5.00 EUR; its lines sum to 0.00.",
        "Invoice INV-LICENCES-0001 says 26.01 EUR; its lines sum to 26.00.",
    ]


def test_invoice_lines_off_their_freeze_names_another_count(scene):
    bill = issue_invoice(scene.engagement.pk, by=scene.finance, key="k")
    InvoiceLine.objects.filter(invoice=bill, place=1).update(quantity=5)

    assert invoice_lines_off_their_freeze() == [
        "Line 1 of Invoice INV-LICENCES-0001 bills 5 items; The good lot, freeze 1 holds 4."
    ]


def test_invoice_lines_off_their_freeze_names_another_engagements_freeze(scene):
    bill = issue_invoice(scene.engagement.pk, by=scene.finance, key="k")
    stray = freeze(organisation=scene.engagement.organisation)
    line = InvoiceLine.objects.filter(invoice=bill, place=1)
    line.update(freeze=stray, quantity=1)

    assert len(invoice_lines_off_their_freeze()) == 1
