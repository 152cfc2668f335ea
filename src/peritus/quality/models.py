"""Decisions, freezes, audits, certificates, and what the client accepts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT, LOT, ITEM = "engagements.Engagement", "engagements.Lot", "engagements.Item"
FREEZE = "quality.Freeze"


class QualityPlan(ClientOwned):
    """How an engagement decides, checks, and what it promises."""

    engagement = models.OneToOneField(
        ENGAGEMENT, models.PROTECT, db_constraint=False, related_name="quality_plan"
    )
    promise = models.FloatField(help_text="Largest share that may differ, 0 to 1.")
    confidence = models.FloatField()
    looks = models.JSONField(help_text="Sample sizes at which the auditor's result is read.")
    rule = models.CharField(max_length=40)
    measure = models.CharField(max_length=60)
    adjudicator = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    auditor = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)

    def __str__(self) -> str:
        return f"Quality plan of {self.engagement}"


class Gold(ClientOwned):
    """A known answer with its proof; shown, and versioned."""

    engagement = owned_key(ENGAGEMENT)
    item = owned_key(ITEM, related_name="gold")
    question = models.SlugField()
    version = models.PositiveSmallIntegerField(default=1)
    answer = models.CharField(max_length=60)
    source = models.TextField()
    direct = models.BooleanField(help_text="Stated by the source, not followed from its paths.")
    weighs = models.BooleanField(default=False, help_text="Counts for anybody's skill.")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, item=ITEM),
            models.UniqueConstraint(fields=["item", "question", "version"], name="gold_version"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.answer}"


class Decision(ClientOwned):
    """The live answer to a question of an item; derived, can be derived again."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for judgments"
        CONTESTED = "contested", "Contested"
        DECIDED = "decided", "Decided"
        OPEN = "open", "Open: asked of the client"

    engagement = owned_key(ENGAGEMENT)
    lot = owned_key(LOT, related_name="decisions")
    item = owned_key(ITEM, related_name="decisions")
    question = models.SlugField()
    state = models.CharField(max_length=10, choices=State)
    answer = models.CharField(max_length=60, blank=True)
    rule = models.CharField(max_length=20, blank=True)
    contested = models.BooleanField(default=False, help_text="First judgments disagree.")
    judgments = models.JSONField(default=list, help_text="Uids of the judgments it came from.")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, lot=LOT, item=ITEM),
            models.UniqueConstraint(fields=["item", "question"], name="one_decision_each"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.answer or self.state}"


class NonceCommitment(ClientOwned):
    """A client's part in the draw: hash before the freeze, nonce after it."""

    engagement = owned_key(ENGAGEMENT)
    lot = owned_key(LOT, related_name="nonce_commitments")
    freeze_number = models.PositiveSmallIntegerField(help_text="The freeze it is for.")
    commitment = models.CharField(max_length=64, help_text="SHA-256 of the nonce's bytes.")
    committed_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, lot=LOT),
            models.UniqueConstraint(fields=["lot", "freeze_number"], name="one_nonce_per_freeze"),
        ]

    def __str__(self) -> str:
        return f"Commitment for {self.lot}, freeze {self.freeze_number}"


class Freeze(ClientOwned):
    """An immutable version of a lot's decisions; all that follows cites it."""

    engagement = owned_key(ENGAGEMENT, related_name="freezes")
    lot = owned_key(LOT, related_name="freezes")
    guideline_version = owned_key("engagements.GuidelineVersion")
    number = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    population = models.PositiveIntegerField()
    open_items = models.PositiveIntegerField(help_text="Items left out: still open.")
    frozen_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(
                engagement=ENGAGEMENT,
                lot=LOT,
                guideline_version="engagements.GuidelineVersion",
            ),
            models.UniqueConstraint(fields=["lot", "number"], name="freeze_number"),
        ]

    def __str__(self) -> str:
        return f"{self.lot}, freeze {self.number}"


class FrozenDecision(ClientOwned):
    """One decision as it stood when the lot was frozen."""

    freeze = owned_key(FREEZE, related_name="decisions")
    item = owned_key(ITEM, related_name="frozen_decisions")
    question = models.SlugField()
    answer = models.CharField(max_length=60)
    rule = models.CharField(max_length=20)
    judgments = models.JSONField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(freeze=FREEZE, item=ITEM),
            models.UniqueConstraint(fields=["freeze", "item", "question"], name="frozen_once"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.answer}"


