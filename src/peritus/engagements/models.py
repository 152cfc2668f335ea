"""Engagements and what is agreed, asked and judged in them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT = "engagements.Engagement"


class Engagement(ClientOwned):
    """Work agreed with one client: a pack, its people, its honest words."""

    code = models.SlugField()
    title = models.CharField(max_length=200)
    pack = models.CharField(max_length=60)
    manager = models.ForeignKey(User, models.PROTECT, related_name="managed_engagements")
    quality_lead = models.ForeignKey(User, models.PROTECT, related_name="led_engagements")
    honesty = models.JSONField(default=list, help_text="Lines that stand on every page and file.")
    specimen = models.BooleanField(default=False, help_text="Invoices and payouts are specimens.")
    required_qualification = models.CharField(
        max_length=200, blank=True, help_text="What a person must hold to judge here."
    )
    requirement = models.JSONField(
        null=True, help_text="Credentials that a person must hold (catalogue.requirements)."
    )
    supervisor = models.ForeignKey(
        Expert, models.PROTECT, null=True, related_name="supervised",
        help_text="The professional who signs what is delivered; null: nobody need.",
    )  # fmt: skip
    supervisor_holds = models.JSONField(
        null=True, help_text="Credentials that they must hold to sign (catalogue.requirements)."
    )
    roster_since = models.DateTimeField(
        null=True, help_text="From when only those whose entry of the roster is complete may work."
    )
    opened_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(),
            models.UniqueConstraint(fields=["organisation", "code"], name="engagement_code"),
        ]

    def __str__(self) -> str:
        return self.title


class Party(ClientOwned):
    """Somebody a conflict can arise with."""

    engagement = owned_key(ENGAGEMENT, related_name="parties")
    name = models.CharField(max_length=200)
    affiliates = models.JSONField(
        default=list, help_text="Names of whoever belongs to it: parents, subsidiaries, brands."
    )

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)

    def __str__(self) -> str:
        return self.name


class Wall(ClientOwned):
    """An expert who may never see an engagement, or one item of it."""

    class Kind(models.TextChoices):
        ADVERSITY = "adversity", "Works for or against a party"
        EARLIER = "earlier", "Earlier matter"
        NAMED = "named", "Named conflict"
        TEAM = "team", "Team kept apart"
        LOCATION = "location", "Location"
        EXPORT = "export", "Export control"
        DECLARED = "declared", "Declared by the expert"

    engagement = owned_key(ENGAGEMENT, related_name="walls")
    item = owned_key("engagements.Item", null=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="walls")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NAMED)
    basis = models.CharField(
        max_length=300, blank=True, default="", help_text="Law or contract that asks for it."
    )
    reason = models.CharField(max_length=300)
    raised_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, item="engagements.Item"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["location", "export"]) | ~models.Q(basis=""),
                name="wall_of_law_has_basis",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert} is barred from {self.item or self.engagement}"


class Restriction(ClientOwned):
    """A country, nationality or team to whose experts an engagement is restricted.

    One row for each that is let in; a kind without rows restricts nobody.
    """

    class Kind(models.TextChoices):
        LOCATION = "location", "Where the expert works"
        EXPORT = "export", "Nationality, for export control"
        TEAM = "team", "Team"

    engagement = owned_key(ENGAGEMENT, related_name="restrictions")
    kind = models.CharField(max_length=10, choices=Kind)
    only = models.CharField(max_length=60, help_text="Country code, or a team's name.")
    basis = models.CharField(
        max_length=300, blank=True, default="", help_text="Law or contract that asks for it."
    )
    reason = models.CharField(max_length=300)
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(
                fields=["engagement", "kind", "only"],
                condition=models.Q(ended_at=None),
                name="restricted_to_each_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["location", "export"]) | ~models.Q(basis=""),
                name="restriction_of_law_has_basis",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.engagement} is restricted to {self.only} ({self.get_kind_display().lower()})"


class RegionAllowed(ClientOwned):
    """A region to which an engagement's items may be sent, to be read by a model there."""

    engagement = owned_key(ENGAGEMENT, related_name="regions_allowed")
    region = models.CharField(max_length=12)
    basis = models.CharField(max_length=300, help_text="Law or contract that allows it.")
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(
                fields=["engagement", "region"],
                condition=models.Q(ended_at=None),
                name="region_allowed_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Items of {self.engagement} may go to {self.region}"


class CredentialWanted(ClientOwned):
    """One credential of one way to meet an engagement's requirement, as the leasing asks for it."""

    engagement = owned_key(ENGAGEMENT, related_name="credentials_wanted")
    way = models.PositiveSmallIntegerField(help_text="All of one way must be held.")
    kind = models.CharField(max_length=11)
    title = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=200, blank=True)
    jurisdiction = models.CharField(max_length=200, blank=True)
    level = models.CharField(max_length=2, blank=True)
    years = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)

    def __str__(self) -> str:
        return f"{self.kind} {self.title} for {self.engagement}"


