"""Blind checks of drawn decisions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key

ENGAGEMENT, ITEM, FREEZE = "engagements.Engagement", "engagements.Item", "quality.Freeze"


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
