"""Agree on what an expert is paid, and until when."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from peritus.accounts.models import User
from peritus.bench.errors import RateRefused
from peritus.bench.models import PayRate
from peritus.bench.pay import (
    SMALLEST,
    end_blockers,
    overlap_blockers,
    pay_rates_seen_by,
    rate_blockers,
)
from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import AGREE_PAY
from peritus.catalogue.identity import uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.personal import personal


@verb
@personal("amount", "currency")
def agree_pay_rate(
    expert_id: int,
    *,
    amount: Decimal,
    currency: str,
    per: str,
    valid_from: date,
    valid_until: date | None = None,
    by: User,
    key: str,
) -> PayRate:
    """Agree on what an expert is paid for a judgment or an hour, from a day on.

    Nothing that holds is changed: it is ended first. Raises RateRefused, also where
    another rate for the same unit holds on a day of this one.
    """
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    AGREE_PAY.require(by, expert)
    if earlier := earlier_result():
        return earlier
    same = expert.pay_rates.filter(per=per).order_by("valid_from")
    blockers = rate_blockers(amount, currency, per, valid_from, valid_until)
    blockers += overlap_blockers(same, valid_from, valid_until)
    if blockers:
        raise RateRefused(blockers)
    rate = PayRate.objects.create(
        uid=uid_of(expert.uid, "pay", per, valid_from, same.count() + 1),
        expert=expert,
        per=per,
        amount=amount.quantize(SMALLEST),
        currency=currency,
        valid_from=valid_from,
        valid_until=valid_until,
        set_by=by,
        set_at=now(),
    )
    record("pay.agreed", about=rate, data={"expert": expert.uid, "per": per})
    return rate


@verb
def end_pay_rate(rate_id: int, last_day: date, *, by: User, key: str) -> PayRate:
    """Let a pay rate end with a day. Raises RateRefused for a day outside of it."""
    rate = pay_rates_seen_by(by).select_for_update(of=("self",)).get(pk=rate_id)
    AGREE_PAY.require(by, rate.expert)
    if earlier := earlier_result():
        return earlier
    if blockers := end_blockers(rate, last_day):
        raise RateRefused(blockers)
    rate.valid_until = last_day
    rate.save(update_fields=["valid_until"])
    record("pay.ended", about=rate, data={"expert": rate.expert.uid, "last_day": last_day})
    return rate
