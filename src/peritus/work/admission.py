"""Who may work in an engagement as it stands, and what each person lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from peritus.bench.models import Credential, Expert
from peritus.bench.queries import held_by, in_force
from peritus.catalogue.requirements import Finding, Requirement, evaluated
from peritus.engagements.models import Engagement
from peritus.work.leasing import AGAIN, CREDENTIAL, SENTENCES, barred_pairs

OTHER_BARS = tuple(bar for bar in AGAIN if bar is not CREDENTIAL)
NO_ITEM = 0  # a bar of one item keeps nobody from the engagement


@dataclass(frozen=True)
class Admission:
    """Whether a person meets a requirement, by what, and what else keeps them out."""

    expert: Expert
    finding: Finding | None
    otherwise: str

    @property
    def meets(self) -> bool:
        """Say whether nothing is required, or it is met."""
        return self.finding is None or self.finding.met

    @property
    def is_let_in(self) -> bool:
        """Say whether nothing keeps the person from work of the engagement."""
        return self.meets and not self.otherwise


def admissions(
    engagement: Engagement,
    requirement: Requirement | None,
    experts: QuerySet[Expert],
    at: datetime,
) -> list[Admission]:
    """Return how each person of some experts stands to a requirement, in force or drafted.

    AI models and published sources are not asked for credentials, and are left out.
    """
    valid = Credential.objects.filter(in_force(at.date())).order_by("title", "issued", "pk")
    people = experts.filter(kind=Expert.Kind.PERSON, user__erased_at=None)
    found = list(people.prefetch_related(Prefetch("credentials", valid)).order_by("name", "pk"))
    return _admitted(engagement, requirement, found, at)


def _admitted(
    engagement: Engagement, requirement: Requirement | None, people: Sequence[Expert], at: datetime
) -> list[Admission]:
    barred = barred_pairs(engagement, people, [NO_ITEM], at, OTHER_BARS)
    return [
        Admission(
            expert=expert,
            finding=_finding(requirement, expert),
            otherwise=SENTENCES.get(barred.get((NO_ITEM, expert.pk), ""), ""),
        )
        for expert in people
    ]


def _finding(requirement: Requirement | None, expert: Expert) -> Finding | None:
    if requirement is None:
        return None
    return evaluated(requirement, held_by(list(expert.credentials.all())))
