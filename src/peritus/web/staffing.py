"""How a lot is to be staffed, as a form; who could judge it, and who not, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict

from peritus.bench.models import Expert, Skill
from peritus.engagements.models import Lot
from peritus.engagements.queries import questions_in_force
from peritus.journal.clock import now
from peritus.model_experts.queries import availability
from peritus.quality.models import QualityPlan
from peritus.work.costs import costs_of
from peritus.work.leasing import QUALIFICATION, SENTENCES, barred_pairs
from peritus.work.models import Staffing
from peritus.work.staffing import Available, Terms, candidates_for, everybody_there

AIMS = [
    ("total", "Most right answers in all"),
    ("max_min", "Most on the item with the fewest, then in all"),
]


class StaffForm(forms.Form):
    """How many judgments of an item, of how many experts, with what in view."""

    each = forms.IntegerField(
        label="Judgments of each item", min_value=1, max_value=100, initial=2, required=False,
        help_text="Empty: one of everybody who can.",
    )  # fmt: skip
    most = forms.IntegerField(
        label="At most for one expert", min_value=1, required=False, help_text="Items; empty: any."
    )
    least = forms.IntegerField(
        label="At least for one expert", min_value=0, required=False, help_text="Items; empty: 0."
    )
    objective = forms.ChoiceField(label="Aim", choices=AIMS, initial="total")
    floor = forms.FloatField(
        label="At least on each item", min_value=0, required=False,
        help_text="Right answers to be expected, such as 1.5; empty: any.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )  # fmt: skip
    done_by = forms.DateField(
        label="Done by", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Nobody gets more than their working hours allow until then.",
    )  # fmt: skip
    worth = forms.DecimalField(
        label="A right answer is worth", min_value=Decimal("0.01"), max_digits=10, required=False,
        decimal_places=2, help_text="Then pay counts against it; empty: pay does not count.",
    )  # fmt: skip
    currency = forms.CharField(
        label="Currency", required=False, max_length=3, initial="EUR",
        help_text="Of that worth, and of the rates agreed.",
    )  # fmt: skip
    familiar = forms.FloatField(
        label="A known family is worth", min_value=0, required=False,
        help_text="Right answers, such as 0.05, where somebody judged its other items.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )  # fmt: skip
    similar = forms.FloatField(
        label="Likeness is worth", min_value=0, required=False,
        help_text="Right answers, such as 0.05, where an item’s words are those of earlier work.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )  # fmt: skip
    one_of_a_team = forms.BooleanField(
        label="No two of one team on an item", required=False,
        help_text="Whoever has no team stands alone.",
    )  # fmt: skip

    def __init__(self, lot: Lot, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"done_by": lot.due_on})
        self.there = there_for(lot)
        self.left = set(checkers_of(lot)) if data is None else set(data.getlist("leave_out"))

    @property
    def available(self) -> dict[str, list[str] | None]:
        """Return who is to be asked, for which items."""
        return without(self.there, self.left)

    @property
    def terms(self) -> Terms:
        """Return what was typed, as the verb wants it."""
        said: dict[str, Any] = self.cleaned_data
        currency = said["currency"].strip().upper() if said["worth"] else ""
        plain = {"least": said["least"] or 0, "familiar": said["familiar"] or 0.0}
        plain["similar"] = said["similar"] or 0.0
        return Terms(**{**said, **plain, "currency": currency})


def there_for(lot: Lot) -> dict[str, list[str] | None]:
    """Return who can be asked for which items: people for all, sources for what they have."""
    return {**everybody_there(), **availability(lot)}


def without(
    there: dict[str, list[str] | None], left: Collection[str]
) -> dict[str, list[str] | None]:
    """Return who is there, but for those who are left out."""
    return {handle: keys for handle, keys in there.items() if handle not in left}


def asked_unless_told(lot: Lot) -> dict[str, list[str] | None]:
    """Return who is asked where nobody says otherwise: all who are there, but who checks."""
    return without(there_for(lot), checkers_of(lot))


def checkers_of(lot: Lot) -> dict[str, str]:
    """Return what else the plan has some experts do: whoever judges cannot check the same."""
    plan = QualityPlan.objects.filter(engagement=lot.engagement_id).first()
    if plan is None:
        return {}
    return {plan.adjudicator.handle: "adjudicates", plan.auditor.handle: "audits, blind"}


class Measured(NamedTuple):
    """What is measured of an expert on a question; shares from 0 to 1."""

    question: str
    share: float
    low: float
    high: float
    known: int


@dataclass(frozen=True)
class Judge:
    """Somebody who could be asked: for how many items, how good, and what is in the way."""

    expert: Expert
    items: int
    chance: float
    measured: list[Measured]
    reasons: list[tuple[str, int]]
    note: str
    left: bool


def possible_judges(lot: Lot, there: Available, *, left: Collection[str] = ()) -> list[Judge]:
    """Return everybody who is there for a lot, the likeliest right first."""
    at = now()
    found, checkers = candidates_for(lot, there, at), checkers_of(lot)
    measured = _measured(lot, found.experts)
    untested = {e for _, e in barred_pairs(lot.engagement, found.experts, [0], at, [QUALIFICATION])}
    kept: dict[str, list[tuple[str, int]]] = {}
    for (handle, bar), n in sorted(found.left_out.items()):
        kept.setdefault(handle, []).append((SENTENCES[bar], n))
    judges = [
        Judge(
            expert=expert,
            items=int(found.allowed[row].sum()),
            chance=float(found.chance[row].mean()) if len(found.items) else 0.0,
            measured=measured.get(expert.pk, []),
            reasons=kept.get(expert.handle, []),
            note=checkers.get(expert.handle)
            or ("has to pass the test before the first item" if expert.pk in untested else ""),
            left=expert.handle in left,
        )
        for row, expert in enumerate(found.experts)
    ]
    return sorted(judges, key=lambda each: (each.items == 0, -each.chance, each.expert.name))


def _questions(lot: Lot) -> dict[str, str]:
    """Return the questions that the guideline in force asks, by code."""
    return dict(questions_in_force(lot.engagement).values_list("code", "text"))


def _measured(lot: Lot, experts: list[Expert]) -> dict[int, list[Measured]]:
    asked = _questions(lot)
    skills = Skill.objects.filter(
        pack=lot.engagement.pack, question__in=asked, expert__in=[each.pk for each in experts]
    )
    found: dict[int, list[Measured]] = {}
    for each in skills.order_by("question"):
        said = Measured(asked[each.question], each.share, each.low, each.high, each.measured)
        found.setdefault(each.expert_id, []).append(said)
    return found


class Demand(NamedTuple):
    """How many judgments a question wants, and who is there to give them."""

    question: str
    wanted: int | None
    able: int
    measured: int
    best: Measured | None


def demand_of(lot: Lot, judges: list[Judge], form: StaffForm) -> list[Demand]:
    """Return for each question what is wanted and who can answer it."""
    each = form["each"].value()
    able = [judge for judge in judges if judge.items and not judge.left]
    wanted = lot.items.count() * int(each) if str(each or "").isdigit() else None
    demand = []
    for text in _questions(lot).values():
        known = [m for judge in able for m in judge.measured if m.question == text]
        best = max(known, key=lambda m: m.share, default=None)
        demand.append(Demand(text, wanted, len(able), len(known), best))
    return demand


class Expected(NamedTuple):
    """Right answers to be expected at the ends of the 95 % intervals, in all and at least."""

    low: float
    high: float
    weakest_low: float
    weakest_high: float


def expected_right(staffing: Staffing) -> Expected:
    """Return how many right answers a draft may bring by what is measured today.

    Of whoever was not measured nothing is known: they count as 0 to 1.
    """
    experts = list(Expert.objects.filter(handle__in={handle for handle, _ in staffing.pairs}))
    measured, asked = _measured(staffing.lot, experts), len(_questions(staffing.lot))
    ends = {each.handle: _ends(measured.get(each.pk, []), asked) for each in experts}
    items: dict[str, list[float]] = {}
    for handle, key in staffing.pairs:
        low, high = ends.get(handle, (0.0, 1.0))
        sums = items.setdefault(key, [0.0, 0.0])
        sums[0], sums[1] = sums[0] + low, sums[1] + high
    lows, highs = ([sums[end] for sums in items.values()] for end in (0, 1))
    return Expected(sum(lows), sum(highs), min(lows, default=0.0), min(highs, default=0.0))


class Pay(NamedTuple):
    """What the judgments of a draft cost in one currency."""

    currency: str
    amount: Decimal
    judgments: int
    by_the_hour: int


def pay_of(staffing: Staffing) -> tuple[list[Pay], int]:
    """Return what a draft's judgments cost by what is agreed today, and how many have no rate."""
    counts = Counter(handle for handle, _ in staffing.pairs)
    experts = list(Expert.objects.filter(handle__in=counts))
    costs = costs_of(staffing.engagement, experts, now())
    found: dict[str, Pay] = {}
    for expert in experts:
        if cost := costs.get(expert.pk):
            n, before = counts[expert.handle], found.get(cost.currency)
            before = before or Pay(cost.currency, Decimal(0), 0, 0)
            found[cost.currency] = Pay(
                cost.currency, before.amount + n * cost.amount, before.judgments + n,
                before.by_the_hour + n * cost.by_the_hour,
            )  # fmt: skip
    priced = sum(each.judgments for each in found.values())
    return [found[each] for each in sorted(found)], len(staffing.pairs) - priced


