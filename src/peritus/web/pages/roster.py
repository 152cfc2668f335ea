"""The roster of an engagement: who is to work in it, and what is on record of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from peritus.accounts.models import User
from peritus.bench.models import Credential, Expert
from peritus.bench.queries import experts_seen_by, in_force
from peritus.catalogue.requirements import requirement_of
from peritus.delivery.verification.credentials import pseudonym
from peritus.engagements.models import Engagement, RosterEntry, RosterStep
from peritus.engagements.queries import current_guideline, engagements_seen_by, roster_seen_by
from peritus.engagements.rules import APPROVE, MANAGE
from peritus.engagements.verbs import end_entry, enter_expert, keep_roster, record_step
from peritus.journal.clock import now
from peritus.web.pages.lots import key_in
from peritus.web.pages.workbench import expert_of
from peritus.web.people import person

Step = RosterStep.Step


@dataclass(frozen=True)
class Done:
    """One step of an entry: since when, and what it rests on; no time while it is open."""

    step: str
    label: str
    at: datetime | None
    reference: str


@dataclass(frozen=True)
class Entry:
    """An entry as the reader may see it: clients know people by their pseudonym."""

    entry: RosterEntry
    name: str
    held: list[str]
    steps: list[Done]

    @property
    def complete(self) -> bool:
        """Say whether they may be given work, as far as the roster goes."""
        return not self.entry.left_at and all(step.at for step in self.steps)

    @property
    def missing(self) -> list[Done]:
        """Return what is not on record yet."""
        return [step for step in self.steps if not step.at]


@require_safe
def roster(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answer “Who may work here, and who let them?”."""
    user = person(request)
    engagement = engagements_seen_by(user).select_related("supervisor").get(uid=uid)
    manages = MANAGE.allows(user, engagement)
    entries = RosterEntry.objects.filter(engagement=engagement).select_related(
        "expert", "engagement"
    )
    entries = entries.prefetch_related("steps")
    on_it = entries.filter(left_at=None).values("expert")
    people = experts_seen_by(user).filter(kind=Expert.Kind.PERSON).order_by("name", "handle")
    named = not APPROVE.allows(user, engagement) or engagement.specimen
    context = {
        "engagement": engagement,
        "entries": _entries(entries.order_by("entered_at", "id"), named=named),
        "manages": manages,
        "approves": APPROVE.allows(user, engagement),
        "others": people.exclude(pk__in=on_it) if manages else [],
        "people": people if manages else [],
        "holds": _holds(engagement),
        "key": uuid4().hex,
    }
    return render(request, "people/roster.html", context)


def _holds(engagement: Engagement) -> str:
    """Return in words which credentials the supervising professional must hold."""
    holds = engagement.supervisor_holds
    return str(requirement_of(holds)) if holds else ""


def _entries(rows: QuerySet[RosterEntry], *, named: bool) -> list[Entry]:
    held: dict[int, list[str]] = {}
    valid = Credential.objects.filter(in_force(now().date()), expert__in=rows.values("expert"))
    for each in valid.order_by("title", "issued", "pk"):
        held.setdefault(each.expert_id, []).append(f"{each.title}, {each.issuer}")
    return [_entry(each, held.get(each.expert_id, []), named=named) for each in rows]


def _entry(entry: RosterEntry, held: list[str], *, named: bool) -> Entry:
    expert = entry.expert
    name = expert.name if named else pseudonym(entry.engagement.uid, str(expert.uid))
    said = {each.step: each for each in entry.steps.all()}
    steps = [
        Done(step, step.label, known.recorded_at if known else None, _reference(known, named=named))
        for step in Step
        for known in [said.get(step)]
    ]
    return Entry(entry, name, held, steps)


def _reference(known: RosterStep | None, *, named: bool) -> str:
    """Return what a step rests on; whose name was typed is not the client's to read."""
    shown = known is not None and (named or known.step == Step.APPROVED)
    return known.reference if known and shown else ""


@require_POST
def begin(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give work only to those on the roster from now on."""
    engagement = engagements_seen_by(person(request)).get(uid=uid)
    keep_roster(engagement.pk, by=person(request), key=key_in(request))
    return redirect("roster", uid=uid)


@require_POST
def enter(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put a person of the bench on the roster."""
    user = person(request)
    engagement = engagements_seen_by(user).get(uid=uid)
    expert = experts_seen_by(user).get(handle=request.POST.get("expert", ""))
    firm = request.POST.get("firm", "")
    enter_expert(engagement.pk, expert.pk, firm=firm, by=user, key=key_in(request))
    return redirect("roster", uid=uid)


@require_POST
def step(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Record a step of an entry, and go back to where it was recorded."""
    user = person(request)
    entry = roster_seen_by(user).get(uid=uid)
    said, reference = request.POST.get("step", ""), request.POST.get("reference", "")
    record_step(entry.pk, said, reference, by=user, key=key_in(request))
    return _back(user, entry.engagement)


def _back(user: User, engagement: Engagement) -> HttpResponse:
    if engagements_seen_by(user).filter(pk=engagement.pk).exists():
        return redirect("roster", uid=engagement.uid)
    return redirect("own_rosters")


@require_POST
def leave(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a person off the roster."""
    entry = roster_seen_by(person(request)).get(uid=uid)
    because = request.POST.get("because", "")
    end_entry(entry.pk, because, by=person(request), key=key_in(request))
    return redirect("roster", uid=entry.engagement.uid)


@require_safe
def own_rosters(request: HttpRequest) -> HttpResponse:
    """Answer “What do I sign before I work?”."""
    expert = expert_of(request)
    entries = RosterEntry.objects.filter(expert=expert, left_at=None).prefetch_related("steps")
    found = entries.select_related("engagement", "expert").order_by("-entered_at", "-id")
    shown = [
        (each, _version(each.entry.engagement), uuid4().hex) for each in _entries(found, named=True)
    ]
    return render(request, "expert/rosters.html", {"entries": shown})


def _version(engagement: Engagement) -> str:
    published = engagement.guideline_versions.exists()
    return str(current_guideline(engagement)) if published else ""
