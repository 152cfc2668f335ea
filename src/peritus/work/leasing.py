"""The condition under which an expert may be given work, part by part, each by its name.

One expression of SQL serves whoever asks for the next slot, the drafting of who
judges what, and ``peritus check``, which asks it of every lease that was given.
By hand, since each lease asks: as querysets it takes five times as long to write down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from django.db.models import (
    BooleanField,
    DateField,
    DateTimeField,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import TruncDate

from peritus.bench.models import Expert
from peritus.engagements.models import Engagement, Wall
from peritus.journal.errors import PeritusError
from peritus.work.models import Assignment, Slot

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler

CALIBRATION = Slot.Purpose.CALIBRATION
PREPARING = (Slot.Purpose.QUALIFICATION, CALIBRATION, Slot.Purpose.SUGGESTION)
"""Work that decides nothing: it asks for no qualification, and waits for no release."""
CHECKING = (Slot.Purpose.AUDIT, Slot.Purpose.CENSUS)
"""Blind checks by the auditor, who must not have judged the item for its decision."""

BOOLEAN: Final = BooleanField()
ENGAGEMENT: Final = F("engagement_id")
ITEM: Final = F("item_id")


class Condition(Func):
    """A condition in SQL; its {names} are what it is asked about, as expressions of Django."""

    output_field = BOOLEAN

    def __init__(self, text: str, **asked: Any) -> None:  # noqa: ANN401 - expressions
        self.text, self.names = text, tuple(asked)
        super().__init__(*asked.values())

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,  # noqa: ARG002 - Django's signature
        *_: Any,  # noqa: ANN401
        **__: Any,  # noqa: ANN401
    ) -> tuple[str, tuple[Any, ...]]:
        """Put each expression in the place of its name, its parameters in their order."""
        expressions = self.get_source_expressions()
        known = dict(zip(self.names, map(compiler.compile, expressions), strict=True))
        sql: list[str] = []
        params: list[Any] = []
        for place, piece in enumerate(re.split(r"\{(\w+)\}", self.text)):
            written, given = known[piece] if place % 2 else (piece, ())
            sql.append(written)
            params += given
        return "".join(sql), tuple(params)


@dataclass(frozen=True)
class Asked:
    """Who is to be given what, and when: expressions of Django, of the rows asked about.

    Asked ``of_record`` it is about something that was done: of two acts in one
    instant the record tells no order, and the benefit of the doubt is given.
    """

    expert: Any
    at: Any
    engagement: Any = ENGAGEMENT
    item: Any = ITEM
    of_record: bool = False

    @classmethod
    def now(cls, expert: Expert, at: datetime, item: str = "item_id") -> Asked:
        """Return whether an expert may be given the rows' work at that time."""
        return cls(_id(expert.pk), Value(at, DateTimeField()), item=F(item))

    def holds(self, text: str, **more: Any) -> Q:  # noqa: ANN401 - expressions
        """Return a condition of SQL about what is asked."""
        begun, lasting = ("<", ">=") if self.of_record else ("<=", ">")
        text = text.replace("{in_force}", IN_FORCE).replace("{begun}", begun)
        text = text.replace("{lasting}", lasting)
        named = {
            "expert": self.expert, "at": self.at, "day": self._day,
            "engagement": self.engagement, "item": self.item, **more,
        }  # fmt: skip
        used = set(re.findall(r"\{(\w+)\}", text))
        return Q(Condition(text, **{name: named[name] for name in sorted(used)}))

    @property
    def _day(self) -> Any:  # noqa: ANN401 - an expression
        known = isinstance(self.at, Value)
        return Value(self.at.value.date(), DateField()) if known else TruncDate(self.at)


def _id(number: int | None) -> Value:
    return Value(number, IntegerField())


NEVER: Final = Q(pk__in=())
IN_FORCE: Final = "set_at {begun} {at} AND (ended_at IS NULL OR ended_at > {at})"


@dataclass(frozen=True)
class Bar:
    """One reason to give an expert no work, and what is said where it holds."""

    name: str
    sentence: str
    sql: str

    def stands(self, asked: Asked, **more: Any) -> Q:  # noqa: ANN401 - expressions
        """Return the condition that it holds."""
        return asked.holds(self.sql, **more)


