"""An expert's pages: today, and tests with their results."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.accounts.models import Organisation
from peritus.engagements.models import Lot
from peritus.journal.clock import now
from peritus.quality.verbs import open_qualification
from peritus.web.desk import latest_lease
from peritus.web.own_lots import waiting_lots
from peritus.web.own_work import (
    engagements_to_sign,
    graded_questions,
    held_back,
    pay_of,
    test_card,
    test_cards,
)
from peritus.web.pages.workbench import expert_of, key_in
from peritus.web.people import person
from peritus.work.verbs import lease_next_slot


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Show what is next: the item on the desk, what waits, which test is missing."""
    expert, at = expert_of(request), now()
    found = {
        "held": latest_lease(expert, at),
        "waiting": waiting_lots(expert, at),
        "tests": test_cards(expert, at),
        "held_back": held_back(expert, at),
        "pay": pay_of(expert),
        "unsigned": engagements_to_sign(expert),
    }
    return render(request, "expert/today.html", found)


@require_safe
def qualify(request: HttpRequest, lot: int) -> HttpResponse:
    """Show where the expert stands in a test; every answer once it is graded."""
    expert, at = expert_of(request), now()
    card = test_card(_training_lot(lot), expert, at)
    found = {"card": card, "graded": graded_questions(card, expert)}
    return render(request, "expert/qualify.html", found)


@require_POST
def start_test(request: HttpRequest, lot: int) -> HttpResponse:
    """Open the test for oneself, and put its first question on the desk."""
    test, key = _training_lot(lot), key_in(request)
    read = request.POST.get("read", "")
    open_qualification(test.pk, expert_of(request).pk, read=read, by=person(request), key=key)
    lease_next_slot(lot_id=test.pk, by=person(request), key=f"{key}:next")
    return redirect("workbench")


def _training_lot(lot: int) -> Lot:
    """Return a lot of the provider's own training, which every expert may see."""
    training = Lot.objects.filter(engagement__organisation__kind=Organisation.Kind.PROVIDER)
    return training.select_related("engagement").get(pk=lot)
