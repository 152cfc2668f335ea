"""How known answers are used: coverage, age, difficulty, and whether they got around."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef
from scipy.stats import hypergeom

from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.queries import current_guideline, questions_of
from peritus.quality.deciding import BY_ADJUDICATION
from peritus.quality.models import Decision, Gold
from peritus.quality.outcomes import Cause, Outcome, counted_judgments, outcomes_of
from peritus.quality.queries import current_gold
from peritus.quality.records import Accuracy, accuracy_of
from peritus.work.models import Judgment

LEAST_FOR_LEAK = 10  # answers, before the later half is held against the first
LEAK_CHANCE = 0.01  # of so large a rise, while nobody told anybody


@dataclass(frozen=True)
class Coverage:
    """How much of a lot one question's known answers cover."""

    lot: Lot
    question: str
    known: int
    items: int

    @property
    def share(self) -> float:
        """Share of the lot's items with a known answer that weighs, 0 to 1."""
        return self.known / self.items if self.items else 0.0


@dataclass(frozen=True)
class GoldUse:
    """A known answer with how it was answered so far.

    ``accuracy`` is its difficulty: how often experts were right. ``rise`` is the
    chance of so many more right answers in the later half of them than in the
    first while nothing changed; None while there are too few.
    """

    gold: Gold
    accuracy: Accuracy
    rise: float | None

    @property
    def may_be_known(self) -> bool:
        """Say whether later answers are right so much more often that somebody may have told."""
        return self.rise is not None and self.rise <= LEAK_CHANCE


def coverage_of(engagement: Engagement) -> list[Coverage]:
    """Return the coverage of each lot by each question, in three queries."""
    codes = [each.code for each in questions_of(current_guideline(engagement))]
    known = current_gold().filter(engagement=engagement, weighs=True)
    counts = {
        (lot, question): n
        for lot, question, n in known.values_list("item__lot", "question").annotate(n=Count("id"))
    }
    lots = engagement.lots.annotate(size=Count("items")).order_by("place")
    return [
        Coverage(lot, code, counts.get((lot.pk, code), 0), lot.size)
        for lot in lots
        for code in codes
    ]


def gold_in_use(engagement: Engagement) -> list[GoldUse]:
    """Return the known answers in use: those that may have got around first, then the hardest.

    In a fixed number of queries, whatever their number.
    """
    known = current_gold().filter(engagement=engagement).select_related("item__lot", "set_by")
    answered: dict[int, list[Outcome]] = defaultdict(list)
    for each in outcomes_of(counted_judgments().filter(engagement=engagement)):
        if each.known.cause is Cause.GOLD:
            answered[each.known.reference].append(each)
    found = [_use(gold, answered[gold.pk]) for gold in known.order_by("item__key", "question")]
    return sorted(found, key=lambda use: (not use.may_be_known, _hardest_first(use)))


def _hardest_first(use: GoldUse) -> tuple[bool, float]:
    return not use.accuracy.n, use.accuracy.share


def _use(gold: Gold, outcomes: Sequence[Outcome]) -> GoldUse:
    return GoldUse(gold, accuracy_of(outcomes), rise_in([each.right for each in outcomes]))


def rise_in(right: Sequence[bool]) -> float | None:
    """Return the chance of so large a rise from the first half of answers to the later one.

    Given the right answers of both halves together, those of the later one are
    hypergeometric while nothing changed. None below ten answers. Source: Fisher
    (1935), Journal of the Royal Statistical Society 98, 39-82.
    """
    n = len(right)
    if n < LEAST_FOR_LEAK:
        return None
    later = right[n // 2 :]
    return float(hypergeom.sf(sum(later) - 1, n, sum(right), len(later)))


@dataclass(frozen=True)
class Candidate:
    """A decision that a person argued for, and that could be kept as a known answer."""

    item: Item
    question: str
    answer: str
    reason: str
    by: str


def gold_candidates(engagement: Engagement, *, most: int) -> list[Candidate]:
    """Return adjudicated decisions without a known answer, newest first, with their reason."""
    known = current_gold().filter(item=OuterRef("item"), question=OuterRef("question"))
    decided = Decision.objects.filter(
        ~Exists(known), engagement=engagement, rule__in=BY_ADJUDICATION
    )
    rows = list(decided.select_related("item__lot").order_by("-id")[:most])
    cited = {each.judgments[-1] for each in rows if each.judgments}
    judged = Judgment.objects.filter(uid__in=cited).select_related("expert")
    said = {str(each.uid): each for each in judged}
    return [
        Candidate(row.item, row.question, row.answer, last.reason, last.expert.name)
        for row in rows
        if row.judgments and (last := said.get(row.judgments[-1])) is not None
    ]
