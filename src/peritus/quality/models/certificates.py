"""What is claimed about a freeze, and what the client accepts."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key
from peritus.bench.models import Expert

ENGAGEMENT, FREEZE = "engagements.Engagement", "quality.Freeze"


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
    census = models.PositiveIntegerField(
        default=0, help_text="Items checked entirely before the freeze; none of those audited."
    )
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


class ProfessionalSignature(ClientOwned):
    """What a supervising professional signed of a freeze, and what of it they reviewed."""

    engagement = owned_key(ENGAGEMENT)
    freeze = models.OneToOneField(
        FREEZE, models.PROTECT, db_constraint=False, related_name="professional_signature"
    )
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    held = models.CharField(max_length=500, help_text="By which credentials they signed.")
    reviewed = models.JSONField(help_text="Keys of the items that they reviewed themselves.")
    statement = models.CharField(max_length=500)
    signed_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT, freeze=FREEZE)

    def __str__(self) -> str:
        return f"{self.freeze}, signed by {self.expert}"


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
