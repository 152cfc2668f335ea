"""What a judgment costs, by whom: what was agreed, an hour's pay at the pace of the engagement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from peritus.bench.models import Expert, PayRate
from peritus.bench.pay import rates_on
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
    seconds = Decimal(str(pace_of(engagement).seconds))
    found: dict[int, Cost] = {}
    for rate in (
        rates_on(at.date()).filter(expert__in=experts).order_by("per")
    ):  # hour, then judgment
        hourly = rate.per == PayRate.Per.HOUR
        amount = (rate.amount * seconds / HOUR).quantize(CENT) if hourly else rate.amount
        found[rate.expert_id] = Cost(amount, rate.currency, hourly)
    return found
