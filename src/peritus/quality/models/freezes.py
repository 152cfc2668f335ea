"""Immutable versions of a lot, and what is planned and drawn for them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key

ENGAGEMENT, LOT, ITEM, FREEZE = (
    "engagements.Engagement",
    "engagements.Lot",
    "engagements.Item",
    "quality.Freeze",
)


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
    annexes = models.JSONField(
        default=dict, help_text="What was known of its judges then: SHA-256 of each document."
    )
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
    method = models.CharField(max_length=30, blank=True)
    posterior = models.JSONField(default=dict)
    error = models.FloatField(null=True)

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
    tolerance = models.FloatField(help_text="Share of the whole freeze that may be wrong, 0 to 1.")
    confidence = models.FloatField()
    census = models.PositiveIntegerField(
        default=0, help_text="Items checked entirely before: the plan is on the others."
    )
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
