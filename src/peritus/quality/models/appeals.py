"""What experts claim where an answer of theirs was counted wrong."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key

ENGAGEMENT, GOLD = "engagements.Engagement", "quality.Gold"
JUDGMENT, SLOT = "work.Judgment", "work.Slot"


class Appeal(ClientOwned):
    """An expert's claim that their answer was right; decided by a second person.

    Against gold the quality lead or manager decides; against an adjudication or
    an audit a second adjudicator's judgment in ``slot`` does.
    """

    class Against(models.TextChoices):
        GOLD = "gold", "Gold"
        ADJUDICATION = "adjudication", "Adjudication"
        AUDIT = "audit", "Audit"

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waits"
        GRANTED = "granted", "Granted"
        REFUSED = "refused", "Refused"

    engagement = owned_key(ENGAGEMENT, related_name="appeals")
    judgment = owned_key(JUDGMENT, related_name="appeals")
    question = models.SlugField()
    against = models.CharField(max_length=15, choices=Against)
    reference = models.UUIDField(help_text="Uid of the gold or judgment appealed against.")
    gold = owned_key(GOLD, null=True, related_name="appeals")
    contested = owned_key(JUDGMENT, null=True)
    slot = owned_key(SLOT, null=True, related_name="appeals")
    claim = models.TextField()
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    overdue_noted_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    reason = models.TextField(blank=True, default="")
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, judgment=JUDGMENT, gold=GOLD, contested=JUDGMENT,
                   slot=SLOT),
            models.UniqueConstraint(
                fields=["judgment", "question", "reference"], name="one_appeal_for_each_reference"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Appeal against the {self.get_against_display().lower()} on {self.judgment.item}"
