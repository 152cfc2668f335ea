"""An invoice as PDF for people, and as JSON for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from peritus.accounts.queries import provider
from peritus.billing.models import Invoice, InvoiceLine, Term
from peritus.delivery.documents import typeset
from peritus.delivery.figures import day, money, percent
from peritus.delivery.queries import trace_path
from peritus.journal.canonical import canonical, sha256
from peritus.quality.models import FrozenDecision


@dataclass(frozen=True)
class InvoiceFacts:
    """An invoice with its lines, and the items behind each; a credit's text has its reason."""

    invoice: Invoice
    lines: tuple[InvoiceLine, ...]
    items: Mapping[int, tuple[str, ...]]  # freeze -> keys of its items

    @property
    def terms(self) -> list[Term]:
        """Return the terms that the lines cite, each once, in their order."""
        return list({line.term_id: line.term for line in self.lines}.values())


def invoice_facts(invoice: Invoice) -> InvoiceFacts:
    """Gather what an invoice says; no query per line or item."""
    lines = tuple(invoice.lines.select_related("freeze__lot", "term", "invoice").order_by("place"))
    return InvoiceFacts(
        invoice=invoice,
        lines=lines,
        items=_items([line.freeze_id for line in lines]),
    )


def _items(freezes: list[int]) -> dict[int, tuple[str, ...]]:
    rows = FrozenDecision.objects.filter(freeze__in=freezes).order_by("item__key", "question")
    keys: dict[int, dict[str, None]] = {}
    for freeze, key in rows.values_list("freeze_id", "item__key"):
        keys.setdefault(freeze, {})[key] = None
    return {freeze: tuple(each) for freeze, each in keys.items()}


def invoice_json(facts: InvoiceFacts) -> bytes:
    """Return the invoice as canonical JSON; amounts are text, and exact."""
    invoice = facts.invoice
    engagement = invoice.engagement
    return canonical(
        {
            "client": engagement.organisation.name,
            "currency": invoice.currency,
            "engagement": {
                "code": engagement.code,
                "title": engagement.title,
                "uid": engagement.uid,
            },
            "honesty": engagement.honesty,
            "issued_at": invoice.issued_at,
            "lines": [_line(facts, line) for line in facts.lines],
            "number": invoice.number,
            "provider": provider().name,
            "specimen": invoice.specimen,
            "terms": [
                {
                    "amount": term.amount,
                    "assumed": term.assumed,
                    "currency": term.currency,
                    "unit": term.unit,
                }
                for term in facts.terms
            ],
            "total": invoice.total,
            "uid": invoice.uid,
        }
    )


def _line(facts: InvoiceFacts, line: InvoiceLine) -> dict[str, object]:
    return {
        "amount": line.amount,
        "freeze": line.freeze.digest,
        "items": list(facts.items.get(line.freeze_id, ())),
        "kind": line.kind,
        "lot": line.freeze.lot.code,
        "place": line.place,
        "quantity": line.quantity,
        "text": line.text,
        "trace": trace_path(line),
        "uid": line.uid,
        "unit_price": line.unit_price,
    }


def invoice_pdf(facts: InvoiceFacts, data_name: str, data: bytes) -> bytes:
    """Return the invoice as PDF; its foot names the JSON file and its digest."""
    invoice, engagement = facts.invoice, facts.invoice.engagement
    shown = {
        "title": f"Invoice {invoice.number}",
        "provider": provider().name,
        "client": engagement.organisation.name,
        "engagement": engagement.title,
        "specimen": invoice.specimen,
        "facts": [
            {"name": "Issued", "value": day(invoice.issued_at)},
            {"name": "Currency", "value": invoice.currency},
        ],
        "notice": "This is a specimen: nothing is owed." if invoice.specimen else "",
        "lines": [_shown_line(facts, line) for line in facts.lines],
        "total": money(invoice.total, invoice.currency),
        "terms": [_term(term) for term in facts.terms],
        "honesty": list(engagement.honesty),
        "foot": {
            "what": f"{data_name}, SHA-256",
            "digest": sha256(data),
            "command": f"sha256sum {data_name}",
        },
    }
    return typeset("invoice.typ", shown, at=invoice.issued_at)


def _shown_line(facts: InvoiceFacts, line: InvoiceLine) -> dict[str, object]:
    currency = facts.invoice.currency
    return {
        "place": line.place,
        "text": line.text,
        "freeze": line.freeze.digest,
        "trace": trace_path(line),
        "quantity": str(line.quantity),
        "unit_price": money(line.unit_price, currency),
        "amount": money(line.amount, currency),
        "assumed": line.term.assumed,
    }


def _term(term: Term) -> str:
    mark = " (ASSUMED)" if term.assumed else ""
    if term.unit == Term.Unit.CREDIT:
        return f"{term.get_unit_display()}: {percent(float(term.amount))}{mark}"
    return f"{term.get_unit_display()}: {money(term.amount, term.currency)}{mark}"
