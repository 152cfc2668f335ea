"""Acts that bring a lot from its draw to its certificate, and walls around it."""

from __future__ import annotations

import secrets
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from peritus.bench.queries import experts_seen_by
from peritus.engagements.models import Lot, Wall
from peritus.engagements.queries import lots_seen_by
from peritus.engagements.verbs import (
    end_restriction,
    name_party,
    raise_wall,
    restrict_engagement,
)
from peritus.journal.canonical import sha256
from peritus.journal.errors import KeyUsedDifferently
from peritus.quality.models import Census
from peritus.quality.queries import commitment_for, draw_of, freezes_seen_by
from peritus.quality.verbs import (
    call_off_census,
    commit_nonce,
    draw_audits,
    freeze_lot,
    open_census,
    record_plan,
    reveal_nonce,
)
from peritus.quality.verbs.auditing import NONCE_BYTES
from peritus.web.pages.lots import key_in
from peritus.web.people import person
from peritus.web.refusals import in_the_way
from peritus.work.queries import staffings_seen_by
from peritus.work.verbs import clear_conflict

MOST_HEX = 128  # digits of a nonce, as a draw stores it
SHOWN_ONCE = (
    "A nonce was made and committed for this freeze already. It was shown once and is not "
    "stored here, so it cannot be shown again."
)


def _to_acts(lot: Lot) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('lot', args=[lot.uid])}#acts")


@require_POST
def make_nonce(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Make a nonce for the client, commit its SHA-256, and show it this once.

    The nonce is written nowhere: a repeat can only say that it was shown.
    """
    lot = lots_seen_by(person(request)).select_related("engagement").get(uid=uid)
    nonce = secrets.token_bytes(NONCE_BYTES)
    try:
        made = commit_nonce(lot.pk, sha256(nonce), by=person(request), key=key_in(request))
    except KeyUsedDifferently:
        if not commitment_for(lot, lot.freezes.count() + 1):
            raise
        return in_the_way(request, [SHOWN_ONCE])
    context = {"engagement": lot.engagement, "lot": lot, "made": made, "nonce": nonce.hex()}
    return render(request, "engagements/nonce.html", context)


@require_POST
def commit_own_nonce(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Commit the client to a nonce that only the client has, by its SHA-256."""
    lot = lots_seen_by(person(request)).get(uid=uid)
    commitment = request.POST.get("commitment", "").strip()
    commit_nonce(lot.pk, commitment, by=person(request), key=key_in(request))
    return _to_acts(lot)


@require_POST
def reveal(request: HttpRequest, freeze_id: int) -> HttpResponse:
    """Reveal the client's nonce: the audit sample follows from it."""
    nonce = request.POST.get("nonce", "").strip().lower()
    if len(nonce) > MOST_HEX:
        return in_the_way(request, [f"A nonce has at most {MOST_HEX} digits; {len(nonce)} came."])
    draw = reveal_nonce(freeze_id, nonce, by=person(request), key=key_in(request))
    return _to_acts(draw.freeze.lot)


@require_POST
def census(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Have the riskiest of a lot checked one and all, before it is frozen."""
    lot = lots_seen_by(person(request)).get(uid=uid)
    open_census(lot.pk, by=person(request), key=key_in(request))
    return _to_acts(lot)


@require_POST
def end_census(request: HttpRequest, uid: UUID) -> HttpResponse:
    """End a lot's latest census before it is complete."""
    lot = lots_seen_by(person(request)).get(uid=uid)
    census = Census.objects.filter(lot=lot).order_by("-number")[:1].get()
    call_off_census(census.pk, by=person(request), key=key_in(request))
    return _to_acts(lot)


@require_POST
def freeze(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Freeze the lot's decided items."""
    lot = lots_seen_by(person(request)).get(uid=uid)
    freeze_lot(lot.pk, by=person(request), key=key_in(request))
    return _to_acts(lot)


@require_POST
def plan(request: HttpRequest, freeze_id: int) -> HttpResponse:
    """Record the audit plan of a freeze, before anything is drawn."""
    stored = record_plan(freeze_id, by=person(request), key=key_in(request))
    return _to_acts(stored.freeze.lot)


@require_POST
def draw(request: HttpRequest, freeze_id: int) -> HttpResponse:
    """Draw with a nonce of the provider's; a repeat leads to the draw that stands."""
    frozen = freezes_seen_by(person(request)).select_related("lot").get(pk=freeze_id)
    nonce = secrets.token_bytes(NONCE_BYTES).hex()
    try:
        draw_audits(freeze_id, nonce, by=person(request), key=key_in(request))
    except KeyUsedDifferently:  # a repeat brings a nonce of its own
        if draw_of(frozen) is None:
            raise
    return _to_acts(frozen.lot)


@require_POST
def bar(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Bar an expert from the engagement of a staffing, with the reason."""
    staffing = staffings_seen_by(person(request)).get(uid=uid)
    expert = experts_seen_by(person(request)).get(handle=request.POST.get("expert", ""))
    reason, kind, basis = (
        request.POST.get(name, "").strip() for name in ("reason", "kind", "basis")
    )
    raise_wall(
        staffing.engagement_id, expert.pk, reason=reason, kind=kind or Wall.Kind.NAMED,
        basis=basis, by=person(request), key=key_in(request),
    )  # fmt: skip
    return redirect(f"{reverse('staffing', args=[uid])}#walls")


@require_POST
def restrict(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let only some countries, nationalities or teams work; with none named, all again."""
    staffing = staffings_seen_by(person(request)).get(uid=uid)
    only = [each.strip() for each in request.POST.get("only", "").split(",") if each.strip()]
    kind, reason, basis = (request.POST.get(name, "") for name in ("kind", "reason", "basis"))
    by, key = person(request), key_in(request)
    if only:
        restrict_engagement(
            staffing.engagement_id, kind, only, reason=reason, basis=basis, by=by, key=key
        )
    else:
        end_restriction(staffing.engagement_id, kind, by=by, key=key)
    return redirect(f"{reverse('staffing', args=[uid])}#restrictions")


@require_POST
def clear(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say why the names found with an expert are no conflict."""
    staffing = staffings_seen_by(person(request)).get(uid=uid)
    expert = experts_seen_by(person(request)).get(handle=request.POST.get("expert", ""))
    reason, key = request.POST.get("reason", ""), key_in(request)
    clear_conflict(staffing.engagement_id, expert.pk, reason=reason, by=person(request), key=key)
    return redirect(f"{reverse('staffing', args=[uid])}#conflicts")


@require_POST
def party(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Name a party of the engagement, with its affiliates, one on each line."""
    staffing = staffings_seen_by(person(request)).get(uid=uid)
    lines = request.POST.get("affiliates", "").splitlines()
    affiliates = [line.strip() for line in lines if line.strip()]
    name, by, key = request.POST.get("name", ""), person(request), key_in(request)
    name_party(staffing.engagement_id, name, affiliates=affiliates, by=by, key=key)
    return redirect(f"{reverse('staffing', args=[uid])}#conflicts")
