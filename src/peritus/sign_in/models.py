"""What proves that somebody is who they say, beside their password."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import Organisation, User


class SecondFactor(models.Model):
    """The secret that a person's telephone shares with us."""

    user = models.OneToOneField(User, models.PROTECT, related_name="second_factor")
    sealed = models.CharField(max_length=300, help_text="The secret; see ``sign_in.sealing``.")
    last_step = models.BigIntegerField(help_text="No code of this time step or before counts.")
    set_up_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Second factor of {self.user}"


class RecoveryCode(models.Model):
    """A code on paper that counts once in place of the telephone's; kept as its hash."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["factor", "digest"], name="one_recovery_code")
        ]

    def __str__(self) -> str:
        return f"Recovery code of {self.factor.user}"


class Session(models.Model):
    """A browser in which somebody is signed in; known by the hash of what its cookie holds."""

    uid = models.UUIDField(unique=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="sessions")
    digest = models.CharField(max_length=64, unique=True)
    data = models.JSONField(help_text="What pages remember, its browser and address among it.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True, help_text="Within ten minutes.")

    def __str__(self) -> str:
        return f"Session of {self.user} since {self.started_at:%Y-%m-%d %H:%M}"


class WrongTries(models.Model):
    """How often something was tried of late and did not succeed; see ``sign_in.limits``."""

    digest = models.CharField(max_length=64, unique=True, help_text="Keyed hash of who and where.")
    count = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(db_index=True)
    until = models.DateTimeField(null=True, help_text="No further try before.")

    def __str__(self) -> str:
        return f"{self.count} wrong tries since {self.began_at:%Y-%m-%d %H:%M}"


class Scope(models.TextChoices):
    """What a program may do with a token, of what its person may."""

    READ = "read", "Read"
    JUDGE = "judge", "Lease slots and submit judgments"


class ApiToken(models.Model):
    """By what a program acts as a person, for less than the person may; kept as its hash."""

    uid = models.UUIDField(unique=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", help_text="Null: all of theirs."
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"Token “{self.name}”"
