"""Slots, leases, judgments, and questions to whoever can answer them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT, LOT, ITEM = "engagements.Engagement", "engagements.Lot", "engagements.Item"


class Staffing(ClientOwned):
    """A draft of who judges what in a lot, optimal and explained; then published."""

    engagement = owned_key(ENGAGEMENT, related_name="staffings")
    lot = owned_key(LOT, related_name="staffings")
    available = models.JSONField(
        default=dict, help_text="{expert handle: [item key, …]}; null: every item of the lot."
    )
    terms = models.JSONField(default=dict, help_text="What was asked for: work.staffing.Terms.")
    pairs = models.JSONField(help_text="[[expert handle, item key], …]")
    total = models.FloatField(help_text="Right answers to be expected.")
    minimum = models.FloatField(null=True, help_text="The same of the item with the fewest.")
    bound = models.FloatField(help_text="No assignment has more of what was maximised.")
    status = models.CharField(max_length=10)
    basis = models.CharField(
        max_length=64, default="", help_text="SHA-256 of who could be drafted, and how good."
    )
    left_out = models.JSONField(
        default=list, help_text="[[expert handle, bar, items it kept away], …]"
    )
    moves = models.JSONField(
        null=True, help_text="[[slot uid, handle before, handle after], …]; null: slots are opened."
    )
    drafted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, lot=LOT)

    def __str__(self) -> str:
        return f"Staffing of {self.lot}: {len(self.pairs)} judgments"


class PanelSeat(ClientOwned):
    """An expert of whom a lot's judgments may be bought, one by one.

    ``items`` names those that the expert can judge; null: all of the lot.
    """

    engagement = owned_key(ENGAGEMENT)
    lot = owned_key(LOT, related_name="panel")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats")
    items = models.JSONField(null=True, help_text="Keys of items; null: every item.")
    pay = models.DecimalField(max_digits=12, decimal_places=4, help_text="Of one judgment.")
    at_once = models.PositiveSmallIntegerField(null=True, help_text="Most slots held; null: any.")
    level = models.PositiveSmallIntegerField(default=0, help_text="0 junior, higher is senior.")
    seated_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, lot=LOT),
            models.UniqueConstraint(fields=["lot", "expert"], name="one_seat_each"),
        ]

    def __str__(self) -> str:
        return f"{self.expert} on the panel of {self.lot}"


class Slot(ClientOwned):
    """One judgment wanted on an item, in the judging that ``reopening`` names."""

    class Purpose(models.TextChoices):
        FIRST = "first", "First judgment"
        FURTHER = "further", "Further judgment"
        GOLD = "gold", "Gold"
        QUALIFICATION = "qualification", "Qualification"
        ADJUDICATION = "adjudication", "Adjudication"
        AUDIT = "audit", "Audit"
        CENSUS = "census", "Census of the riskiest"
        CALIBRATION = "calibration", "Calibration"
        SUGGESTION = "suggestion", "Suggestion"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        LEASED = "leased", "Leased"
        DONE = "done", "Done"
        WITHDRAWN = "withdrawn", "Withdrawn"

    engagement = owned_key(ENGAGEMENT)
    lot = owned_key(LOT, related_name="slots")
    item = owned_key(ITEM, related_name="slots")
    purpose = models.CharField(max_length=15, choices=Purpose)
    number = models.PositiveSmallIntegerField(help_text="Tells slots of one purpose apart.")
    reopening = models.PositiveSmallIntegerField(
        default=0, help_text="How often the item had been reopened; answers before that rest."
    )
    reserved_for = models.ForeignKey(Expert, models.PROTECT, null=True, related_name="slots")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    fence = models.PositiveIntegerField(default=0, help_text="Number of the latest lease.")
    opened_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, lot=LOT, item=ITEM),
            models.UniqueConstraint(
                fields=["item", "purpose", "reopening", "number"], name="slot_of_item"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organisation", "reserved_for", "id"],
                condition=Q(state__in=["open", "leased"]),
                name="waiting_slots",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} on {self.item}"


class Assignment(ClientOwned):
    """A slot leased to an expert until a time; ``fence`` is checked on submit."""

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        SUBMITTED = "submitted", "Submitted"
        SKIPPED = "skipped", "Skipped"
        LAPSED = "lapsed", "Lapsed"

    engagement = owned_key(ENGAGEMENT)
    slot = owned_key("work.Slot", related_name="assignments")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="assignments")
    fence = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, slot="work.Slot"),
            models.UniqueConstraint(
                fields=["slot"], condition=Q(state="active"), name="one_lease_per_slot"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expert", "organisation"], name="leases_of_expert"),
        ]

    def __str__(self) -> str:
        return f"{self.slot} leased to {self.expert}"


class Judgment(ClientOwned):
    """An expert's answers; never changed, only superseded."""

    engagement = owned_key(ENGAGEMENT)
    item = owned_key(ITEM, related_name="judgments")
    slot = owned_key("work.Slot", related_name="judgments")
    assignment = owned_key("work.Assignment")
    guideline_version = owned_key("engagements.GuidelineVersion")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="judgments")
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, db_constraint=False, related_name="successor"
    )
    answers = models.JSONField(help_text="{question code: canonical answer}")
    reason = models.TextField(blank=True)
    confidence = models.PositiveSmallIntegerField(null=True, help_text="1 to 5, if given.")
    seconds = models.PositiveIntegerField(null=True, help_text="Active time; null: not recorded.")
    submitted_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(
                engagement=ENGAGEMENT,
                item=ITEM,
                slot="work.Slot",
                assignment="work.Assignment",
                guideline_version="engagements.GuidelineVersion",
                supersedes="work.Judgment",
            ),
            models.UniqueConstraint(fields=["assignment"], name="one_judgment_per_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.expert} on {self.item}"


class TakenBack(ClientOwned):
    """A judgment its expert took back before anything relied on it."""

    engagement = owned_key(ENGAGEMENT)
    judgment = models.OneToOneField(
        Judgment, models.PROTECT, db_constraint=False, related_name="taken_back"
    )
    at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, judgment="work.Judgment")

    def __str__(self) -> str:
        return f"{self.judgment}, taken back"


