"""What proves that somebody is who they say, beside their password."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import User


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
