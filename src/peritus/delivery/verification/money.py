"""The ledger and the invoice: exact amounts that balance and follow from the freeze."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.report import PackFault, demand, demand_equal


def check_ledger(pack: PackRecords) -> str:
    """Check that every entry has two sides and sums to zero in each currency."""
    entries = pack.ledger["entries"]
    for entry in entries:
        sums: dict[str, Decimal] = {}
        for side in entry["sides"]:
            currency = side["currency"]
            sums[currency] = sums.get(currency, Decimal(0)) + money(side["amount"], "ledger.json")
        uneven = [currency for currency, total in sums.items() if total != 0]
        demand(not uneven, f"ledger.json: entry {entry['entry']} does not balance.")
    return f"{len(entries)} entries, each sums to zero."


def check_invoice(pack: PackRecords) -> str:
    """Check the invoice's sums, and its lines on this freeze against the decisions."""
    if pack.invoice is None:
        return "The freeze is not billed."
    lines = pack.invoice["lines"]
    total = sum((money(line["amount"], "invoice.json") for line in lines), Decimal(0))
    demand_equal("invoice.json: total", money(pack.invoice["total"], "invoice.json"), total)
    here = [line for line in lines if line["freeze"] == pack.freeze_digest]
    demand(bool(here), "invoice.json: no line bills this freeze.")
    for line in here:
        _check_line(pack, line)
    return f"{pack.invoice['currency']} {total}, {len(here)} lines on this freeze."


def _check_line(pack: PackRecords, line: dict[str, Any]) -> None:
    part = f"invoice.json: line {line['place']}"
    demand_equal(f"{part}: items", line["items"], list(pack.frozen_items.values()))
    if line["kind"] == "charge":
        demand_equal(f"{part}: quantity", line["quantity"], len(pack.frozen_items))
        price = money(line["unit_price"], part) * line["quantity"]
        demand_equal(f"{part}: amount", money(line["amount"], part), round(price, 2))
    else:
        demand(money(line["amount"], part) <= 0, f"{part}: a credit that is charged.")
        demand(pack.claim is None, f"{part}: a credit although the lot is certified.")


def money(text: object, part: str) -> Decimal:
    """Return an amount that is written as text."""
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        raise PackFault(f"{part}: {text!r} is no amount.") from None
    demand(isinstance(text, str) and amount.is_finite(), f"{part}: {text!r} is no amount.")
    return amount