class FreezePlan(ClientOwned):
    """The audit plan of a freeze, recorded before its first audit."""

    engagement = owned_key(ENGAGEMENT)
    freeze = models.OneToOneField(FREEZE, models.PROTECT, db_constraint=False, related_name="plan")
    tolerance = models.FloatField()
    confidence = models.FloatField()
    looks = models.JSONField()
    max_errors = models.JSONField(help_text="Most errors at each look; -1: cannot certify yet.")
    level = models.FloatField(help_text="Exact chance of certifying a bad lot.")
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, freeze=FREEZE)

    def __str__(self) -> str:
        return f"Audit plan of {self.freeze}"


class Draw(ClientOwned):
    """The seed of a freeze's audit order, and whose nonce went into it."""

    class Drawer(models.TextChoices):
        CLIENT = "client", "Client's nonce"
        PROVIDER = "provider", "Provider's nonce"

    engagement = owned_key(ENGAGEMENT)
    freeze = models.OneToOneField(FREEZE, models.PROTECT, db_constraint=False, related_name="draw")
    drawer = models.CharField(max_length=10, choices=Drawer)
    nonce = models.CharField(max_length=128, help_text="Hexadecimal.")
    seed = models.CharField(max_length=64, help_text="Hexadecimal.")
    drawn_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, freeze=FREEZE)

    def __str__(self) -> str:
        return f"Draw of {self.freeze}"


class Audit(ClientOwned):
    """A blind check of a drawn decision, at its place in the draw."""

    engagement = owned_key(ENGAGEMENT)
    freeze = owned_key(FREEZE, related_name="audits")
    item = owned_key(ITEM, related_name="audits")
    slot = owned_key("work.Slot", related_name="audits")
    judgment = owned_key("work.Judgment", null=True)
    place = models.PositiveIntegerField()
    differs = models.BooleanField(null=True, help_text="Null until the auditor has answered.")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(
                engagement=ENGAGEMENT,
                freeze=FREEZE,
                item=ITEM,
                slot="work.Slot",
                judgment="work.Judgment",
            ),
            models.UniqueConstraint(fields=["freeze", "place"], name="audit_place"),
            models.UniqueConstraint(fields=["freeze", "item"], name="item_audited_once"),
        ]

    def __str__(self) -> str:
        return f"Audit {self.place} of {self.freeze}"


class Certificate(ClientOwned):
    """What is claimed about a freeze, how it was found, and who signed."""

    engagement = owned_key(ENGAGEMENT)
    freeze = models.OneToOneField(
        FREEZE, models.PROTECT, db_constraint=False, related_name="certificate"
    )
    number = models.CharField(max_length=40, unique=True)
    measure = models.CharField(max_length=60)
    method = models.CharField(max_length=60)
    claimed_errors = models.PositiveIntegerField(help_text="At most so many of the population.")
    bound = models.FloatField(help_text="The same as a share, 0 to 1.")
    confidence = models.FloatField()
    level = models.FloatField()
    audited = models.PositiveIntegerField()
    differing = models.PositiveIntegerField()
    plan_digest = models.CharField(max_length=64)
    drawer = models.CharField(max_length=10)
    checker_error = models.CharField(max_length=300)
    not_checked = models.TextField()
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, freeze=FREEZE)

    def __str__(self) -> str:
        return f"Certificate {self.number}"


class Acceptance(ClientOwned):
    """The client's act on a certified freeze."""

    engagement = owned_key(ENGAGEMENT)
    freeze = models.OneToOneField(
        FREEZE, models.PROTECT, db_constraint=False, related_name="acceptance"
    )
    accepted_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, freeze=FREEZE)

    def __str__(self) -> str:
        return f"{self.freeze}, accepted"


class GuidelineProposal(ClientOwned):
    """A proposed guideline text, its cause, and which items it touches."""

    engagement = owned_key(ENGAGEMENT, related_name="guideline_proposals")
    replaces = owned_key("engagements.GuidelineVersion")
    title = models.CharField(max_length=200)
    text = models.TextField()
    cause = models.TextField()
    touched_items = models.JSONField(help_text="Uids of the items whose answer may change.")
    touched_judgments = models.PositiveIntegerField()
    what_if = models.TextField(blank=True)
    proposed_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(
            engagement=ENGAGEMENT, replaces="engagements.GuidelineVersion"
        )

    def __str__(self) -> str:
        return self.title
