"""One expert of the bench, and one's own page: what can be done, who says so, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.bench.calendars import working_days, zone_of
from peritus.bench.models import Credential, Expert
from peritus.bench.overviews import endings_of
from peritus.bench.pay import pay_rates_seen_by
from peritus.bench.queries import credentials_seen_by, experts_seen_by
from peritus.bench.rules import (
    AGREE_PAY,
    CLAIM,
    PROFILE,
    READ_PAY,
    REGISTER_EXPERT,
    VERIFY,
)
from peritus.bench.verbs import (
    agree_pay_rate,
    claim_credential,
    describe_expert,
    end_pay_rate,
    name_fields,
    revoke_credential,
    set_calendar,
    verify_credential,
)
from peritus.engagements.models import Lot
from peritus.journal.clock import now
from peritus.journal.errors import Blocked
from peritus.quality.rules import GRANT_ATTEMPTS
from peritus.quality.verbs import grant_attempts
from peritus.web.bench_forms import (
    CalendarForm,
    ClaimForm,
    DescriptionForm,
    FieldsForm,
    LastDayForm,
    PayForm,
    calendar_of,
    claimed_again,
    description_of,
    fields_of,
)
from peritus.web.own_work import spent_tests, training_lots
from peritus.web.pages.lots import key_in
from peritus.web.people import person

TYPED = "Some fields do not fit; each says what it wants."
SHOWN_DAYS = 14


@dataclass(frozen=True)
class Refused:
    """What could not be done, why, and the forms as they were filled in."""

    title: str = ""
    blockers: list[str] = field(default_factory=list)
    forms: Mapping[str, forms.Form] = field(default_factory=dict)
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY


NOTHING_REFUSED = Refused(status=HTTPStatus.OK)


# Reading


@require_safe
def expert(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “What can this expert do, and who says so?”."""
    return _expert_page(request, _expert(request, uid))


@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """Show an expert what the bench knows of them, and let them claim more."""
    return _own_page(request, _own(request))


def _expert(request: HttpRequest, uid: UUID) -> Expert:
    return experts_seen_by(person(request)).select_related("user").get(uid=uid)


def _own(request: HttpRequest) -> Expert:
    return Expert.objects.get(user=person(request))


def _expert_page(
    request: HttpRequest, found: Expert, refused: Refused = NOTHING_REFUSED
) -> HttpResponse:
    user = person(request)
    described = DescriptionForm(initial=description_of(found))
    context = _facts(request, found, refused) | {
        "describes": REGISTER_EXPERT.allows(user),
        "claims": CLAIM.allows(user, found),
        "tells": PROFILE.allows(user, found),
        "checks": VERIFY.allows(user, found),
        "spent": spent_tests(found) if GRANT_ATTEMPTS.allows(user, found) else [],
        "description": refused.forms.get("description", described),
        "pays": AGREE_PAY.allows(user, found),
        "pay": refused.forms.get("pay", PayForm(auto_id="pay-%s")),
        "reads_pay": READ_PAY.allows(user) or found.user_id == user.pk,
    }
    return render(request, "bench/expert.html", context, status=refused.status)


def _own_page(
    request: HttpRequest, found: Expert, refused: Refused = NOTHING_REFUSED
) -> HttpResponse:
    context = _facts(request, found, refused) | {"reads_pay": True}
    return render(request, "bench/own.html", context, status=refused.status)


def _facts(request: HttpRequest, found: Expert, refused: Refused) -> dict[str, object]:
    """Return what both pages of an expert show."""
    at, typed = now(), refused.forms
    credentials = list(
        found.credentials.select_related("verified_by").order_by(
            "state", "kind", "title", "-issued"
        )
    )
    tests = list(found.qualifications.order_by("-granted_at", "-pk"))
    endings = sorted(endings_of(credentials, tests, at), key=lambda each: each.day)
    again = request.GET.get("again", "")
    revoked = (each for each in credentials if str(each.uid) == again)
    initial = next((claimed_again(each) for each in revoked), None)
    return _when(found, at, typed) | {
        "expert": found,
        "credentials": [(each, each.counts_on(at.date())) for each in credentials],
        "tests": tests,
        "now": at,
        "today": at.date(),
        "endings": [each for each in endings if each.tone != "good"],
        "claim": typed.get("claim", ClaimForm(initial=initial, auto_id="claim-%s")),
        "again": initial,
        "works_in": found.fields.order_by("label", "code"),
        "fields": typed.get("fields", FieldsForm(initial=fields_of(found))),
        "rates": pay_rates_seen_by(person(request))
        .filter(expert=found)
        .order_by("per", "-valid_from"),
        "refused": refused,
        "key": uuid4().hex,
    }


def _when(found: Expert, at: datetime, typed: Mapping[str, forms.Form]) -> dict[str, object]:
    days = working_days(found, at, SHOWN_DAYS)
    zone = zone_of(found)
    return {
        "days": days,
        "hours": sum((each.hours for each in days), start=0) if days else None,
        "there": f"{at.astimezone(zone):%H:%M}" if zone else "",
        "calendar": typed.get("calendar", CalendarForm(initial=calendar_of(found))),
    }


