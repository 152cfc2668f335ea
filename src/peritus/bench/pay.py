"""What experts are paid and when: rates of one kind never hold on the same day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from peritus.accounts.models import User
from peritus.bench.models import Expert, PayRate
from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import READ_PAY

SMALLEST: Final = Decimal("0.0001")
MOST: Final = Decimal(10_000)
CURRENCY: Final = re.compile("[A-Z]{3}")


def pay_rates_seen_by(user: User) -> QuerySet[PayRate]:
    """Return the pay rates a user may know: managers and finance all, an expert their own."""
    if READ_PAY.allows(user):
        return PayRate.objects.filter(expert__in=experts_seen_by(user))
    return PayRate.objects.filter(expert__user=user)


def rate_on(expert: Expert, per: str, day: date) -> PayRate | None:
    """Return what an expert is paid for a unit on a day, None if nothing was agreed."""
    return rates_on(day).filter(expert=expert, per=per).first()


def rates_on(day: date) -> QuerySet[PayRate]:
    """Return the rates that hold on a day."""
    lasting = Q(valid_until=None) | Q(valid_until__gte=day)
    return PayRate.objects.filter(lasting, valid_from__lte=day)


def overlapping_rates() -> QuerySet[PayRate]:
    """Return rates during which another of the same expert and unit holds: there must be none."""
    other = PayRate.objects.filter(expert=OuterRef("expert"), per=OuterRef("per"))
    before = other.filter(
        Q(valid_until=None) | Q(valid_until__gte=OuterRef("valid_from")),
        valid_from__lte=OuterRef("valid_from"),
    )
    return PayRate.objects.filter(Exists(before.exclude(pk=OuterRef("pk"))))


def rate_blockers(
    amount: Decimal, currency: str, per: str, valid_from: date, valid_until: date | None
) -> list[str]:
    """Say why a rate cannot be agreed on so."""
    blockers = []
    if not (amount.is_finite() and 0 < amount <= MOST and amount == amount.quantize(SMALLEST)):
        blockers.append(
            f"A rate is above 0 and at most {MOST:,}, with up to four decimals; {amount} came."
        )
    if not CURRENCY.fullmatch(currency):
        blockers.append(f"A currency is three capital letters such as EUR; {currency[:20]!r} came.")
    if per not in PayRate.Per.values:
        wanted = " or ".join(PayRate.Per.values)
        blockers.append(f"A rate is for a {wanted}; {per[:20]!r} came.")
    if valid_until is not None and valid_until < valid_from:
        blockers.append(f"It would end on {valid_until}, before it begins on {valid_from}.")
    return blockers


def overlap_blockers(
    rates: Iterable[PayRate], valid_from: date, valid_until: date | None
) -> list[str]:
    """Say which rates of the same unit hold on a day of this one."""
    return [
        f"{rate} holds until {rate.valid_until or 'another begins'}; end it before, or begin later."
        for rate in rates
        if (valid_until is None or rate.valid_from <= valid_until)
        and (rate.valid_until is None or rate.valid_until >= valid_from)
    ]


def end_blockers(rate: PayRate, last_day: date) -> list[str]:
    """Say why a rate cannot end on a day."""
    if last_day < rate.valid_from:
        return [f"It began on {rate.valid_from}, after {last_day}; its last day is that or later."]
    if rate.valid_until is not None and last_day >= rate.valid_until:
        return [f"It ends on {rate.valid_until} already; agree on another rate after that."]
    return []
