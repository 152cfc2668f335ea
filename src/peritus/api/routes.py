"""The calls: thin, scoped by the same queries, acting by the same verbs."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Status

from peritus.api import shown
from peritus.api.roles import caller, within
from peritus.api.schemas import (
    AssignmentOut,
    CertificateOut,
    DecisionsPage,
    EngagementOut,
    InvoiceOut,
    JudgmentIn,
    JudgmentOut,
    LeaseIn,
    LotOut,
    PageIn,
    Refusal,
)
from peritus.bench.models import Expert
from peritus.billing.queries import invoice_lines_seen_by, invoices_seen_by
from peritus.engagements.models import Engagement
from peritus.engagements.queries import engagements_seen_by, lots_seen_by
from peritus.journal.clock import now
from peritus.journal.errors import Blocked
from peritus.quality.losses import adjudication_to_lease
from peritus.quality.overviews import lot_overviews
from peritus.quality.queries import certificates_seen_by, freezes_seen_by
from peritus.work.errors import AnswersRefused, NothingToDo
from peritus.work.models import Assignment, Slot
from peritus.work.queries import assignments_of
from peritus.work.verbs import lease_next_slot, lease_slot, submit_judgment

router = Router()


@router.get("/engagements", response=list[EngagementOut], url_name="api_engagements")
def engagements(request: HttpRequest) -> list[EngagementOut]:
    """List the engagements that you see, newest first."""
    seen = within(request, engagements_seen_by(caller(request))).select_related("organisation")
    return [shown.engagement(each) for each in seen.order_by("-opened_at", "-id")]


@router.get(
    "/engagements/{code}/lots", response={200: list[LotOut], 409: Refusal}, url_name="api_lots"
)
def lots(request: HttpRequest, code: str) -> list[LotOut]:
    """List an engagement's lots in their order, by its code or uid."""
    engagement = _engagement_named(request, code)
    seen = within(request, lots_seen_by(caller(request))).filter(engagement=engagement)
    return [shown.lot(each) for each in lot_overviews(seen)]


def _engagement_named(request: HttpRequest, code: str) -> Engagement:
    seen = within(request, engagements_seen_by(caller(request)))
    try:
        return seen.get(uid=UUID(code))
    except ValueError:  # a code, then
        pass
    try:
        return seen.get(code=code)
    except Engagement.MultipleObjectsReturned as several:
        reason = f"Several clients have an engagement {code!r}; name one by its uid."
        raise Blocked([reason]) from several


@router.get("/lots/{uid}", response=LotOut, url_name="api_lot")
def lot(request: HttpRequest, uid: UUID) -> LotOut:
    """Return a lot: its counts, its latest freeze, and what the audits prove."""
    seen = within(request, lots_seen_by(caller(request)))
    found = seen.get(uid=uid)
    return shown.lot(lot_overviews(seen.filter(pk=found.pk))[0])


@router.get("/freezes/{uid}/decisions", response=DecisionsPage, url_name="api_decisions")
def decisions(
    request: HttpRequest,
    uid: UUID,
    asked: Query[PageIn],
) -> DecisionsPage:
    """Return a page of what was frozen, with what the audits found."""
    freeze = within(request, freezes_seen_by(caller(request))).get(uid=uid)
    return shown.decisions(freeze, asked.page, asked.size)


@router.get("/certificates/{number}", response=CertificateOut, url_name="api_certificate")
def certificate(request: HttpRequest, number: str) -> CertificateOut:
    """Return a certificate with all that it claims and does not."""
    seen = within(request, certificates_seen_by(caller(request)))
    found = seen.select_related("engagement", "freeze__lot", "signed_by").get(number=number)
    return shown.certificate(found)


@router.get("/invoices/{number}", response=InvoiceOut, url_name="api_invoice")
def invoice(request: HttpRequest, number: str) -> InvoiceOut:
    """Return an invoice with its lines; each cites its freeze."""
    user = caller(request)
    found = within(request, invoices_seen_by(user)).select_related("engagement").get(number=number)
    lines = within(request, invoice_lines_seen_by(user)).filter(invoice=found)
    return shown.invoice(found, lines.select_related("freeze__lot", "term"))


@router.post(
    "/assignments/next",
    response={200: AssignmentOut, 204: None},
    url_name="api_next_assignment",
)
def next_assignment(request: HttpRequest, given: LeaseIn) -> AssignmentOut | Status[None]:
    """Lease the next slot that is open to you; 204 while none is.

    A lease that you hold already is returned instead. Adjudications come by what
    a wrong answer would be expected to cost.
    """
    user = caller(request)
    costliest = adjudication_to_lease(Expert.objects.get(user=user), now())
    try:
        if costliest is not None:
            held = lease_slot(costliest.pk, by=user, key=given.key)
        else:
            held = lease_next_slot(by=user, key=given.key)
    except NothingToDo:
        return Status(204, None)
    return shown.assignment(_leases(request).get(pk=held.pk))


@router.post("/assignments/{uid}/judgment", response=JudgmentOut, url_name="api_judgment")
def judgment(request: HttpRequest, uid: UUID, given: JudgmentIn) -> JudgmentOut:
    """Submit your answers for a lease; a repeat with the same key changes nothing."""
    held = _held(request, uid)
    if held.slot.purpose == Slot.Purpose.ADJUDICATION and not given.reason.strip():
        raise AnswersRefused(["An adjudication needs its reason: name the clause or section."])
    submitted = submit_judgment(
        held.pk,
        given.fence,
        given.answers,
        reason=given.reason.strip(),
        confidence=given.confidence,
        seconds=given.seconds,
        by=caller(request),
        key=given.key,
    )
    return shown.judgment(submitted, held)


def _held(request: HttpRequest, uid: UUID) -> Assignment:
    """Return the caller's lease by the id that the API gave it; the latest ones are tried first."""
    leases = _leases(request)
    for pk, own in leases.order_by("-id").values_list("pk", "uid").iterator():
        if shown.opaque(own) == uid:
            return leases.get(pk=pk)
    raise Assignment.DoesNotExist


def _leases(request: HttpRequest) -> QuerySet[Assignment]:
    return within(request, assignments_of(caller(request))).select_related(
        "slot__item", "engagement"
    )
