"""Whom somebody sees, what is held, and what keeps a person from being erased."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.accounts.rules import SET_UP
from peritus.bench.models import Expert
from peritus.engagements.models import Engagement, Lot
from peritus.engagements.queries import engagements_seen_by
from peritus.privacy.models import Hold
from peritus.quality.models import Acceptance
from peritus.work.models import Assignment


def people_seen_by(user: User) -> QuerySet[User]:
    """Return whom a manager of the provider may know, by name; nobody for others.

    Colleagues, the people of clients whose engagements the manager runs, and
    experts who worked there or nowhere yet: who works for other clients is theirs.
    Published sources, models and the program itself are nobody.
    """
    if not SET_UP.allows(user):
        return User.objects.none()
    seen = engagements_seen_by(user)
    houses = Organisation.objects.filter(
        Q(kind=Organisation.Kind.PROVIDER) | Q(pk__in=seen.values("organisation"))
    )
    leased = Assignment.objects.filter(expert=OuterRef("expert"))
    things = Expert.objects.filter(user=OuterRef("pk")).exclude(kind=Expert.Kind.PERSON)
    people = User.objects.filter(~Exists(things), is_engine=False).order_by("name", "id")
    return people.filter(
        Exists(Membership.objects.filter(user=OuterRef("pk"), organisation__in=houses))
        | Q(expert__isnull=False) & (~Exists(leased) | Exists(leased.filter(engagement__in=seen)))
        | Q(memberships=None, expert=None)
    )


def holds_seen_by(user: User) -> QuerySet[Hold]:
    """Return the holds on what somebody sees: their engagements, people, organisations."""
    holds = Hold.objects.filter(organisation__in=holdable_by(user)).order_by("-placed_at", "-id")
    known = Q(person=None) | Q(person__in=people_seen_by(user).values("pk"))
    runs = Q(engagement=None) | Q(engagement__in=engagements_seen_by(user))
    return holds.filter(known, runs)


def holdable_by(user: User) -> QuerySet[Organisation]:
    """Return the organisations of which the user may hold what is kept."""
    if SET_UP.allows(user):
        runs = Q(pk__in=engagements_seen_by(user).values("organisation"))
        return Organisation.objects.filter(runs | Q(kind=Organisation.Kind.PROVIDER))
    buys = Membership.objects.filter(user=user, role=Role.CLIENT).values("organisation")
    return Organisation.objects.filter(pk__in=buys)


def engagements_of(person: User) -> QuerySet[Engagement]:
    """Return the engagements in which a person runs, checks, judges, or is the client."""
    judged = Assignment.objects.filter(expert__user=person).values("engagement")
    return Engagement.objects.filter(
        Q(manager=person)
        | Q(quality_lead=person)
        | Q(pk__in=judged)
        | Q(organisation__in=person.memberships.values("organisation"))
    )


def holds_on(person: User) -> QuerySet[Hold]:
    """Return the holds that keep a person from being erased, oldest first."""
    worked = engagements_of(person)
    of_whole = Q(person=None, engagement=None) & (
        Q(organisation__in=person.memberships.values("organisation"))
        | Q(organisation__in=worked.values("organisation"))
    )
    standing = Hold.objects.filter(lifted_at=None)
    return standing.filter(Q(person=person) | Q(engagement__in=worked) | of_whole).order_by("id")


def erasure_blockers(person: User, reader: User) -> list[str]:
    """Say why a person cannot be erased now, for the page and the error alike.

    Of what the reader may not know it says only that there is something.
    """
    if person.erased_at is not None:
        return [f"Erased already, on {person.erased_at:%Y-%m-%d}."]
    blockers = _held(person, reader)
    if Assignment.objects.filter(expert__user=person, state=Assignment.State.ACTIVE).exists():
        blockers.append("An item is on their desk: wait until it is answered or its lease ends.")
    return blockers + _needed(person, reader)


def _held(person: User, reader: User) -> list[str]:
    known = set(holds_seen_by(reader).values_list("pk", flat=True))
    return [
        f"{hold} since {hold.placed_at:%Y-%m-%d}: {hold.reason}"
        if hold.pk in known
        else f"A legal hold of another client since {hold.placed_at:%Y-%m-%d}."
        for hold in holds_on(person)
    ]


def _needed(person: User, reader: User) -> list[str]:
    accepted = Acceptance.objects.values("freeze__lot")
    going_on = Engagement.objects.filter(
        Q(manager=person) | Q(quality_lead=person),
        Exists(Lot.objects.filter(engagement=OuterRef("pk")).exclude(pk__in=accepted)),
    )
    seen = set(engagements_seen_by(reader).values_list("pk", flat=True))
    return [
        f"They run or check {f'“{each}”' if each.pk in seen else 'the work of another client'}, "
        "whose lots are not all accepted."
        for each in going_on.order_by("title")
    ]
