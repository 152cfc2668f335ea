"""Answers that stand in a published source, to be submitted like any other."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key
from peritus.bench.models import Expert


class RecordedAnswer(ClientOwned):
    """What a recorded expert says on an item; an empty answer is "no answer"."""

    engagement = owned_key("engagements.Engagement")
    item = owned_key("engagements.Item")
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="recorded_answers")
    question = models.SlugField()
    answer = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement="engagements.Engagement", item="engagements.Item"),
            models.UniqueConstraint(
                fields=["expert", "item", "question"], name="one_recorded_answer_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert} on {self.item}: {self.answer or 'no answer'}"
