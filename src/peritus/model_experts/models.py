"""What answers beside people: registered models, and answers from published sources."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from peritus.accounts.models import ClientOwned, owned, owned_key
from peritus.bench.models import Expert


class ModelSpec(models.Model):
    """How a model is asked, and what that costs; never changed: a change is another expert.

    Keys are named, never kept. A row is what its event committed to
    (``model_experts.invariants``).
    """

    class Kind(models.TextChoices):
        ENDPOINT = "endpoint", "Asked at an endpoint"
        LOCAL = "local", "Fitted here"

    uid = models.UUIDField(unique=True)
    expert = models.OneToOneField(Expert, models.PROTECT, related_name="model_spec")
    family = models.SlugField(max_length=40)
    number = models.PositiveSmallIntegerField(help_text="Version in its family, from 1.")
    kind = models.CharField(max_length=8, choices=Kind)
    base_url = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=120, help_text="As its maker calls it.")
    version = models.CharField(max_length=60, help_text="As its maker numbers it.")
    instruction = models.TextField(blank=True, help_text="Prompt template.")
    instruction_digest = models.CharField(max_length=64, help_text="SHA-256 of it.")
    decoding = models.JSONField(help_text="{setting: value}; numbers with a point as text.")
    context_tokens = models.PositiveIntegerField()
    price_input = models.DecimalField(
        max_digits=12, decimal_places=6, help_text="Of 1,000,000 tokens read."
    )
    price_output = models.DecimalField(
        max_digits=12, decimal_places=6, help_text="Of 1,000,000 tokens written."
    )
    currency = models.CharField(max_length=3)
    key_name = models.CharField(
        max_length=60, blank=True, help_text="Of the variable with its key."
    )
    training = models.CharField(
        max_length=64, blank=True, default="", help_text="SHA-256 of what it was fitted on."
    )
    registered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["family", "number"], name="model_version_of_family")
        ]

    def __str__(self) -> str:
        return f"{self.family} version {self.number}: {self.model} {self.version}"

    @property
    def organisation(self) -> int:
        """The client on whose judgments it was fitted."""
        found = self.expert.made_from_id
        if found is None:
            raise ValueError(f"{self} was fitted on nobody's judgments")
        return found

    @property
    def prices(self) -> str:
        """What 1,000,000 tokens cost, in as few digits as say it."""
        read, written = (each.normalize() for each in (self.price_input, self.price_output))
        return f"{read:f} in, {written:f} out, {self.currency}"


class ModelCall(ClientOwned):
    """One request to a model for a leased slot: what came of it, and what it cost."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered"
        MALFORMED = "malformed", "No answer that fits the questions"
        DECLINED = "declined", "Declined by the model"
        REFUSED = "refused", "Refused by the endpoint"
        LIMITED = "limited", "Asked too often"
        FAILED = "failed", "Endpoint failed"
        TIMED_OUT = "timed_out", "Took too long"
        TOO_LARGE = "too_large", "Sent too much"

    engagement = owned_key("engagements.Engagement")
    assignment = owned_key("work.Assignment", related_name="model_calls")
    spec = models.ForeignKey(ModelSpec, models.PROTECT, related_name="calls")
    number = models.PositiveSmallIntegerField(help_text="Of this lease, from 1.")
    outcome = models.CharField(max_length=9, choices=Outcome)
    frame = models.CharField(max_length=64, help_text="SHA-256 of all that was sent but the item.")
    input_tokens = models.PositiveIntegerField(null=True, help_text="Null: not reported.")
    output_tokens = models.PositiveIntegerField(null=True, help_text="Null: not reported.")
    price = models.DecimalField(
        max_digits=18, decimal_places=9, null=True, help_text="Null: tokens were not reported."
    )
    currency = models.CharField(max_length=3)
    milliseconds = models.PositiveIntegerField()
    called_at = models.DateTimeField()

    class Meta(ClientOwned.Meta):
        constraints: ClassVar = [
            *owned(engagement="engagements.Engagement", assignment="work.Assignment"),
            models.UniqueConstraint(fields=["assignment", "number"], name="model_call_of_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.spec}: {self.get_outcome_display().lower()}"


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
