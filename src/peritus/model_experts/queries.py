"""What recorded experts have on record, and what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.engagements.models import Lot
from peritus.model_experts.models import ModelCall, ModelSpec, RecordedAnswer
from peritus.work.models import Slot
from peritus.work.queries import active_assignments, slots_open_to


def models_seen_by(user: User) -> QuerySet[ModelSpec]:
    """Return the registered models that the user may look up, families together."""
    seen = ModelSpec.objects.filter(expert__in=experts_seen_by(user))
    return seen.select_related("expert").order_by("family", "number")


@dataclass(frozen=True)
class Spending:
    """What asking a model came to: calls, of which answered, tokens and price reported."""

    calls: int
    answered: int
    input_tokens: int
    output_tokens: int
    price: Decimal
    unreported: int


def spending_of(calls: QuerySet[ModelCall]) -> Spending:
    """Add up what calls cost."""
    answered = Q(outcome=ModelCall.Outcome.ANSWERED)
    found = calls.aggregate(
        calls=Count("id"),
        answered=Count("id", filter=answered),
        input_tokens=Sum("input_tokens", default=0),
        output_tokens=Sum("output_tokens", default=0),
        unreported=Count("id", filter=answered & Q(price=None)),
        price=Sum("price", default=Decimal(0)),  # last: names of sums hide those of columns
    )
    return Spending(**found)


def availability(lot: Lot) -> dict[str, list[str]]:
    """Return, for each recorded expert, the keys of a lot's items it answers."""
    answered = RecordedAnswer.objects.filter(item__lot=lot).exclude(answer="")
    available: dict[str, list[str]] = {}
    for handle, key in answered.order_by("expert__handle", "item__key").values_list(
        "expert__handle", "item__key"
    ):
        available.setdefault(handle, []).append(key)
    return available


def recorded_slots(expert: Expert, at: datetime) -> QuerySet[Slot]:
    """Return the open slots reserved for an expert that answers from record, oldest first."""
    return slots_open_to(expert, at).filter(reserved_for=expert).order_by("id")


def waits(expert: Expert, at: datetime) -> bool:
    """Say whether an expert holds a lease, or has a slot reserved that it may lease."""
    return active_assignments(expert, at).exists() or recorded_slots(expert, at).exists()


def recorded_answers(expert: Expert, item_id: int) -> list[RecordedAnswer]:
    """Return what the expert has on record for an item."""
    return list(RecordedAnswer.objects.filter(expert=expert, item=item_id))
