"""What waits for the signature of a supervising professional, and signing it."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.bench.queries import experts_seen_by
from peritus.engagements.models import Question
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.verbs import name_supervisor
from peritus.quality.models import FrozenDecision, ProfessionalSignature
from peritus.quality.verbs import sign_deliverable
from peritus.quality.verbs.signing import freezes_supervised_by, keys_of, signing_blockers
from peritus.web.letters import labels_of
from peritus.web.pages.lots import PAGE_ROWS, key_in
from peritus.web.people import person

ALL = "all"


@require_safe
def signatures(request: HttpRequest) -> HttpResponse:
    """Answer “What do I answer for?”."""
    found = freezes_supervised_by(person(request)).select_related("lot", "engagement")
    signed = ProfessionalSignature.objects.filter(freeze__in=found).in_bulk(field_name="freeze_id")
    page = Paginator(found.order_by("-frozen_at", "-id"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    rows = [(freeze, signed.get(freeze.pk)) for freeze in page]
    return render(request, "expert/signatures.html", {"page": page, "rows": rows})


@require_safe
def signature(request: HttpRequest, freeze_id: int) -> HttpResponse:
    """Show what is to be signed: every decision as it was frozen."""
    freeze = (
        freezes_supervised_by(person(request)).select_related("lot", "engagement").get(pk=freeze_id)
    )
    labels = labels_of(Question.objects.filter(guideline_version=freeze.guideline_version_id))
    decisions = FrozenDecision.objects.filter(freeze=freeze).select_related("item")
    page = Paginator(decisions.order_by("item__key", "question"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    signed = ProfessionalSignature.objects.filter(freeze=freeze).first()
    context = {
        "freeze": freeze,
        "lot": freeze.lot,
        "signed": signed,
        "blockers": [] if signed else signing_blockers(freeze),
        "page": page,
        "rows": [(each, labels.get((each.question, each.answer), each.answer)) for each in page],
        "items": len(keys_of(freeze)),
        "key": uuid4().hex,
    }
    return render(request, "expert/signature.html", context)


@require_POST
def sign(request: HttpRequest, freeze_id: int) -> HttpResponse:
    """Sign a freeze, with the keys of what was reviewed, or "all"."""
    freeze = freezes_supervised_by(person(request)).get(pk=freeze_id)
    said = [line.strip() for line in request.POST.get("reviewed", "").splitlines() if line.strip()]
    reviewed = sorted(keys_of(freeze)) if said == [ALL] else said
    statement, key = request.POST.get("statement", ""), key_in(request)
    sign_deliverable(freeze.pk, reviewed, statement=statement, by=person(request), key=key)
    return redirect("signature", freeze_id=freeze.pk)


@require_POST
def name(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Name who answers for what an engagement delivers, by which licence; with nobody: no one."""
    user = person(request)
    engagement = engagements_seen_by(user).get(uid=uid)
    handle, licence = (request.POST.get(each, "").strip() for each in ("expert", "licence"))
    expert = experts_seen_by(user).get(handle=handle) if handle else None
    holds: dict[str, object] = {"licence": licence}
    if where := request.POST.get("jurisdiction", "").strip():
        holds["jurisdiction"] = where
    key = key_in(request)
    if expert is None:
        name_supervisor(engagement.pk, None, by=user, key=key)
    else:
        name_supervisor(engagement.pk, expert.pk, holds, by=user, key=key)
    return redirect("roster", uid=uid)