class RosterEntry(ClientOwned):
    """A person who is to work in an engagement, and what must be on record before they do."""

    engagement = owned_key(ENGAGEMENT, related_name="roster")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="rosters")
    firm = models.CharField(
        max_length=200, blank=True, default="", help_text="Of a subcontractor; empty: our own."
    )
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    left_because = models.CharField(max_length=300, blank=True, default="")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(
                fields=["engagement", "expert"],
                condition=models.Q(left_at=None),
                name="on_the_roster_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert} on the roster of {self.engagement}"


class RosterStep(ClientOwned):
    """One thing that is on record of somebody on a roster; work waits for all of them."""

    class Step(models.TextChoices):
        NDA = "nda", "Non-disclosure signed"
        CLEARED = "cleared", "No conflict of interest declared"
        BRIEFED = "briefed", "Briefing confirmed"
        APPROVED = "approved", "Approved by the client"

    engagement = owned_key(ENGAGEMENT)
    entry = owned_key("engagements.RosterEntry", related_name="steps")
    step = models.CharField(max_length=10, choices=Step)
    reference = models.CharField(
        max_length=300, help_text="What it rests on: a name that was typed, a paper, a version."
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, entry="engagements.RosterEntry"),
            models.UniqueConstraint(fields=["entry", "step"], name="each_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_step_display()} for {self.entry}"


class Clearance(ClientOwned):
    """A conflict that names suggested, looked at by the manager, who found none."""

    engagement = owned_key(ENGAGEMENT, related_name="clearances")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    names = models.JSONField(help_text="The names that were looked at; another one asks anew.")
    reason = models.CharField(max_length=300)
    cleared_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    cleared_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)

    def __str__(self) -> str:
        return f"{self.expert} is cleared for {self.engagement}"


class GuidelineVersion(ClientOwned):
    """The rules judgments are made under; immutable once published."""

    engagement = owned_key(ENGAGEMENT, related_name="guideline_versions")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    text = models.TextField()
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(fields=["engagement", "number"], name="guideline_number"),
        ]

    def __str__(self) -> str:
        return f"Guideline version {self.number}"


class Question(ClientOwned):
    """One thing asked of an item; ``code`` is stable across versions."""

    guideline_version = owned_key("engagements.GuidelineVersion", related_name="questions")
    place = models.PositiveSmallIntegerField()
    code = models.SlugField()
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=500)
    options = models.JSONField(help_text="[[code, label], …] in the order of their keys.")
    section = models.CharField(max_length=200)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(guideline_version="engagements.GuidelineVersion"),
            models.UniqueConstraint(fields=["guideline_version", "code"], name="question_code"),
        ]

    def __str__(self) -> str:
        return self.text


class Lot(ClientOwned):
    """Items that are delivered together."""

    engagement = owned_key(ENGAGEMENT, related_name="lots")
    code = models.SlugField()
    title = models.CharField(max_length=200)
    place = models.PositiveSmallIntegerField()
    due_on = models.DateField(null=True, help_text="Last day on which it is to be judged.")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT),
            models.UniqueConstraint(fields=["engagement", "code"], name="lot_code"),
        ]

    def __str__(self) -> str:
        return self.title


class Item(ClientOwned):
    """One thing to be judged; its content is immutable, named by SHA-256.

    Items with the same ``family`` belong together.
    """

    engagement = owned_key(ENGAGEMENT, related_name="items")
    lot = owned_key("engagements.Lot", related_name="items")
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    fields = models.JSONField(help_text="The row it was imported from.")
    family = models.CharField(max_length=200, blank=True)
    content = models.CharField(max_length=64, help_text="SHA-256 of the content's blob.")
    reopened = models.PositiveSmallIntegerField(
        default=0, help_text="How often its judging began anew, under changed rules."
    )

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, lot="engagements.Lot"),
            models.UniqueConstraint(fields=["engagement", "key"], name="item_key"),
        ]

    def __str__(self) -> str:
        return self.title
