"""Acts of the work: staffing, leases, judgments, inquiries."""

from peritus.work.verbs.conflicts import clear_conflict
from peritus.work.verbs.inquiries import answer_inquiry, open_inquiry
from peritus.work.verbs.judgments import skip_slot, submit_judgment, take_back_judgment
from peritus.work.verbs.leases import (
    extend_lease,
    give_back_leases,
    lease_next_slot,
    lease_slot,
)
from peritus.work.verbs.panels import Seat, seat_panel
from peritus.work.verbs.pauses import pause_expert, pause_for_review, resume_expert
from peritus.work.verbs.production import hold_production, release_production
from peritus.work.verbs.reopening import reopen_items
from peritus.work.verbs.slots import SlotWanted, open_slots, slot_uid, withdraw_slots
from peritus.work.verbs.staffing import draft_staffing, publish_staffing

__all__ = [
    "Seat",
    "SlotWanted",
    "answer_inquiry",
    "clear_conflict",
    "draft_staffing",
    "extend_lease",
    "give_back_leases",
    "hold_production",
    "lease_next_slot",
    "lease_slot",
    "open_inquiry",
    "open_slots",
    "pause_expert",
    "pause_for_review",
    "publish_staffing",
    "release_production",
    "reopen_items",
    "resume_expert",
    "seat_panel",
    "skip_slot",
    "slot_uid",
    "submit_judgment",
    "take_back_judgment",
    "withdraw_slots",
]
