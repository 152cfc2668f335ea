"""What the worker does about quality when its time has come."""

from __future__ import annotations

from django.db.models import Max

from peritus.accounts.queries import engine
from peritus.bench.models import Expert
from peritus.engagements.models import Lot
from peritus.engagements.queries import pack_of
from peritus.journal.clock import now
from peritus.quality.attempts import TESTING, attempt_slots, time_is_over
from peritus.quality.verbs.qualifying import grade_qualification
from peritus.work.models import Slot
from peritus.work.queries import WAITING


def end_tests() -> int:
    """Grade the attempts whose time is over while something of them waits; return how many."""
    open_now = Slot.objects.filter(purpose=TESTING, state__in=WAITING)
    pairs = open_now.exclude(reserved_for=None).values_list("lot", "reserved_for")
    latest = pairs.annotate(number=Max("number")).order_by("lot", "reserved_for")
    return sum(_end(lot, expert, number) for lot, expert, number in latest)


def _end(lot_id: int, expert_id: int, number: int) -> bool:
    lot = Lot.objects.select_related("engagement").get(pk=lot_id)
    expert, spec = Expert.objects.get(pk=expert_id), pack_of(lot.engagement).qualification
    if spec is None or not time_is_over(spec, attempt_slots(lot, expert), now()):
        return False
    key = f"time:{lot.uid}:{expert.handle}:{number}"
    grade_qualification(lot.pk, expert.pk, by=engine(), key=key)
    return True
