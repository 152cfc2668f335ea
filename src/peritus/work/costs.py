"""What a judgment costs, by whom: what was agreed, an hour's pay at the pace of the engagement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from peritus.bench.models import Expert, PayRate
from peritus.engagements.models import Engagement
from peritus.work.shifts import HOUR, pace_of

CENT = Decimal("0.0001")


class Cost(NamedTuple):
    """What one judgment costs; ``by_the_hour`` it follows from how long one takes."""

    amount: Decimal
    currency: str
    by_the_hour: bool


def costs_of(engagement: Engagement, experts: Sequence[Expert], at: datetime) -> dict[int, Cost]:
    """Return what a judgment of each expert costs, by their ids; none where nothing is agreed.

    A rate for a judgment goes before one for an hour.
    """
    day, seconds = at.date(), Decimal(str(pace_of(engagement).seconds))
    lasting = Q(valid_until=None) | Q(valid_until__gte=day)
    rates = PayRate.objects.filter(lasting, valid_from__lte=day, expert__in=experts)
    found: dict[int, Cost] = {}
    for rate in rates.order_by("per"):  # hour, then judgment
        hourly = rate.per == PayRate.Per.HOUR
        amount = (rate.amount * seconds / HOUR).quantize(CENT) if hourly else rate.amount
        found[rate.expert_id] = Cost(amount, rate.currency, hourly)
    return found
