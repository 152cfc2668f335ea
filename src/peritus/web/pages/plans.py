"""The quality plan of an engagement: what it says, what it means for each lot, how it is set."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.algorithms.certification import AuditPlan
from peritus.bench.queries import experts_seen_by
from peritus.engagements.models import Engagement, Lot
from peritus.engagements.queries import engagements_seen_by
from peritus.quality.errors import PlanRefused
from peritus.quality.models import QualityPlan
from peritus.quality.queries import audit_plan_for
from peritus.quality.rules import SET_PLAN
from peritus.quality.verbs import set_quality_plan
from peritus.quality.verbs.planning import plan_blockers
from peritus.web.pages.lots import key_in
from peritus.web.people import person
from peritus.web.plans import PlanForm, plan_words, typed


@require_safe
def plan(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “What do we promise, and how is it kept?”."""
    engagement = engagements_seen_by(person(request)).get(uid=uid)
    form = PlanForm(initial=typed(_plan_of(engagement)), experts=experts_seen_by(person(request)))
    return _shown(request, engagement, form)


@require_POST
def set_plan(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Set the plan; what does not fit is said beside what was typed."""
    engagement = engagements_seen_by(person(request)).get(uid=uid)
    form = PlanForm(request.POST, experts=experts_seen_by(person(request)))
    if not form.is_valid():
        return _shown(
            request, engagement, form, ["Some fields do not fit; each says what it wants."]
        )
    try:
        set_quality_plan(engagement.pk, **form.wanted, by=person(request), key=key_in(request))
    except PlanRefused as no:
        return _shown(request, engagement, form, no.blockers)
    return redirect("quality_plan", uid=uid)


def _plan_of(engagement: Engagement) -> QualityPlan | None:
    plans = QualityPlan.objects.select_related("auditor", "adjudicator", "engagement")
    return plans.filter(engagement=engagement).first()


def _shown(
    request: HttpRequest, engagement: Engagement, form: PlanForm, faults: list[str] | None = None
) -> HttpResponse:
    found = _plan_of(engagement)
    context = {
        "engagement": engagement,
        "plan": found,
        "words": plan_words(found) if found else [],
        "lots": _audits_of_lots(engagement, found) if found else [],
        "sets": SET_PLAN.allows(person(request), engagement),
        "blockers": plan_blockers(engagement),
        "form": form,
        "faults": faults or [],
        "key": uuid4().hex,
    }
    return render(request, "quality/plan.html", context, status=422 if faults else 200)


def _audits_of_lots(engagement: Engagement, found: QualityPlan) -> list[tuple[Lot, AuditPlan]]:
    """Return what the plan would ask of each lot that has items, were all of them decided."""
    sized = engagement.lots.annotate(size=Count("items")).filter(size__gt=0)
    return [(lot, audit_plan_for(lot.size, found)) for lot in sized.order_by("place")]
