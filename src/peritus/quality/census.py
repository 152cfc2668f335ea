"""The riskiest decisions of a lot: what is foretold of them, and how their census stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from django.db.models import Count, Exists, OuterRef, Q

from peritus.algorithms.certification import UnpromisingLot, census_batch, census_plan
from peritus.catalogue.plans import PlanTerms
from peritus.engagements.models import Lot
from peritus.quality.deciding import CENSUS
from peritus.quality.facts import census_answers
from peritus.quality.models import Census, CensusCheck, Decision, QualityPlan


@dataclass(frozen=True)
class Foretold:
    """What a lot's next census starts from.

    ``risk`` holds, for each decided item by key, its uid and the chance that one
    of its answers is wrong. ``most`` counts the items that may still be checked.
    """

    risk: tuple[tuple[str, float], ...]
    most: int
    tolerance: float
    confidence: float
    batch: int

    @property
    def largest(self) -> float:
        """The same as ``most``, as a share of the items."""
        return self.most / len(self.risk)


def foretold(lot: Lot, quality: QualityPlan) -> Foretold:
    """Return the risks of a lot as they are foretold now, and what its plan lets be checked."""
    risk = _risks(lot, quality.terms)
    checked = census_answers(lot).count()
    most = floor(quality.terms.largest_census * len(risk) + 1e-9) - checked
    return Foretold(risk, max(0, most), quality.promise, quality.confidence, quality.looks[0])


def _risks(lot: Lot, terms: PlanTerms) -> tuple[tuple[str, float], ...]:
    """Return the risk of each decided item by key.

    What an adjudicator decided counts as the riskiest that stands without one:
    what was foretold of it spoke of the answer before that.
    """
    most = max(terms.adjudicate_above, terms.error)
    right: dict[str, float] = {}
    open_items = set()
    rows = Decision.objects.filter(lot=lot).order_by("item__key", "question")
    for uid, state, rule, error in rows.values_list("item__uid", "state", "rule", "error"):
        if state != Decision.State.DECIDED:
            open_items.add(str(uid))
        wrong = 0.0 if rule == CENSUS else min(most if error is None else error, most)
        right[str(uid)] = right.get(str(uid), 1.0) * (1 - wrong)
    decided = ((uid, chance) for uid, chance in right.items() if uid not in open_items)
    return tuple((uid, round(1 - chance, 6)) for uid, chance in decided)


def worth_blockers(start: Foretold) -> list[str]:
    """Say why checking the riskiest would not pay in a lot, as it is foretold."""
    if not start.most:
        return ["The plan lets no further item of this lot be checked before the freeze."]
    try:
        plan = census_plan(
            [chance for _, chance in start.risk],
            start.tolerance,
            confidence=start.confidence,
            every=start.batch,
            largest=start.largest,
        )
    except UnpromisingLot as no:
        return [f"{str(no)[:1].upper()}{str(no)[1:]}."]
    if plan.batch.size:
        return []
    alone = f"{plan.predicted_audits:.0f}"
    return [f"Checking the riskiest would save nothing: as foretold, {alone} audits are enough."]


def next_batch(census: Census) -> list[str]:
    """Return the uids of the items that a census checks next, riskiest first.

    Every check opened before has its answer.
    """
    outcomes = census.checks.order_by("place").values_list("differs", flat=True)
    batch = census_batch(
        [chance for _, chance in census.risk],
        census.tolerance,
        [bool(differs) for differs in outcomes],
        confidence=census.confidence,
        every=census.batch,
        largest=census.largest,
    )
    return [census.risk[place][0] for place in batch]


@dataclass(frozen=True)
class CensusStanding:
    """How far a lot's latest census has come; ``waiting`` are opened and not answered."""

    census: Census
    checked: int
    differing: int
    waiting: int

    @property
    def is_open(self) -> bool:
        """Say whether it still goes on."""
        return self.census.state == Census.State.OPEN


def census_standings(lots: Sequence[int]) -> dict[int, CensusStanding]:
    """Return the latest census of each lot that has one, in one query."""
    later = Census.objects.filter(lot=OuterRef("lot"), number__gt=OuterRef("number"))
    found = Census.objects.filter(~Exists(later), lot__in=lots).defer("risk").select_related("lot")
    counted = found.annotate(
        n_checked=Count("checks", filter=Q(checks__judgment__isnull=False)),
        n_differing=Count("checks", filter=Q(checks__differs=True, checks__judgment__isnull=False)),
        n_waiting=Count("checks", filter=Q(checks__differs=None)),
    )
    return {
        each.lot_id: CensusStanding(each, each.n_checked, each.n_differing, each.n_waiting)
        for each in counted
    }


def unfinished_census(lot: Lot) -> list[str]:
    """Say why a lot's census keeps it from being frozen, if it does."""
    found = census_standings([lot.pk]).get(lot.pk)
    if found is not None and found.is_open:
        far = f"{found.checked} of at most {found.census.most} are in"
        return [f"The riskiest are being checked: {far}. Freeze the lot once that is complete."]
    decided = Decision.objects.filter(lot=lot, rule=CENSUS).values("item")
    waiting = CensusCheck.objects.filter(differs=None, slot=OuterRef("slot"))
    late = census_answers(lot).filter(~Q(item__in=decided) | Q(Exists(waiting)))
    if unread := late.count():
        return [f"{unread} checks of the riskiest are not read yet; that takes seconds."]
    return []


def census_document(lot: Lot) -> list[dict[str, object]]:
    """Return a lot's censuses as its frozen document holds them."""
    censuses = Census.objects.filter(lot=lot).order_by("number")
    return [
        {
            "batch": each.batch,
            "checked": [_checked(check) for check in _checks(each)],
            "confidence": each.confidence,
            "largest": each.largest,
            "number": each.number,
            "risk": each.risk,
            "tolerance": each.tolerance,
            "uid": each.uid,
        }
        for each in censuses
    ]


def _checks(census: Census) -> Sequence[CensusCheck]:
    return list(census.checks.select_related("item", "judgment").order_by("place"))


def _checked(check: CensusCheck) -> Mapping[str, object]:
    return {
        "decided": check.decided,
        "differs": check.differs,
        "item": check.item.uid,
        "judgment": check.judgment.uid if check.judgment else None,
        "place": check.place,
    }
