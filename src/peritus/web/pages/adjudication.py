"""The adjudicator's queue: what waits for this person's decision."""

from __future__ import annotations

from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.journal.clock import now
from peritus.quality.losses import adjudications_waiting
from peritus.web.own_work import held_back
from peritus.web.pages.workbench import expert_of, key_in
from peritus.web.people import person
from peritus.work.models import Slot
from peritus.work.queries import active_assignments
from peritus.work.verbs import lease_slot


@require_safe
def adjudications(request: HttpRequest) -> HttpResponse:
    """List the disagreements that wait for this person, by what a wrong answer would cost.

    The order alone is shown: the figure follows from the first judges' answers and
    skills, and would say who they are and whom to believe.
    """
    expert, at = expert_of(request), now()
    held = active_assignments(expert, at).filter(slot__purpose=Slot.Purpose.ADJUDICATION)
    found = {
        "waiting": [each.slot for each in adjudications_waiting(expert, at)],
        "held": held.select_related("slot__item").order_by("-id"),
        "held_back": held_back(expert, at),
        "key": uuid4().hex,
    }
    return render(request, "expert/adjudications.html", found)


@require_POST
def start_adjudication(request: HttpRequest, slot: int) -> HttpResponse:
    """Lease a disagreement and put it on the desk; who holds it goes on with it."""
    lease_slot(slot, by=person(request), key=key_in(request))
    return redirect("workbench")
