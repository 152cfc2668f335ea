"""The bench: people, models and published sources that can judge."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import User


class Expert(models.Model):
    """Who judges; acts through its user account."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        MODEL = "model", "AI model"
        SOURCE = "source", "Published source"

    uid = models.UUIDField(unique=True)
    user = models.OneToOneField(User, models.PROTECT, related_name="expert")
    handle = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    origin = models.CharField(max_length=300, blank=True)
    derivation = models.CharField(max_length=500, blank=True)
    licence = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """A degree, licence or certificate, with who verified it and when it ends."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "Claimed"
        VERIFIED = "verified", "Verified"
        REVOKED = "revoked", "Revoked"

    uid = models.UUIDField(unique=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="credentials")
    title = models.CharField(max_length=200)
    issuer = models.CharField(max_length=200)
    jurisdiction = models.CharField(max_length=100, blank=True)
    issued = models.DateField()
    expires = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.CLAIMED)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_because = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(expires=None) | models.Q(expires__gt=models.F("issued")),
                name="expires_after_issue",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} of {self.expert}"


class Qualification(models.Model):
    """A passed or failed test; only a passed one that has not lapsed counts."""

    uid = models.UUIDField(unique=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="qualifications")
    name = models.CharField(max_length=200)
    right = models.PositiveSmallIntegerField()
    asked = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.right} of {self.asked} by {self.expert}"


class Skill(models.Model):
    """Measured ability on a question of a pack: times right, times measured."""

    uid = models.UUIDField(unique=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="skills")
    pack = models.CharField(max_length=60)
    question = models.CharField(max_length=60)
    right = models.PositiveIntegerField(default=0)
    measured = models.PositiveIntegerField(default=0)
    measured_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["expert", "pack", "question"], name="one_skill_each")
        ]

    def __str__(self) -> str:
        return f"{self.expert} on {self.question}: {self.right}/{self.measured}"
