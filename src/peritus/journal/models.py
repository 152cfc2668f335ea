"""Events with their seals, and how far each subscription has read."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q

from peritus.catalogue.identity import PERITUS, uid_of


class Event(models.Model):
    """One act. ``body`` is the canonical JSON that is hashed; columns repeat it.

    The seal (place and hash) is set once, by the pump.
    """

    organisation_id = models.BigIntegerField(null=True)
    engagement_uid = models.UUIDField(null=True)
    kind = models.CharField(max_length=60)
    verb = models.CharField(max_length=60)
    actor = models.UUIDField()
    key = models.CharField(max_length=200)
    arguments = models.CharField(max_length=64)
    about_type = models.CharField(max_length=60)
    about_uid = models.UUIDField()
    subject = models.UUIDField(null=True, help_text="Item or lot; its events are coalesced.")
    at = models.DateTimeField()
    body = models.TextField()
    place = models.BigIntegerField(null=True, unique=True)
    hash = models.CharField(max_length=64, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["actor", "verb", "key"], name="one_act_per_key"),
            models.CheckConstraint(
                condition=Q(place=None, hash="") | (Q(place__isnull=False) & ~Q(hash="")),
                name="sealed_whole_or_not",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(place=None), name="unsealed_events"),
            models.Index(fields=["kind", "place"], name="events_by_kind"),
            models.Index(fields=["engagement_uid", "place"], name="events_by_chain"),
            models.Index(fields=["about_uid"], name="events_by_about"),
            models.Index(fields=["subject", "place"], name="events_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M:%S}"

    @property
    def data(self) -> dict[str, Any]:
        """What the event says beyond who, what and when."""
        said: dict[str, Any] = json.loads(self.body)["data"]
        return said


class Salt(models.Model):
    """Under what an event commits to personal data; deleted when that is erased."""

    event = models.OneToOneField(Event, models.PROTECT, related_name="salt")
    salt = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"Salt of {self.event}"


class Cursor(models.Model):
    """The last place that a subscription has read, and how it fails."""

    subscription = models.CharField(max_length=80, unique=True)
    place = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.subscription} at {self.place}"


class ParkedEvent(models.Model):
    """An event that a subscription failed on three times, kept for replay."""

    subscription = models.CharField(max_length=80)
    event = models.ForeignKey(Event, models.PROTECT, related_name="parkings")
    error = models.TextField()
    parked_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.subscription} parked {self.event}"

    @property
    def uid(self) -> UUID:
        """The stable id under which its replay is recorded."""
        return uid_of(PERITUS, "parked", self.subscription, self.event.hash)


class SigningKey(models.Model):
    """A public key of this installation, vouched for by the one before it."""

    uid = models.UUIDField(unique=True)
    fingerprint = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key.")
    public = models.CharField(max_length=64, help_text="32 bytes, hexadecimal.")
    made_at = models.DateTimeField()
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    endorsement = models.CharField(
        max_length=128, blank=True, default="", help_text="The predecessor's signature."
    )
    revoked_at = models.DateTimeField(null=True)
    revoked_because = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return f"Signing key {self.fingerprint[:16]}"


class SignedHead(models.Model):
    """How many events a chain held, the Merkle root over them, and who signed that."""

    engagement_uid = models.UUIDField(null=True, help_text="Null: the installation's own chain.")
    size = models.PositiveBigIntegerField()
    root = models.CharField(max_length=64)
    frontier = models.JSONField(help_text="Roots of the complete subtrees, to go on from.")
    key = models.ForeignKey(SigningKey, models.PROTECT, related_name="heads")
    body = models.TextField(help_text="The canonical JSON that was signed.")
    signature = models.CharField(max_length=128)
    signed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["engagement_uid", "size"], name="one_head_per_size"),
            models.UniqueConstraint(
                fields=["size"], condition=Q(engagement_uid=None), name="one_own_head_per_size"
            ),
        ]

    def __str__(self) -> str:
        return f"Head of {self.size} events"
