"""Whose other work meets the parties of an engagement, found by names before anybody is asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from peritus.bench.models import Expert
from peritus.engagements.models import Clearance, Engagement, Party, Wall
from peritus.work.models import Assignment, PanelSeat

LEGAL_FORMS = frozenset({
    "ab", "ag", "as", "asa", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "kg",
    "kgaa", "limited", "llc", "llp", "ltd", "nv", "oy", "oyj", "plc", "sa", "sarl", "sas", "se",
    "spa", "srl", "ug",
})  # fmt: skip


@dataclass(frozen=True)
class Conflict:
    """Names of an engagement that an expert met in work for others; whose work is not told."""

    expert: Expert
    names: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.expert} met {', '.join(self.names)} in other work: bar them, or write why it "
            "is no conflict."
        )


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name: no case, accent, punctuation or legal form."""
    bare = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    found = re.findall(r"[a-z0-9]+", bare.replace(".", "").replace("'", ""))
    return frozenset(found) - LEGAL_FORMS or frozenset(re.findall(r"\w+", name.casefold()))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Say whether all words of the shorter name stand in the longer one."""
    shorter, longer = sorted((one, other), key=len)
    return bool(shorter) and shorter <= longer


def names_of(engagements: Iterable[Engagement]) -> set[str]:
    """Return the names of clients, parties and affiliates."""
    ids, names = [], set()
    for each in engagements:
        ids.append(each.pk)
        names.add(each.organisation.name)
    parties = Party.objects.filter(engagement__in=ids)
    for name, affiliates in parties.values_list("name", "affiliates"):
        names |= {name, *affiliates}
    return names


def conflicts_of(engagement: Engagement, experts: Sequence[Expert]) -> list[Conflict]:
    """Return which people met a name of this engagement in work for other clients.

    Whoever is barred from the engagement, or cleared of these names, is left out.
    """
    ours = sorted(names_of([engagement]))
    walls = Wall.objects.filter(engagement=engagement, item=None, expert__in=experts)
    barred = set(walls.values_list("expert", flat=True))
    cleared: dict[int, set[str]] = {}
    for pk, names in Clearance.objects.filter(engagement=engagement).values_list("expert", "names"):
        cleared.setdefault(pk, set()).update(names)
    met = {
        each: _met(each, engagement, ours) - cleared.get(each.pk, set())
        for each in experts
        if each.kind == Expert.Kind.PERSON and each.pk not in barred
    }
    return [Conflict(each, tuple(sorted(names))) for each, names in met.items() if names]


def _met(expert: Expert, engagement: Engagement, ours: Sequence[str]) -> set[str]:
    leased = Assignment.objects.filter(expert=expert, engagement=OuterRef("pk"))
    seated = PanelSeat.objects.filter(expert=expert, engagement=OuterRef("pk"))
    others = Engagement.objects.filter(Q(Exists(leased)) | Q(Exists(seated)))
    others = others.exclude(organisation=engagement.organisation_id)
    theirs = [words_of(name) for name in names_of(others.select_related("organisation"))]
    return {name for name in ours if any(alike(words_of(name), each) for each in theirs)}