class Skip(ClientOwned):
    """Why an expert gave a leased slot back."""

    class Reason(models.TextChoices):
        NOT_MY_FIELD = "not_my_field", "Not my field"
        CONFLICT = "conflict", "Conflict"
        UNREADABLE = "unreadable", "Unreadable"
        GUIDELINE_SILENT = "guideline_silent", "Guideline silent"
        LATER = "later", "Later"
        OTHER = "other", "Other"

    engagement = owned_key(ENGAGEMENT)
    assignment = owned_key("work.Assignment", related_name="skips")
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, assignment="work.Assignment")

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.note}"


class Pause(ClientOwned):
    """A time in which an expert gets no new slots of an engagement."""

    engagement = owned_key(ENGAGEMENT, related_name="pauses")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=300)
    paused_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    paused_at = models.DateTimeField()
    resumed_because = models.CharField(max_length=300, blank=True, default="")
    resumed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    resumed_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(
                fields=["engagement", "expert"],
                condition=Q(resumed_at=None),
                name="paused_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert} is paused in {self.engagement}"


class ProductionHold(ClientOwned):
    """Why an engagement's production waits, lot by lot, until each is let go."""

    engagement = models.OneToOneField(
        ENGAGEMENT, models.PROTECT, db_constraint=False, related_name="production_hold"
    )
    reason = models.CharField(max_length=300)
    held_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)

    def __str__(self) -> str:
        return self.reason


class ProductionRelease(ClientOwned):
    """What let a lot's production go."""

    engagement = owned_key(ENGAGEMENT)
    lot = models.OneToOneField(
        LOT, models.PROTECT, db_constraint=False, related_name="production_release"
    )
    because = models.CharField(max_length=300)
    released_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, lot=LOT)

    def __str__(self) -> str:
        return f"{self.lot}: {self.because}"


class Inquiry(ClientOwned):
    """One question from the work, merged, owned, answered once for all its items."""

    engagement = owned_key(ENGAGEMENT, related_name="inquiries")
    cause = models.SlugField(help_text="Doubts with the same cause are merged.")
    title = models.CharField(max_length=200)
    text = models.TextField()
    owner = models.ForeignKey(User, models.PROTECT, related_name="inquiries")
    answer = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(fields=["engagement", "cause"], name="one_inquiry_per_cause"),
        ]

    def __str__(self) -> str:
        return self.title


class InquiryItem(ClientOwned):
    """An item that an inquiry is about."""

    inquiry = owned_key("work.Inquiry", related_name="inquiry_items")
    item = owned_key(ITEM, related_name="inquiry_items")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(inquiry="work.Inquiry", item=ITEM),
            models.UniqueConstraint(fields=["inquiry", "item"], name="item_once_per_inquiry"),
        ]

    def __str__(self) -> str:
        return f"{self.item} in {self.inquiry}"
