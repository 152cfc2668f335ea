"""Find slots, leases and judgments, as far as an expert or user may see."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.engagements.models import Item, Lot
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.clock import now
from peritus.work.leasing import (
    HIDING,
    PREPARING,
    WALL,
    Asked,
    Bar,
    barred,
    bars_against,
    hidden,
)
from peritus.work.models import (
    Assignment,
    Inquiry,
    Judgment,
    Pause,
    ProductionHold,
    ProductionRelease,
    Skip,
    Slot,
    Staffing,
)

FIRST = (Slot.Purpose.FIRST, Slot.Purpose.FURTHER)
"""Production: the judgments that decide unless they contradict each other."""
DECIDING = (*FIRST, Slot.Purpose.ADJUDICATION)
WAITING = (Slot.State.OPEN, Slot.State.LEASED)
ALIKE = (*FIRST, Slot.Purpose.GOLD)
"""Work that its expert must not be able to tell apart, by page, count or order."""
LAST_DECISIONS = 10


def lease_predicate(expert: Expert, at: datetime) -> Q:
    """Return the one condition under which a slot may be leased to an expert.

    Free or lapsed, not another's, and none of the bars of ``work.leasing`` stands.
    """
    theirs = Q(reserved_for=None) | Q(reserved_for=expert)
    return _free(at) & theirs & ~barred(expert, at)


def _free(at: datetime) -> Q:
    lapsed = Assignment.objects.filter(
        slot=OuterRef("pk"), state=Assignment.State.ACTIVE, expires_at__lte=at
    )
    return Q(state=Slot.State.OPEN) | Q(Q(state=Slot.State.LEASED) & Q(Exists(lapsed)))


def free_slots(at: datetime) -> QuerySet[Slot]:
    """Return the slots that nobody has answered or holds: open, or of a lapsed lease."""
    return Slot.objects.filter(_free(at))


def unbegun_slots(at: datetime) -> QuerySet[Slot]:
    """Return the free first slots of the judging that goes on now."""
    return slots_in_force().filter(_free(at), purpose=Slot.Purpose.FIRST)


def standing_pauses() -> QuerySet[Pause]:
    """Return the pauses that nobody has ended."""
    return Pause.objects.filter(resumed_at=None)


def pauses_for_review() -> QuerySet[Pause]:
    """Return the pauses that stand only until the manager has looked."""
    return standing_pauses().filter(paused_by__is_engine=True)


def bars_on_lease(assignment: Assignment) -> list[Bar]:
    """Return what was put before a lease's holder and its item since it was given."""
    return bars_against(assignment.expert, assignment.slot, now(), HIDING)


def judgments_behind_walls() -> QuerySet[Judgment]:
    """Return answers given after a wall was raised before their item: there must be none."""
    return Judgment.objects.filter(
        WALL.stands(Asked(F("expert_id"), F("submitted_at"), of_record=True))
    )


def slots_open_to(expert: Expert, at: datetime) -> QuerySet[Slot]:
    """Return what the expert may lease now: put-off ones last, earlier lots first.

    Work that looks alike stands by its items' uids in a lot: hashes, which say
    nothing of what a slot is for. By age, gold would come last. All else is
    served by age.
    """
    put_off = Skip.objects.filter(assignment__expert=expert, assignment__slot=OuterRef("pk"))
    open_now = Slot.objects.filter(lease_predicate(expert, at))
    hashed = Case(When(purpose__in=ALIKE, then=F("item__uid")))
    return open_now.annotate(put_off=Exists(put_off)).order_by(
        "put_off", "lot_id", hashed.asc(nulls_last=True), "id"
    )


def active_assignments(expert: Expert, at: datetime) -> QuerySet[Assignment]:
    """Return the leases that an expert holds and may still work on."""
    return Assignment.objects.filter(
        ~hidden(Asked.now(expert, at, "slot__item_id")),
        expert=expert,
        state=Assignment.State.ACTIVE,
        expires_at__gt=at,
    )


def assignments_of(user: User) -> QuerySet[Assignment]:
    """Return the leases of the expert that the user acts as."""
    return Assignment.objects.filter(expert__user=user)


def standing_judgments() -> QuerySet[Judgment]:
    """Return the judgments that count: not superseded, taken back or from before a reopening."""
    return Judgment.objects.filter(under_the_rules("slot"), successor=None, taken_back=None)


def under_the_rules(slot: str) -> Q:
    """Keep rows whose slot (a path to it) belongs to the judging of its item that goes on now."""
    return Q(**{f"{slot}__reopening": F(f"{slot}__item__reopened")})


def slots_in_force() -> QuerySet[Slot]:
    """Return the slots of the judging that goes on now: none from before a reopening."""
    return Slot.objects.filter(reopening=F("item__reopened"))


def judged_items() -> QuerySet[Item]:
    """Return the items that have a standing judgment which may decide them."""
    given = standing_judgments().filter(item=OuterRef("pk"), slot__purpose__in=DECIDING)
    return Item.objects.filter(Exists(given))


def last_judgments(expert: Expert) -> QuerySet[Judgment]:
    """Return the expert's latest standing judgments, newest first."""
    mine = standing_judgments().filter(expert=expert).select_related("item", "slot")
    return mine.order_by("-id")[:LAST_DECISIONS]


def inquiries_seen_by(user: User) -> QuerySet[Inquiry]:
    """Return the inquiries of the engagements that the user sees."""
    return Inquiry.objects.filter(engagement__in=engagements_seen_by(user))


def staffings_seen_by(user: User) -> QuerySet[Staffing]:
    """Return the staffing drafts of the engagements that the user sees."""
    return Staffing.objects.filter(engagement__in=engagements_seen_by(user))


def production_blockers(lot: Lot) -> list[str]:
    """Say why no production slot of a lot may be opened yet; nothing where none is held."""
    hold = ProductionHold.objects.filter(engagement=lot.engagement_id).first()
    if hold is None or ProductionRelease.objects.filter(lot=lot).exists():
        return []
    return [f"Production of {lot} waits: {hold.reason}"]


def production_in_held_lots() -> QuerySet[Slot]:
    """Return production slots of lots that are held back: there must be none."""
    released = ProductionRelease.objects.filter(lot=OuterRef("lot"))
    held = ProductionHold.objects.filter(engagement=OuterRef("engagement"))
    return Slot.objects.filter(Exists(held), ~Exists(released)).exclude(purpose__in=PREPARING)


def slots_without_lease() -> QuerySet[Slot]:
    """Return leased slots that no active lease holds: there must be none."""
    active = Assignment.objects.filter(
        slot=OuterRef("pk"), state=Assignment.State.ACTIVE, fence=F("slot__fence")
    )
    return Slot.objects.filter(state=Slot.State.LEASED).exclude(Exists(active))
