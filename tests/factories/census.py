"""A lot whose risks are foretold, and its census step by step, without the reactions."""

from __future__ import annotations

from typing import Any

from peritus.accounts.queries import engine
from peritus.catalogue.plans import ADAPTIVE, PlanTerms, stated
from peritus.engagements.models import Engagement, Lot
from peritus.quality.models import Census, CensusCheck, Decision
from peritus.quality.verbs import record_census
from tests.factories.engagements import item, lot
from tests.factories.quality import decision, quality_plan
from tests.factories.work import judgment

TERMS = PlanTerms(largest_census=0.4, adjudicate_above=0.5)
RISKY = [0, 7, 9, 11, 20, 29]


def risky_lot(course: Engagement, **changes: Any) -> Lot:
    """Return a lot of thirty decided items, six of them risky, under a plan with a census."""
    looks = [3, 6, 9, 12, 15, 18, 21, 24]
    quality_plan(engagement=course, rule=ADAPTIVE, looks=looks, promise=0.1, said=stated(TERMS))
    parent = lot(engagement=course, **changes)
    for number in range(30):
        error = 0.4 if number in RISKY else 0.01
        decision(item=item(lot=parent, key=f"q{number:02}"), rule="aggregated", error=error)
    return parent


def answered(found: Census, place: int, answer: str) -> CensusCheck:
    """Answer a check as the auditor."""
    check = found.checks.get(place=place)
    given = judgment(slot=check.slot, answers={"question": answer})
    return record_census(check.slot_id, given.pk, by=engine(), key=f"check-{check.uid}")


def derived(found: Census) -> None:
    """Let the live decisions be what the checker said, as deriving them would."""
    for check in found.checks.exclude(judgment=None).select_related("judgment"):
        Decision.objects.filter(item=check.item).update(
            rule="census", answer=check.judgment.answers["question"]
        )


def completed(found: Census) -> None:
    """Check five of the risky lot's riskiest: of all but the second the answer was wrong."""
    for place in (1, 2, 3, 4, 5):
        answered(found, place, "yes" if place == 2 else "no")
    derived(found)
    found.refresh_from_db()
