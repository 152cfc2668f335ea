"""The riskiest decisions of a lot, checked entirely before it is frozen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, User, owned, owned_key

ENGAGEMENT, LOT, ITEM = "engagements.Engagement", "engagements.Lot", "engagements.Item"
CENSUS, SLOT, JUDGMENT = "quality.Census", "work.Slot", "work.Judgment"


class Census(ClientOwned):
    """A check of a lot's riskiest decisions, one by one, before the lot is frozen.

    Who is checked next follows from ``risk``, the terms beside it and what was
    found so far (``algorithms.certification.census_batch``); all but what is
    found is fixed when the census is opened.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        COMPLETE = "complete", "Complete"
        CALLED_OFF = "called_off", "Called off"

    engagement = owned_key(ENGAGEMENT)
    lot = owned_key(LOT, related_name="censuses")
    number = models.PositiveSmallIntegerField()
    risk = models.JSONField(
        help_text="[[item uid, chance that an answer is wrong], …] of all decided items, by key."
    )
    tolerance = models.FloatField(help_text="Share of the lot that may be wrong, 0 to 1.")
    confidence = models.FloatField()
    largest = models.FloatField(help_text="Largest share of the lot that may be checked.")
    most = models.PositiveIntegerField(help_text="The same as a number of items.")
    batch = models.PositiveSmallIntegerField(help_text="Items checked before planning again.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, lot=LOT),
            models.UniqueConstraint(fields=["lot", "number"], name="census_number"),
            models.UniqueConstraint(
                fields=["lot"], condition=models.Q(state="open"), name="one_census_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Census {self.number} of {self.lot}"


class CensusCheck(ClientOwned):
    """A blind check of one of the riskiest; the checker's answer then stands.

    ``judgment`` stays null where the auditor gave no answer: the item counts as
    differing for what is checked next, and is not in the census.
    """

    engagement = owned_key(ENGAGEMENT)
    census = owned_key(CENSUS, related_name="checks")
    item = owned_key(ITEM, related_name="census_checks")
    slot = owned_key(SLOT, related_name="census_checks")
    judgment = owned_key(JUDGMENT, null=True)
    place = models.PositiveIntegerField()
    decided = models.JSONField(help_text="{question code: answer} when the check was opened.")
    differs = models.BooleanField(null=True, help_text="Null until the auditor has answered.")

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement=ENGAGEMENT, census=CENSUS, item=ITEM, slot=SLOT, judgment=JUDGMENT),
            models.UniqueConstraint(fields=["census", "place"], name="census_place"),
            models.UniqueConstraint(fields=["census", "item"], name="item_checked_once"),
        ]

    def __str__(self) -> str:
        return f"Check {self.place} of {self.census}"
