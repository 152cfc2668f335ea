"""The bench: who can do what and what runs out, one expert, and one's own credentials."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from http import HTTPStatus
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.bench.errors import (
    CredentialNotClaimed,
    CredentialNotRevoked,
    CredentialNotVerified,
    ExpertNotDescribed,
    FieldsRefused,
)
from peritus.bench.fields import codes_named, fields_found, fields_in_use
from peritus.bench.models import Credential, Expert
from peritus.bench.overviews import (
    SOON_DAYS,
    Wanted,
    bench_rows,
    endings_of,
    experts_found,
    fields_on_bench,
    languages_on_bench,
)
from peritus.bench.queries import credentials_seen_by, experts_seen_by
from peritus.bench.rules import CLAIM, KEEP_FIELDS, READ_BENCH, REGISTER_EXPERT, VERIFY
from peritus.bench.verbs import (
    claim_credential,
    describe_expert,
    import_fields,
    name_fields,
    revoke_credential,
    verify_credential,
)
from peritus.catalogue.fields import own_fields
from peritus.intake.errors import FileRefused
from peritus.intake.experts import COLUMNS, MOST_ROWS, Imported, import_experts
from peritus.journal.clock import now
from peritus.web.bench_forms import (
    ClaimForm,
    DescriptionForm,
    FieldsForm,
    claimed_again,
    description_of,
    fields_of,
)
from peritus.web.pages.lots import PAGE_ROWS, key_in
from peritus.web.people import person

CHOOSE_FILE = "Choose a file: CSV, XLSX or JSON, a row for each person or credential."
TYPED = "Some fields do not fit; each says what it wants."
SHOWS = (("", "All"), ("waiting", "To be checked"), ("ending", f"Ends within {SOON_DAYS} days"))


@dataclass(frozen=True)
class Refused:
    """What could not be done, why, and the forms as they were filled in."""

    title: str = ""
    blockers: list[str] = dataclass_field(default_factory=list)
    description: DescriptionForm | None = None
    claim: ClaimForm | None = None
    fields: FieldsForm | None = None
    status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY


NOTHING_REFUSED = Refused(status=HTTPStatus.OK)


@require_safe
def bench(request: HttpRequest) -> HttpResponse:
    """Answer “Who can do what, and what runs out?”."""
    READ_BENCH.require(person(request))
    return _bench_page(request)


@require_POST
def import_bench(request: HttpRequest) -> HttpResponse:
    """Bring people and their claims from a file, all rows or none."""
    key, file = key_in(request), request.FILES.get("file")
    REGISTER_EXPERT.require(person(request))
    if file is None:
        return _bench_page(request, Refused("Nobody came to the bench", [CHOOSE_FILE]))
    try:
        came = import_experts(file.read(), file.name or "", by=person(request), key=key)
    except FileRefused as no:
        return _bench_page(request, Refused("Nobody came to the bench", no.blockers))
    return _bench_page(request, came=came)


def _bench_page(
    request: HttpRequest, refused: Refused = NOTHING_REFUSED, came: Imported | None = None
) -> HttpResponse:
    user, at = person(request), now()
    asked = {
        name: request.GET.get(name, "").strip() for name in ("kind", "language", "field", "area")
    }
    wanted = Wanted(request.GET.get("q", "").strip(), show=request.GET.get("show", ""), **asked)
    found = experts_found(experts_seen_by(user), wanted, at)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    chosen = found.filter(pk__in=[each.pk for each in page])
    context = {
        "page": page,
        "rows": bench_rows(chosen, at),
        "wanted": wanted,
        "searched": wanted != Wanted(),
        "kinds": Expert.Kind.choices,
        "languages": languages_on_bench(at),
        "fields": fields_on_bench(at),
        "areas": fields_in_use(),
        "shows": SHOWS,
        "registers": REGISTER_EXPERT.allows(user),
        "own": Expert.objects.filter(user=user).exists(),
        "refused": refused,
        "came": came,
        "columns": COLUMNS,
        "most_rows": MOST_ROWS,
        "key": uuid4().hex,
    }
    return render(request, "bench/bench.html", context, status=refused.status)


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


def _facts(request: HttpRequest, found: Expert, refused: Refused) -> dict[str, object]:
    """Return what both pages of an expert show."""
    at = now()
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
    return {
        "expert": found,
        "credentials": [(each, each.counts_on(at.date())) for each in credentials],
        "tests": tests,
        "now": at,
        "today": at.date(),
        "endings": [each for each in endings if each.tone != "good"],
        "claim": refused.claim or ClaimForm(initial=initial, auto_id="claim-%s"),
        "again": initial,
        "works_in": found.fields.order_by("label", "code"),
        "fields": refused.fields or FieldsForm(initial=fields_of(found)),
        "refused": refused,
        "key": uuid4().hex,
    }


def _expert_page(
    request: HttpRequest, found: Expert, refused: Refused = NOTHING_REFUSED
) -> HttpResponse:
    user = person(request)
    described = refused.description or DescriptionForm(initial=description_of(found))
    context = _facts(request, found, refused) | {
        "describes": REGISTER_EXPERT.allows(user),
        "claims": CLAIM.allows(user, found),
        "checks": VERIFY.allows(user, found),
        "description": described,
    }
    return render(request, "bench/expert.html", context, status=refused.status)


def _own_page(
    request: HttpRequest, found: Expert, refused: Refused = NOTHING_REFUSED
) -> HttpResponse:
    context = _facts(request, found, refused)
    return render(request, "bench/own.html", context, status=refused.status)


@require_POST
def describe(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say where an expert works and how much they take on."""
    found, key = _expert(request, uid), key_in(request)
    form = DescriptionForm(request.POST)
    if not form.is_valid():
        return _expert_page(request, found, Refused("Not saved", [TYPED], form))
    try:
        describe_expert(found.pk, **form.wanted, by=person(request), key=key)
    except ExpertNotDescribed as no:
        return _expert_page(request, found, Refused("Not saved", no.blockers, form))
    return redirect("bench_expert", uid)


