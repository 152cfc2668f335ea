"""The bench at a glance: who can do what, what runs out, and what waits to be checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, Final

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from peritus.bench.fields import within
from peritus.bench.models import Credential, Expert, Field, Qualification
from peritus.bench.queries import in_force

SOON_DAYS: Final = 60
"""From when on something counts as running out."""
LAST_DAYS: Final = 14
WAITING, ENDING = "waiting", "ending"
SHOWN: Final = (WAITING, ENDING)


@dataclass(frozen=True)
class Ending:
    """What an expert must renew next; ``days_left`` is below 0 once it has ended."""

    what: str
    day: date
    days_left: int

    @property
    def tone(self) -> str:
        """Return the tone of a state: good, warn or bad."""
        if self.days_left <= LAST_DAYS:
            return "bad"
        return "warn" if self.days_left <= SOON_DAYS else "good"


@dataclass(frozen=True)
class BenchRow:
    """One expert of the bench; languages, fields and tests are those that count today."""

    expert: Expert
    languages: tuple[str, ...]
    fields: tuple[str, ...]
    tests: tuple[str, ...]
    verified: int
    claimed: int
    ending: Ending | None


@dataclass(frozen=True)
class Wanted:
    """Whom to find on the bench; an empty text accepts any.

    ``field`` is one on proof, as a credential has it; ``area`` the code of one
    that an expert works in, or of a broader one.
    """

    words: str = ""
    kind: str = ""
    language: str = ""
    field: str = ""
    area: str = ""
    show: str = ""


def experts_found(experts: QuerySet[Expert], wanted: Wanted, at: datetime) -> QuerySet[Expert]:
    """Return those experts whom a search is for, by name; who was erased is nobody any more."""
    found = experts.filter(user__erased_at=None)
    if words := wanted.words:
        named = Q(name__icontains=words) | Q(handle__icontains=words) | Q(team__icontains=words)
        claims = Q(title__icontains=words) | Q(field__icontains=words)
        holding = Credential.objects.filter(claims, expert=OuterRef("pk"))
        found = found.filter(named | Exists(holding.exclude(state=Credential.State.REVOKED)))
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    held = Credential.objects.filter(in_force(at.date())).filter(expert=OuterRef("pk"))
    if wanted.language:
        language = held.filter(kind=Credential.Kind.LANGUAGE, title=wanted.language)
        found = found.filter(Exists(language))
    if wanted.field:
        found = found.filter(Exists(held.filter(field=wanted.field)))
    if wanted.area:
        found = found.filter(pk__in=_working_in(wanted.area))
    if wanted.show in SHOWN:
        found = found.filter(_SHOWN[wanted.show](at))
    return found.order_by("name", "handle")


def _working_in(code: str) -> QuerySet[Any]:
    """Return the ids of experts who work in a field, or in a narrower one."""
    named = Expert.fields.through.objects.filter(field_id__in=within(code))
    return named.values("expert_id")


def _waiting(_at: datetime) -> Q:
    claimed = Credential.objects.filter(state=Credential.State.CLAIMED)
    return Q(Exists(claimed.filter(expert=OuterRef("pk"))))


def _ending(at: datetime) -> Q:
    until = at + timedelta(days=SOON_DAYS)
    credentials = credentials_ending().filter(expires__lte=until.date())
    tests = qualifications_ending().filter(expires_at__lte=until)
    return Q(Exists(credentials.filter(expert=OuterRef("pk")))) | Q(
        Exists(tests.filter(expert=OuterRef("pk")))
    )


_SHOWN: Final = {WAITING: _waiting, ENDING: _ending}


def credentials_ending() -> QuerySet[Credential]:
    """Return verified credentials with an end, for which none that lasts longer stands in."""
    verified = Credential.objects.filter(state=Credential.State.VERIFIED)
    same = {name: OuterRef(name) for name in ("expert", *_SAME)}
    longer = Q(expires=None) | Q(expires__gt=OuterRef("expires"))
    return verified.filter(~Exists(verified.filter(longer, **same)), expires__isnull=False)


def qualifications_ending() -> QuerySet[Qualification]:
    """Return passed tests that were not passed again for longer."""
    passed = Qualification.objects.filter(passed=True)
    again = passed.filter(
        expert=OuterRef("expert"), name=OuterRef("name"), expires_at__gt=OuterRef("expires_at")
    )
    return passed.filter(~Exists(again))


def credentials_outlasted_by(credential: Credential) -> QuerySet[Credential]:
    """Return what a credential renews: the same of the same expert, ending before it."""
    named = {name: getattr(credential, name) for name in _SAME}
    same = Credential.objects.filter(expert=credential.expert_id, **named, expires__isnull=False)
    if credential.expires is not None:
        same = same.filter(expires__lt=credential.expires)
    return same.exclude(pk=credential.pk)


def tests_outlasted_by(test: Qualification) -> QuerySet[Qualification]:
    """Return the passes of the same test that lapse before this one."""
    same = Qualification.objects.filter(expert=test.expert_id, name=test.name, passed=True)
    return same.filter(expires_at__lt=test.expires_at)


_SAME: Final = ("kind", "title", "field", "jurisdiction")


def bench_rows(experts: QuerySet[Expert], at: datetime) -> list[BenchRow]:
    """Return a row for each expert, in four queries however many they are."""
    claims = Prefetch("credentials", Credential.objects.order_by("title", "pk"))
    tests = Prefetch("qualifications", Qualification.objects.filter(passed=True).order_by("name"))
    fields = Prefetch("fields", Field.objects.order_by("label", "code"))
    return [_row(expert, at) for expert in experts.prefetch_related(claims, tests, fields)]


def _row(expert: Expert, at: datetime) -> BenchRow:
    today = at.date()
    credentials, tests = list(expert.credentials.all()), list(expert.qualifications.all())
    valid = [each for each in credentials if each.counts_on(today)]
    endings = endings_of(credentials, tests, at)
    return BenchRow(
        expert=expert,
        languages=tuple(
            f"{each.title} {each.level}" for each in valid if each.kind == Credential.Kind.LANGUAGE
        ),
        fields=_each_once(
            [each.label for each in expert.fields.all()],
            [each.field for each in valid if each.field],
        ),
        tests=_each_once([each.name for each in tests if each.expires_at > at]),
        verified=len(valid),
        claimed=sum(each.state == Credential.State.CLAIMED for each in credentials),
        ending=min(endings, key=lambda each: each.day) if endings else None,
    )


def _each_once(*words: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for word in chain(*words):
        seen.setdefault(word.lower(), word)
    return tuple(seen.values())


def endings_of(
    credentials: Sequence[Credential], tests: Sequence[Qualification], at: datetime
) -> list[Ending]:
    """Return when each thing ends that counts or did: what was renewed ends with its renewal."""
    verified = [each for each in credentials if each.state == Credential.State.VERIFIED]
    last: dict[tuple[str, ...], tuple[str, date]] = {}
    for each in verified:
        same = tuple(getattr(each, name) for name in _SAME)
        _later(last, same, each.title, each.expires or date.max)
    for test in tests:
        if test.passed:
            _later(last, ("test", test.name), test.name, test.expires_at.date())
    return [
        Ending(what, day, (day - at.date()).days) for what, day in last.values() if day != date.max
    ]


def _later(
    last: dict[tuple[str, ...], tuple[str, date]], same: tuple[str, ...], what: str, day: date
) -> None:
    if same not in last or last[same][1] < day:
        last[same] = (what, day)


def languages_on_bench(at: datetime) -> list[str]:
    """Return the codes of the languages that somebody has on proof today."""
    held = Credential.objects.filter(in_force(at.date())).filter(kind=Credential.Kind.LANGUAGE)
    return list(held.order_by("title").values_list("title", flat=True).distinct())


def fields_on_bench(at: datetime) -> list[str]:
    """Return the fields in which somebody holds something on proof today."""
    held = Credential.objects.filter(in_force(at.date())).exclude(field="")
    return list(held.order_by("field").values_list("field", flat=True).distinct())
