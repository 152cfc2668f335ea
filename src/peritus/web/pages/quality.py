"""What the quality lead releases."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.engagements.queries import lots_seen_by
from peritus.quality.overviews import Stage, lot_overviews
from peritus.web.cards import claim_on
from peritus.web.due import steps_of_lead
from peritus.web.people import person

URGENCY = (
    Stage.CERTIFY, Stage.SPENT, Stage.AUDIT, Stage.FREEZE, Stage.CENSUS, Stage.ADJUDICATE,
    Stage.JUDGE, Stage.ACCEPT, Stage.ACCEPTED, Stage.EMPTY,
)  # fmt: skip


@require_safe
def release(request: HttpRequest) -> HttpResponse:
    """Answer “Does the lot pass?”; what waits for a signature comes first."""
    led = lots_seen_by(person(request)).filter(engagement__quality_lead=person(request))
    found = sorted(lot_overviews(led), key=lambda each: URGENCY.index(each.stage))
    steps = steps_of_lead(found)
    rows = [(each, claim_on(each), steps[each.lot.pk]) for each in found]
    return render(request, "running/release.html", {"rows": rows})