WALL = Bar("wall", "A wall stands before this work.", """EXISTS (
    SELECT 1 FROM engagements_wall
    WHERE engagement_id = {engagement} AND expert_id = {expert} AND raised_at {begun} {at}
        AND (item_id IS NULL OR item_id = {item}))""")  # fmt: skip

# Somebody of whom a country, nationality or team is not known is let in by none.
RESTRICTION = Bar(
    "restriction", "This work is restricted to other countries, nationalities or teams.",
    """EXISTS (
    SELECT 1 FROM engagements_restriction every
    WHERE every.engagement_id = {engagement} AND {in_force} AND NOT EXISTS (
        SELECT 1 FROM engagements_restriction r JOIN bench_expert x ON x.id = {expert}
        WHERE r.engagement_id = every.engagement_id AND r.kind = every.kind AND {in_force}
            AND r."only" = CASE r.kind WHEN 'location' THEN x.country
                WHEN 'export' THEN x.nationality ELSE x.team END))""",
)  # fmt: skip

# Where a model reads is known when it is registered. Nothing leaves before its engagement
# allows it, and what was learnt from one client's judgments answers for no other.
DATA = Bar("data", "Items of this client may not go where this model works.", """EXISTS (
    SELECT 1 FROM bench_expert x JOIN engagements_engagement e ON e.id = {engagement}
    WHERE x.id = {expert} AND (x.made_from_id <> e.organisation_id
        OR x.data_region <> '' AND NOT EXISTS (
            SELECT 1 FROM engagements_regionallowed
            WHERE engagement_id = e.id AND region = x.data_region AND {in_force})))""")  # fmt: skip

# Models and sources are agreed with the engagement; a roster is of people.
ROSTER = Bar(
    "roster", "Non-disclosure, conflicts, briefing and the client's approval: not all on record.",
    """EXISTS (
    SELECT 1 FROM engagements_engagement e
    JOIN bench_expert x ON x.id = {expert} AND x.kind = 'person'
    WHERE e.id = {engagement} AND e.roster_since {begun} {at} AND NOT EXISTS (
        SELECT 1 FROM engagements_rosterentry r
        WHERE r.engagement_id = e.id AND r.expert_id = x.id
            AND (r.left_at IS NULL OR r.left_at {lasting} {at})
            AND 4 = (SELECT COUNT(*) FROM engagements_rosterstep s
                WHERE s.entry_id = r.id AND s.recorded_at <= {at})))""",
)  # fmt: skip

PAUSE = Bar("pause", "A pause holds back new work of this engagement.", """EXISTS (
    SELECT 1 FROM work_pause
    WHERE engagement_id = {engagement} AND expert_id = {expert}
        AND paused_at {begun} {at} AND (resumed_at IS NULL OR resumed_at > {at}))""")  # fmt: skip

# Sources and recorded models are admitted when they are put on the bench; a model that is
# asked takes the test like people.
QUALIFICATION = Bar(
    "qualification", "This work asks for a test that was not passed, or has lapsed.",
    """EXISTS (
    SELECT 1 FROM engagements_engagement e
    JOIN bench_expert x ON x.id = {expert} AND (x.kind = 'person' OR x.on_trial)
    WHERE e.id = {engagement} AND e.required_qualification <> '' AND NOT EXISTS (
        SELECT 1 FROM bench_qualification q
        WHERE q.expert_id = x.id AND q.name = e.required_qualification AND q.passed
            AND q.granted_at <= {at} AND q.expires_at > {at}))""",
)  # fmt: skip

