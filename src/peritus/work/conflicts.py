"""Whose other work meets the parties of an engagement, found by names before anybody is asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def names_of(engagements: Iterable[int]) -> dict[int, set[str]]:
    """Return for each engagement by id the names of its client, its parties and affiliates."""
    clients = Engagement.objects.filter(pk__in=engagements).values_list("pk", "organisation__name")
    names = {pk: {client} for pk, client in clients}
    parties = Party.objects.filter(engagement__in=names)
    for pk, name, affiliates in parties.values_list("engagement", "name", "affiliates"):
        names[pk] |= {name, *affiliates}
    return names


def conflicts_of(engagement: Engagement, experts: Sequence[Expert]) -> list[Conflict]:
    """Return which people met a name of this engagement in work for other clients.

    Whoever is barred from the engagement, or cleared of these names, is left out.
    Six queries, however many they are.
    """
    walls = Wall.objects.filter(engagement=engagement, item=None, expert__in=experts)
    barred = set(walls.values_list("expert", flat=True))
    cleared: dict[int, set[str]] = {}
    for pk, names in Clearance.objects.filter(engagement=engagement).values_list("expert", "names"):
        cleared.setdefault(pk, set()).update(names)
    people = [e for e in experts if e.kind == Expert.Kind.PERSON and e.pk not in barred]
    worked = _worked_in(people, engagement)
    known = names_of({engagement.pk}.union(*worked.values()))
    ours = {name: words_of(name) for name in known[engagement.pk]}
    met = {}
    for each in people:
        theirs = [words_of(name) for pk in worked.get(each.pk, ()) for name in known[pk]]
        found = {name for name, words in ours.items() if any(alike(words, w) for w in theirs)}
        met[each] = found - cleared.get(each.pk, set())
    return [Conflict(each, tuple(sorted(names))) for each, names in met.items() if names]


def _worked_in(people: Sequence[Expert], engagement: Engagement) -> dict[int, set[int]]:
    """Return by expert the engagements of other clients in which they held a lease or a seat."""
    worked: dict[int, set[int]] = {}
    for model in (Assignment, PanelSeat):
        others = model._default_manager.filter(expert__in=people)
        others = others.exclude(organisation=engagement.organisation_id)
        for expert, other in others.values_list("expert", "engagement").distinct():
            worked.setdefault(expert, set()).add(other)
    return worked
