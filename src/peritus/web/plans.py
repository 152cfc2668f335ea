"""The quality plan in words, and the form in which the manager sets it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from peritus.bench.models import Expert
from peritus.catalogue.plans import (
    ADAPTIVE,
    ALPHA,
    PAIRWISE,
    UNANIMOUS,
    PlanTerms,
    stated,
)
from peritus.delivery.figures import level_percent, percent
from peritus.quality.models import QualityPlan

RULES = [
    (UNANIMOUS, "All first judges agree, else the adjudicator"),
    (ADAPTIVE, "Adaptive: one judgment at a time, where it is worth its price"),
]
MEASURES = [(PAIRWISE, "Equal answers among all pairs"), (ALPHA, "Krippendorff’s alpha")]
DEFAULT_LOOKS = "25, 50, 75, 100"


def plan_words(plan: QualityPlan) -> list[tuple[str, str]]:
    """Return what a plan says, a heading and a sentence for each part of it."""
    terms = plan.terms
    sure = level_percent(plan.confidence)
    words = [
        ("Promise", f"At most {percent(plan.promise)} of a lot {plan.measure} ({sure} confidence)"),
        ("Read at", f"{', '.join(map(str, plan.looks))} audits"),
        ("Deciding", _deciding(plan)),
    ]
    if terms.round_share:
        measure = dict(MEASURES)[terms.round_measure].lower()
        words.append((
            "Calibration round",
            (f"Before production, {percent(terms.round_share)} of a lot’s items, 20 to 50 of them; "
            f"{measure} must reach {terms.round_threshold:.2f} on every question"),
        ))  # fmt: skip
    if terms.gold_share:
        words.append((
            "Gold",
            (f"{percent(terms.gold_share)} of an expert’s forms have a known answer, at places "
            "that nobody can tell by their order"),
        ))  # fmt: skip
    if terms.largest_census:
        words.append((
            "Census of the riskiest",
            (f"Before a lot is frozen, at most {percent(terms.largest_census)} of it, the "
            "likeliest wrong, may be checked one and all, as far as that saves audits"),
        ))  # fmt: skip
    if terms.pause_floor:
        words.append(("What pauses an expert", _pausing(terms)))
    return words


def _deciding(plan: QualityPlan) -> str:
    terms = plan.terms
    silent = (
        "where the adjudicator gives no answer, the item is asked of the client and stays open."
    )
    if plan.rule == UNANIMOUS:
        return f"Unanimous first judges decide; a disagreement goes to the adjudicator; {silent}"
    words = (
        f"At least {terms.minimum} judgments an item by people, then one more where it lowers the "
        f"expected error by more than {percent(terms.error)}; {percent(terms.calibration_share)} "
        f"of the items, drawn, get {terms.calibration_judgments}. Answers are aggregated by the "
        f"method that gold prefers, those of AI models as one voice. Above "
        f"{percent(terms.adjudicate_above)} expected error the adjudicator decides; {silent}"
    )
    if terms.budget_per_item is not None:
        words += f" At most {terms.budget_per_item} an item on average is spent."
    if terms.deadline is not None:
        words += f" Nothing is bought after {terms.deadline:%Y-%m-%d}."
    return words


def _pausing(terms: PlanTerms) -> str:
    then = (
        "gets no new work until the manager has looked"
        if terms.pause_at_once
        else "is put before the manager"
    )
    return (
        f"Whoever is shown to be below {percent(terms.pause_floor)} on gold, after at least "
        f"{terms.pause_least} known answers, {then}"
    )


def _share(label: str, hint: str) -> forms.FloatField:
    return forms.FloatField(
        label=label, help_text=hint, min_value=0, max_value=100,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )  # fmt: skip


class PlanForm(forms.Form):
    """A quality plan; shares are typed as percent, and become shares from 0 to 1."""

    promise = _share("Promise, %", "Largest share of a lot that may be wrong.")
    confidence = _share("Confidence, %", "How sure a certificate is.")
    looks = forms.CharField(
        label="Looks", help_text="Numbers of audits at which the result is read, such as 25, 50."
    )
    measure = forms.CharField(
        label="Measure", max_length=60, help_text="What counts as wrong, as certificates say it."
    )
    auditor = forms.ModelChoiceField(Expert.objects.none(), label="Auditor", to_field_name="handle")
    adjudicator = forms.ModelChoiceField(
        Expert.objects.none(), label="Adjudicator", to_field_name="handle"
    )
    rule = forms.ChoiceField(label="Redundancy rule", choices=RULES)
    minimum = forms.IntegerField(
        label="Judgments every item gets",
        min_value=0,
        help_text="Adaptive: by people; 0 leaves items to AI models that people agree with.",
    )
    error = _share("Worth of a judgment, %", "Adaptive: what one must save in expected error.")
    adjudicate_above = _share("Adjudicate above, %", "Adaptive: expected error that is too much.")
    calibration_share = _share("Items judged fully, %", "Adaptive: drawn, so that skills show.")
    calibration_judgments = forms.IntegerField(label="Judgments on those", min_value=0)
    budget_per_item = forms.DecimalField(
        label="Budget an item", required=False, help_text="On average; empty: no limit."
    )
    deadline = forms.DateField(
        label="Deadline", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    gold_share = _share("Gold, % of forms", "Items with a known answer; 0: none are added.")
    pause_floor = _share("Floor on gold, %", "Below it an expert is put before you; 0: nobody.")
    pause_least = forms.IntegerField(label="Known answers before that", min_value=1)
    pause_at_once = forms.BooleanField(label="No new work until I have looked", required=False)
    largest_census = _share(
        "Census of the riskiest, at most % of a lot",
        "Adaptive: checked one and all before the freeze, where it saves audits; 0: none.",
    )
    round_share = _share("Calibration round, % of a lot", "20 to 50 items; 0: no round.")
    round_measure = forms.ChoiceField(label="Agreement measured by", choices=MEASURES)
    round_threshold = forms.FloatField(
        label="Agreement to be reached", help_text="0 to 1, on every question.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )  # fmt: skip

    SHARES = (
        "error", "adjudicate_above", "calibration_share", "gold_share", "pause_floor",
        "largest_census", "round_share",
    )  # fmt: skip

    def __init__(self, *given: Any, experts: QuerySet[Expert], **options: Any) -> None:  # noqa: ANN401 - a form's own
        """Offer ``experts`` as auditor and adjudicator."""
        super().__init__(*given, **options)
        for name in ("auditor", "adjudicator"):
            self.fields[name].queryset = experts  # type: ignore[attr-defined]

    def clean_looks(self) -> list[int]:
        """Read the looks as whole numbers."""
        words = self.cleaned_data["looks"].replace(",", " ").split()
        if not all(word.isdigit() and len(word) < 8 for word in words):
            raise forms.ValidationError("Whole numbers are wanted, such as 25, 50, 75.")
        return [int(word) for word in words]

    @property
    def wanted(self) -> dict[str, Any]:
        """What ``set_quality_plan`` takes, once the form is valid."""
        said = dict(self.cleaned_data)
        auditor, adjudicator = said.pop("auditor"), said.pop("adjudicator")
        top = {name: said.pop(name) for name in ("promise", "confidence")}
        plain = {name: said.pop(name) for name in ("looks", "rule", "measure")}
        said |= {name: said[name] / 100 for name in self.SHARES}
        if said["deadline"] is not None:
            said["deadline"] = _evening(said["deadline"])
        return {
            **{name: share / 100 for name, share in top.items()},
            **plain,
            "auditor_id": auditor.pk,
            "adjudicator_id": adjudicator.pk,
            "terms": PlanTerms(**said),
        }


def _evening(day: date) -> datetime:
    """Return the last second of a day, in UTC."""
    return datetime.combine(day, time(23, 59, 59), UTC)


def typed(plan: QualityPlan | None) -> dict[str, object]:
    """Return a plan, or the defaults, as the form shows it."""
    terms = plan.terms if plan else PlanTerms()
    said = stated(terms)
    shown = said | {name: _percent(float(str(said[name]))) for name in PlanForm.SHARES}
    shown["deadline"] = terms.deadline.date() if terms.deadline else None
    top = {
        "promise": _percent(plan.promise) if plan else 2,
        "confidence": _percent(plan.confidence) if plan else 95,
        "looks": ", ".join(map(str, plan.looks)) if plan else DEFAULT_LOOKS,
        "measure": plan.measure if plan else "differs from the auditor",
        "rule": plan.rule if plan else UNANIMOUS,
    }
    people = (
        {"auditor": plan.auditor.handle, "adjudicator": plan.adjudicator.handle} if plan else {}
    )
    return shown | top | people


def _percent(share: float) -> Decimal:
    """Return a share as percent without the noise of binary fractions."""
    return (Decimal(repr(share)) * 100).normalize()
