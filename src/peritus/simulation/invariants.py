"""What always holds, by name: for ``peritus check`` and the end of every journey.

Cost: the chain reads every event once, the derivation every judgment once, a
freeze its document; everything else is one query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Count, F, Q

from peritus.accounts.policies import policy_faults
from peritus.accounts.serving import role_faults
from peritus.bench.pay import overlapping_rates
from peritus.billing import invariants as books
from peritus.blobs.store import BlobDamaged
from peritus.intake.models import ImportRun
from peritus.journal.chain import chains, verify_chain
from peritus.journal.heads import fault_of_heads
from peritus.journal.models import Event, ParkedEvent, Salt
from peritus.journal.personal import changed_since_said
from peritus.journal.triggers import EXPECTED, installed_triggers
from peritus.model_experts.invariants import changed_specs
from peritus.quality.models import Certificate, Decision, Freeze
from peritus.quality.queries import derived_again
from peritus.quality.skills import skills_that_differ
from peritus.quality.verbs.evidence import audit_faults, document_faults, draw_faults, plan_faults
from peritus.work.leasing import leases_against_bars
from peritus.work.models import Assignment, Judgment, Slot
from peritus.work.queries import (
    judgments_behind_walls,
    production_in_held_lots,
    slots_without_lease,
    standing_judgments,
)

MOST_SENTENCES = 20


@dataclass(frozen=True)
class Invariant:
    """Something that always holds; ``check`` says where it does not."""

    name: str
    check: Callable[[], list[str]]


def _leased_slots_without_lease() -> list[str]:
    slots = slots_without_lease()[:MOST_SENTENCES]
    return [f"Slot {slot.uid} is leased, but no active lease holds it." for slot in slots]


def _leases_that_hold_nothing() -> list[str]:
    astray = ~Q(slot__state=Slot.State.LEASED) | ~Q(fence=F("slot__fence"))
    leases = Assignment.objects.filter(astray, state=Assignment.State.ACTIVE)
    return [
        f"Lease {each.uid} is active, but its slot is not leased under fence {each.fence}."
        for each in leases[:MOST_SENTENCES]
    ]


def _items_judged_twice() -> list[str]:
    """Audits repeat with each freeze, tests with each attempt, calibrations with each round."""
    repeatable = (Slot.Purpose.AUDIT, Slot.Purpose.QUALIFICATION, Slot.Purpose.CALIBRATION)
    once = standing_judgments().exclude(slot__purpose__in=repeatable)
    again = standing_judgments().filter(slot__purpose__in=repeatable)
    found = [
        *_repeated(once, "item__key", "expert__handle", "slot__purpose"),
        *_repeated(again, "item__key", "expert__handle", "slot__purpose", "slot__number"),
    ]
    return [f"{row[1]} judged {row[0]} {row[-1]} times for {row[2]}." for row in found]


def _production_held_back() -> list[str]:
    slots = production_in_held_lots()[:MOST_SENTENCES]
    return [f"{each} was opened before its lot's production was let go." for each in slots]


def _repeated(judgments: Iterable[Judgment], *names: str) -> list[tuple[object, ...]]:
    rows = judgments.order_by().values_list("engagement", *names).annotate(n=Count("id"))  # type: ignore[attr-defined]
    return [row[1:] for row in rows.filter(n__gt=1)[:MOST_SENTENCES]]


def _certificates_off_their_freeze() -> list[str]:
    found = Certificate.objects.select_related("freeze__lot__engagement").order_by("id")
    return [f"{each}: {fault}" for each in found for fault in _document_faults(each.freeze)]


def _frozen_decisions_altered() -> list[str]:
    freezes = Freeze.objects.select_related("lot__engagement").order_by("id")
    return [f"{each}: {fault}" for each in freezes for fault in _document_faults(each)]


def _document_faults(freeze: Freeze) -> list[str]:
    try:
        return document_faults(freeze)
    except BlobDamaged as damaged:
        return [str(damaged)]


def _audits_out_of_order() -> list[str]:
    drawn = Freeze.objects.filter(draw__isnull=False).select_related(
        "draw", "plan", "lot__engagement", "engagement"
    )
    return [
        f"{freeze}: {fault}"
        for freeze in drawn.order_by("id")
        for fault in (
            *plan_faults(freeze, freeze.plan),
            *draw_faults(freeze, freeze.draw),
            *audit_faults(freeze, freeze.draw, finished=False),
        )
    ]


def _broken_chains() -> list[str]:
    faults = {uid: verify_chain(uid).fault or fault_of_heads(uid) for uid in chains()}
    return [
        f"Chain of {uid or 'the installation'}: {fault}" for uid, fault in faults.items() if fault
    ]


def _missing_triggers() -> list[str]:
    missing = sorted(EXPECTED - installed_triggers())
    return [f"The append-only trigger {name} is missing; run migrate." for name in missing]


def _rows_not_held_back() -> list[str]:
    """Ask the database about its policies, and about the role that asks."""
    return [*policy_faults(), *role_faults()]


def _decisions_that_differ() -> list[str]:
    """Derive every decision again; while events wait to be read, the table may lag."""
    if Event.objects.filter(place=None).exists():
        return []
    derived = derived_again()
    rows = Decision.objects.select_related("item").order_by("id").iterator(2000)
    return [
        f"{each.item.key}, {each.question}: the table says {each.answer or each.state}, "
        f"its judgments say {again.answer or again.state}."
        for each in rows
        if (again := derived.get((each.item_id, each.question)))
        and any(getattr(each, name) != value for name, value in again.kept.items())
    ]


def _skills_that_differ() -> list[str]:
    """Derive every skill again; while events wait to be read, the table may lag."""
    if Event.objects.filter(place=None).exists():
        return []
    return skills_that_differ()[:MOST_SENTENCES]


def _judged_behind_a_wall() -> list[str]:
    judgments = judgments_behind_walls().select_related("expert", "item")[:MOST_SENTENCES]
    return [f"{each.expert} answered {each.item} after a wall was raised." for each in judgments]


def _leased_against_a_bar() -> list[str]:
    """Ask the condition of leasing again, of every lease, as of when it was given."""
    return [
        f"{each} on {each.leased_at:%Y-%m-%d %H:%M} UTC, although barred: {name}."
        for name, leases in leases_against_bars().items()
        for each in leases.select_related("slot__item", "expert").order_by("id")[:MOST_SENTENCES]
    ]


def _personal_data_altered() -> list[str]:
    """Compare rows with what was said of them last; what was said before may differ."""
    found, salts = [], Salt.objects.select_related("event").order_by("event")
    latest = {(each.event.about_uid, each.event.verb): each for each in salts}
    for salt in latest.values():
        model = apps.get_model(salt.event.about_type)
        about = model._default_manager.filter(uid=salt.event.about_uid).first()
        if about is not None and (fields := changed_since_said(salt, about)):
            found.append(f"{about._meta.verbose_name} {about.pk}: {', '.join(fields)} changed.")
    return found[:MOST_SENTENCES]


def _pay_rates_that_overlap() -> list[str]:
    found = overlapping_rates().select_related("expert").order_by("id")[:MOST_SENTENCES]
    return [f"{each.expert.handle}: {each} holds while another does." for each in found]


def _parked_events() -> list[str]:
    parked = ParkedEvent.objects.filter(replayed_at=None).select_related("event").order_by("id")
    return [f"{each}: {each.error.strip().splitlines()[-1]}" for each in parked[:MOST_SENTENCES]]


def _runs_that_lose_rows() -> list[str]:
    """Rejected rows are kept one by one, so their number is known twice."""
    return [
        f"Import {run.file_name} counts {run.rejected} rejected rows and keeps {len(run.rejects)}."
        for run in ImportRun.objects.order_by("id").iterator(200)
        if run.rejected != len(run.rejects)
    ]


INVARIANTS = (
    Invariant("No expired lease holds a slot", _leased_slots_without_lease),
    Invariant("Every active lease holds exactly its slot", _leases_that_hold_nothing),
    Invariant("Nobody judges behind a wall", _judged_behind_a_wall),
    Invariant("No lease was given to whom a bar kept from it", _leased_against_a_bar),
    Invariant("No item is judged twice by one expert for one purpose", _items_judged_twice),
    Invariant("No production slot is open in a lot that is held back", _production_held_back),
    Invariant("Every model is specified as it was registered", changed_specs),
    Invariant("Every posting balances", books.unbalanced_entries),
    Invariant("Every posting cites its fact", books.postings_without_fact),
    Invariant("Every invoice is the sum of its lines", books.invoices_that_do_not_sum),
    Invariant("Every invoice line cites a freeze", books.invoice_lines_off_their_freeze),
    Invariant("Every certificate cites a freeze with its document", _certificates_off_their_freeze),
    Invariant("Every frozen decision equals its document", _frozen_decisions_altered),
    Invariant("Every audit stands in the order of the draw", _audits_out_of_order),
    Invariant("The chain of every engagement verifies, with its signed heads", _broken_chains),
    Invariant("Append-only triggers are installed", _missing_triggers),
    Invariant("PostgreSQL holds clients' rows apart", _rows_not_held_back),
    Invariant("Decisions derived again equal the table", _decisions_that_differ),
    Invariant("Skills derived again equal the table", _skills_that_differ),
    Invariant("No two pay rates of an expert hold on one day", _pay_rates_that_overlap),
    Invariant("Personal data is what the journal committed to", _personal_data_altered),
    Invariant("No event is parked", _parked_events),
    Invariant("Rows read are accepted, unchanged or rejected", _runs_that_lose_rows),
)


def broken_invariants() -> dict[str, list[str]]:
    """Return what each broken invariant says, by its name; empty when all hold."""
    found = {invariant.name: invariant.check() for invariant in INVARIANTS}
    return {name: sentences for name, sentences in found.items() if sentences}
