"""What always holds of the books; each check says what does not, one line each."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Count, Exists, F, OuterRef, Q

from peritus.billing.models import Invoice, InvoiceLine, Posting
from peritus.billing.money import amount_of, sum_of_smallest


def unbalanced_entries() -> list[str]:
    """Name the entries whose sides do not sum to zero, or that have one side only."""
    entries = Posting.objects.values("entry", "currency").annotate(
        total=sum_of_smallest("amount"), sides=Count("id")
    )
    faults = entries.filter(~Q(total=0) | Q(sides__lt=2)).order_by("entry")
    return [
        f"Entry {row['entry']} is off by {amount_of(row['total'])} {row['currency']} "
        f"over {row['sides']} sides; it must be 0 over two or more."
        for row in faults
    ]


def postings_without_fact() -> list[str]:
    """Name the postings whose fact is not there, or is another engagement's client's."""
    types = Posting.objects.order_by("fact_type").values_list("fact_type", flat=True).distinct()
    return [fault for fact_type in types for fault in _without_fact(fact_type)]


def _without_fact(fact_type: str) -> list[str]:
    postings = Posting.objects.filter(fact_type=fact_type).order_by("id")
    try:
        facts = apps.get_model(fact_type)._default_manager
    except LookupError:
        return [f"Posting {each.uid} cites a {fact_type!r}, which is no fact." for each in postings]
    there = facts.filter(uid=OuterRef("fact_uid"), organisation_id=OuterRef("organisation_id"))
    return [
        f"Posting {each.uid} cites {fact_type} {each.fact_uid}, which is not there."
        for each in postings.filter(~Exists(there))
    ]


def invoices_that_do_not_sum() -> list[str]:
    """Name the invoices whose total is not the sum of their lines."""
    summed = Invoice.objects.annotate(of_lines=sum_of_smallest("lines__amount"))
    return [
        f"{each} says {each.total} {each.currency}; its lines sum to "
        f"{amount_of(each.of_lines or 0):.2f}."
        for each in summed.order_by("number")
        if amount_of(each.of_lines or 0) != each.total
    ]


def invoice_lines_off_their_freeze() -> list[str]:
    """Name the lines that do not bill what their freeze holds, in their engagement."""
    frozen = Count("freeze__decisions__item", distinct=True)
    lines = InvoiceLine.objects.select_related("invoice", "freeze").annotate(frozen=frozen)
    astray = ~Q(freeze__engagement=F("invoice__engagement")) | ~Q(quantity=F("frozen"))
    return [
        f"Line {line.place} of {line.invoice} bills {line.quantity} items; "
        f"{line.freeze} holds {line.frozen}."
        for line in lines.filter(astray).order_by("invoice__number", "place")
    ]


INVARIANTS = (
    unbalanced_entries,
    postings_without_fact,
    invoices_that_do_not_sum,
    invoice_lines_off_their_freeze,
)
