"""Say which known answers experts are asked beside their own work: pure of any act."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from peritus.bench.models import Expert
from peritus.catalogue.plans import ADAPTIVE
from peritus.engagements.models import Item, Lot
from peritus.journal.clock import now
from peritus.quality.models import QualityPlan
from peritus.quality.queries import current_gold
from peritus.work.leasing import SEATED, barred_pairs
from peritus.work.models import Assignment, Slot
from peritus.work.queries import ALIKE, FIRST, WAITING, slots_in_force

Pair = tuple[int, int]  # ids of an item and of an expert
_ROUNDING = 1e-9  # 0.1 · 30 is no more than 3


def gold_wanted(share: float, forms: int, known: int) -> int:
    """Return how many gold forms more bring known answers to a share of all forms.

    The least x with known + x >= share · (forms + x): a gold form is a form too.
    """
    missing = share * forms - known
    if missing <= _ROUNDING:
        return 0
    return ceil(missing / (1 - share) - _ROUNDING) if share < 1 else sys.maxsize


@dataclass
class _Forms:
    """An expert's forms in a lot, and those among them with a known answer."""

    forms: int = 0
    known: int = 0
    waiting: int = 0
    waiting_known: int = 0

    def add(self, *, known: bool, waiting: bool) -> None:
        self.forms, self.known = self.forms + 1, self.known + known
        self.waiting, self.waiting_known = (
            self.waiting + waiting,
            self.waiting_known + (waiting and known),
        )

    def wanted(self, share: float) -> int:
        """Return how many gold forms to add now.

        Not more than what waits can hide: where one form of production is left,
        ten of gold beside it would be told at a glance.
        """
        return min(
            gold_wanted(share, self.forms, self.known),
            gold_wanted(share, self.waiting, self.waiting_known),
        )


def gold_to_place(lot: Lot, plan: QualityPlan) -> list[Pair]:
    """Return whom to ask about which known answer, in eleven queries at most.

    Each expert with production reserved in the lot is asked about items that they
    neither met nor are asked about, nor are walled off from, nor know the answer
    of; which ones follows from a hash of expert and item, so that neither order
    nor another expert's share tells.
    """
    knowers = _knowers_of_gold(lot)
    forms = _forms_in(lot, knowers)
    share = plan.terms.gold_share
    wanted = {expert: n for expert, each in forms.items() if (n := each.wanted(share))}
    if not wanted:
        return []
    items = list(Item.objects.filter(pk__in=_staffed(lot, plan).intersection(knowers)))
    experts = list(Expert.objects.filter(pk__in=wanted).order_by("handle"))
    keys = [item.pk for item in items]
    barred = _met(lot) | barred_pairs(lot.engagement, experts, keys, now(), SEATED).keys()
    pairs: list[Pair] = []
    for expert in experts:
        free = [
            item for item in items
            if (item.pk, expert.pk) not in barred and expert.user_id not in knowers[item.pk]
        ]  # fmt: skip
        chosen = sorted(free, key=lambda item: _place(expert, item))[: wanted[expert.pk]]
        pairs += [(item.pk, expert.pk) for item in chosen]
    return pairs


def _place(expert: Expert, item: Item) -> bytes:
    return hashlib.sha256(b"gold" + expert.uid.bytes + item.uid.bytes).digest()


def _knowers_of_gold(lot: Lot) -> dict[int, set[int | None]]:
    """Return the lot's items with an answer that weighs, each with who set it."""
    knowers: dict[int, set[int | None]] = defaultdict(set)
    found = current_gold().filter(item__lot=lot, weighs=True)
    for item, person in found.values_list("item_id", "set_by_id"):
        knowers[item].add(person)
    return dict(knowers)


def _forms_in(lot: Lot, known: Mapping[int, object]) -> dict[int, _Forms]:
    """Return the forms reserved in the lot, by the id of their expert."""
    slots = slots_in_force().filter(lot=lot, purpose__in=ALIKE, reserved_for__isnull=False)
    rows = slots.exclude(state=Slot.State.WITHDRAWN).values_list(
        "reserved_for_id", "item_id", "state"
    )
    forms: dict[int, _Forms] = defaultdict(_Forms)
    for expert, item, state in rows:
        forms[expert].add(known=item in known, waiting=state in WAITING)
    return dict(forms)


def _staffed(lot: Lot, plan: QualityPlan) -> set[int]:
    """Return the items whose own judgments were asked for.

    Whoever is asked about gold cannot judge the item any more: were everybody
    asked before that, nobody would be left to decide it.
    """
    least = plan.terms.minimum if plan.rule == ADAPTIVE else 1
    slots = slots_in_force().filter(lot=lot, purpose__in=FIRST)
    asked = Counter(slots.exclude(state=Slot.State.WITHDRAWN).values_list("item_id", flat=True))
    return {item for item, n in asked.items() if n >= least}


def _met(lot: Lot) -> set[Pair]:
    """Return who was or is asked about which item, or held it, for whatever purpose."""
    asked = Slot.objects.filter(lot=lot, reserved_for__isnull=False)
    held = Assignment.objects.filter(slot__lot=lot)
    return {
        *asked.values_list("item_id", "reserved_for_id"),
        *held.values_list("slot__item_id", "expert_id"),
    }
