"""The ledger and the invoice: exact amounts that balance and follow from the journal."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple
from uuid import UUID, uuid5

from peritus.delivery.verification.chain import Chain
from peritus.delivery.verification.records import PackRecords
from peritus.delivery.verification.records.money import Bill, BillLine, Entry, EntrySide
from peritus.delivery.verification.records.shapes import shaped
from peritus.delivery.verification.report import demand, demand_equal

CENT = Decimal("0.01")
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
COST = ("expert cost", "expert payable")
OWED = {
    "charge": ("client receivable", "revenue"),
    "credit": ("client receivable", "service credit"),
}


class _Posted(NamedTuple):
    """What an entry must say: debit and credit, what the first has more, and whose it is."""

    accounts: tuple[str, str]
    amount: Decimal
    currency: str
    fact: str
    expert: str | None


def check_ledger(pack: PackRecords, chain: Chain) -> str:
    """Check that the entries are those that judgments and invoice lines caused, to the cent."""
    due = {**_costs(pack, chain), **_owed(pack)}
    demand_equal("ledger.json: entries", [each.entry for each in pack.entries], sorted(due))
    for entry in pack.entries:
        _check_entry(entry, due[entry.entry])
    return f"{len(pack.entries)} entries, each sums to zero and has its cause."


def _costs(pack: PackRecords, chain: Chain) -> dict[str, _Posted]:
    """Return what the judgments in the pack cost, as it was posted."""
    experts = {each.uid: each.expert for each in pack.judgments}
    due = {}
    for kind in ("cost.posted", "cost.reversed"):
        for event in chain.of_kind(kind):
            said, judgment = event.data, event.data["judgment"]
            if judgment in experts:
                amount, expert = money(said["amount"], "events.jsonl"), experts[judgment]
                fact = judgment if kind == "cost.posted" else ""
                due[said["entry"]] = _Posted(COST, amount, said["currency"], fact, expert)
    return due


def _owed(pack: PackRecords) -> dict[str, _Posted]:
    """Return what the invoice's lines on the freeze make the client owe."""
    if pack.invoice is None:
        return {}
    return {
        str(uuid5(UUID(line.uid), "owed")): _Posted(
            OWED[line.kind],
            money(line.amount, "invoice.json"),
            pack.invoice.currency,
            line.uid,
            None,
        )
        for line in _lines_here(pack)
    }


def _check_entry(entry: Entry, due: _Posted) -> None:
    part = f"ledger.json: entry {entry.entry}"
    sides = [shaped(EntrySide, side, part) for side in entry.sides]
    told = sorted((each.account, money(each.amount, part)) for each in sides)
    total = sum((amount for _, amount in told), Decimal(0))
    demand(total == 0, f"{part} does not balance: its sides sum to {total}.")
    debit, credit = due.accounts
    demand_equal(part, told, sorted([(debit, due.amount), (credit, -due.amount)]))
    demand_equal(f"{part}: currency", {each.currency for each in sides}, {due.currency})
    demand_equal(f"{part}: expert", {each.expert for each in sides}, {due.expert})
    if due.fact:
        demand_equal(f"{part}: fact", entry.fact["uid"], due.fact)


def _lines_here(pack: PackRecords) -> list[BillLine]:
    return [line for line in pack.lines if line.freeze == pack.freeze_digest]


def check_invoice(pack: PackRecords, chain: Chain) -> str:
    """Check that the invoice is the one issued, its sums, and its lines on this freeze."""
    if pack.invoice is None:
        return "The freeze is not billed."
    _check_issued(pack.invoice, pack.lines, chain)
    total = sum((money(line.amount, "invoice.json") for line in pack.lines), Decimal(0))
    demand_equal("invoice.json: total", money(pack.invoice.total, "invoice.json"), total)
    here = _lines_here(pack)
    demand(bool(here), "invoice.json: no line bills this freeze.")
    for place, line in enumerate(pack.lines, start=1):
        part = f"invoice.json: line {place}"
        demand_equal(f"{part}: place", line.place, place)
        price = money(line.unit_price, part) * line.quantity
        demand_equal(
            f"{part}: amount", money(line.amount, part), price.quantize(CENT, ROUND_HALF_EVEN)
        )
    for line in here:
        _check_line(pack, line)
    return f"{pack.invoice.currency} {total}, {len(here)} lines on this freeze."


def _check_issued(bill: Bill, lines: tuple[BillLine, ...], chain: Chain) -> None:
    """Check the invoice against the event that says that it was issued."""
    issued = [event for event in chain.of_kind("invoice.issued") if event.about == bill.uid]
    demand(len(issued) == 1, f"invoice.json: it was issued {len(issued)} times.")
    said, part = issued[0].data, "invoice.json: as issued"
    for name in ("currency", "number", "specimen"):
        demand_equal(f"{part}: {name}", getattr(bill, name), said[name])
    told = [(line.kind, line.freeze, money(line.amount, part)) for line in lines]
    heard = [(line["kind"], line["freeze"], money(line["amount"], part)) for line in said["lines"]]
    demand_equal(f"{part}: lines", told, heard)


def _check_line(pack: PackRecords, line: BillLine) -> None:
    part = f"invoice.json: line {line.place}"
    demand_equal(f"{part}: items", line.items, list(pack.frozen_items.values()))
    if line.kind == "charge":
        demand_equal(f"{part}: quantity", line.quantity, len(pack.frozen_items))
    else:
        demand_equal(f"{part}: kind", line.kind, "credit")
        demand(money(line.amount, part) <= 0, f"{part}: a credit that is charged.")
        demand(pack.claim is None, f"{part}: a credit although the lot is certified.")


def money(text: object, part: str) -> Decimal:
    """Return an exact amount, which is written as text."""
    fits = isinstance(text, str) and AMOUNT.fullmatch(text) is not None
    demand(fits, f"{part}: {text!r} is no amount.")
    return Decimal(str(text))