# Something is wanted, and each way to hold it lacks a credential.
CREDENTIAL = Bar(
    "credential", "This work asks for credentials that are not verified, or have expired.",
    """EXISTS (
    SELECT 1 FROM engagements_credentialwanted one
    JOIN bench_expert x ON x.id = {expert} AND x.kind = 'person'
    WHERE one.engagement_id = {engagement} AND {in_force} AND NOT EXISTS (
        SELECT 1 FROM engagements_credentialwanted them
        WHERE them.engagement_id = one.engagement_id AND {in_force} AND NOT EXISTS (
            SELECT 1 FROM engagements_credentialwanted w
            WHERE w.engagement_id = them.engagement_id AND w.way = them.way AND {in_force}
                AND NOT EXISTS (
                    SELECT 1 FROM bench_credential c
                    WHERE c.expert_id = {expert} AND c.kind = w.kind
                        AND (w.title = '' OR LOWER(c.title) = LOWER(w.title))
                        AND (w.field = '' OR LOWER(c.field) = LOWER(w.field))
                        AND (w.jurisdiction = '' OR LOWER(c.jurisdiction) = LOWER(w.jurisdiction))
                        AND c.level >= w.level AND c.years >= w.years
                        AND c.issued <= {day} AND (c.expires IS NULL OR c.expires >= {day})
                        AND c.verified_at <= {at}
                        AND (c.revoked_at IS NULL OR c.revoked_at {lasting} {at})))))""",
)  # fmt: skip

# What a model on trial suggests decides nothing, so suggesting asks for none.
ADMISSION = Bar(
    "admission", "This model may only suggest: it was not admitted for this kind of work.",
    """EXISTS (
    SELECT 1 FROM bench_expert x JOIN engagements_engagement e ON e.id = {engagement}
    WHERE x.id = {expert} AND x.on_trial AND NOT EXISTS (
        SELECT 1 FROM bench_admission a WHERE a.expert_id = x.id AND a.pack = e.pack AND a.passed
            AND a.tested_at <= {at} AND (a.ended_at IS NULL OR a.ended_at {lasting} {at})))""",
)  # fmt: skip

CAPACITY = Bar("capacity", "As much is held, or was done this week, as is taken on.", """EXISTS (
    SELECT 1 FROM bench_expert x WHERE x.id = {expert} AND (
        x.at_once <= (SELECT COUNT(*) FROM work_assignment a
            WHERE a.expert_id = x.id AND a.state = 'active' AND a.expires_at > {at})
        OR x.weekly_hours * 3600 <= (SELECT COALESCE(SUM(j.seconds), 0) FROM work_judgment j
            WHERE j.expert_id = x.id AND j.submitted_at >= {week} AND j.submitted_at <= {at})))"""
)  # fmt: skip

# Judged, held or skipped. A later freeze is audited anew, by the same auditor where it must
# be; what was calibrated on is judged once more, under the rules as they then are, and so is
# what was reopened: an answer under the old rules is none under the new ones.
SEEN = Bar("seen", "This item was judged, is held or was skipped by the same expert.", """(
    EXISTS (SELECT 1 FROM work_skip k JOIN work_assignment a ON a.id = k.assignment_id
        WHERE a.expert_id = {expert} AND a.slot_id = {slot} AND k.reason <> 'later')
    OR {purpose} <> 'qualification' AND (
        EXISTS (SELECT 1 FROM work_assignment a JOIN work_slot s ON s.id = a.slot_id
            WHERE a.expert_id = {expert} AND a.state = 'active'
                AND s.item_id = {item} AND s.id <> {slot})
        OR EXISTS (SELECT 1 FROM work_judgment j JOIN work_slot s ON s.id = j.slot_id
            WHERE j.expert_id = {expert} AND j.item_id = {item}
                AND NOT EXISTS (SELECT 1 FROM work_takenback t WHERE t.judgment_id = j.id)
                AND CASE WHEN {purpose} IN ('audit', 'census')
                    THEN s.purpose NOT IN ('audit', 'census')
                    ELSE s.reopening = {reopening} AND s.purpose <> 'calibration' END)))"""
)  # fmt: skip


def week_of(at: datetime) -> datetime:
    """Return when the week of a time began: Monday, midnight UTC."""
    day = at.astimezone(UTC).date() - timedelta(days=at.astimezone(UTC).weekday())
    return datetime.combine(day, time(), UTC)


HIDING = (WALL, RESTRICTION, DATA, ROSTER)
"""What hides work from an expert, also work in hand."""
STANDING = (*HIDING, PAUSE)
PRODUCTION = (QUALIFICATION, CREDENTIAL, ADMISSION)
"""What production and checks ask of people and models; work that decides nothing does not."""
AGAIN = (*STANDING, *PRODUCTION)
"""What keeps an expert from work that was theirs already."""
LASTING = (*STANDING, CREDENTIAL, ADMISSION)
"""What keeps an expert from an item until somebody changes it: a full week ends by itself."""
DRAFTED = (*LASTING, CAPACITY)
"""What keeps an expert out of a draft; a test can still be passed, and its work waits for it."""
SEATED = (*HIDING, ADMISSION)
"""What keeps an expert who sits on a panel from being asked."""
BARS = (*AGAIN, CAPACITY, SEEN)
SENTENCES: Final = {bar.name: bar.sentence for bar in BARS}


