"""Calibration: who judges the same items, how far they agree, what was settled."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.accounts.models import Role
from peritus.bench.models import Expert
from peritus.engagements.models import Lot
from peritus.engagements.queries import lots_seen_by
from peritus.quality.calibration import (
    experts_of_lot,
    lot_calibration,
    may_compare,
    round_slots,
    rounds_seen_by,
    waiting_slots,
)
from peritus.quality.models import CalibrationRound, QualityPlan
from peritus.quality.rules import RUN_ROUND, SETTLE, round_size
from peritus.quality.verbs import (
    close_round,
    end_judging,
    open_round,
    settle_disagreement,
    waive_round,
)
from peritus.quality.verbs.calibrating import judging_blockers, opening_blockers
from peritus.quality.verbs.discussing import closing_blockers, waiver_blockers
from peritus.web.pages.lots import key_in
from peritus.web.people import person
from peritus.web.rounds import Shown, names_in, shown_round
from peritus.work.models import Slot


@require_safe
def calibration(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “Does everybody read the guideline alike, before we begin?”."""
    lot = lots_seen_by(person(request)).select_related("engagement").get(uid=uid)
    plan = QualityPlan.objects.filter(engagement=lot.engagement_id).first()
    runs = RUN_ROUND.allows(person(request), lot.engagement)
    context = {
        "engagement": lot.engagement,
        "lot": lot,
        "stands": lot_calibration(lot),
        "plan": plan,
        "size": round_size(lot.items.count(), plan.terms) if plan else 0,
        "runs": runs,
        "key": uuid4().hex,
        **(_forms(lot, plan) if runs else {}),
    }
    return render(request, "engagements/calibration.html", context)


def _forms(lot: Lot, plan: QualityPlan | None) -> dict[str, object]:
    """Return what the manager needs to open or waive a round."""
    clients = Expert.objects.filter(
        user__memberships__organisation=lot.organisation_id, user__memberships__role=Role.CLIENT
    )
    expected = set(experts_of_lot(lot).values_list("pk", flat=True))
    others = Expert.objects.exclude(pk__in=clients)
    others = others.exclude(pk=plan.auditor_id) if plan else others
    return {
        "opening": opening_blockers(lot, plan),
        "waiving": waiver_blockers(lot),
        "leads": clients.distinct().order_by("name"),
        "experts": [(each, each.pk in expected) for each in others.order_by("name", "handle")],
    }


@require_POST
def open_(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Open a round with the experts and the client's lead that were chosen."""
    lot = lots_seen_by(person(request)).get(uid=uid)
    chosen = Expert.objects.filter(handle__in=request.POST.getlist("expert"))
    lead = Expert.objects.get(handle=request.POST.get("lead", ""))
    experts = list(chosen.order_by("handle").values_list("pk", flat=True))
    found = open_round(lot.pk, experts, lead_id=lead.pk, by=person(request), key=key_in(request))
    return redirect("round", uid=found.uid)


@require_POST
def waive(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let production begin without what was agreed, with the reason."""
    lot = lots_seen_by(person(request)).get(uid=uid)
    reason = request.POST.get("reason", "")
    waive_round(lot.pk, reason=reason, by=person(request), key=key_in(request))
    return redirect("calibration", uid=uid)


@require_safe
def round_(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a round: own work, then everybody's answers side by side, then its minutes."""
    user = person(request)
    found = _round(request, uid)
    shown = shown_round(found, user) if may_compare(user, found) else None
    waiting, wanted = waiting_slots(found), round_slots(found)
    context = {
        "engagement": found.engagement,
        "lot": found.lot,
        "round": found,
        "shown": shown,
        "judges": list(names_in(found, user).values()),
        "items": wanted.values("item").distinct().count(),
        "wanted": wanted.count(),
        "answered": wanted.filter(state=Slot.State.DONE).count(),
        "waiting": waiting.count(),
        "mine": waiting.filter(reserved_for__user=user).count(),
        "runs": RUN_ROUND.allows(user, found.engagement),
        "settles": SETTLE.allows(user, found.engagement),
        "on_the_desk": user.pk in {found.engagement.manager_id, found.engagement.quality_lead_id},
        "keys": [uuid4().hex for _ in range(3)],
        **_standing(found, shown),
    }
    return render(request, "engagements/round.html", context)


def _standing(found: CalibrationRound, shown: Shown | None) -> dict[str, object]:
    """Return what stands in the way of the round's next act."""
    judging = found.state == CalibrationRound.State.JUDGING
    discussed = found.state == CalibrationRound.State.DISCUSSING and shown is not None
    return {
        "ending": judging_blockers(found) if judging else [],
        "closing": closing_blockers(found, shown.comparison) if discussed and shown else [],
        "would_reach": shown.comparison.reached(found) if shown else None,
    }


def _round(request: HttpRequest, uid: UUID) -> CalibrationRound:
    seen = rounds_seen_by(person(request))
    return seen.select_related(
        "engagement", "lot", "guideline_version", "opened_by", "closed_by", "lead"
    ).get(uid=uid)


@require_POST
def end(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End the judging before the last answer."""
    end_judging(_round(request, uid).pk, by=person(request), key=key_in(request))
    return redirect("round", uid=uid)


@require_POST
def settle(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Write down what a discussion came to."""
    found = _round(request, uid)
    item = found.lot.items.get(uid=request.POST.get("item") or uuid4())
    settle_disagreement(
        found.pk,
        item.pk,
        request.POST.get("question", ""),
        request.POST.get("answer", ""),
        reason=request.POST.get("reason", ""),
        by=person(request),
        key=key_in(request),
    )
    return redirect("round", uid=uid)


@require_POST
def close(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Close a round with its minutes."""
    decided = request.POST.get("decided", "")
    close_round(_round(request, uid).pk, decided=decided, by=person(request), key=key_in(request))
    return redirect("round", uid=uid)