def _ends(known: list[Measured], asked: int) -> tuple[float, float]:
    """Return the mean ends of an expert's intervals over all questions asked."""
    missing = max(asked, 1) - len(known)
    low, high = sum(m.low for m in known), sum(m.high for m in known) + missing
    return low / max(asked, 1), high / max(asked, 1)


def terms_words(terms: Terms) -> list[str]:
    """Return what a draft was asked for, in words."""
    asked = [
        (terms.each, f"{{}} judgment{'s' if terms.each != 1 else ''} of each item"),
        (terms.move_price, "what waits; a move brings at least {:g} right answers"),
        (terms.most, "at most {} items for one expert"),
        (terms.least or None, "at least {} items for one expert"),
        (terms.floor, "at least {:g} right answers to be expected on each item"),
        (terms.done_by, "done by {} within working hours"),
        (terms.worth, f"pay counts, a right answer worth {{}} {terms.currency}"),
        (terms.familiar or None, "a known family worth {:g} right answers"),
        (terms.similar or None, "likeness to earlier work worth {:g} right answers"),
        (terms.one_of_a_team or None, "no two of one team on an item"),
        (len(terms.pins) or None, "{} pairs pinned"),
        (len(terms.apart) or None, "{} pairs kept apart"),
    ]
    return [words.format(value) for value, words in asked if value is not None]