def barred(expert: Expert, at: datetime, bars: Sequence[Bar] = BARS) -> Q:
    """Return the condition that an expert may not be given a slot."""
    asked, found = Asked.now(expert, at), NEVER
    known = {
        "week": Value(week_of(at), DateTimeField()), "slot": F("id"), "purpose": F("purpose"),
        "reopening": F("reopening"),
    }  # fmt: skip
    for bar in bars:
        stands = bar.stands(asked, **known)
        found |= stands & ~Q(purpose__in=PREPARING) if bar in PRODUCTION else stands
    return found


def hidden(asked: Asked) -> Q:
    """Return the condition that a row's item is hidden from an expert."""
    found = NEVER
    for bar in HIDING:
        found |= bar.stands(asked)
    return found


def bars_against(expert: Expert, slot: Slot, at: datetime, bars: Sequence[Bar] = BARS) -> list[Bar]:
    """Return which of the bars stand between an expert and a slot, first things first."""
    asked = {bar.name: ExpressionWrapper(barred(expert, at, [bar]), BOOLEAN) for bar in bars}
    row = Slot.objects.filter(pk=slot.pk).annotate(**asked).values_list(*asked).get()
    return [bar for bar, stands in zip(bars, row, strict=True) if stands]


def refusal_on_record(
    refusal: PeritusError, bars: Iterable[Bar], slot: Slot, expert: Expert
) -> PeritusError:
    """Return a refusal of work, to be raised; the journal says which bars and walls refused it."""
    because = [bar.name for bar in bars if bar is not SEEN]
    if not because:
        return refusal
    walls = Wall.objects.filter(Q(item=None) | Q(item=slot.item_id), expert=expert)
    named = walls.filter(engagement=slot.engagement_id).order_by("id").values_list("uid", flat=True)
    said = {"expert": expert.uid, "because": because, "walls": list(named)}
    return refusal.on_record("work.refused", about=slot, engagement=slot.engagement, data=said)


def barred_pairs(
    engagement: Engagement,
    experts: Iterable[Expert],
    items: Iterable[int],
    at: datetime,
    bars: Sequence[Bar] = DRAFTED,
) -> dict[tuple[int, int], str]:
    """Return by ids of item and expert what keeps one from the other, if anything does.

    One query for each bar, however many they are.
    """
    keys, people = list(items), Expert.objects.filter(pk__in=[each.pk for each in experts])
    asked = Asked(F("id"), Value(at, DateTimeField()), _id(engagement.pk), _id(None))
    week = Value(week_of(at), DateTimeField())
    found: dict[tuple[int, int], str] = {}
    for bar in bars:
        out = people.filter(bar.stands(asked, week=week)).values_list("pk", flat=True)
        for pair in product(keys, out):
            found.setdefault(pair, bar.name)
    asked_of = set(keys)  # may be too many to be named in a query
    walls = Wall.objects.filter(engagement=engagement, expert__in=people, item__isnull=False)
    for item, person in walls.values_list("item_id", "expert_id"):
        if item in asked_of:
            found.setdefault((item, person), WALL.name)
    return found


def leases_against_bars() -> dict[str, QuerySet[Assignment]]:
    """Return by bar the leases that were given although it held then: there must be none.

    What an expert takes on may have been set since; whether they saw an item before
    is held by an invariant of its own.
    """
    asked = Asked(F("expert_id"), F("leased_at"), item=F("slot__item_id"), of_record=True)
    since = Q(expert__described_at=None) | Q(expert__described_at__lt=F("leased_at"))
    known = {RESTRICTION: since}
    production = ~Q(slot__purpose__in=PREPARING)
    return {
        bar.name: Assignment.objects.filter(
            bar.stands(asked), known.get(bar, Q()), production if bar in PRODUCTION else Q()
        )
        for bar in AGAIN
    }
