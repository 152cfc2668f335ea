"""What is proven, and how anybody checks it."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from peritus.delivery.claims import claim_of
from peritus.delivery.models import DeliveredFile
from peritus.delivery.queries import file_bytes, files_seen_by
from peritus.delivery.wording import NATURE
from peritus.engagements.queries import lots_seen_by
from peritus.quality.models import Freeze, FreezePlan
from peritus.quality.queries import (
    certificates_seen_by,
    commitment_for,
    draw_of,
    latest_freeze,
    standing_of,
)
from peritus.quality.touching import suspension_of
from peritus.web.evidence import FLIPPABLE, demonstrate
from peritus.web.pages.lots import PAGE_ROWS
from peritus.web.pages.statements import code_of
from peritus.web.people import person

ZIP = "application/zip"


@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """List what was certified."""
    seen = certificates_seen_by(person(request)).select_related(
        "freeze__lot", "freeze__acceptance", "engagement", "signed_by"
    )
    page = Paginator(seen.order_by("-signed_at", "-id"), PAGE_ROWS).get_page(
        request.GET.get("page")
    )
    return render(request, "engagements/certificates.html", {"page": page})


@require_safe
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Answer “What is proven, how was it found, how do I check it?”."""
    found = (
        certificates_seen_by(person(request))
        .select_related("freeze__lot", "freeze__guideline_version", "engagement", "signed_by")
        .get(number=number)
    )
    freeze = found.freeze
    plan = FreezePlan.objects.get(freeze=freeze)
    context = {
        "engagement": found.engagement,
        "lot": freeze.lot,
        "certificate": found,
        "freeze": freeze,
        "plan": plan,
        "allowed": 1 - plan.confidence,
        "looks": list(zip(plan.looks, plan.max_errors, strict=True)),
        "claim": claim_of(freeze, plan, standing_of(freeze), found, suspension_of(freeze)),
        "draw": draw_of(freeze),
        "commitment": commitment_for(freeze.lot, freeze.number),
        "files": files_seen_by(person(request)).filter(freeze=freeze).order_by("name"),
        "pack": evidence_pack(request, freeze),
        "code": code_of(request, found),
        "nature": NATURE,
    }
    return render(request, "engagements/certificate.html", context)


def evidence_pack(request: HttpRequest, freeze: Freeze) -> DeliveredFile | None:
    """Return the newest evidence pack of a freeze that the reader may have."""
    files = files_seen_by(person(request)).filter(freeze=freeze, media_type=ZIP)
    return files.order_by("-written_at", "-id").first()


@require_safe
def evidence_check(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Verify a copy of a lot's evidence pack, as it is or with a byte flipped."""
    lot = lots_seen_by(person(request)).select_related("engagement").get(uid=uid)
    freeze = latest_freeze(lot)
    pack = evidence_pack(request, freeze) if freeze else None
    flip = request.GET.get("flip", "")
    context = {
        "engagement": lot.engagement,
        "lot": lot,
        "freeze": freeze,
        "pack": pack,
        "flip": flip,
        "flippable": FLIPPABLE.items(),
        "shown": demonstrate(file_bytes(pack), flip) if pack and flip else None,
    }
    return render(request, "engagements/evidence_check.html", context)
