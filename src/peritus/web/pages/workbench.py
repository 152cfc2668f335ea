"""The workbench: one leased item at a time, answered, skipped, or taken back."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from peritus.bench.models import Expert
from peritus.engagements.models import GuidelineVersion
from peritus.journal.clock import now
from peritus.journal.errors import Blocked, KeyUsedDifferently, PeritusError
from peritus.quality.losses import adjudication_to_lease
from peritus.web.answers import answer_in, skip_in
from peritus.web.desk import (
    Desk,
    adjudicates,
    desk_of,
    guideline_text,
    latest_lease,
    leases_of,
)
from peritus.web.own_lots import Finished, finished_lot, waiting_lots
from peritus.web.people import person
from peritus.work.errors import AnswersRefused, LeaseLost, NothingToDo, SlotNotOpen
from peritus.work.models import Assignment, Skip
from peritus.work.queries import active_assignments, assignments_of, slots_open_to
from peritus.work.verbs import (
    extend_lease,
    lease_next_slot,
    lease_slot,
    skip_slot,
    submit_judgment,
    take_back_judgment,
)

PART = "X-Peritus-Desk"  # a script asks for the desk alone, and puts it into the page
MOST_KEY = 100


def expert_of(request: HttpRequest) -> Expert:
    """Return the expert that the person acts as; not found where there is none."""
    return Expert.objects.get(user=person(request))


def key_in(request: HttpRequest) -> str:
    """Return the replay key that a form brings; without one nothing is done."""
    if key := request.POST.get("key", "")[:MOST_KEY]:
        return key
    raise BadRequest("The form came without its replay key; load the page again.")


@require_safe
def workbench(request: HttpRequest) -> HttpResponse:
    """Show the lease held, else what waits; reading changes nothing."""
    expert = expert_of(request)
    if held := latest_lease(expert, now()):
        return _show(request, desk_of(held, now()))
    lot = request.GET.get("finished", "")
    if lot.isdecimal() and (finished := finished_lot(int(lot), expert, now())):
        return _finished(request, finished)
    return _waiting(request, expert)


@require_POST
def start_work(request: HttpRequest) -> HttpResponse:
    """Lease the next slot, of one lot where it is named."""
    lot = request.POST.get("lot", "")
    try:
        _lease_next(expert_of(request), int(lot) if lot.isdecimal() else None, key_in(request))
    except NothingToDo:
        return redirect("workbench")  # where it says that nothing waits
    return redirect("workbench")


def _lease_next(expert: Expert, lot: int | None, key: str) -> None:
    """Lease what comes next, adjudications by what an error would cost; raises NothingToDo."""
    if costliest := adjudication_to_lease(expert, now(), lot_id=lot):
        lease_slot(costliest.pk, by=expert.user, key=key)
    else:
        lease_next_slot(lot_id=lot, by=expert.user, key=key)


@require_POST
def answer_item(request: HttpRequest, lease: int) -> HttpResponse:
    """Take an answer and go on; what is refused is shown in place with what was typed."""
    held, given = leases_of(person(request)).get(pk=lease), answer_in(request.POST)
    if blockers := given.blockers(reason_wanted=adjudicates(held)):
        return _refused(request, held, blockers, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        submit_judgment(
            held.pk,
            given.fence,
            given.answers,
            reason=given.reason,
            confidence=given.confidence,
            seconds=given.seconds,
            by=person(request),
            key=given.key,
        )
    except AnswersRefused as no:
        return _refused(request, held, no.blockers, HTTPStatus.UNPROCESSABLE_ENTITY)
    except (LeaseLost, KeyUsedDifferently) as no:
        return _lost(request, held, no)
    return _go_on(request, held, given.key)


@require_POST
def skip_item(request: HttpRequest, lease: int) -> HttpResponse:
    """Give the item back with a reason and go on."""
    held, given = leases_of(person(request)).get(pk=lease), skip_in(request.POST)
    if blockers := given.blockers():
        return _refused(request, held, blockers, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        skip_slot(
            held.pk, given.fence, given.reason, note=given.note, by=person(request), key=given.key
        )
    except (LeaseLost, KeyUsedDifferently) as no:
        return _lost(request, held, no)
    if given.reason == Skip.Reason.LATER:
        _lease_another(request, held, given.key)
    return _go_on(request, held, given.key)


@require_POST
def undo_answer(request: HttpRequest, judgment: int) -> HttpResponse:
    """Take an own answer back, and return to its item."""
    try:
        take_back_judgment(judgment, by=person(request), key=key_in(request))
    except (SlotNotOpen, KeyUsedDifferently) as no:
        held = latest_lease(expert_of(request), now())
        if held is None:
            raise
        blockers = no.blockers if isinstance(no, Blocked) else [str(no)]
        return _refused(request, held, blockers, HTTPStatus.CONFLICT)
    return _desk_or_redirect(request)


@require_POST
def hold_longer(request: HttpRequest, lease: int) -> HttpResponse:
    """Hold a lease for as long again."""
    held = leases_of(person(request)).get(pk=lease)
    try:
        extend_lease(held.pk, by=person(request), key=key_in(request))
    except LeaseLost as no:
        return _lost(request, held, no)
    return _desk_or_redirect(request)


@require_safe
def desk_guideline(request: HttpRequest, version: int) -> HttpResponse:
    """Show a guideline to whoever holds or held a lease under it."""
    worked_in = assignments_of(person(request)).values("engagement")
    guideline = GuidelineVersion.objects.get(pk=version, engagement__in=worked_in)
    found = {"guideline": guideline, "text": guideline_text(guideline.text)}
    return render(request, "workbench/guideline.html", found)


def _lease_another(request: HttpRequest, held: Assignment, key: str) -> None:
    """Lease another item of the lot, so that one put off does not come straight back."""
    lot, at = held.slot.lot_id, now()
    if active_assignments(held.expert, at).filter(slot__lot=lot).exists():
        return
    others = slots_open_to(held.expert, at).filter(lot=lot).exclude(pk=held.slot_id)
    if other := others.first():
        lease_slot(other.pk, by=person(request), key=f"{key}:another")


def _go_on(request: HttpRequest, held: Assignment, key: str) -> HttpResponse:
    """Lease the next slot of the lot and show it, or say that the lot is done."""
    lot, at = held.slot.lot_id, now()
    try:
        _lease_next(held.expert, lot, f"{key}:next")
    except NothingToDo:
        if PART not in request.headers:
            return redirect(f"{reverse('workbench')}?finished={lot}")
        finished = finished_lot(lot, held.expert, at)
        return _finished(request, finished) if finished else _waiting(request, held.expert)
    return _desk_or_redirect(request)


def _desk_or_redirect(request: HttpRequest) -> HttpResponse:
    if PART not in request.headers:
        return redirect("workbench")
    expert = expert_of(request)
    if held := latest_lease(expert, now()):
        return _show(request, desk_of(held, now()))
    return _waiting(request, expert)


def _show(request: HttpRequest, desk: Desk, status: int = HTTPStatus.OK) -> HttpResponse:
    reasons = [(place, *choice) for place, choice in enumerate(Skip.Reason.choices, start=1)]
    found = {"desk": desk, "reasons": reasons, "engagement": desk.assignment.engagement}
    return _page(request, "item", found, status)


def _waiting(request: HttpRequest, expert: Expert) -> HttpResponse:
    return _page(request, "waiting", {"waiting": waiting_lots(expert, now())})


def _finished(request: HttpRequest, finished: Finished) -> HttpResponse:
    return _page(request, "finished", {"finished": finished})


def _refused(
    request: HttpRequest, held: Assignment, blockers: Sequence[str], status: int
) -> HttpResponse:
    """Show the item again with what stands in the way and all that was typed."""
    typed = answer_in(request.POST).typed()
    return _show(request, desk_of(held, now(), blockers=blockers, typed=typed), status)


def _lost(request: HttpRequest, held: Assignment, no: PeritusError) -> HttpResponse:
    """Say that the lease is gone, and give back what was typed."""
    found = {"held": held, "why": str(no), "draft": answer_in(request.POST).typed()}
    return _page(request, "lost", found, HTTPStatus.CONFLICT)


def _page(
    request: HttpRequest, part: str, found: dict[str, object], status: int = HTTPStatus.OK
) -> HttpResponse:
    """Render a state of the workbench: alone for a script, else in its page."""
    found["part"] = f"workbench/_{part}.html"
    template = "workbench/_desk.html" if PART in request.headers else "workbench/page.html"
    return render(request, template, found, status=status)