# Acting


@require_POST
def describe(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say where an expert works and how much they take on."""
    form = DescriptionForm(request.POST)
    return _saved_of(request, uid, "description", form, describe_expert)


@require_POST
def claim(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Claim a credential for an expert."""
    form = ClaimForm(request.POST, auto_id="claim-%s")
    return _saved_of(request, uid, "claim", form, claim_credential)


@require_POST
def name(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say in which fields an expert works."""
    return _saved_of(request, uid, "fields", FieldsForm(request.POST), name_fields)


@require_POST
def set_days(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say when an expert works."""
    return _saved_of(request, uid, "calendar", CalendarForm(request.POST), set_calendar)


@require_POST
def agree_pay(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Agree on what an expert is paid."""
    form = PayForm(request.POST, auto_id="pay-%s")
    return _saved_of(request, uid, "pay", form, agree_pay_rate)


@require_POST
def end_pay(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let a pay rate end with a day."""
    rate = pay_rates_seen_by(person(request)).select_related("expert__user").get(uid=uid)
    key, form = key_in(request), LastDayForm(request.POST)
    if not form.is_valid():
        said = Refused("Nothing was changed", ["Name its last day, such as 2026-12-31."])
        return _expert_page(request, rate.expert, said)
    try:
        end_pay_rate(rate.pk, form.cleaned_data["last_day"], by=person(request), key=key)
    except Blocked as no:
        return _expert_page(request, rate.expert, Refused("Nothing was changed", no.blockers))
    return redirect("bench_expert", rate.expert.uid)


@require_POST
def claim_own(request: HttpRequest) -> HttpResponse:
    """Claim a credential for oneself."""
    form = ClaimForm(request.POST, auto_id="claim-%s")
    return _saved_own(request, "claim", form, claim_credential)


@require_POST
def name_own(request: HttpRequest) -> HttpResponse:
    """Say in which fields one works oneself."""
    return _saved_own(request, "fields", FieldsForm(request.POST), name_fields)


@require_POST
def set_own_days(request: HttpRequest) -> HttpResponse:
    """Say when one works oneself."""
    return _saved_own(request, "calendar", CalendarForm(request.POST), set_calendar)


Verb = Callable[..., object]
TypedForm = ClaimForm | DescriptionForm | FieldsForm | CalendarForm | PayForm


def _saved_of(
    request: HttpRequest, uid: UUID, what: str, form: TypedForm, verb: Verb
) -> HttpResponse:
    found = _expert(request, uid)
    if refused := _refused(request, found, what, form, verb):
        return _expert_page(request, found, refused)
    return redirect("bench_expert", uid)


def _saved_own(request: HttpRequest, what: str, form: TypedForm, verb: Verb) -> HttpResponse:
    found = _own(request)
    if refused := _refused(request, found, what, form, verb):
        return _own_page(request, found, refused)
    return redirect("own_bench")


def _refused(
    request: HttpRequest, found: Expert, what: str, form: TypedForm, verb: Verb
) -> Refused | None:
    """Do what a form says by a verb; return what refused it, if anything did."""
    refused = partial(Refused, "Nothing was changed", forms={what: form})
    key = key_in(request)
    if not form.is_valid():
        return refused([TYPED])
    try:
        verb(found.pk, **form.wanted, by=person(request), key=key)
    except Blocked as no:
        return refused(no.blockers)
    return None


# Checking


def _credential(request: HttpRequest, uid: UUID) -> Credential:
    return credentials_seen_by(person(request)).select_related("expert__user").get(uid=uid)


@require_POST
def verify(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Confirm a claim whose issuer was asked."""
    found, key = _credential(request, uid), key_in(request)
    try:
        verify_credential(found.pk, by=person(request), key=key)
    except Blocked as no:
        said = Refused("Not verified", no.blockers, status=HTTPStatus.CONFLICT)
        return _expert_page(request, found.expert, said)
    return redirect("bench_expert", found.expert.uid)


@require_POST
def revoke(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a credential away from this second on, with the reason."""
    found, key = _credential(request, uid), key_in(request)
    reason = request.POST.get("reason", "").strip()[:300]
    try:
        revoke_credential(found.pk, reason=reason, by=person(request), key=key)
    except Blocked as no:
        said = Refused("Not revoked", no.blockers, status=HTTPStatus.CONFLICT)
        return _expert_page(request, found.expert, said)
    return redirect("bench_expert", found.expert.uid)


@require_POST
def grant(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Let an expert try a test anew whose attempts are used."""
    found, key = _expert(request, uid), key_in(request)
    lot = next((lot for lot in training_lots() if str(lot.uid) == request.POST.get("test")), None)
    if lot is None:
        raise Lot.DoesNotExist
    grant_attempts(lot.pk, found.pk, request.POST.get("because", ""), by=person(request), key=key)
    return redirect("bench_expert", uid=uid)
