"""Slots, leases, judgments, inquiries; parents of one item share its engagement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from peritus.accounts.models import Organisation
from peritus.work.models import (
    Assignment,
    Inquiry,
    InquiryItem,
    Judgment,
    PanelSeat,
    Pause,
    Skip,
    Slot,
    Staffing,
    TakenBack,
)
from tests.factories.accounts import number, uid, user
from tests.factories.bench import expert
from tests.factories.engagements import START, engagement, guideline_version, item, lot

LEASE = timedelta(minutes=30)


def staffing(**changes: Any) -> Staffing:
    """Return a draft that staffs nobody yet."""
    parent = changes.pop("lot", None) or lot(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "lot": parent,
        "pairs": [],
        "total": 0.0,
        "bound": 0.0,
        "status": "optimal",
        "drafted_at": START,
    }
    return Staffing.objects.create(**given | changes)


def panel_seat(**changes: Any) -> PanelSeat:
    """Return a seat from which every item of its lot can be judged."""
    parent = changes.pop("lot", None) or lot(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "lot": parent,
        "pay": 1,
        "seated_at": START,
    } | changes
    given["expert"] = given.get("expert") or expert()
    return PanelSeat.objects.create(**given)


def _client(changes: dict[str, Any]) -> dict[str, Organisation]:
    """Take the client out of the changes, for the parent that is made."""
    client = changes.pop("organisation", None)
    return {"organisation": client} if client else {}


def slot(**changes: Any) -> Slot:
    """Return an open slot for a first judgment."""
    parent = changes.pop("item", None) or item(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "lot": parent.lot,
        "item": parent,
        "purpose": Slot.Purpose.FIRST,
        "opened_at": START,
    } | changes
    same = parent.slots.filter(purpose=given["purpose"])
    given.setdefault("number", same.count() + 1)
    return Slot.objects.create(**given)


def assignment(**changes: Any) -> Assignment:
    """Return an active lease of half an hour."""
    parent = changes.pop("slot", None) or slot(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "slot": parent,
        "leased_at": START,
        "expires_at": START + LEASE,
    } | changes
    given["expert"] = given.get("expert") or expert()
    given.setdefault("fence", parent.assignments.count() + 1)
    return Assignment.objects.create(**given)


def judgment(**changes: Any) -> Judgment:
    """Return a submitted "yes"; its slot is done, its lease closed."""
    held = changes.pop("assignment", None)
    if held is None:
        given_slot = changes.pop("slot", None) or slot(
            **{name: changes.pop(name) for name in ("item", "organisation") if name in changes}
        )
        held = assignment(slot=given_slot, expert=changes.pop("expert", None))
    Assignment.objects.filter(pk=held.pk).update(state=Assignment.State.SUBMITTED)
    Slot.objects.filter(pk=held.slot_id).update(state=Slot.State.DONE, fence=held.fence)
    given = {
        "uid": uid(),
        "organisation": held.organisation,
        "engagement": held.engagement,
        "item": held.slot.item,
        "slot": held.slot,
        "assignment": held,
        "expert": held.expert,
        "answers": {"question": "yes"},
        "submitted_at": START + timedelta(minutes=5),
    } | changes
    given["guideline_version"] = given.get("guideline_version") or _guideline(held)
    return Judgment.objects.create(**given)


def _guideline(held: Assignment) -> Any:
    versions = held.engagement.guideline_versions
    return versions.order_by("-number").first() or guideline_version(engagement=held.engagement)


def taken_back(**changes: Any) -> TakenBack:
    parent = changes.pop("judgment", None) or judgment(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent.engagement,
        "judgment": parent,
        "at": START + timedelta(minutes=6),
    }
    return TakenBack.objects.create(**given | changes)


def skip(**changes: Any) -> Skip:
    """Return a skip that closed its lease."""
    held = changes.pop("assignment", None) or assignment(
        state=Assignment.State.SKIPPED, **_client(changes)
    )
    given = {
        "uid": uid(),
        "organisation": held.organisation,
        "engagement": held.engagement,
        "assignment": held,
        "reason": Skip.Reason.NOT_MY_FIELD,
        "at": START + timedelta(minutes=5),
    }
    return Skip.objects.create(**given | changes)


def pause(**changes: Any) -> Pause:
    """Return a pause that nobody has ended."""
    parent = changes.pop("engagement", None) or engagement(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "reason": "Answers fell; we talk first.",
        "paused_by": parent.manager,
        "paused_at": START,
    } | changes
    given["expert"] = given.get("expert") or expert()
    return Pause.objects.create(**given)


def inquiry(**changes: Any) -> Inquiry:
    n = number()
    parent = changes.pop("engagement", None) or engagement(**_client(changes))
    given = {
        "uid": uid(),
        "organisation": parent.organisation,
        "engagement": parent,
        "cause": f"cause-{n}",
        "title": f"Question {n}",
        "text": "Which reading is meant?",
        "opened_at": START,
        "due_at": START + timedelta(days=2),
    } | changes
    given["owner"] = given.get("owner") or user()
    return Inquiry.objects.create(**given)


def inquiry_item(**changes: Any) -> InquiryItem:
    thing = changes.pop("item", None) or item(**_client(changes))
    parent = changes.pop("inquiry", None) or inquiry(engagement=thing.engagement)
    given = {
        "uid": uid(),
        "organisation": thing.organisation,
        "inquiry": parent,
        "item": thing,
    }
    return InquiryItem.objects.create(**given | changes)
