"""The bench: people, models and published sources that can judge."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models

from peritus.accounts.models import Organisation, User


class Field(models.Model):
    """A field of work in a taxonomy: our own, ESCO's or O*NET's."""

    uid = models.UUIDField(unique=True)
    code = models.CharField(max_length=120, unique=True)
    label = models.CharField(max_length=200)
    broader = models.ForeignKey("self", models.PROTECT, null=True, related_name="narrower")

    def __str__(self) -> str:
        return self.label


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
    country = models.CharField(
        max_length=2, blank=True, default="", help_text="Where they work, ISO 3166; empty: unknown."
    )
    nationality = models.CharField(
        max_length=2, blank=True, default="", help_text="ISO 3166, for export control only."
    )
    team = models.CharField(max_length=60, blank=True, default="")
    weekly_hours = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, help_text="Most hours of a week; null: any."
    )
    at_once = models.PositiveSmallIntegerField(
        null=True, help_text="Most items held at once; null: any."
    )
    described_at = models.DateTimeField(null=True, help_text="When these were last set.")
    fields = models.ManyToManyField(Field, related_name="experts")
    time_zone = models.CharField(
        max_length=60, blank=True, default="", help_text="IANA name; empty: unknown."
    )
    week_hours = models.JSONField(
        default=list, help_text="Hours of work from Monday to Sunday, as texts; none: unknown."
    )
    leave = models.JSONField(
        default=list, help_text="Pairs of first and last day off, as ISO 8601 has them."
    )
    holidays = models.CharField(
        max_length=10, blank=True, default="", help_text="Whose holidays, such as DE or DE-BE."
    )
    data_region = models.CharField(
        max_length=12,
        blank=True,
        default="",
        help_text="Where items go to be read; empty: nowhere.",
    )
    made_from = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+",
        help_text="Whose judgments it was fitted on: it works for nobody else.",
    )  # fmt: skip
    on_trial = models.BooleanField(
        default=False, help_text="A model that may only suggest until it is admitted."
    )

    def __str__(self) -> str:
        return self.name

    @property
    def field_codes(self) -> list[str]:
        """Return the codes of the fields in which the expert works, sorted."""
        return sorted(each.code for each in self.fields.all())


class Credential(models.Model):
    """A degree, licence or certificate, with who verified it and when it ends."""

    class Kind(models.TextChoices):
        DEGREE = "degree", "Degree"
        LICENCE = "licence", "Licence or admission"
        CERTIFICATE = "certificate", "Certificate"
        LANGUAGE = "language", "Language level"
        PRACTICE = "practice", "Years of practice"

    class State(models.TextChoices):
        CLAIMED = "claimed", "Claimed"
        VERIFIED = "verified", "Verified"
        REVOKED = "revoked", "Revoked"

    uid = models.UUIDField(unique=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="credentials")
    kind = models.CharField(max_length=11, choices=Kind, default=Kind.CERTIFICATE)
    title = models.CharField(max_length=200, help_text="Of a language: its code.")
    field = models.CharField(max_length=200, blank=True, default="")
    level = models.CharField(max_length=2, blank=True, default="", help_text="CEFR, A1 to C2.")
    years = models.PositiveSmallIntegerField(default=0, help_text="Of practice, when verified.")
    issuer = models.CharField(max_length=200)
    jurisdiction = models.CharField(max_length=100, blank=True)
    number = models.CharField(
        max_length=80, blank=True, default="", help_text="In the issuer's register."
    )
    issued = models.DateField()
    expires = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.CLAIMED)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    verified_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
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

    def counts_on(self, day: date) -> bool:
        """Say whether it was verified and is in force on a day, the day it ends included."""
        return (
            self.state == self.State.VERIFIED
            and self.issued <= day
            and (self.expires is None or self.expires >= day)
        )


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


class Admission(models.Model):
    """Whether a model may answer for experts of a pack: the test, with its counts.

    It stands from ``tested_at`` until the next test of the same pack.
    """

    uid = models.UUIDField(unique=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="admissions")
    pack = models.CharField(max_length=60)
    passed = models.BooleanField()
    judges = models.PositiveSmallIntegerField(help_text="Experts it was compared with.")
    items = models.PositiveIntegerField(help_text="Items that it answered beside them.")
    epsilon = models.FloatField(help_text="Allowance that its price earns it, 0 to 1.")
    results = models.JSONField(help_text="[{question, winning_rate, advantage, judges: […]}, …]")
    tested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    tested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["expert", "pack"],
                condition=models.Q(ended_at=None),
                name="one_admission_stands",
            )
        ]

    def __str__(self) -> str:
        return f"{self.expert} {'admitted' if self.passed else 'not admitted'} for {self.pack}"


class Skill(models.Model):
    """Measured ability on a question of a pack, derived from answers that are known.

    ``right`` of ``measured`` are plain counts; ``share`` is the estimate as of
    ``measured_at``: old answers weigh less, few answers are drawn to the group's.
    """

    uid = models.UUIDField(unique=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="skills")
    pack = models.CharField(max_length=60)
    question = models.CharField(max_length=60)
    right = models.PositiveIntegerField(default=0)
    measured = models.PositiveIntegerField(default=0)
    share = models.FloatField(default=0.5, help_text="Estimate, 0 to 1.")
    low = models.FloatField(default=0.0, help_text="Lower end of its 95 % interval.")
    high = models.FloatField(default=1.0, help_text="Upper end of its 95 % interval.")
    measured_at = models.DateTimeField(help_text="When the newest answer counted was given.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["expert", "pack", "question"], name="one_skill_each")
        ]

    def __str__(self) -> str:
        return f"{self.expert} on {self.question}: {self.right}/{self.measured}"


class PayRate(models.Model):
    """What an expert is paid for a judgment or an hour, from a day on, through its last."""

    class Per(models.TextChoices):
        JUDGMENT = "judgment", "Judgment"
        HOUR = "hour", "Hour"

    uid = models.UUIDField(unique=True)
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="pay_rates")
    per = models.CharField(max_length=8, choices=Per)
    amount = models.DecimalField(max_digits=12, decimal_places=4)
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, help_text="Last day; null: until another begins.")
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(valid_until=None)
                | models.Q(valid_until__gte=models.F("valid_from")),
                name="pay_rate_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="pay_rate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.currency} per {self.per} from {self.valid_from}"
