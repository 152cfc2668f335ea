"""Whose answers turned out right: judgments beside what is known of their items.

What an answer is held against, the strongest first: gold that weighs, a second
adjudicator's answer on appeal, an auditor's, an adjudicator's. One answer to
one question counts once. Nothing is held against a census: its items were chosen
as likely to be wrong, so they would tell of everybody less than is so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from peritus.engagements.models import Item
from peritus.quality.models import Audit, Freeze, Gold
from peritus.quality.queries import FIRST_ADJUDICATION, current_gold
from peritus.work.leasing import CHECKING
from peritus.work.models import Judgment, Slot
from peritus.work.queries import standing_judgments, under_the_rules


class Cause(StrEnum):
    """What an answer was held against."""

    GOLD = "gold"
    APPEAL = "appeal"
    AUDIT = "audit"
    ADJUDICATION = "adjudication"


@dataclass(frozen=True)
class Known:
    """The answer that is known to a question, and from where.

    ``reference`` is the id of the gold, or of the judgment; ``version`` that of
    the gold, 0 elsewhere; ``at`` when it was given, None where that was not kept.
    """

    cause: Cause
    answer: str
    reference: int
    at: datetime | None
    version: int = 0


@dataclass(frozen=True)
class Outcome:
    """One answer that could be checked."""

    judgment: int
    expert: int
    engagement: int
    pack: str
    item: int
    lot: int
    question: str
    given: str
    at: datetime
    is_frozen: bool
    known: Known

    @property
    def right(self) -> bool:
        """Say whether the answer is the known one."""
        return self.given == self.known.answer

    @property
    def known_at(self) -> datetime:
        """When both the answer and what it is held against were there."""
        return max(self.at, self.known.at or self.at)


def counted_judgments() -> QuerySet[Judgment]:
    """Return the answers that count for their expert's record, oldest first.

    An answer that was taken back counts all the same once its lot was frozen:
    by then the expert may have read what is known. Calibrations do not count:
    there the rules are learnt, and mended. Nor does what was answered before the
    item was reopened: those rules are no longer what it is held against.
    """
    freezes = Freeze.objects.filter(lot=OuterRef("item__lot")).order_by("number")
    frozen_at = Subquery(freezes.values("frozen_at")[:1])
    stood = Q(taken_back=None) | Q(taken_back__at__gte=frozen_at)
    answered = Judgment.objects.filter(stood, under_the_rules("slot")).exclude(
        slot__purpose__in=(*CHECKING, Slot.Purpose.CALIBRATION)
    )
    return answered.order_by("submitted_at", "id")


def answered_audits() -> QuerySet[Audit]:
    """Return the audits that say what is right under the rules in force."""
    return Audit.objects.filter(under_the_rules("slot"), judgment__isnull=False)


def items_with_known_answers() -> QuerySet[Item]:
    """Return the items to which an answer is known, whatever it is known from."""
    gold = current_gold().filter(item=OuterRef("pk"), weighs=True)
    adjudged = Judgment.objects.filter(
        under_the_rules("slot"), item=OuterRef("pk"), slot__purpose=Slot.Purpose.ADJUDICATION
    )
    audited = answered_audits().filter(item=OuterRef("pk"))
    return Item.objects.filter(Exists(gold) | Exists(adjudged) | Exists(audited))


def outcomes_of(judgments: QuerySet[Judgment]) -> list[Outcome]:
    """Return the answers among counted judgments that could be checked, oldest first.

    In six queries, whatever their number. The first answer given in a slot
    counts; whoever answers again has seen more.
    """
    known = _known_answers(judgments)
    rows = judgments.filter(item__in=known.items).values_list(
        "id", "expert_id", "engagement_id", "engagement__pack", "item_id", "item__lot_id",
        "slot_id", "slot__purpose", "slot__number", "answers", "submitted_at",
    )  # fmt: skip
    lots = judgments.order_by().values("item__lot")
    frozen = set(Freeze.objects.filter(lot__in=lots).values_list("lot_id", flat=True))
    seen: set[tuple[int, int]] = set()
    found: list[Outcome] = []
    for row in rows:
        judgment, expert, engagement, pack, item, lot, slot, purpose, number, answers, at = row
        if (slot, expert) in seen:
            continue
        seen.add((slot, expert))
        adjudged = number if purpose == Slot.Purpose.ADJUDICATION else 0
        found += [
            Outcome(judgment, expert, engagement, pack, item, lot, question, given, at,
                    lot in frozen, held)
            for question, given in sorted(answers.items())
            if (held := known.answer_to(item, question, adjudged)) is not None
        ]  # fmt: skip
    return found


@dataclass(frozen=True)
class _KnownAnswers:
    gold: dict[tuple[int, str], Gold]
    adjudications: dict[int, list[tuple[int, Judgment]]]
    audits: dict[int, Judgment]

    @property
    def items(self) -> set[int]:
        return {item for item, _ in self.gold} | {*self.adjudications, *self.audits}

    def answer_to(self, item: int, question: str, adjudged: int) -> Known | None:
        """Return what is known; ``adjudged`` numbers an answer that is an adjudication itself."""
        if gold := self.gold.get((item, question)):
            return Known(Cause.GOLD, gold.answer, gold.pk, gold.set_at, gold.version)
        above = [each for each in self.adjudications.get(item, []) if each[0] > adjudged]
        number, highest = above[-1] if above else (0, None)
        if highest and number > FIRST_ADJUDICATION:
            return _said(Cause.APPEAL, highest, question)
        if audited := self.audits.get(item):
            return _said(Cause.AUDIT, audited, question)
        return _said(Cause.ADJUDICATION, highest, question) if highest else None


def _said(cause: Cause, judgment: Judgment, question: str) -> Known | None:
    answer = judgment.answers.get(question)
    return None if answer is None else Known(cause, answer, judgment.pk, judgment.submitted_at)


def _known_answers(judgments: QuerySet[Judgment]) -> _KnownAnswers:
    items = judgments.order_by().values("item")
    gold = current_gold().filter(item__in=items, weighs=True)
    adjudications: dict[int, list[tuple[int, Judgment]]] = defaultdict(list)
    given = standing_judgments().filter(item__in=items, slot__purpose=Slot.Purpose.ADJUDICATION)
    for each in given.select_related("slot").order_by("slot__number", "id"):
        adjudications[each.item_id].append((each.slot.number, each))
    audits = answered_audits().filter(item__in=items)
    return _KnownAnswers(
        {(each.item_id, each.question): each for each in gold},
        dict(adjudications),
        {
            each.item_id: each.judgment
            for each in audits.select_related("judgment").order_by("freeze__number")
            if each.judgment
        },
    )


@dataclass(frozen=True)
class Tally:
    """How often an answer was right among those known, with the causes of the wrong ones."""

    right: int
    known: int
    wrong_by: dict[Cause, int]
    known_by: dict[Cause, int]

    @property
    def overturns(self) -> list[tuple[str, tuple[int, int]]]:
        """Causes with how many they overturned of how many they knew, where they knew any."""
        return [(str(cause), (self.wrong_by[cause], n)) for cause, n in self.known_by.items() if n]


def tally(outcomes: Iterable[Outcome]) -> Tally:
    """Count outcomes, by what they were held against."""
    right, wrong_by, known_by = 0, dict.fromkeys(Cause, 0), dict.fromkeys(Cause, 0)
    for each in outcomes:
        known_by[each.known.cause] += 1
        if each.right:
            right += 1
        else:
            wrong_by[each.known.cause] += 1
    return Tally(right, sum(known_by.values()), wrong_by, known_by)


def by_expert_and_question(outcomes: Sequence[Outcome]) -> dict[tuple[int, str], list[Outcome]]:
    """Return outcomes grouped by expert and question, each group in its order."""
    groups: dict[tuple[int, str], list[Outcome]] = defaultdict(list)
    for each in outcomes:
        groups[each.expert, each.question].append(each)
    return dict(groups)