@require_POST
def claim(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Claim a credential for an expert."""
    found = _expert(request, uid)
    if refused := _claimed(request, found):
        return _expert_page(request, found, refused)
    return redirect("bench_expert", uid)


@require_POST
def claim_own(request: HttpRequest) -> HttpResponse:
    """Claim a credential for oneself."""
    found = _own(request)
    if refused := _claimed(request, found):
        return _own_page(request, found, refused)
    return redirect("own_bench")


def _claimed(request: HttpRequest, found: Expert) -> Refused | None:
    form, key = ClaimForm(request.POST, auto_id="claim-%s"), key_in(request)
    if not form.is_valid():
        return Refused("Not claimed", [TYPED], claim=form)
    try:
        claim_credential(found.pk, **form.wanted, by=person(request), key=key)
    except CredentialNotClaimed as no:
        return Refused("Not claimed", no.blockers, claim=form)
    return None


def _credential(request: HttpRequest, uid: UUID) -> Credential:
    return credentials_seen_by(person(request)).select_related("expert__user").get(uid=uid)


@require_POST
def verify(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Confirm a claim whose issuer was asked."""
    found, key = _credential(request, uid), key_in(request)
    try:
        verify_credential(found.pk, by=person(request), key=key)
    except CredentialNotVerified as no:
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
    except CredentialNotRevoked as no:
        said = Refused("Not revoked", no.blockers, status=HTTPStatus.CONFLICT)
        return _expert_page(request, found.expert, said)
    return redirect("bench_expert", found.expert.uid)


@require_POST
def name(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say in which fields an expert works."""
    found = _expert(request, uid)
    if refused := _named(request, found):
        return _expert_page(request, found, refused)
    return redirect("bench_expert", uid)


@require_POST
def name_own(request: HttpRequest) -> HttpResponse:
    """Say in which fields one works oneself."""
    found = _own(request)
    if refused := _named(request, found):
        return _own_page(request, found, refused)
    return redirect("own_bench")


def _named(request: HttpRequest, found: Expert) -> Refused | None:
    form, key = FieldsForm(request.POST), key_in(request)
    if not form.is_valid():
        return Refused("Not saved", [TYPED], fields=form)
    codes, faults = codes_named(form.cleaned_data["named"].splitlines())
    if faults:
        return Refused("Not saved", faults, fields=form)
    try:
        name_fields(found.pk, codes, by=person(request), key=key)
    except FieldsRefused as no:
        return Refused("Not saved", no.blockers, fields=form)
    return None


@require_safe
def fields(request: HttpRequest) -> HttpResponse:
    """Answer “Which fields are there, and who works in them?”."""
    user = person(request)
    READ_BENCH.require(user)
    words = request.GET.get("q", "").strip()[:100]
    context = {
        "page": Paginator(fields_found(words), PAGE_ROWS).get_page(request.GET.get("page")),
        "words": words,
        "keeps": KEEP_FIELDS.allows(user),
        "key": uuid4().hex,
    }
    return render(request, "bench/fields.html", context)


@require_POST
def take_own_fields(request: HttpRequest) -> HttpResponse:
    """Take the small taxonomy that comes with Peritus."""
    import_fields(own_fields(), source="peritus", by=person(request), key=key_in(request))
    return redirect("fields")
