"""What an engagement promises, and how it decides and checks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned
from peritus.bench.models import Expert
from peritus.catalogue.plans import PlanTerms, terms_from

ENGAGEMENT = "engagements.Engagement"


class QualityPlan(ClientOwned):
    """How an engagement decides, checks, and what it promises."""

    engagement = models.OneToOneField(
        ENGAGEMENT, models.PROTECT, db_constraint=False, related_name="quality_plan"
    )
    promise = models.FloatField(help_text="Largest share that may differ, 0 to 1.")
    confidence = models.FloatField()
    looks = models.JSONField(help_text="Sample sizes at which the auditor's result is read.")
    rule = models.CharField(max_length=40)
    said = models.JSONField(default=dict, help_text="The plan's further terms, as stated.")
    measure = models.CharField(max_length=60)
    adjudicator = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    auditor = models.ForeignKey(Expert, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = owned(engagement=ENGAGEMENT)

    def __str__(self) -> str:
        return f"Quality plan of {self.engagement}"

    @property
    def terms(self) -> PlanTerms:
        """How judgments are bought and checked; what was never said is the default."""
        return terms_from(self.said)
